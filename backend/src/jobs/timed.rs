//! What is told because time passes.

use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use crate::{due, reminders, state::AppState, weekly};

const INTERVAL: Duration = Duration::from_secs(1);

/// Looks every second until `stop` is cancelled; what is being told then is finished.
pub async fn run(state: AppState, stop: CancellationToken) {
    let mut clock = tokio::time::interval(INTERVAL);
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = clock.tick() => {}
        }
        if let Err(error) = run_once(&state, Utc::now(), &stop).await {
            tracing::error!(error = format!("{error:#}"), "what is due cannot be told; it is tried again");
        }
    }
}

/// Tells all that is due at `now`. A failure of one sort keeps no other from being told.
pub async fn run_once(state: &AppState, now: DateTime<Utc>, stop: &CancellationToken) -> anyhow::Result<()> {
    let reminders = reminders::fire_due(state, now, stop).await;
    let due = due::tell_due(state, now, stop).await;
    weekly::queue_weekly(state, now, stop).await?;
    Ok(reminders.and(due)?)
}
