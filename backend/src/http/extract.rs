//! Extractors that read input and turn every failure into a problem document that names the field.

use std::{error::Error, iter::successors, sync::Arc};

use axum::{
    body::Bytes,
    extract::{
        DefaultBodyLimit, FromRef, FromRequest, FromRequestParts, Request,
        path::ErrorKind,
        rejection::{BytesRejection, FailedToBufferBody, PathRejection},
    },
    http::{header, request::Parts},
};
use garde::Validate;
use http_body_util::LengthLimitError;
use serde::de::DeserializeOwned;

use super::{input_errors, no_nul::NoNul, object::ObjectsOnly};
use crate::{
    config::Config,
    error::{ApiError, FieldError, FieldProblem},
};

/// The body limit of short requests.
pub const SHORT_BODY: usize = 8 * 1024;

/// A validated JSON body of at most `MAX` bytes, and never more than `MAX_BODY_BYTES`.
pub struct Json<T, const MAX: usize = { usize::MAX }>(pub T);

/// A short body, for requests without an account or with only a few short fields.
pub type ShortJson<T> = Json<T, SHORT_BODY>;

impl<S, T, const MAX: usize> FromRequest<S> for Json<T, MAX>
where
    S: Send + Sync,
    Arc<Config>: FromRef<S>,
    T: DeserializeOwned + Validate<Context = ()>,
{
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        if !is_json(&request) {
            return Err(ApiError::UnsupportedMediaType("application/json"));
        }
        let body = read_body(request, &Arc::<Config>::from_ref(state), MAX).await?;
        let text = std::str::from_utf8(&body)
            .map_err(|error| malformed(FieldProblem::InvalidEncoding, format!("The body is not UTF-8: {error}.")))?;
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let value: T = serde_path_to_error::deserialize(ObjectsOnly(&mut deserializer))
            .map_err(|error| json_error(text, error))?;
        deserializer
            .end()
            .map_err(|error| malformed(FieldProblem::InvalidJson, format!("The body is not JSON: {error}.")))?;
        refuse_nul(text)?;
        input_errors::check(&value)?;
        Ok(Self(value))
    }
}

/// A form body (`application/x-www-form-urlencoded`), for the OAuth 2.0 token endpoint.
pub struct Form<T>(pub T);

impl<S, T: DeserializeOwned> FromRequest<S> for Form<T>
where
    S: Send + Sync,
    Arc<Config>: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        if !media_type(&request).eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err(ApiError::UnsupportedMediaType("application/x-www-form-urlencoded"));
        }
        let body = read_body(request, &Arc::<Config>::from_ref(state), SHORT_BODY).await?;
        Ok(Self(read_pairs(&body)?))
    }
}

/// Validated query parameters.
pub struct Query<T>(pub T);

impl<S: Send + Sync, T> FromRequestParts<S> for Query<T>
where
    T: DeserializeOwned + Validate<Context = ()>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        read_query(parts.uri.query().unwrap_or_default()).map(Self)
    }
}

/// What [`Query`] yields, for handlers that do not always need it.
pub fn read_query<T: DeserializeOwned + Validate<Context = ()>>(query: &str) -> Result<T, ApiError> {
    let value: T = read_pairs(query.as_bytes())?;
    input_errors::check(&value)?;
    Ok(value)
}

/// Path parameters.
pub struct Path<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        match axum::extract::Path::<T>::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(value)) => Ok(Self(value)),
            Err(rejection) => Err(path_error(&rejection)),
        }
    }
}

fn media_type(request: &Request) -> &str {
    let value = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim()
}

fn is_json(request: &Request) -> bool {
    let media_type = media_type(request).to_ascii_lowercase();
    media_type == "application/json" || (media_type.starts_with("application/") && media_type.ends_with("+json"))
}

async fn read_body(mut request: Request, config: &Config, max: usize) -> Result<Bytes, ApiError> {
    let limit = max.min(config.limits.max_body_bytes);
    DefaultBodyLimit::max(limit).apply(&mut request);
    Bytes::from_request(request, &()).await.map_err(|rejection| match rejection {
        BytesRejection::FailedToBufferBody(FailedToBufferBody::LengthLimitError(_)) => ApiError::BodyTooLarge { limit },
        // It was already read and found too long.
        other if is_too_long(&other) => ApiError::BodyTooLarge { limit },
        other => malformed(FieldProblem::Incomplete, format!("The body is incomplete: {other}.")),
    })
}

fn is_too_long(rejection: &BytesRejection) -> bool {
    let mut causes = successors(rejection.source(), |&cause| cause.source());
    causes.any(|cause| cause.is::<LengthLimitError>())
}

fn malformed(problem: FieldProblem, detail: String) -> ApiError {
    let errors = vec![FieldError::with_message("body", &problem, detail.clone())];
    ApiError::Malformed { detail, errors }
}

fn json_error(body: &str, error: serde_path_to_error::Error<serde_json::Error>) -> ApiError {
    use serde_json::error::Category;
    let path = error.path().to_string();
    let inner = error.into_inner();
    match inner.classify() {
        // What serde_json reports for a number where a word is expected; the JSON itself is valid.
        Category::Syntax if path != "." && serde_json::from_str::<serde::de::IgnoredAny>(body).is_ok() => {
            ApiError::field(&path, FieldProblem::WrongType)
        }
        Category::Data => {
            // serde appends " at line 1 column 20" to its message, which is useless next to a field name.
            let message = inner.to_string();
            let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(message, _)| message);
            ApiError::Validation(vec![input_errors::of_serde(&path, message)])
        }
        Category::Syntax | Category::Eof | Category::Io => {
            malformed(FieldProblem::InvalidJson, format!("The body is not JSON: {inner}."))
        }
    }
}

/// PostgreSQL cannot store NUL. It can only occur as an escape, so most bodies are scanned only once.
fn refuse_nul(body: &str) -> Result<(), ApiError> {
    if !body.contains("\\u0000") {
        return Ok(());
    }
    let mut deserializer = serde_json::Deserializer::from_str(body);
    match serde_path_to_error::deserialize::<_, NoNul>(&mut deserializer) {
        Ok(NoNul) => Ok(()),
        Err(error) => Err(ApiError::field(&error.path().to_string(), FieldProblem::NulCharacter)),
    }
}

fn read_pairs<T: DeserializeOwned>(encoded: &[u8]) -> Result<T, ApiError> {
    let with_nul = form_urlencoded::parse(encoded).find(|(_, value)| value.contains('\0'));
    if let Some((name, _)) = with_nul {
        return Err(ApiError::field(&name, FieldProblem::NulCharacter));
    }
    let deserializer = serde_html_form::Deserializer::new(form_urlencoded::parse(encoded));
    serde_path_to_error::deserialize(deserializer).map_err(|error| {
        let path = error.path().to_string();
        ApiError::Validation(vec![input_errors::of_serde(&path, &error.into_inner().to_string())])
    })
}

fn path_error(rejection: &PathRejection) -> ApiError {
    let (field, message) = match rejection {
        PathRejection::FailedToDeserializePathParams(failure) => match failure.kind() {
            ErrorKind::ParseErrorAtKey { key, value, expected_type } => {
                (key.clone(), format!("{value:?} is not a {expected_type}"))
            }
            ErrorKind::DeserializeError { key, value, message } => (key.clone(), format!("{value:?}: {message}")),
            other => ("id".to_owned(), other.to_string()),
        },
        other => ("id".to_owned(), other.to_string()),
    };
    ApiError::Malformed {
        detail: "The address is not well-formed.".to_owned(),
        errors: vec![FieldError::with_message(field, &FieldProblem::InvalidFormat, message)],
    }
}
