//! Due soon and overdue: the responsible person is notified once for each due date.
//!
//! A task due at an instant is due soon a day before, and overdue when it has passed. A task due on a day is due soon at 09:00 of that day
//! and overdue at 09:00 of the next, in the reader's time zone.

mod find;
mod tell;

use chrono::{DateTime, Utc};
use tokio_util::sync::CancellationToken;

use crate::state::AppState;

/// Notifies of everything that has become due soon or overdue up to `now`.
pub async fn tell_due(state: &AppState, now: DateTime<Utc>, stop: &CancellationToken) -> sqlx::Result<()> {
    find::find(&state.db, now).await?;
    tell::tell_all(state, now, stop).await
}
