//! What is told because time passes.

use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use crate::{
    due, reminders,
    state::{AppState, Background},
    weekly,
};

const REMINDERS: Duration = Duration::from_secs(1);
/// Each look writes down that it was one; and who is told a few seconds later is told in time.
const DATES: Duration = Duration::from_secs(10);

/// Looks until `stop` is cancelled; what is being told then is finished.
pub async fn run(state: AppState, stop: CancellationToken) {
    let state = state.for_background(Background::Scheduled);
    let mut reminders = tokio::time::interval(REMINDERS);
    let mut dates = tokio::time::interval(DATES);
    reminders.set_missed_tick_behavior(MissedTickBehavior::Delay);
    dates.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let told = tokio::select! {
            () = stop.cancelled() => return,
            _ = reminders.tick() => reminders::fire_due(&state, Utc::now(), &stop).await.map_err(anyhow::Error::new),
            _ = dates.tick() => tell_dates(&state, Utc::now(), &stop).await,
        };
        if let Err(error) = told {
            tracing::error!(error = format!("{error:#}"), "what is due cannot be told; it is tried again");
        }
    }
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
