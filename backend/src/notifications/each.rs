//! The same thing told to many people, in a few statements whatever their number.

use std::collections::HashMap;

use chrono::Utc;
use uuid::Uuid;

use super::{Notice, model::Notification, preferences, store};
use crate::{
    deliveries::{MailToEach, Priority, queue_mail_to_each},
    digests,
    local_time::zone_of,
    realtime::{Change, EventKind},
};

/// Tells each of these users, by the ways that they want, but for the one who did it.
pub async fn notify_each(change: &mut Change, user_ids: &[Uuid], notice: &Notice) -> anyhow::Result<()> {
    let readers: Vec<Uuid> = user_ids.iter().copied().filter(|id| Some(*id) != notice.actor_id).collect();
    if readers.is_empty() {
        return Ok(());
    }
    let kind = notice.kind;
    let wishes = preferences::wishes_of_each(change.connection(), &readers, kind).await?;
    let shown = store::show(change.connection(), notice).await?;
    let mails_wanted = !kind.mail_is_fixed();
    let (mut told, mut mails, mut items) = (Vec::new(), HashMap::new(), Vec::new());
    for (user_id, wishes) in wishes {
        let ways = wishes.ways(kind);
        if ways.mail && mails_wanted {
            match wishes.digest(kind) {
                Some(schedule) if wishes.digest_is_wanted() => {
                    items.push((user_id, schedule.next(Utc::now(), zone_of(&wishes.time_zone))));
                }
                Some(_) => {}
                None => {
                    mails.insert(user_id, (shown.named(), wishes.end_of_quiet(Utc::now())));
                }
            }
        }
        if ways.in_app {
            told.push((user_id, Notification { id: Uuid::now_v7(), ..shown.clone() }));
        }
    }
    store::insert_each(change.connection(), notice, &told).await?;
    change.record_for_users(EventKind::NotificationCreated, &told)?;
    digests::store::insert_items(change.connection(), kind, &shown.named(), &items).await?;
    let event_key = format!("notification:{}", shown.id);
    let (kind, priority) = (kind.as_str(), Priority::Notification);
    Ok(queue_mail_to_each(change, &MailToEach { event_key, kind, priority, mails }).await?)
}
