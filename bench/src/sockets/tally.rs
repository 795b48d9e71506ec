//! What the sockets have received, and whether that is all, once and in order.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use uuid::Uuid;

/// So many examples of what was unexpected are kept.
const EXAMPLES: usize = 8;

/// A topic by the id of its project or user, and how far it has come.
pub type Revisions = HashMap<Uuid, i64>;

/// How far one socket has come in a topic that it follows.
#[derive(Debug, Clone, Copy)]
struct Follow {
    topic: Uuid,
    /// Of the last event.
    revision: i64,
}

/// What one socket follows.
pub struct Follows(Mutex<Vec<Follow>>);

/// A changed task's arrival at one socket.
#[derive(Debug, Clone, Copy)]
pub struct Receipt {
    pub task: Uuid,
    pub version: i64,
    pub at: Instant,
}

/// What all sockets have received since it was last taken.
#[derive(Default)]
pub struct Tally(Mutex<Received>);

#[derive(Debug, Default)]
pub struct Received {
    /// Events that came once and in order.
    pub events: u64,
    /// Of `task.updated` among them.
    pub receipts: Vec<Receipt>,
    /// Events that were skipped, as the next revision was not the one after the last.
    pub lost: u64,
    /// Events that came again or too late.
    pub repeated: u64,
    /// Other messages than events, and sockets that were closed.
    pub failures: u64,
    pub examples: Vec<String>,
}

impl Received {
    fn example(&mut self, text: impl FnOnce() -> String) {
        if self.examples.len() >= EXAMPLES {
            return;
        }
        let text = text();
        if !self.examples.contains(&text) {
            self.examples.push(text);
        }
    }

    pub fn unexpected(&self) -> u64 {
        self.lost + self.repeated + self.failures
    }
}

impl Tally {
    pub fn take(&self) -> Received {
        std::mem::take(&mut *lock(&self.0))
    }

    pub fn fail(&self, what: impl FnOnce() -> String) {
        let mut received = lock(&self.0);
        received.failures += 1;
        received.example(what);
    }

    /// An event has come to a socket.
    pub fn event(&self, follows: &Follows, topic: Uuid, revision: i64, receipt: Option<Receipt>) {
        let arrival = follows.arrive(topic, revision);
        let mut received = lock(&self.0);
        let gap = match arrival {
            Arrival::After(gap) => gap,
            Arrival::Again => {
                received.repeated += 1;
                return received.example(|| format!("revision {revision} of {topic} came again or too late"));
            }
            Arrival::Foreign => {
                received.failures += 1;
                return received.example(|| format!("an event of {topic}, which the socket does not follow"));
            }
        };
        if gap > 0 {
            received.lost += gap;
            received.example(|| format!("{gap} events of {topic} before revision {revision} did not come"));
        }
        received.events += 1;
        received.receipts.extend(receipt);
    }

    /// Counts as lost what a socket has not received of what there is, and goes on after that.
    pub fn settle(&self, follows: &Follows, revisions: &Revisions) {
        let missing = follows.advance(revisions);
        if missing > 0 {
            let mut received = lock(&self.0);
            received.lost += missing;
            received.example(|| format!("the last {missing} events did not come to a socket"));
        }
    }
}

#[derive(Debug, PartialEq)]
enum Arrival {
    /// So many were skipped.
    After(u64),
    Again,
    Foreign,
}

impl Follows {
    pub fn new(revisions: &Revisions) -> Self {
        let follows = revisions.iter().map(|(&topic, &revision)| Follow { topic, revision });
        Self(Mutex::new(follows.collect()))
    }

    fn arrive(&self, topic: Uuid, revision: i64) -> Arrival {
        let mut follows = lock(&self.0);
        let Some(follow) = follows.iter_mut().find(|follow| follow.topic == topic) else { return Arrival::Foreign };
        match u64::try_from(revision - follow.revision - 1) {
            Ok(gap) => {
                follow.revision = revision;
                Arrival::After(gap)
            }
            Err(_) => Arrival::Again,
        }
    }

    /// How many events there are after what was received, by what is known of their topics.
    pub fn missing(&self, revisions: &Revisions) -> u64 {
        let behind = |follow: &Follow| revisions.get(&follow.topic).map_or(0, |revision| revision - follow.revision);
        lock(&self.0).iter().map(|follow| u64::try_from(behind(follow)).unwrap_or(0)).sum()
    }

    fn advance(&self, revisions: &Revisions) -> u64 {
        let missing = self.missing(revisions);
        for follow in lock(&self.0).iter_mut() {
            if let Some(&revision) = revisions.get(&follow.topic) {
                follow.revision = follow.revision.max(revision);
            }
        }
        missing
    }

    pub fn topics(&self) -> Vec<Uuid> {
        lock(&self.0).iter().map(|follow| follow.topic).collect()
    }
}

/// Nothing panics while it holds one of these locks, and what they guard is whole at any time.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOPIC: Uuid = Uuid::from_u128(1);
    const OTHER: Uuid = Uuid::from_u128(2);

    fn follows() -> Follows {
        Follows::new(&Revisions::from([(TOPIC, 7), (OTHER, 0)]))
    }

    #[test]
    fn events_in_order_are_received() {
        let (tally, follows) = (Tally::default(), follows());
        let receipt = Receipt { task: OTHER, version: 3, at: Instant::now() };
        tally.event(&follows, TOPIC, 8, Some(receipt));
        tally.event(&follows, TOPIC, 9, None);
        tally.event(&follows, OTHER, 1, None);
        tally.settle(&follows, &Revisions::from([(TOPIC, 9), (OTHER, 1)]));
        let received = tally.take();
        assert_eq!((received.events, received.receipts.len(), received.unexpected()), (3, 1, 0));
        assert_eq!(tally.take().events, 0, "taken is taken");
    }

    #[test]
    fn what_does_not_come_is_lost_once() {
        let (tally, follows) = (Tally::default(), follows());
        tally.event(&follows, TOPIC, 10, None);
        assert_eq!(follows.missing(&Revisions::from([(TOPIC, 11)])), 1);
        tally.settle(&follows, &Revisions::from([(TOPIC, 11)]));
        let received = tally.take();
        assert_eq!((received.events, received.lost), (1, 3));
        assert_eq!(received.examples.len(), 2);

        tally.event(&follows, TOPIC, 12, None);
        assert_eq!(tally.take().unexpected(), 0);
    }

    #[test]
    fn what_comes_again_or_to_the_wrong_one_is_unexpected() {
        let (tally, follows) = (Tally::default(), follows());
        tally.event(&follows, TOPIC, 7, None);
        tally.event(&follows, Uuid::from_u128(3), 1, None);
        let received = tally.take();
        assert_eq!((received.events, received.repeated, received.failures), (0, 1, 1));
    }

    #[test]
    fn what_came_before_its_topic_was_asked_for_is_not_missing() {
        let (tally, follows) = (Tally::default(), follows());
        tally.event(&follows, TOPIC, 8, None);
        assert_eq!(follows.missing(&Revisions::from([(TOPIC, 7)])), 0);
    }
}
