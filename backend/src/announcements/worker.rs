//! Goes through the users by id and notifies a batch per transaction. The progress is saved in the same transaction, so everyone is
//! notified once, whatever crashes; and the row is locked meanwhile, so any number of workers can run.

use std::{collections::HashMap, time::Duration};

use anyhow::Context;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::{
    Parts,
    store::{self, Reader, Walk},
};
use crate::{
    events::{Change, EventKind},
    id::{Id, UserId},
    local_time::zone_of,
    notifications::{self, NotificationKind, model::Notification, quiet_hours},
    outbox::{self, MailToEach, Priority},
    supervisor::Supervisor,
    telemetry::traces::{self, Work},
};

const KIND: NotificationKind = NotificationKind::SystemAnnouncement;

/// How soon a new announcement is found.
const POLL: Duration = Duration::from_secs(2);
const AFTER_FAILURE: Duration = Duration::from_secs(5);
/// Batch size; their feeds are locked during a transaction.
const BATCH: i64 = 200;
/// Pause between batches, to leave the database to others.
const PAUSE: Duration = Duration::from_millis(50);

/// Runs until the process drains.
pub fn start(parts: Parts, supervisor: &Supervisor, draining: CancellationToken) {
    supervisor.spawn("announcements", move || run(parts.clone(), draining.clone()));
}

/// Runs until `stop` is cancelled.
pub async fn run(state: Parts, stop: CancellationToken) {
    loop {
        let pause = match traces::run(Work::Task, "announcements", tell_some(&state)).await {
            Ok(true) => PAUSE,
            Ok(false) => POLL,
            Err(error) => {
                tracing::error!(error = format!("{error:#}"), "sending an announcement failed; retrying");
                AFTER_FAILURE
            }
        };
        tokio::select! {
            () = stop.cancelled() => return,
            () = sleep(pause) => {}
        }
    }
}

/// Notifies the next batch for the oldest announcement that no other worker holds; false if there is none.
pub async fn tell_some(state: &Parts) -> anyhow::Result<bool> {
    let mut change = Change::begin(&state.db, None).await?;
    let Some(walk) = store::claim(change.connection()).await? else { return Ok(false) };
    if walk.recipients.is_none() {
        store::count_recipients(change.connection(), &walk).await?;
    }
    let readers = store::next_readers(change.connection(), &walk, BATCH).await?;
    let ids: Vec<UserId> = readers.iter().map(|reader| reader.id).collect();
    change.lock_users(&ids).await?;
    tell_in_app(&mut change, &walk, &readers).await?;
    if state.config.mail.is_some() {
        queue_mails(&mut change, &walk, &readers).await?;
    }
    let is_last = readers.len() < usize::try_from(BATCH).unwrap_or(usize::MAX);
    store::advance(change.connection(), walk.id, &ids, is_last).await?;
    change.commit(&state.bus).await?;
    if is_last {
        tracing::info!(announcement_id = %walk.id, "an announcement has been sent to everyone");
    }
    Ok(true)
}

async fn tell_in_app(change: &mut Change, walk: &Walk, readers: &[Reader]) -> anyhow::Result<()> {
    let default = KIND.default_channels().in_app;
    let mut told = Vec::new();
    for reader in readers.iter().filter(|reader| reader.in_app.unwrap_or(default)) {
        let notification = Notification {
            id: Id::new(),
            kind: KIND,
            actor: None,
            task: None,
            project: None,
            data: data_for(walk, reader)?,
            created_at: walk.now,
            read_at: None,
        };
        told.push((reader.id, notification));
    }
    notifications::store::insert_for_each(change.connection(), KIND, &told).await?;
    change.record_for_users(EventKind::NotificationCreated, &told)
}

/// Mail goes only to confirmed addresses, and waits for quiet hours to end.
async fn queue_mails(change: &mut Change, walk: &Walk, readers: &[Reader]) -> anyhow::Result<()> {
    let default = KIND.default_channels().mail;
    let mut mails = HashMap::new();
    for reader in readers.iter().filter(|reader| reader.is_confirmed && reader.mail.unwrap_or(default)) {
        mails.insert(reader.id, (data_for(walk, reader)?, due_at(walk, reader)));
    }
    let event_key = format!("announcement:{}", walk.id);
    let mails = MailToEach { event_key, kind: KIND.as_str(), priority: Priority::Announcement, mails };
    Ok(outbox::queue_mail_to_each(change, &mails).await?)
}

fn data_for(walk: &Walk, reader: &Reader) -> anyhow::Result<Value> {
    let text = walk.texts.for_reader(reader.language).context("an announcement without a text")?;
    Ok(json!({ "title": text.title, "text": text.text }))
}

fn due_at(walk: &Walk, reader: &Reader) -> Option<DateTime<Utc>> {
    let (from, until) = reader.quiet_from.zip(reader.quiet_until)?;
    quiet_hours::end_of_quiet(walk.now, zone_of(&reader.time_zone), from, until)
}
