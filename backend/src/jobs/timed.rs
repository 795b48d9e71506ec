//! What is told because time passes.

use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio_util::sync::CancellationToken;

use super::start_repeating;
use crate::{due, reminders, state::AppState, weekly};

const REMINDERS: Duration = Duration::from_secs(1);
/// Each look writes down that it was one; and who is told a few seconds later is told in time.
const DATES: Duration = Duration::from_secs(10);

/// Looks until the process drains; what is being told then is finished. Reminders do not wait for a long look at dates.
pub fn start(state: &AppState) {
    start_repeating(state, "reminders", REMINDERS, async |state| {
        Ok(reminders::fire_due(&state, Utc::now(), &state.draining).await?)
    });
    start_repeating(state, "dates", DATES, async |state| tell_dates(&state, Utc::now(), &state.draining).await);
}

/// Tells all that is due at `now`.
pub async fn run_once(state: &AppState, now: DateTime<Utc>, stop: &CancellationToken) -> anyhow::Result<()> {
    reminders::fire_due(state, now, stop).await?;
    tell_dates(state, now, stop).await
}

/// A failure of the one does not keep the other from being told.
async fn tell_dates(state: &AppState, now: DateTime<Utc>, stop: &CancellationToken) -> anyhow::Result<()> {
    let due = due::tell_due(state, now, stop).await;
    weekly::queue_weekly(state, now, stop).await?;
    Ok(due?)
}
