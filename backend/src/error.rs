//! The central error type: why a request is refused. `http::problem` renders it, `db` creates it from PostgreSQL's errors.

use std::{
    fmt::{self, Display},
    time::Duration,
};

use chrono::{DateTime, Utc};

mod field;
mod quota;
mod reason;

pub use self::{
    field::{FieldError, FieldProblem},
    quota::{QuotaExceeded, QuotaKind},
    reason::{Forbidden, Resource, Unauthenticated, Unavailable, code_schema},
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

/// The exhausted resource of the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exhausted {
    Disk,
    Memory,
}

impl Display for Exhausted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Disk => "room on its disk",
            Self::Memory => "memory",
        })
    }
}

impl ApiError {
    pub fn field(field: &str, problem: FieldProblem) -> Self {
        Self::Validation(vec![FieldError::new(field, problem)])
    }
}
