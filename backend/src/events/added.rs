//! What a change adds, for the quotas.

use std::io;

use serde_json::Value;

use super::{Event, EventKind, Topic};
use crate::{id::UserId, quotas::Added};

/// Never refused for its size: removals, and opening and ending sessions.
const TAKING_AWAY: [EventKind; 10] = [
    EventKind::TaskDeleted,
    EventKind::TaskPurged,
    EventKind::ProjectDeleted,
    EventKind::MemberRemoved,
    EventKind::InvitationDeleted,
    EventKind::TagDeleted,
    EventKind::ProjectLeft,
    EventKind::NotificationRead,
    EventKind::ReminderDeleted,
    EventKind::SessionEnded,
];

/// The cost of a row that changes without its own event: the row, its index entries, and both in the WAL. Measured by renaming a tag on
/// 30,000 tasks: 900 bytes each.
const BYTES_PER_ROW: u64 = 1024;
/// Notifying that many others costs the same; a quota must not reveal who they are or what they prefer.
const TOLD_TOGETHER: u64 = 8;
const BYTES_PER_NOTICE: u64 = 256;

/// The quota cost of notifying this many members after the commit, in addition to that of the change itself.
pub fn bytes_of_told(people: u64) -> u64 {
    people / TOLD_TOGETHER * TOLD_TOGETHER * BYTES_PER_NOTICE
}

/// Only bytes of projects and of the actor's own feed can be refused. Bytes in others' feeds and of removals count for later changes, but
/// refuse nothing themselves.
pub fn by(events: &[Event], actor: Option<UserId>, touched: u64) -> Added {
    let mut added = Added::default();
    let mut told = 0;
    // With what a sign-in reports about itself.
    let opens_a_session = events.iter().any(|event| event.kind == EventKind::SessionStarted.as_str());
    for event in events {
        let is = |kind: EventKind| event.kind == kind.as_str();
        let is_of_another = matches!(event.topic, Topic::User(id) if Some(id) != actor);
        if !opens_a_session && !is_of_another && !TAKING_AWAY.into_iter().any(is) {
            added.bytes += size_of(&event.data);
        }
        told += u64::from(is_of_another);
        match event.topic {
            Topic::Project(id) => {
                if is(EventKind::TaskCreated) || is(EventKind::TaskRestored) {
                    added.tasks.insert(id, event.revision);
                } else if is(EventKind::TagCreated) {
                    added.tags.insert(id);
                } else if is(EventKind::MemberAdded) {
                    added.members.insert(id);
                }
            }
            Topic::User(id) if is(EventKind::ProjectJoined) && event.data["role"] == "owner" => {
                added.projects.insert(id);
            }
            Topic::User(_) => {}
        }
    }
    let of_rows = touched.saturating_mul(BYTES_PER_ROW);
    if added.bytes > 0 {
        added.bytes = added.bytes.saturating_add(of_rows);
    } else {
        added.unrefused_bytes = of_rows;
    }
    if events.iter().any(|event| matches!(event.topic, Topic::Project(_))) {
        added.unrefused_bytes += (told + 1).next_multiple_of(TOLD_TOGETHER) * BYTES_PER_NOTICE;
    }
    added
}

/// The length of its text.
fn size_of(data: &Value) -> u64 {
    struct Counter(u64);
    impl io::Write for Counter {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 = self.0.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut counter = Counter(0);
    // Neither the value nor the counter can fail.
    let _ = serde_json::to_writer(&mut counter, data);
    counter.0
}

#[cfg(test)]
mod tests {
    use chrono::Utc;
    use serde_json::json;

    use super::*;
    use crate::id::Id;

    fn event(topic: Topic, kind: EventKind) -> Event {
        let data = json!({ "name": "0123456789" });
        Event { topic, revision: 1, kind: kind.as_str().into(), data, actor: None, at: Utc::now() }
    }

    #[test]
    fn rows_and_notices_are_counted_and_notices_say_nothing_of_others() {
        let (actor, project) = (Id::new(), Topic::Project(Id::new()));
        let counted = |kind, others: usize, touched| {
            let told = (0..others).map(|_| event(Topic::User(Id::new()), EventKind::NotificationCreated));
            let events: Vec<Event> = [event(project, kind)].into_iter().chain(told).collect();
            let added = by(&events, Some(actor), touched);
            (added.bytes, added.unrefused_bytes)
        };
        let length = r#"{"name":"0123456789"}"#.len() as u64;
        let block = TOLD_TOGETHER * BYTES_PER_NOTICE;
        assert_eq!(counted(EventKind::TagUpdated, 0, 30_000), (length + 30_000 * BYTES_PER_ROW, block));
        assert_eq!(counted(EventKind::TagDeleted, 0, 3), (0, block + 3 * BYTES_PER_ROW), "never refused");
        assert_eq!(counted(EventKind::TaskUpdated, 0, 0), counted(EventKind::TaskUpdated, 7, 0));
        assert_eq!(counted(EventKind::TaskUpdated, 100, 0), (length, 13 * block));
    }

    #[test]
    fn what_others_are_told_in_their_feeds_refuses_nothing() {
        let (actor, other, project) = (Id::new(), Id::new(), Id::new());
        let bytes = |topic| by(&[event(topic, EventKind::NotificationCreated)], Some(actor), 0).bytes;
        let length = r#"{"name":"0123456789"}"#.len() as u64;
        assert_eq!(
            [bytes(Topic::User(actor)), bytes(Topic::Project(project)), bytes(Topic::User(other))],
            [length, length, 0]
        );
    }
}
