//! What PostgreSQL errors mean for the caller.

use std::{sync::Arc, time::Duration};

use super::{error_code, is_no_turn, is_outcome_unknown};
use crate::error::{ApiError, Exhausted, FieldProblem, QuotaExceeded, Unavailable};

/// Why a change cannot be committed.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    #[error(transparent)]
    Quota(#[from] QuotaExceeded),
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

/// SQLSTATE 53100 and 53200.
pub fn exhausted(error: &sqlx::Error) -> Option<Exhausted> {
    match error_code(error)?.as_ref() {
        "53100" => Some(Exhausted::Disk),
        "53200" => Some(Exhausted::Memory),
        _ => None,
    }
}

/// Seconds until a retry is worthwhile after a long lock wait.
const LOCKED: Duration = Duration::from_secs(1);

/// An unreachable database is temporary (503), and a text it rejects is the client's fault; any other failed query is our bug.
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

/// For several reads combined.
impl From<Arc<sqlx::Error>> for ApiError {
    fn from(error: Arc<sqlx::Error>) -> Self {
        unavailable(&error).unwrap_or_else(|| query_failed(error))
    }
}

fn query_failed(error: impl std::error::Error + Send + Sync + 'static) -> ApiError {
    ApiError::Internal(anyhow::Error::new(error).context("database query failed"))
}

/// Text constraints are named after table, field and rule.
fn refused_text(error: &sqlx::Error) -> Option<ApiError> {
    let constraint = violated_constraint(error)?;
    let of_field = constraint.strip_suffix("_one_line").or_else(|| constraint.strip_suffix("_paragraphs"))?;
    let (_, field) = of_field.split_once('_')?;
    Some(ApiError::field(field, FieldProblem::InvalidCharacters))
}

fn unavailable(error: &sqlx::Error) -> Option<ApiError> {
    if is_outcome_unknown(error) {
        tracing::error!(%error, "the connection to the database broke while a change was being saved");
        return Some(ApiError::OutcomeUnknown);
    }
    if is_no_turn(error) {
        return Some(ApiError::Undone);
    }
    if error_code(error).as_deref() == Some("55P03") {
        tracing::info!(%error, "waiting for a lock took too long");
        metrics::counter!("todo_rate_limited_total", "limit" => "lock_wait").increment(1);
        return Some(ApiError::Busy { retry_after: LOCKED });
    }
    if let Some(what) = exhausted(error) {
        tracing::error!(%error, "the database has no {what} left");
        return Some(ApiError::DatabaseFull(what));
    }
    match error {
        sqlx::Error::PoolTimedOut | sqlx::Error::Io(_) | sqlx::Error::PoolClosed | sqlx::Error::Tls(_) => {
            tracing::error!(%error, "the database cannot be reached");
            Some(ApiError::Unavailable(Unavailable::DatabaseUnreachable))
        }
        sqlx::Error::Database(database) if matches!(database.code().as_deref(), Some("40001" | "40P01")) => {
            tracing::info!(%error, "the database aborted a transaction");
            Some(ApiError::Undone)
        }
        // Queries are checked at compile time, so they name only tables, columns, types and functions that the migrations create.
        sqlx::Error::Database(database)
            if matches!(database.code().as_deref(), Some("42P01" | "42703" | "42704" | "42883")) =>
        {
            tracing::error!(%error, "the database lacks migrations of this version: run `todo migrate`");
            Some(ApiError::NotMigrated)
        }
        // 57P01..03: the server is shutting down or starting; 25006: read-only after a fail-over; 57014: timeout. All were rolled back
        // completely.
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

/// Also finds a wrapped database error.
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

/// What a client hears of a write that breaks one of these constraints: its name, the field to blame and what is wrong with it. Any other error
/// stays what it is.
pub fn conflict(error: impl Into<anyhow::Error>, constraints: &[(&str, &'static str, FieldProblem)]) -> ApiError {
    let error = error.into();
    let broken = error.downcast_ref().and_then(violated_constraint);
    match constraints.iter().find(|(name, ..)| broken == Some(*name)) {
        Some((_, field, problem)) => ApiError::Conflict { field, problem: problem.clone() },
        None => error.into(),
    }
}

/// The name of the violated constraint.
fn violated_constraint(error: &sqlx::Error) -> Option<&str> {
    match error {
        sqlx::Error::Database(database) => database.constraint(),
        _ => None,
    }
}
