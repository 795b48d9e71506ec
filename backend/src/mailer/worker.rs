//! Claims due mails and sends them, next to any number of other workers.
//!
//! A mail is sent once. It cannot be known whether a mail was accepted if the connection or the worker died before the SMTP server's answer
//! was recorded: then it is sent again with the same Message-ID, and counted (`unacknowledged`).

use std::{collections::VecDeque, time::Duration};

use tokio::{
    task::JoinSet,
    time::{sleep, timeout},
};

use super::{
    Mailer, Outgoing, Parts,
    compose::{self, Composed},
};
use crate::{
    auth::AccountMail,
    config::Rate,
    notifications::NotificationKind,
    outbox::{
        Channel, SendError,
        contain::{contain, may_pass},
        store::{self, Claimed, Share, Shown},
        worker::{AFTER_FAILURE, count, fail},
    },
    telemetry::traces::{self, Work},
};

/// A claim holds a few mails per connection: small, so that other workers find something too.
const CLAIMED_PER_CONNECTION: u32 = 4;
/// Minimum delay of mails above their recipient's limit.
const RECIPIENT_PAUSE: chrono::TimeDelta = chrono::TimeDelta::minutes(1);
/// Mails caused only by time and the recipient: other people's actions do not delay them.
const OWN_KINDS: [&str; 6] = [
    NotificationKind::TaskReminder.as_str(),
    NotificationKind::TaskDueSoon.as_str(),
    NotificationKind::TaskOverdue.as_str(),
    NotificationKind::DigestNews.as_str(),
    NotificationKind::DigestWeekly.as_str(),
    NotificationKind::ExportReady.as_str(),
];

/// Each mail is a separate task: a slow one occupies only its SMTP connection, and no mail holds a database connection without being
/// polled.
pub async fn run(state: Parts) {
    let stop = &state.draining;
    let Some(mailer) = &state.mail else { return };
    let connections = mailer.config().connections;
    let mut signal = state.bus.worker_signal().listener();
    let mut claimed = VecDeque::new();
    let mut running = JoinSet::new();
    while !stop.is_cancelled() {
        let mut pause = state.config.delivery_poll;
        while running.len() < usize::try_from(connections).unwrap_or(1) {
            if let Some(delivery) = claimed.pop_front() {
                running.spawn(hand_over(state.clone(), delivery));
                continue;
            }
            let limit = i64::from(connections * CLAIMED_PER_CONNECTION);
            let claim = store::claim(&state.db, Channel::Mail, limit, state.config.delivery_lease);
            match traces::run(Work::Task, "mail", claim).await {
                Ok(due) if due.is_empty() => break,
                Ok(due) => claimed.extend(due),
                Err(error) => {
                    tracing::error!(%error, "reading the outbox failed; retrying");
                    pause = AFTER_FAILURE;
                    break;
                }
            }
        }
        tokio::select! {
            Some(_) = running.join_next() => {}
            () = signal.wait() => {}
            () = sleep(pause) => {}
            () = stop.cancelled() => {}
        }
    }
    for delivery in claimed {
        if let Err(error) = store::release(&state.db, &delivery, Duration::ZERO).await {
            tracing::debug!(%error, delivery_id = %delivery.id, "releasing a delivery failed; its lease will expire");
        }
    }
    while running.join_next().await.is_some() {}
}

async fn hand_over(state: Parts, delivery: Claimed) {
    let Some(mailer) = &state.mail else { return };
    contain(&state.db, Channel::Mail, &delivery, handle(&state, mailer, &delivery)).await;
}

async fn handle(state: &Parts, mailer: &Mailer, delivery: &Claimed) -> anyhow::Result<()> {
    if delivery.answer_was_lost {
        count(Channel::Mail, "unacknowledged");
        tracing::warn!(delivery_id = %delivery.id, "a worker stopped while sending this; sending it again");
    }
    if put_off(state, mailer, delivery).await? {
        return Ok(());
    }
    let composed = match compose::compose(state, delivery).await {
        Ok(Some(composed)) => composed,
        Ok(None) => return Ok(store::discard(&state.db, delivery).await?),
        Err(error) if may_pass(&error) => {
            return fail_mail(state, delivery, &SendError::Temporary(format!("{error:#}"))).await;
        }
        Err(error) => {
            let error = SendError::Permanent(format!("the mail cannot be written: {error:#}"));
            return fail_mail(state, delivery, &error).await;
        }
    };
    let subject = composed.user_id.map(|_| composed.body.subject.as_str());
    let shown = Shown { user_id: composed.user_id, subject, address: &composed.address };
    if !store::begin(&state.db, delivery, &shown, state.config.delivery_lease).await? {
        return Ok(());
    }
    match send(state, mailer, delivery, &composed).await {
        Ok(()) => {
            store::mark_sent(&state.db, delivery).await?;
            count(Channel::Mail, "sent");
            tracing::debug!(delivery_id = %delivery.id, kind = delivery.kind, "sent");
            Ok(())
        }
        Err(error) => fail_mail(state, delivery, &error).await,
    }
}

async fn send(state: &Parts, mailer: &Mailer, delivery: &Claimed, composed: &Composed) -> Result<(), SendError> {
    let outgoing = Outgoing {
        id: delivery.id,
        name: composed.name.as_deref(),
        address: &composed.address,
        body: &composed.body,
        unsubscribe_url: composed.unsubscribe_url.as_deref(),
    };
    // Shorter than the lease, so that nobody else starts it meanwhile.
    match timeout(state.config.delivery_lease.mul_f64(0.75), mailer.send(&outgoing)).await {
        Ok(result) => result,
        Err(_) => Err(SendError::Unacknowledged("the server took too long".to_owned())),
    }
}

async fn fail_mail(state: &Parts, delivery: &Claimed, error: &SendError) -> anyhow::Result<()> {
    fail(&state.db, Channel::Mail, delivery, error, Duration::ZERO).await?;
    Ok(())
}

/// Postpones it, with similar ones, if its recipient is above the limit. Account mails never wait.
async fn put_off(state: &Parts, mailer: &Mailer, delivery: &Claimed) -> sqlx::Result<bool> {
    let limit = mailer.config().per_recipient;
    let Some(user_id) = delivery.user_id else { return Ok(false) };
    if AccountMail::of_kind(&delivery.kind).is_some() || limit == Rate::UNLIMITED {
        return Ok(false);
    }
    let is_own = OWN_KINDS.contains(&delivery.kind.as_str());
    let share = Share { user_id, own_kinds: &OWN_KINDS, is_own };
    let Some(next) = store::next_in_share(&state.db, &share, limit).await? else { return Ok(false) };
    store::put_off(&state.db, &share, next.max(chrono::Utc::now() + RECIPIENT_PAUSE)).await?;
    Ok(true)
}
