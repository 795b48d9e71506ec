//! Time-triggered work: reminders, due dates, digests.

pub mod clock;
pub mod digest;
pub mod due;
pub mod reminders;
pub mod weekly;

use chrono::{DateTime, Utc};

use crate::state::AppState;

/// Notifies everything due at `now`.
pub async fn run_once(state: &AppState, now: DateTime<Utc>) -> anyhow::Result<()> {
    fire_reminders(state, now).await?;
    tell_dates(state, now).await?;
    Ok(())
}

/// Notifications in progress are finished when the process drains.
pub async fn fire_reminders(state: &AppState, now: DateTime<Utc>) -> anyhow::Result<u64> {
    reminders::fire_due(state, now, &state.draining).await?;
    Ok(0)
}

/// A failure of one does not stop the other.
pub async fn tell_dates(state: &AppState, now: DateTime<Utc>) -> anyhow::Result<u64> {
    let due = due::tell_due(state, now, &state.draining).await;
    weekly::queue_weekly(state, now, &state.draining).await?;
    due?;
    Ok(0)
}
