//! A topic that somebody here follows: how far it has come, its latest events, and whom to wake.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex},
    time::Instant,
};

use super::{
    dirty_topics::{Mailbox, lock},
    ring::Ring,
};
use crate::events::{Topic, frame::Frame};

/// Events that came before their predecessors wait for them here: commits are told in any order.
const EARLY_EVENTS: usize = 64;

pub struct Watched {
    pub topic: Topic,
    state: Mutex<State>,
}

struct State {
    /// Every revision up to this one can be sent.
    head: i64,
    /// The highest revision that was heard of; above `head` something is missing.
    heard: i64,
    /// Grows when the database has gone back in time (restored from a backup): what was sent is then void.
    epoch: u32,
    /// Nobody follows any more and the hub has forgotten it.
    closed: bool,
    ring: Ring,
    early: BTreeMap<i64, Frame>,
    followers: HashMap<u64, Arc<Mailbox>>,
}

/// What became of an event that was told.
#[derive(Debug, PartialEq, Eq)]
pub enum Offered {
    Taken,
    Old,
    /// Something before it is missing.
    Gap,
    Closed,
}

/// What a connection has to send next.
#[derive(Debug)]
pub enum Ahead {
    Nothing,
    Frames(Vec<Frame>),
    /// More than is kept here: the table has it, up to `head`.
    Behind {
        head: i64,
    },
    /// All that was sent is void.
    Rewritten {
        head: i64,
        epoch: u32,
    },
}

/// How far a topic has come, for the comparison with the database.
#[derive(Debug, Clone, Copy)]
pub struct Progress {
    pub head: i64,
    pub heard: i64,
}

impl Watched {
    pub fn new(topic: Topic, revision: i64) -> Self {
        let state = State {
            head: revision,
            heard: revision,
            epoch: 0,
            closed: false,
            ring: Ring::default(),
            early: BTreeMap::new(),
            followers: HashMap::new(),
        };
        Self { topic, state: Mutex::new(state) }
    }

    /// Takes an event that was told of.
    pub fn offer(&self, frame: Frame) -> Offered {
        let mut state = lock(&self.state);
        if state.closed {
            return Offered::Closed;
        }
        if frame.revision <= state.head {
            return Offered::Old;
        }
        state.heard = state.heard.max(frame.revision);
        if frame.revision > state.head + 1 {
            if state.early.len() < EARLY_EVENTS {
                state.early.insert(frame.revision, frame);
            }
            return Offered::Gap;
        }
        state.append(frame);
        state.append_early();
        state.wake(self.topic);
        if state.heard > state.head { Offered::Gap } else { Offered::Taken }
    }

    /// Learns that the topic has come to this revision; true when that leaves a gap.
    pub fn hear(&self, revision: i64) -> bool {
        let mut state = lock(&self.state);
        state.heard = state.heard.max(revision);
        state.heard > state.head
    }

    /// Takes what the table has after `from.head`; `whole` when it has no more. What it no longer keeps is skipped, and
    /// followers will see that they have to start over.
    pub fn fill(&self, from: Progress, frames: Vec<Frame>, whole: bool) {
        let mut state = lock(&self.state);
        for frame in frames {
            if frame.revision > state.head + 1 {
                state.skip_to(frame.revision - 1);
            }
            state.append(frame);
        }
        state.append_early();
        if whole && state.head < from.heard {
            state.skip_to(from.heard);
            state.append_early();
        }
        state.wake(self.topic);
    }

    /// The database has gone back to this revision.
    pub fn rewind(&self, revision: i64) {
        let mut state = lock(&self.state);
        state.skip_to(revision);
        state.heard = revision;
        state.epoch += 1;
        state.early.clear();
        state.wake(self.topic);
    }

    pub fn progress(&self) -> Progress {
        let state = lock(&self.state);
        Progress { head: state.head, heard: state.heard }
    }

    /// The next events after `sent`, at most `limit`.
    pub fn ahead(&self, sent: i64, epoch: u32, limit: usize) -> Ahead {
        let state = lock(&self.state);
        if epoch != state.epoch {
            return Ahead::Rewritten { head: state.head, epoch: state.epoch };
        }
        if sent >= state.head {
            return Ahead::Nothing;
        }
        state.ring.after(sent, limit).map_or(Ahead::Behind { head: state.head }, Ahead::Frames)
    }

    /// The epoch that a new follower begins in.
    pub fn follow(&self, mailbox: Arc<Mailbox>) -> u32 {
        let mut state = lock(&self.state);
        state.followers.insert(mailbox.id, mailbox);
        state.epoch
    }

    /// True when that was the last follower; then nothing is taken any more.
    pub fn unfollow(&self, mailbox: &Mailbox) -> bool {
        let mut state = lock(&self.state);
        state.followers.remove(&mailbox.id);
        state.closed = state.followers.is_empty();
        state.closed
    }

    pub fn drop_older_than(&self, time: Instant) {
        lock(&self.state).ring.drop_older_than(time);
    }
}

impl State {
    /// Appends the event that comes next; ignores any other.
    fn append(&mut self, frame: Frame) {
        if frame.revision != self.head + 1 {
            return;
        }
        self.head = frame.revision;
        self.heard = self.heard.max(self.head);
        self.ring.push(frame);
    }

    fn append_early(&mut self) {
        while let Some(first) = self.early.first_entry() {
            if *first.key() > self.head + 1 {
                break;
            }
            let frame = first.remove();
            self.append(frame);
        }
    }

    fn skip_to(&mut self, revision: i64) {
        self.ring.clear();
        self.head = revision;
        self.heard = self.heard.max(revision);
    }

    fn wake(&self, topic: Topic) {
        for mailbox in self.followers.values() {
            mailbox.mark(topic);
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn frame(revision: i64) -> Frame {
        Frame::render(Topic::Project(Uuid::nil()), revision, "task.updated", "{}", None, chrono::Utc::now())
    }

    fn watched(revision: i64) -> Watched {
        Watched::new(Topic::Project(Uuid::nil()), revision)
    }

    fn revisions(ahead: Ahead) -> Vec<i64> {
        match ahead {
            Ahead::Frames(frames) => frames.iter().map(|frame| frame.revision).collect(),
            other => panic!("no frames: {other:?}"),
        }
    }

    #[test]
    fn each_event_is_taken_once_and_in_order_whatever_the_order_of_telling() {
        let watched = watched(5);
        assert_eq!(watched.offer(frame(8)), Offered::Gap);
        assert_eq!(watched.offer(frame(7)), Offered::Gap);
        assert!(matches!(watched.ahead(5, 0, 10), Ahead::Nothing), "6 is missing");
        assert_eq!(watched.offer(frame(6)), Offered::Taken);
        assert_eq!(watched.offer(frame(7)), Offered::Old);
        assert_eq!(revisions(watched.ahead(5, 0, 10)), [6, 7, 8]);
        assert_eq!(revisions(watched.ahead(6, 0, 1)), [7]);
        assert!(matches!(watched.ahead(8, 0, 10), Ahead::Nothing));
        assert!(matches!(watched.ahead(4, 0, 10), Ahead::Behind { head: 8 }), "5 came before the first follower");
    }

    #[test]
    fn a_gap_is_filled_from_the_table() {
        let watched = watched(5);
        assert!(watched.hear(9));
        assert_eq!(watched.offer(frame(9)), Offered::Gap);
        let from = watched.progress();
        watched.fill(from, vec![frame(6), frame(7), frame(8)], true);
        assert_eq!(revisions(watched.ahead(5, 0, 10)), [6, 7, 8, 9]);
        assert!(!watched.hear(9));
    }

    #[test]
    fn what_the_table_no_longer_has_is_skipped() {
        let watched = watched(5);
        watched.hear(20);
        watched.fill(watched.progress(), vec![frame(10)], false);
        assert!(matches!(watched.ahead(5, 0, 10), Ahead::Behind { head: 10 }));
        watched.fill(watched.progress(), Vec::new(), true);
        assert!(matches!(watched.ahead(10, 0, 10), Ahead::Behind { head: 20 }));
    }

    #[test]
    fn only_so_many_events_wait_for_their_predecessors() {
        let watched = watched(0);
        for revision in 2..=1000 {
            assert_eq!(watched.offer(frame(revision)), Offered::Gap);
        }
        assert_eq!(lock(&watched.state).early.len(), EARLY_EVENTS);
    }

    #[test]
    fn going_back_in_time_voids_what_was_sent() {
        let watched = watched(5);
        watched.offer(frame(6));
        watched.rewind(3);
        assert!(matches!(watched.ahead(6, 0, 10), Ahead::Rewritten { head: 3, epoch: 1 }));
        assert_eq!(watched.offer(frame(4)), Offered::Taken);
        assert_eq!(revisions(watched.ahead(3, 1, 10)), [4]);
    }

    #[test]
    fn followers_are_woken_once_for_many_events() {
        let watched = watched(0);
        let mailbox = Arc::new(Mailbox::new(1));
        watched.follow(Arc::clone(&mailbox));
        watched.offer(frame(1));
        watched.offer(frame(2));
        let mut dirty = Vec::new();
        mailbox.take(&mut dirty);
        assert_eq!(dirty, [watched.topic]);
        assert!(watched.unfollow(&mailbox));
        assert_eq!(watched.offer(frame(3)), Offered::Closed);
    }
}
