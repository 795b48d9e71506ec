//! What there is more of after a change, for the quotas.

use std::io;

use serde_json::Value;
use uuid::Uuid;

use super::{
    event::{Event, EventKind},
    topic::Topic,
};
use crate::quotas::Added;

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

/// Bytes are those of projects and of the actor's own feed: what others are told in theirs depends on who they are and what they wish, which a
/// quota must not give away.
pub fn by(events: &[Event], actor: Option<Uuid>) -> Added {
    let mut added = Added::default();
    // With what a sign-in tells of itself.
    let opens_a_session = events.iter().any(|event| event.kind == EventKind::SessionStarted.as_str());
    for event in events {
        let is = |kind: EventKind| event.kind == kind.as_str();
        let is_of_another = matches!(event.topic, Topic::User(id) if Some(id) != actor);
        if !opens_a_session && !is_of_another && !TAKING_AWAY.into_iter().any(is) {
            added.bytes += size_of(&event.data);
        }
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

    #[test]
    fn what_others_are_told_in_their_feeds_is_not_counted() {
        let (actor, other) = (Uuid::now_v7(), Uuid::now_v7());
        let event = |topic, kind: EventKind| Event {
            topic,
            revision: 1,
            kind: kind.as_str().into(),
            data: json!({ "name": "0123456789" }),
            actor: Some(actor),
            at: Utc::now(),
        };
        let bytes = |topic| by(&[event(topic, EventKind::NotificationCreated)], Some(actor)).bytes;
        let length = r#"{"name":"0123456789"}"#.len() as u64;
        assert_eq!(
            [bytes(Topic::User(actor)), bytes(Topic::Project(other)), bytes(Topic::User(other))],
            [length, length, 0]
        );
    }
}
