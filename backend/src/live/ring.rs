//! The latest events of a topic, in order and without gaps. Bounded in number, size and age; subscribers further behind read the table.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use crate::events::frame::Frame;

const MAX_EVENTS: usize = 256;
const MAX_BYTES: usize = 256 * 1024;
pub const MAX_AGE: Duration = Duration::from_secs(60);

#[derive(Default)]
pub struct Ring {
    events: VecDeque<(Instant, Frame)>,
    bytes: usize,
}

impl Ring {
    /// The revision of `frame` must follow the last one.
    pub fn push(&mut self, frame: Frame) {
        self.bytes += frame.text.len();
        self.events.push_back((Instant::now(), frame));
        while self.events.len() > MAX_EVENTS || self.bytes > MAX_BYTES && self.events.len() > 1 {
            self.drop_first();
        }
    }

    /// At most `limit` events after a revision; `None` if the next one is no longer here.
    pub fn after(&self, revision: i64, limit: usize) -> Option<Vec<Frame>> {
        let (_, first) = self.events.front()?;
        let start = usize::try_from(revision + 1 - first.revision).ok()?;
        Some(self.events.iter().skip(start).take(limit).map(|(_, frame)| frame.clone()).collect())
    }

    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Drops events that all but the slowest have long sent.
    pub fn drop_older_than(&mut self, time: Instant) {
        while self.events.front().is_some_and(|(since, _)| *since < time) {
            self.drop_first();
        }
        if self.events.is_empty() {
            self.clear();
        }
    }

    fn drop_first(&mut self) {
        if let Some((_, frame)) = self.events.pop_front() {
            self.bytes -= frame.text.len();
        }
    }
}

#[cfg(test)]
mod tests {

    use super::*;
    use crate::{events::Topic, id::Id};

    fn frame(revision: i64, size: usize) -> Frame {
        let data = format!("\"{}\"", "x".repeat(size));
        Frame::render(Topic::Project(Id::nil()), revision, "task.updated", &data, None, chrono::Utc::now())
    }

    #[test]
    fn it_is_bounded_in_number_size_and_age() {
        let mut ring = Ring::default();
        for revision in 1..=1000 {
            ring.push(frame(revision, 2));
        }
        assert_eq!(ring.events.len(), MAX_EVENTS);
        for revision in 1001..=1100 {
            ring.push(frame(revision, 60_000));
        }
        assert!(ring.bytes <= MAX_BYTES);
        ring.push(frame(1101, MAX_BYTES));
        assert_eq!(ring.events.len(), 1, "one event is kept whatever its size");
        ring.drop_older_than(Instant::now() + Duration::from_secs(1));
        assert_eq!((ring.bytes, ring.events.capacity()), (0, 0));
    }

    #[test]
    fn it_gives_what_comes_next_or_knows_that_it_cannot() {
        let mut ring = Ring::default();
        assert!(ring.after(0, 10).is_none());
        (5..=9).for_each(|revision| ring.push(frame(revision, 2)));
        let after = |revision, limit| {
            ring.after(revision, limit).map(|frames| frames.iter().map(|frame| frame.revision).collect::<Vec<_>>())
        };
        assert_eq!(after(4, 10), Some(vec![5, 6, 7, 8, 9]));
        assert_eq!(after(6, 2), Some(vec![7, 8]));
        assert_eq!(after(3, 10), None);
    }
}
