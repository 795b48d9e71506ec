//! One connection's subscription to a topic: what it has sent, and since when its user has access.

use chrono::{DateTime, Utc};

use super::{
    hub::SubscriptionGuard,
    store::{Joined, OwnTopic},
    topic_log::{NextBatch, TopicLog},
};
use crate::events::frame::Frame;

/// What a connection has sent of a topic: everything after `baseline` up to `sent`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    pub baseline: i64,
    pub sent: i64,
}

/// The answer to a client's last known revision.
#[derive(Debug, PartialEq, Eq)]
pub enum Begun {
    Yes,
    /// Later events were already sent, so earlier ones cannot be sent in order.
    TooLate,
    /// This revision is unknown here.
    Ahead,
}

impl Cursor {
    pub fn at(revision: i64) -> Self {
        Self { baseline: revision, sent: revision }
    }

    pub fn begin_after(&mut self, revision: i64, head: i64) -> Begun {
        let untouched = self.sent == self.baseline;
        if revision > head.max(self.sent) {
            Begun::Ahead
        } else if revision > self.sent || revision < self.baseline && untouched {
            *self = Self::at(revision);
            Begun::Yes
        } else if revision < self.baseline {
            Begun::TooLate
        } else {
            Begun::Yes
        }
    }
}

pub struct Subscription {
    guard: SubscriptionGuard,
    epoch: u32,
    pub cursor: Cursor,
    /// Events up to this revision are sent only if they happened after `since`; later ones come after joining.
    open_from: i64,
    since: Option<DateTime<Utc>>,
    /// Revisions of this topic and of the user's own, as of which the user's access is known. Access changes in earlier events are
    /// outdated.
    known_at: i64,
    user_known_at: i64,
}

impl Subscription {
    /// A topic of the connection's initial snapshot.
    pub fn own(guard: SubscriptionGuard, topic: &OwnTopic, user_revision: i64) -> Self {
        Self {
            epoch: guard.epoch,
            guard,
            cursor: Cursor::at(topic.revision),
            open_from: topic.revision,
            since: topic.since,
            known_at: topic.revision,
            user_known_at: user_revision,
        }
    }

    /// A project joined while the connection was open.
    pub fn joined(guard: SubscriptionGuard, joined: &Joined) -> Self {
        Self {
            epoch: guard.epoch,
            guard,
            cursor: Cursor::at(joined.begin),
            open_from: joined.begin,
            since: Some(joined.since),
            known_at: joined.revision,
            user_known_at: joined.user_revision,
        }
    }

    pub fn log(&self) -> &TopicLog {
        self.guard.log()
    }

    pub fn next_batch(&self, limit: usize) -> NextBatch {
        self.log().next_batch(self.cursor.sent, self.epoch, limit)
    }

    /// Whether the event happened before the user joined.
    pub fn is_closed_to(&self, frame: &Frame) -> bool {
        frame.revision <= self.open_from && self.since.is_some_and(|since| frame.at < since)
    }

    /// Whether this event of the topic contains news about access to it.
    pub fn is_news(&self, revision: i64) -> bool {
        revision > self.known_at
    }

    /// The same for an event of the user's own topic.
    pub fn is_news_of_user(&self, user_revision: i64) -> bool {
        user_revision > self.user_known_at
    }

    /// Continues after this revision, whatever was sent.
    pub fn jump(&mut self, head: i64) {
        self.cursor = Cursor::at(head);
    }

    pub fn restart(&mut self, head: i64, epoch: u32) {
        self.epoch = epoch;
        self.known_at = self.known_at.min(head);
        self.jump(head);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_can_go_back_until_something_was_sent() {
        let mut cursor = Cursor::at(10);
        assert_eq!(cursor.begin_after(4, 12), Begun::Yes);
        assert_eq!(cursor, Cursor::at(4));
        cursor.sent = 6;
        assert_eq!(cursor.begin_after(3, 12), Begun::TooLate);
        assert_eq!(cursor.begin_after(5, 12), Begun::Yes, "all after 5 was or will be sent");
        assert_eq!(cursor, Cursor { baseline: 4, sent: 6 });
    }

    #[test]
    fn a_client_can_skip_what_it_has_but_not_the_future() {
        let mut cursor = Cursor::at(10);
        assert_eq!(cursor.begin_after(12, 12), Begun::Yes);
        assert_eq!(cursor, Cursor::at(12));
        assert_eq!(cursor.begin_after(13, 12), Begun::Ahead);
        assert_eq!(cursor, Cursor::at(12));
        cursor.sent = 15;
        assert_eq!(cursor.begin_after(14, 12), Begun::Yes, "sent already, though the hub is behind");
    }
}
