//! What there is more of after a change, for the quotas.

use std::io;

use serde_json::Value;

use super::{Event, EventKind, Topic};
use crate::{id::UserId, quotas::Added};

/// Never refused because of its size: what takes something away, and what opens and ends sessions.
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

/// What a row costs that changes without an event of its own: the row, its entries in indexes, and both in the log of the database. Measured with
/// a tag's new name on 30,000 tasks: 900 bytes for each.
const BYTES_PER_ROW: u64 = 1024;
/// What is told to so many others costs the same, and to nobody as much: who they are and what they wish a quota must not give away.
const TOLD_TOGETHER: u64 = 8;
const BYTES_PER_NOTICE: u64 = 256;

/// Refused bytes are those of projects and of the actor's own feed. What others are told in theirs, and what takes something away, is counted
/// for what comes after, and refuses nothing itself.
pub fn by(events: &[Event], actor: Option<UserId>, touched: u64) -> Added {
    let mut added = Added::default();
    let mut told = 0;
    // With what a sign-in tells of itself.
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
    // Neither a value nor the counter fails.
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
