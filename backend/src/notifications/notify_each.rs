//! Notifies many people of the same thing, with a fixed number of statements.

use std::collections::HashMap;

use chrono::Utc;

use super::{
    Notice, digests, preferences,
    store::{self, Told},
};
use crate::{
    events::{Change, EventKind},
    id::UserId,
    local_time::zone_of,
    outbox::{MailToEach, Priority, queue_mail_to_each},
};

/// Notifies each of these users by their chosen channels, except the actor.
pub async fn notify_each(change: &mut Change, user_ids: &[UserId], notice: &Notice) -> anyhow::Result<()> {
    let readers: Vec<UserId> = user_ids.iter().copied().filter(|id| Some(*id) != notice.actor_id).collect();
    if readers.is_empty() {
        return Ok(());
    }
    let kind = notice.kind;
    let mut settings = preferences::settings_of_each(change.connection(), &readers, kind).await?;
    // Security mails use another path, which also serves unconfirmed addresses.
    let mail_wanted =
        |settings: &preferences::NotificationSettings| settings.channels(kind).mail && !kind.mail_is_fixed();
    settings.retain(|(_, settings)| settings.channels(kind).in_app || mail_wanted(settings));
    let told: Vec<Told> = settings
        .iter()
        .map(|(user_id, settings)| Told { user_id: *user_id, notice, is_kept: settings.channels(kind).in_app })
        .collect();
    let notifications = store::insert(change.connection(), &told).await?;
    let Some(first) = notifications.first() else { return Ok(()) };
    let event_key = notice.origin.map_or_else(|| format!("notification:{}", first.id), |origin| origin.event_key());
    let named = first.named();
    let (mut in_app, mut mails, mut items) = (Vec::new(), HashMap::new(), Vec::new());
    for ((user_id, settings), notification) in settings.into_iter().zip(notifications) {
        if mail_wanted(&settings) {
            match settings.digest(kind) {
                Some(schedule) if settings.digest_is_wanted() => {
                    items.push((user_id, schedule.next(Utc::now(), zone_of(&settings.time_zone))));
                }
                Some(_) => {}
                None => {
                    mails.insert(user_id, (named.clone(), settings.end_of_quiet(Utc::now())));
                }
            }
        }
        if settings.channels(kind).in_app {
            in_app.push((user_id, notification));
        }
    }
    change.record_for_users(EventKind::NotificationCreated, &in_app)?;
    digests::store::insert_items(change.connection(), kind, &named, &items).await?;
    let (kind, priority) = (kind.as_str(), Priority::Notification);
    Ok(queue_mail_to_each(change, &MailToEach { event_key, kind, priority, mails }).await?)
}
