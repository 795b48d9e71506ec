//! Errors as `application/problem+json` (RFC 9457).
//!
//! Expected refusals have a variant each in [`ApiError`]; everything else is [`ApiError::Internal`], is logged once here with its whole
//! chain, and tells the client nothing but the request id.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::request_context;
use crate::error::{ApiError, FieldError, FieldProblem, QuotaExceeded, Unavailable, code_schema};

/// Marks an answer after an aborted transaction: nothing was done, so the request can be retried.
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
    #[schema(schema_with = code_schema)]
    pub code: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// With `version-conflict`: the current object. With `account-deletion`: `due_at`, when the account will be deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current: Option<serde_json::Value>,
    /// With `quota-exceeded`: which one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quota: Option<QuotaExceeded>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

/// Maximum number of errors in an answer; fixing them reveals the rest.
const MAX_ERRORS: usize = 20;
/// Maximum length of a text that may repeat input.
const MAX_TEXT: usize = 300;

/// The answer must not grow with the errors in the request.
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

/// Truncates a text that may repeat input.
pub fn shorten(text: &mut String) {
    if let Some((end, _)) = text.char_indices().nth(MAX_TEXT) {
        text.truncate(end);
        text.push('…');
    }
}

impl ApiError {
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

    /// The specific reason, if the type has several that concern no field.
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

/// Why a transaction that was aborted too often was not done.
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
