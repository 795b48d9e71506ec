//! Notifies people of changes as soon as they are committed, in every process that makes changes.

use std::time::Duration;

use tokio::time::sleep;

use super::{
    Parts,
    expand::tell_some,
    store::{self, Counts},
};
use crate::supervisor::Supervisor;

/// How soon rows left by another process are found.
const POLL: Duration = Duration::from_secs(1);
const AFTER_FAILURE: Duration = Duration::from_secs(1);
const COUNT_INTERVAL: Duration = Duration::from_secs(30);

/// Runs until the process drains.
pub fn start(parts: Parts, supervisor: &Supervisor) {
    let counting = parts.clone();
    supervisor.spawn("notices", move || run(parts.clone()));
    supervisor.spawn("notice_count", move || count(counting.clone()));
}

async fn run(parts: Parts) {
    let stop = &parts.draining;
    let mut signal = parts.bus.notice_signal().listener();
    while !stop.is_cancelled() {
        let pause = match tell_some(&parts).await {
            Ok(true) => continue,
            Ok(false) => POLL,
            Err(error) => {
                tracing::warn!(error = format!("{error:#}"), "people cannot be notified of changes; retrying");
                AFTER_FAILURE
            }
        };
        tokio::select! {
            () = signal.wait() => {}
            () = sleep(pause) => {}
            () = stop.cancelled() => {}
        }
    }
}

/// Reports the numbers of waiting and parked rows as metrics.
async fn count(parts: Parts) {
    while !parts.draining.is_cancelled() {
        if let Ok(Counts { pending, parked, .. }) = store::count(&parts.db).await {
            for (state, count) in [("pending", pending), ("parked", parked)] {
                metrics::gauge!("todo_notices_untold", "state" => state).set(u32::try_from(count).unwrap_or(u32::MAX));
            }
        }
        tokio::select! {
            () = sleep(COUNT_INTERVAL) => {}
            () = parts.draining.cancelled() => {}
        }
    }
}
