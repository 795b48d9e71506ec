//! Notifies invited people after the inviter's response, whose timing must not reveal whether an address has an account.

use std::time::Duration;

use serde_json::json;
use tokio::time::sleep;

use super::{
    MAIL_KIND, blocks,
    store::{self, Valid},
};
use crate::{
    events::{Change, EventKind, Topic},
    id::{DeliveryId, Id, InvitationId, ProjectId, UserId},
    notifications::{Notice, notify},
    outbox::{NewDelivery, Priority, Recipient, queue_mail},
    projects::Parts,
    supervisor::Supervisor,
    telemetry::traces::{self, Work},
    users::address,
};

/// For lost wake-up signals.
const POLL: Duration = Duration::from_secs(2);
const AFTER_FAILURE: Duration = Duration::from_secs(5);
const BATCH: i64 = 100;

/// Runs until the process drains.
pub fn start(parts: Parts, supervisor: &Supervisor) {
    supervisor.spawn("invitations", move || run(parts.clone()));
}

async fn run(state: Parts) {
    let mut signal = state.bus.worker_signal().listener();
    loop {
        let pause = match traces::run(Work::Task, "invitations", run_once(&state)).await {
            Ok(()) => POLL,
            Err(error) => {
                tracing::error!(error = format!("{error:#}"), "notifying an invited person failed; retrying");
                AFTER_FAILURE
            }
        };
        tokio::select! {
            () = state.draining.cancelled() => return,
            () = signal.wait() => {}
            () = sleep(pause) => {}
        }
    }
}

/// Notifies about all invitations not processed yet. A failure does not stop the others.
pub async fn run_once(state: &Parts) -> anyhow::Result<()> {
    let (mut after, mut failure) = (Id::nil(), Ok(()));
    loop {
        let waiting = store::list_unannounced(&state.db, after, BATCH).await?;
        let Some((last, _)) = waiting.last() else { return failure };
        after = *last;
        for (id, project_id) in waiting {
            if state.draining.is_cancelled() {
                return failure;
            }
            if let Err(error) = announce(state, id, project_id).await {
                failure = Err(error);
            }
        }
    }
}

/// Notifies the address's account according to its preferences, unless it blocks the inviter; mails an address without an account; ignores
/// invitations that were revoked, answered or became invalid.
async fn announce(state: &Parts, id: InvitationId, project_id: ProjectId) -> anyhow::Result<()> {
    let Some(inviter_id) = store::find_inviter(&state.db, id).await? else { return Ok(()) };
    let mut change = Change::begin(&state.db, inviter_id).await?;
    change.lock_projects(&[project_id]).await?;
    if !store::mark_announced(change.connection(), id).await? {
        return Ok(()); // another worker has done it
    }
    if let Some(invitation) = store::find_valid(change.connection(), id).await? {
        let email = &invitation.email;
        match address::find_owner(change.connection(), email, state.config.mail.is_some()).await? {
            Some(owner) => tell_owner(&mut change, owner, id, &invitation).await?,
            None if state.config.mail.is_some() => queue_mail(&mut change, &mail(id, email)).await?,
            None => {}
        }
    }
    change.commit(&state.bus).await?;
    Ok(())
}

async fn tell_owner(change: &mut Change, owner: UserId, id: InvitationId, invitation: &Valid) -> anyhow::Result<()> {
    let inviter_id = invitation.inviter_id;
    if blocks::contains(change.connection(), owner, inviter_id).await? {
        return Ok(());
    }
    change.lock_users(&[owner]).await?;
    change.record(Topic::User(owner), EventKind::InvitationsChanged, &json!({})).await?;
    notify(change, owner, Notice::invited(inviter_id, id, &invitation.project_name, &invitation.role)).await
}

fn mail(id: InvitationId, email: &str) -> NewDelivery<'_> {
    NewDelivery {
        event_key: format!("invitation:{id}:{}", DeliveryId::new()),
        to: Recipient::Address(email),
        kind: MAIL_KIND,
        payload: json!({ "invitation_id": id }),
        due_at: None,
        priority: Priority::Account,
    }
}
