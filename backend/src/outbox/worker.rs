//! Shared by the workers of all channels: recording failures, and metrics.

use std::time::Duration;

use sqlx::PgPool;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::{
    Channel, SendError, back_off,
    store::{self, Claimed, Failure},
};
use crate::telemetry::traces::{self, Work};

pub const AFTER_FAILURE: Duration = Duration::from_secs(1);
/// After this long it is parked, where operators see it.
const GIVE_UP_AFTER: chrono::TimeDelta = chrono::TimeDelta::days(3);
const COUNT_INTERVAL: Duration = Duration::from_secs(30);

/// Exports the number of waiting and parked deliveries.
pub async fn watch(db: PgPool, stop: CancellationToken) {
    while !stop.is_cancelled() {
        if let Ok(counts) = traces::run(Work::Task, "delivery_count", store::count_unsent(&db)).await {
            for channel in Channel::ALL.map(Channel::as_str) {
                for name in ["pending", "parked"] {
                    let count = counts.iter().find(|one| one.channel == channel && one.state == name);
                    let count = count.and_then(|one| u32::try_from(one.count).ok()).unwrap_or(0);
                    metrics::gauge!("todo_deliveries_unsent", "channel" => channel, "state" => name).set(count);
                }
            }
        }
        tokio::select! {
            () = sleep(COUNT_INTERVAL) => {}
            () = stop.cancelled() => {}
        }
    }
}

/// Records a failed attempt: it is retried, no earlier than `at_least` from now, or parked. True if parked.
pub async fn fail(
    db: &PgPool,
    channel: Channel,
    delivery: &Claimed,
    error: &SendError,
    at_least: Duration,
) -> sqlx::Result<bool> {
    let attempts = delivery.attempts + 1;
    let too_old = chrono::Utc::now() - delivery.retried_at.unwrap_or(delivery.created_at) > GIVE_UP_AFTER;
    // All mails go to one server, which may soon be back; each webhook has its own, which may be gone.
    let one_for_all = channel == Channel::Mail;
    let (unacknowledged, again_in) = match error {
        SendError::Permanent(_) => (false, None),
        _ if too_old => (matches!(error, SendError::Unacknowledged(_)), None),
        SendError::Temporary(_) => (false, Some(back_off::delay(attempts, true))),
        SendError::Unreachable(_) => (false, Some(back_off::delay(attempts, !one_for_all))),
        SendError::Unacknowledged(_) => (true, Some(back_off::delay(attempts, !one_for_all))),
    };
    let again_in = again_in.map(|delay| delay.max(at_least));
    let text = error.to_string();
    if unacknowledged {
        count(channel, "unacknowledged");
    }
    count(channel, if again_in.is_some() { "retried" } else { "parked" });
    traces::record_failure();
    tracing::warn!(delivery_id = %delivery.id, kind = delivery.kind, attempts, parked = again_in.is_none(), error = text, "a delivery failed");
    store::mark_failed(db, delivery, &Failure { error: &text, unacknowledged, again_in }).await?;
    Ok(again_in.is_none())
}

pub fn count(channel: Channel, result: &'static str) {
    traces::record("result", result);
    metrics::counter!("todo_deliveries_total", "channel" => channel.as_str(), "result" => result).increment(1);
}
