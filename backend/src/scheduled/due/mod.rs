//! Due soon and overdue: told once to who is responsible for a task, for each due date that it gets.
//!
//! A task due at an instant is due soon a day before it, and overdue when it has passed. One due on a day is due soon at
//! 09:00 of that day and overdue at 09:00 of the next, where the reader is.

mod find;
mod tell;

use chrono::{DateTime, Utc};
use tokio_util::sync::CancellationToken;

use crate::state::AppState;

/// Tells of everything that has become due soon or overdue up to `now`.
pub async fn tell_due(state: &AppState, now: DateTime<Utc>, stop: &CancellationToken) -> sqlx::Result<()> {
    find::find(&state.db, now).await?;
    tell::tell_all(state, now, stop).await
}
