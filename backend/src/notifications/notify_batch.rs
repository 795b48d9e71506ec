//! Several items of one kind that become due together: each in the app, all in one mail.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{
    Notice, NotificationKind,
    model::Notification,
    preferences,
    store::{self, Told},
};
use crate::{
    events::{Change, EventKind, Topic},
    id::UserId,
    outbox::{NewDelivery, Priority, Recipient, queue_mail},
};

/// Notifies `user_id` of items without an actor, by their chosen channels. Their feed is locked.
pub async fn notify_batch(
    change: &mut Change,
    user_id: UserId,
    kind: NotificationKind,
    notices: Vec<Notice>,
    now: DateTime<Utc>,
) -> anyhow::Result<()> {
    if notices.is_empty() {
        return Ok(());
    }
    let Some(settings) = preferences::settings(change.connection(), user_id, kind).await? else { return Ok(()) };
    let channels = settings.channels(kind);
    if !channels.in_app && !channels.mail {
        return Ok(());
    }
    let told: Vec<Told> = notices.iter().map(|notice| Told { user_id, notice, is_kept: channels.in_app }).collect();
    let notifications = store::insert(change.connection(), &told).await?;
    if channels.in_app {
        for notification in &notifications {
            change.record(Topic::User(user_id), EventKind::NotificationCreated, notification).await?;
        }
    }
    if let (true, Some(first)) = (channels.mail, notifications.first()) {
        let event_key = format!("notification:{}", first.id);
        let due_at = settings.end_of_quiet(now);
        let (to, payload) = (Recipient::User(user_id), payload(&notifications));
        let (kind, priority) = (kind.as_str(), Priority::Notification);
        queue_mail(change, &NewDelivery { event_key, to, kind, payload, due_at, priority }).await?;
    }
    Ok(())
}

/// A single item in full; several as a list.
fn payload(notifications: &[Notification]) -> Value {
    let mut things: Vec<Value> = notifications.iter().map(Notification::named).collect();
    if things.len() == 1 {
        let mut one = things.swap_remove(0);
        one["count"] = json!(1);
        return one;
    }
    let late = things.iter().any(|one| one["late"] == true);
    json!({ "count": things.len(), "late": late, "things": things })
}
