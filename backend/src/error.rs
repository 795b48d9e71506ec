//! The one error type of the HTTP edge, rendered as `application/problem+json` (RFC 9457).
//!
//! Handlers return [`ApiError`]; expected refusals have a variant each, everything else becomes
//! [`ApiError::Internal`], is logged once here with its whole chain, and tells the client nothing but the request id.

use std::{
    fmt::{self, Display},
    sync::Arc,
    time::Duration,
};

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

mod field;
mod reason;

pub use self::{
    field::{FieldError, FieldProblem},
    reason::{Forbidden, Resource, Unauthenticated, Unavailable},
};
use crate::{
    db,
    http::request_context,
    quotas::{QuotaExceeded, Refusal},
};

pub type ApiResult<T> = Result<T, ApiError>;

#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    #[error("malformed request: {detail}")]
    Malformed { detail: String, errors: Vec<FieldError> },
    #[error("not authenticated: {0}")]
    Unauthenticated(Unauthenticated),
    #[error("the session has ended")]
    SessionEnded,
    #[error("the account is to be deleted")]
    AccountDeletion { due_at: DateTime<Utc> },
    #[error("the account is disabled")]
    AccountDisabled,
    #[error("forbidden: {0}")]
    Forbidden(Forbidden),
    #[error("{0} not found")]
    NotFound(Resource),
    #[error("method not allowed")]
    MethodNotAllowed,
    #[error("conflict over {field}: {problem}")]
    Conflict { field: &'static str, problem: FieldProblem },
    #[error("version conflict")]
    VersionConflict { current: Box<serde_json::Value> },
    #[error(transparent)]
    QuotaExceeded(QuotaExceeded),
    #[error("body too large")]
    BodyTooLarge { limit: usize },
    #[error("unsupported media type")]
    UnsupportedMediaType(&'static str),
    #[error("invalid input")]
    Validation(Vec<FieldError>),
    #[error("rate limited")]
    RateLimited { retry_after: Duration },
    #[error("busy")]
    Busy { retry_after: Duration },
    #[error("unavailable: {0}")]
    Unavailable(Unavailable),
    #[error("undone in favour of another change")]
    Undone,
    #[error("it is not known whether it was done")]
    OutcomeUnknown,
    #[error("the database has no {0} left")]
    DatabaseFull(Exhausted),
    #[error("the database is not migrated")]
    NotMigrated,
    #[error(transparent)]
    Internal(anyhow::Error),
}

/// What the database has run out of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exhausted {
    Disk,
    Memory,
}

impl Exhausted {
    /// SQLSTATE 53100 and 53200.
    pub fn of(error: &sqlx::Error) -> Option<Self> {
        match db::error_code(error)?.as_ref() {
            "53100" => Some(Self::Disk),
            "53200" => Some(Self::Memory),
            _ => None,
        }
    }
}

impl Display for Exhausted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Disk => "room on its disk",
            Self::Memory => "memory",
        })
    }
}

/// Marks an answer to a request of which nothing was done, since its transaction was undone in favour of another: it can be done again.
#[derive(Debug, Clone, Copy)]
pub struct CanBeDoneAgain;

/// A problem document (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// Stable; names the kind of problem.
    #[serde(rename = "type")]
    #[schema(example = "/problems/validation")]
    pub kind: String,
    #[schema(example = "The input is not valid")]
    pub title: &'static str,
    #[schema(example = 422)]
    pub status: u16,
    pub detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = reason::code_schema)]
    pub code: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// With `version-conflict`: the thing as it is now. With `account-deletion`: `due_at`, when the account will be deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current: Option<serde_json::Value>,
    /// With `quota-exceeded`: which one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quota: Option<QuotaExceeded>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

/// How many problems an answer names; who has made more mistakes gets to know of the rest after mending these.
const MAX_ERRORS: usize = 20;
/// Characters of a text that may repeat what was sent.
const MAX_TEXT: usize = 300;

/// An answer must not grow with what is wrong with the request.
fn bound(errors: &mut Vec<FieldError>, detail: &mut String) {
    let unnamed = errors.len().saturating_sub(MAX_ERRORS);
    errors.truncate(MAX_ERRORS);
    for error in errors {
        shorten(&mut error.field);
        shorten(&mut error.message);
        for param in error.params.values_mut() {
            if let serde_json::Value::String(text) = param {
                shorten(text);
            }
        }
    }
    shorten(detail);
    if unnamed > 0 {
        detail.push_str(&format!(" And {unnamed} more."));
    }
}

/// Cuts a text that may repeat what was sent.
pub fn shorten(text: &mut String) {
    if let Some((end, _)) = text.char_indices().nth(MAX_TEXT) {
        text.truncate(end);
        text.push('…');
    }
}

impl ApiError {
    pub fn field(field: &str, problem: FieldProblem) -> Self {
        Self::Validation(vec![FieldError::new(field, problem)])
    }

    /// Status, type and title: the stable part of a problem.
    fn head(&self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::Malformed { .. } => (StatusCode::BAD_REQUEST, "malformed-request", "The request cannot be read"),
            Self::Unauthenticated(_) => (StatusCode::UNAUTHORIZED, "unauthenticated", "Sign in first"),
            Self::SessionEnded => (StatusCode::UNAUTHORIZED, "session-ended", "The session has ended"),
            Self::AccountDeletion { .. } => (StatusCode::FORBIDDEN, "account-deletion", "The account is to be deleted"),
            Self::AccountDisabled => (StatusCode::UNAUTHORIZED, "account-disabled", "This account is disabled"),
            Self::Forbidden(_) => (StatusCode::FORBIDDEN, "forbidden", "Not allowed"),
            Self::NotFound(_) => (StatusCode::NOT_FOUND, "not-found", "Not found"),
            Self::MethodNotAllowed => {
                (StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", "This address does not take that method")
            }
            Self::Conflict { .. } => (StatusCode::CONFLICT, "conflict", "Conflict"),
            Self::VersionConflict { .. } => {
                (StatusCode::PRECONDITION_FAILED, "version-conflict", "Changed by somebody else in the meantime")
            }
            Self::QuotaExceeded(_) => (StatusCode::CONFLICT, "quota-exceeded", "There are as many as there may be"),
            Self::BodyTooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "body-too-large", "The body is too large"),
            Self::UnsupportedMediaType(_) => {
                (StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", "Not a media type that is read here")
            }
            Self::Validation(_) => (StatusCode::UNPROCESSABLE_ENTITY, "validation", "The input is not valid"),
            Self::RateLimited { .. } => (StatusCode::TOO_MANY_REQUESTS, "rate-limited", "Too many requests"),
            Self::Busy { .. } => (StatusCode::TOO_MANY_REQUESTS, "busy", "Too busy at the moment"),
            Self::Unavailable(_) | Self::Undone => {
                (StatusCode::SERVICE_UNAVAILABLE, "unavailable", "Not available at the moment")
            }
            Self::OutcomeUnknown => {
                (StatusCode::SERVICE_UNAVAILABLE, "outcome-unknown", "It is not known whether it was done")
            }
            Self::DatabaseFull(_) => (StatusCode::SERVICE_UNAVAILABLE, "database-full", "The database is full"),
            Self::NotMigrated => {
                (StatusCode::SERVICE_UNAVAILABLE, "not-migrated", "The database is not set up for this version")
            }
            Self::Internal(_) => (StatusCode::INTERNAL_SERVER_ERROR, "internal", "Something went wrong here"),
        }
    }

    /// What exactly, where the type has several reasons that are no field's.
    fn code(&self) -> Option<&'static str> {
        match self {
            Self::Unauthenticated(reason) => Some(reason.into()),
            Self::Forbidden(reason) => Some(reason.into()),
            Self::NotFound(what) => Some(what.into()),
            Self::Unavailable(reason) => Some(reason.into()),
            Self::Undone => Some(UNDONE.into()),
            _ => None,
        }
    }

    fn detail(&self) -> String {
        match self {
            Self::Malformed { detail, .. } => detail.clone(),
            Self::Unauthenticated(reason) => reason.to_string(),
            Self::Forbidden(reason) => reason.to_string(),
            Self::Unavailable(reason) => reason.to_string(),
            Self::Undone => UNDONE.to_string(),
            Self::OutcomeUnknown => {
                "The connection to the database broke while this was being saved. Look whether it was done before you do it again."
                    .to_owned()
            }
            Self::DatabaseFull(what) => {
                format!("The database has no {what} left; nothing was changed. Whoever runs this server has to make room.")
            }
            Self::NotMigrated => {
                "Whoever runs this server has to run `todo migrate` (make migrate); nothing was changed.".to_owned()
            }
            Self::AccountDeletion { due_at } => {
                format!("It will be deleted on {}; sign in with `keep_account` to keep it.", due_at.to_rfc3339())
            }
            Self::SessionEnded => "This session was ended; sign in again.".to_owned(),
            Self::AccountDisabled => "An administrator has disabled this account; ask them.".to_owned(),
            Self::NotFound(what) => format!("There is no such {what}, or it is not yours."),
            Self::MethodNotAllowed => "See the Allow header, or /api/docs.".to_owned(),
            Self::Conflict { field, problem } => format!("`{field}` {problem}."),
            Self::VersionConflict { .. } => {
                "Look at `current`, then send the change again with its version.".to_owned()
            }
            Self::QuotaExceeded(quota) => quota.detail(),
            Self::BodyTooLarge { limit } => format!("At most {limit} bytes are read here."),
            Self::UnsupportedMediaType(expected) => format!("Send Content-Type: {expected}."),
            Self::Validation(_) => "Correct the fields named in `errors` and send it again.".to_owned(),
            Self::RateLimited { .. } | Self::Busy { .. } => {
                "Try again after the time in the Retry-After header.".to_owned()
            }
            Self::Internal(_) => "It was logged; give the request id when you report it.".to_owned(),
        }
    }
}

/// Why nothing was done where a transaction was undone too often.
const UNDONE: Unavailable = Unavailable::ChangedByOthers;

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (status, kind, title) = self.head();
        if let Self::Internal(error) = &self {
            tracing::error!(error = format!("{error:#}"), "request failed");
        }
        let (code, mut detail) = (self.code(), self.detail());
        let retry_after = match &self {
            Self::RateLimited { retry_after } | Self::Busy { retry_after } => Some(retry_after.as_secs().max(1)),
            Self::Unavailable(_) | Self::Undone => Some(1),
            Self::DatabaseFull(_) | Self::NotMigrated => Some(30),
            Self::QuotaExceeded(quota) => quota.retry_after.map(|rest| rest.as_secs().max(1)),
            _ => None,
        };
        let quota = match &self {
            Self::QuotaExceeded(quota) => Some(*quota),
            _ => None,
        };
        let can_be_done_again = matches!(self, Self::Undone);
        let (mut errors, current) = match self {
            Self::Malformed { errors, .. } | Self::Validation(errors) => (errors, None),
            Self::VersionConflict { current } => (Vec::new(), Some(*current)),
            Self::AccountDeletion { due_at } => (Vec::new(), Some(serde_json::json!({ "due_at": due_at }))),
            Self::Conflict { field, problem } => (vec![FieldError::new(field, problem)], None),
            Self::BodyTooLarge { limit } => {
                (vec![FieldError::new("body", FieldProblem::BodyTooLarge { max: limit })], None)
            }
            _ => (Vec::new(), None),
        };
        bound(&mut errors, &mut detail);
        let problem = Problem {
            kind: format!("/problems/{kind}"),
            title,
            status: status.as_u16(),
            detail,
            code,
            errors,
            current,
            quota,
            request_id: request_context::current_request_id(),
        };
        let mut response = (status, axum::Json(problem)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if can_be_done_again {
            response.extensions_mut().insert(CanBeDoneAgain);
        }
        response
    }
}

/// When it is worth another try at what somebody else has locked for long.
const LOCKED: Duration = Duration::from_secs(1);

/// A database that cannot be reached is a passing state (503), and a text that it does not take is the client's to mend; any other
/// failure of a query is a fault of ours.
impl From<sqlx::Error> for ApiError {
    fn from(error: sqlx::Error) -> Self {
        unavailable(&error).or_else(|| refused_text(&error)).unwrap_or_else(|| query_failed(error))
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Quota(quota) => Self::QuotaExceeded(quota),
            Refusal::Database(error) => error.into(),
        }
    }
}

/// Of several who were read together.
impl From<Arc<sqlx::Error>> for ApiError {
    fn from(error: Arc<sqlx::Error>) -> Self {
        unavailable(&error).unwrap_or_else(|| query_failed(error))
    }
}

fn query_failed(error: impl std::error::Error + Send + Sync + 'static) -> ApiError {
    ApiError::Internal(anyhow::Error::new(error).context("database query failed"))
}

/// The constraints on texts are named after table, field and rule.
fn refused_text(error: &sqlx::Error) -> Option<ApiError> {
    let constraint = violated_constraint(error)?;
    let of_field = constraint.strip_suffix("_one_line").or_else(|| constraint.strip_suffix("_paragraphs"))?;
    let (_, field) = of_field.split_once('_')?;
    Some(ApiError::field(field, FieldProblem::InvalidCharacters))
}

fn unavailable(error: &sqlx::Error) -> Option<ApiError> {
    if db::is_outcome_unknown(error) {
        tracing::error!(%error, "the connection to the database broke while a change was being saved");
        return Some(ApiError::OutcomeUnknown);
    }
    if db::is_no_turn(error) {
        return Some(ApiError::Undone);
    }
    if db::error_code(error).as_deref() == Some("55P03") {
        tracing::info!(%error, "others had something locked for too long");
        metrics::counter!("todo_rate_limited_total", "limit" => "lock_wait").increment(1);
        return Some(ApiError::Busy { retry_after: LOCKED });
    }
    if let Some(what) = Exhausted::of(error) {
        tracing::error!(%error, "the database has no {what} left");
        return Some(ApiError::DatabaseFull(what));
    }
    match error {
        sqlx::Error::PoolTimedOut | sqlx::Error::Io(_) | sqlx::Error::PoolClosed | sqlx::Error::Tls(_) => {
            tracing::error!(%error, "the database cannot be reached");
            Some(ApiError::Unavailable(Unavailable::DatabaseUnreachable))
        }
        sqlx::Error::Database(database) if matches!(database.code().as_deref(), Some("40001" | "40P01")) => {
            tracing::info!(%error, "a transaction was undone in favour of another");
            Some(ApiError::Undone)
        }
        // No query names a table, a column, a type or a function that the migrations do not make: each is checked when it is compiled.
        sqlx::Error::Database(database)
            if matches!(database.code().as_deref(), Some("42P01" | "42703" | "42704" | "42883")) =>
        {
            tracing::error!(%error, "the database lacks migrations of this version: run `todo migrate`");
            Some(ApiError::NotMigrated)
        }
        // 57P01..03: the server is going down or coming up; 25006: read-only after a fail-over; 57014: it took too long. All
        // were rolled back whole.
        sqlx::Error::Database(database)
            if matches!(
                database.code().as_deref(),
                Some("57P01" | "57P02" | "57P03" | "57P05" | "25006" | "25P03" | "53300" | "57014" | "08P01")
            ) =>
        {
            tracing::error!(%error, "the database is not ready");
            Some(ApiError::Unavailable(Unavailable::DatabaseNotReady))
        }
        _ => None,
    }
}

/// A database error stays one when it comes wrapped.
impl From<anyhow::Error> for ApiError {
    fn from(error: anyhow::Error) -> Self {
        let error = match error.downcast::<Refusal>() {
            Ok(refusal) => return refusal.into(),
            Err(error) => error,
        };
        match error.downcast::<sqlx::Error>() {
            Ok(error) => error.into(),
            Err(error) => Self::Internal(error),
        }
    }
}

/// The name of the constraint that a write has violated.
pub fn violated_constraint(error: &sqlx::Error) -> Option<&str> {
    match error {
        sqlx::Error::Database(database) => database.constraint(),
        _ => None,
    }
}
