//! Sends messages to webhooks. A receiver gets at most a few at once, and slow or unreachable ones delay only their own messages: the next
//! claim chooses among other webhooks, and failing ones share a part of the places.

use std::{sync::Arc, time::Duration};

use axum::http::StatusCode;
use tokio::time::sleep;

use super::{
    guard::Guard,
    message,
    model::DisabledReason,
    queue::{self, Target},
    sender::{Attempt, Outcome, Sender},
    sending::Sending,
};
use crate::{
    events::EventKind,
    id::WebhookId,
    outbox::{
        Channel,
        contain::contain,
        store::{self, Claimed, Failure, Shown},
        worker::{AFTER_FAILURE, count, fail},
    },
    telemetry::traces::{self, Work},
    webhooks::Parts,
};

/// Concurrent messages from one worker to one webhook.
const AT_ONCE: i64 = 4;
/// A receiver without a delivery for this long is switched off together with the message that is given up.
const HOPELESS_AFTER: chrono::TimeDelta = chrono::TimeDelta::days(3);

/// Runs until the process drains; finishes messages being sent.
pub async fn run(state: Parts) -> anyhow::Result<()> {
    let stop = &state.draining;
    let sender = Arc::new(Sender::new(Guard::new(state.config.webhooks.clone()))?);
    let mut signal = state.bus.worker_signal().listener();
    let mut sending = Sending::new(state.config.webhooks.connections);
    while !stop.is_cancelled() {
        let mut pause = state.config.delivery_poll;
        match traces::run(Work::Task, "webhooks", claim(&state, &sending)).await {
            Ok(turns) => {
                for turn in turns {
                    for message in turn.messages {
                        let work = hand_over(state.clone(), Arc::clone(&sender), turn.webhook_id, message);
                        sending.spawn(turn.webhook_id, turn.is_failing, work);
                    }
                }
            }
            Err(error) => {
                tracing::error!(%error, "reading the outbox failed; retrying");
                pause = AFTER_FAILURE;
            }
        }
        tokio::select! {
            () = sending.place_freed() => {}
            () = signal.wait() => {}
            () = sleep(pause) => {}
            () = stop.cancelled() => {}
        }
    }
    sending.finish().await;
    Ok(())
}

async fn claim(state: &Parts, sending: &Sending) -> sqlx::Result<Vec<queue::Turn>> {
    let places = sending.places();
    if places.all == 0 {
        return Ok(Vec::new());
    }
    queue::claim(&state.db, places, AT_ONCE, &sending.busy(), state.config.delivery_lease).await
}

async fn hand_over(state: Parts, sender: Arc<Sender>, webhook_id: WebhookId, message: Claimed) {
    contain(&state.db, Channel::Webhook, &message, handle(&state, &sender, webhook_id, &message)).await;
}

async fn handle(state: &Parts, sender: &Sender, webhook_id: WebhookId, message: &Claimed) -> anyhow::Result<()> {
    if message.answer_was_lost {
        count(Channel::Webhook, "unacknowledged");
    }
    let Some(target) = queue::find_target(&state.db, webhook_id).await? else { return Ok(()) };
    if let Some(error) = why_not(&target, &message.kind) {
        return park(state, message, error).await;
    }
    let Some(data) = queue::find_data(&state.db, message.id).await? else {
        return park(state, message, "what it tells of is not kept any more").await;
    };
    let body = message::body(&message.kind, message.created_at, &data)?;
    let shown = Shown { user_id: None, subject: Some(&message.kind), address: &target.host() };
    if !store::begin(&state.db, message, &shown, state.config.delivery_lease).await? {
        return Ok(());
    }
    // Shorter than the lease, so that nobody else starts it meanwhile.
    let attempt = sender.send(&target, message, &body, state.config.delivery_lease.mul_f64(0.75)).await;
    queue::record(&state.db, webhook_id, message.id, &attempt).await?;
    match &attempt.outcome {
        Outcome::Taken => {
            store::mark_sent(&state.db, message).await?;
            count(Channel::Webhook, "sent");
        }
        Outcome::Failed { error, retry_after } => {
            let parked =
                fail(&state.db, Channel::Webhook, message, error, retry_after.unwrap_or(Duration::ZERO)).await?;
            if let Some(reason) = why_disable(&attempt, parked, &target) {
                queue::disable(&state.db, webhook_id, reason).await?;
                tracing::warn!(%webhook_id, ?reason, "a webhook was switched off");
            }
        }
    }
    Ok(())
}

async fn park(state: &Parts, message: &Claimed, error: &'static str) -> anyhow::Result<()> {
    count(Channel::Webhook, "parked");
    let failure = Failure { error, unacknowledged: false, again_in: None };
    Ok(store::mark_failed(&state.db, message, &failure).await?)
}

/// Why a message is not sent (any more). The deletion of a project is still reported, though.
fn why_not(target: &Target, kind: &str) -> Option<&'static str> {
    if !target.is_active && target.disabled_reason != Some(DisabledReason::Overloaded) {
        Some("the webhook is switched off")
    } else if target.owner_is_disabled {
        Some("the account that owns the project is disabled")
    } else if target.project_is_deleted && kind != EventKind::ProjectDeleted.as_str() {
        Some("the project is in the trash")
    } else {
        None
    }
}

fn why_disable(attempt: &Attempt, parked: bool, target: &Target) -> Option<DisabledReason> {
    if attempt.status == Some(StatusCode::GONE.as_u16()) {
        return Some(DisabledReason::Gone);
    }
    let hopeless = target.failing_since.is_some_and(|since| chrono::Utc::now() - since > HOPELESS_AFTER);
    (parked && hopeless).then_some(DisabledReason::Failing)
}
