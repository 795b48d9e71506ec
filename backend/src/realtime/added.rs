//! What there is more of after a change, for the quotas.

use std::io;

use serde_json::Value;

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

pub fn by(events: &[Event]) -> Added {
    let mut added = Added::default();
    // With what a sign-in tells of itself.
    let opens_a_session = events.iter().any(|event| event.kind == EventKind::SessionStarted.as_str());
    for event in events {
        let is = |kind: EventKind| event.kind == kind.as_str();
        if !opens_a_session && !TAKING_AWAY.into_iter().any(is) {
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
