//! The log of a subscribed topic: its head, latest events, and subscribers to wake.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex},
    time::Instant,
};

use super::{
    dirty_topics::{DirtyTopics, lock},
    ring::Ring,
};
use crate::events::{Topic, frame::Frame};

/// Out-of-order events wait here for their predecessors.
const EARLY_EVENTS: usize = 64;

pub struct TopicLog {
    pub topic: Topic,
    state: Mutex<State>,
}

struct State {
    /// Every revision up to this one can be sent.
    head: i64,
    /// The highest known revision; above `head` events are missing.
    highest: i64,
    /// Incremented when the database has gone back in time (restored from a backup), which voids what was sent.
    epoch: u32,
    /// Nobody is subscribed any more, and the hub has evicted it.
    closed: bool,
    ring: Ring,
    early: BTreeMap<i64, Frame>,
    subscribers: HashMap<u64, Arc<DirtyTopics>>,
}

/// What happened to an incoming event.
#[derive(Debug, PartialEq, Eq)]
pub enum Ingested {
    Taken,
    Old,
    /// Earlier events are missing.
    Gap,
    Closed,
}

/// What a connection has to send next.
#[derive(Debug)]
pub enum NextBatch {
    Nothing,
    Frames(Vec<Frame>),
    /// More than is kept here: read the table up to `head`.
    Behind {
        head: i64,
    },
    /// Everything sent is void.
    Rewritten {
        head: i64,
        epoch: u32,
    },
}

/// A topic's head, for comparison with the database.
#[derive(Debug, Clone, Copy)]
pub struct Progress {
    pub head: i64,
    pub highest: i64,
}

impl TopicLog {
    pub fn new(topic: Topic, revision: i64) -> Self {
        let state = State {
            head: revision,
            highest: revision,
            epoch: 0,
            closed: false,
            ring: Ring::default(),
            early: BTreeMap::new(),
            subscribers: HashMap::new(),
        };
        Self { topic, state: Mutex::new(state) }
    }

    /// Takes an announced event.
    pub fn ingest(&self, frame: Frame) -> Ingested {
        let mut state = lock(&self.state);
        if state.closed {
            return Ingested::Closed;
        }
        if frame.revision <= state.head {
            return Ingested::Old;
        }
        state.highest = state.highest.max(frame.revision);
        if frame.revision > state.head + 1 {
            if state.early.len() < EARLY_EVENTS {
                state.early.insert(frame.revision, frame);
            }
            return Ingested::Gap;
        }
        state.append(frame);
        state.append_early();
        state.wake(self.topic);
        if state.highest > state.head { Ingested::Gap } else { Ingested::Taken }
    }

    /// Learns of a higher revision; true if that leaves a gap.
    pub fn note_head(&self, revision: i64) -> bool {
        let mut state = lock(&self.state);
        state.highest = state.highest.max(revision);
        state.highest > state.head
    }

    /// Takes the table's events after `from.head`; `whole` if there are no more. Pruned ones are skipped, and subscribers will get a
    /// resync.
    pub fn fill(&self, from: Progress, frames: Vec<Frame>, whole: bool) {
        let mut state = lock(&self.state);
        for frame in frames {
            if frame.revision > state.head + 1 {
                state.skip_to(frame.revision - 1);
            }
            state.append(frame);
        }
        state.append_early();
        if whole && state.head < from.highest {
            state.skip_to(from.highest);
            state.append_early();
        }
        state.wake(self.topic);
    }

    /// The database has gone back to this revision.
    pub fn rewind(&self, revision: i64) {
        let mut state = lock(&self.state);
        state.skip_to(revision);
        state.highest = revision;
        state.epoch += 1;
        state.early.clear();
        state.wake(self.topic);
    }

    pub fn progress(&self) -> Progress {
        let state = lock(&self.state);
        Progress { head: state.head, highest: state.highest }
    }

    /// The next events after `sent`, at most `limit`.
    pub fn next_batch(&self, sent: i64, epoch: u32, limit: usize) -> NextBatch {
        let state = lock(&self.state);
        if epoch != state.epoch {
            return NextBatch::Rewritten { head: state.head, epoch: state.epoch };
        }
        if sent >= state.head {
            return NextBatch::Nothing;
        }
        state.ring.after(sent, limit).map_or(NextBatch::Behind { head: state.head }, NextBatch::Frames)
    }

    /// The epoch in which a new subscriber starts.
    pub fn subscribe(&self, dirty: Arc<DirtyTopics>) -> u32 {
        let mut state = lock(&self.state);
        state.subscribers.insert(dirty.id, dirty);
        state.epoch
    }

    /// True if that was the last subscriber; nothing is accepted any more then.
    pub fn unsubscribe(&self, dirty: &DirtyTopics) -> bool {
        let mut state = lock(&self.state);
        state.subscribers.remove(&dirty.id);
        state.closed = state.subscribers.is_empty();
        state.closed
    }

    pub fn drop_older_than(&self, time: Instant) {
        lock(&self.state).ring.drop_older_than(time);
    }
}

impl State {
    /// Appends the next event; ignores any other.
    fn append(&mut self, frame: Frame) {
        if frame.revision != self.head + 1 {
            return;
        }
        self.head = frame.revision;
        self.highest = self.highest.max(self.head);
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
        self.highest = self.highest.max(revision);
    }

    fn wake(&self, topic: Topic) {
        for dirty in self.subscribers.values() {
            dirty.mark(topic);
        }
    }
}

#[cfg(test)]
mod tests {

    use super::*;
    use crate::id::Id;

    fn frame(revision: i64) -> Frame {
        Frame::render(Topic::Project(Id::nil()), revision, "task.updated", "{}", None, chrono::Utc::now())
    }

    fn log_at(revision: i64) -> TopicLog {
        TopicLog::new(Topic::Project(Id::nil()), revision)
    }

    fn revisions(next: NextBatch) -> Vec<i64> {
        match next {
            NextBatch::Frames(frames) => frames.iter().map(|frame| frame.revision).collect(),
            other => panic!("no frames: {other:?}"),
        }
    }

    #[test]
    fn each_event_is_taken_once_and_in_order_whatever_the_order_of_telling() {
        let log = log_at(5);
        assert_eq!(log.ingest(frame(8)), Ingested::Gap);
        assert_eq!(log.ingest(frame(7)), Ingested::Gap);
        assert!(matches!(log.next_batch(5, 0, 10), NextBatch::Nothing), "6 is missing");
        assert_eq!(log.ingest(frame(6)), Ingested::Taken);
        assert_eq!(log.ingest(frame(7)), Ingested::Old);
        assert_eq!(revisions(log.next_batch(5, 0, 10)), [6, 7, 8]);
        assert_eq!(revisions(log.next_batch(6, 0, 1)), [7]);
        assert!(matches!(log.next_batch(8, 0, 10), NextBatch::Nothing));
        assert!(
            matches!(log.next_batch(4, 0, 10), NextBatch::Behind { head: 8 }),
            "5 came before the first subscriber"
        );
    }

    #[test]
    fn a_gap_is_filled_from_the_table() {
        let log = log_at(5);
        assert!(log.note_head(9));
        assert_eq!(log.ingest(frame(9)), Ingested::Gap);
        let from = log.progress();
        log.fill(from, vec![frame(6), frame(7), frame(8)], true);
        assert_eq!(revisions(log.next_batch(5, 0, 10)), [6, 7, 8, 9]);
        assert!(!log.note_head(9));
    }

    #[test]
    fn what_the_table_no_longer_has_is_skipped() {
        let log = log_at(5);
        log.note_head(20);
        log.fill(log.progress(), vec![frame(10)], false);
        assert!(matches!(log.next_batch(5, 0, 10), NextBatch::Behind { head: 10 }));
        log.fill(log.progress(), Vec::new(), true);
        assert!(matches!(log.next_batch(10, 0, 10), NextBatch::Behind { head: 20 }));
    }

    #[test]
    fn only_so_many_events_wait_for_their_predecessors() {
        let log = log_at(0);
        for revision in 2..=1000 {
            assert_eq!(log.ingest(frame(revision)), Ingested::Gap);
        }
        assert_eq!(lock(&log.state).early.len(), EARLY_EVENTS);
    }

    #[test]
    fn going_back_in_time_voids_what_was_sent() {
        let log = log_at(5);
        log.ingest(frame(6));
        log.rewind(3);
        assert!(matches!(log.next_batch(6, 0, 10), NextBatch::Rewritten { head: 3, epoch: 1 }));
        assert_eq!(log.ingest(frame(4)), Ingested::Taken);
        assert_eq!(revisions(log.next_batch(3, 1, 10)), [4]);
    }

    #[test]
    fn subscribers_are_woken_once_for_many_events() {
        let log = log_at(0);
        let dirty = Arc::new(DirtyTopics::new(1));
        log.subscribe(Arc::clone(&dirty));
        log.ingest(frame(1));
        log.ingest(frame(2));
        let mut marked = Vec::new();
        dirty.take(&mut marked);
        assert_eq!(marked, [log.topic]);
        assert!(log.unsubscribe(&dirty));
        assert_eq!(log.ingest(frame(3)), Ingested::Closed);
    }
}
