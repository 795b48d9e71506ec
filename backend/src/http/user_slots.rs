//! Limits how much of the server one user may occupy. A request holds a slot of its user from before its body is read until its answer is
//! read; a long answer holds more, because it stays in memory for as long as its reader takes. All long answers together have a byte limit,
//! for all users. While it is processed, a request also holds a turn: turns are part of the database connections, so that one user's slow
//! requests leave some for others. Reads have separate turns, as they have separate connections, so they never wait for the same user's
//! writes.

use std::{sync::Arc, time::Duration};

use axum::http::Method;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use super::shared_by_id::SharedById;
use crate::{
    error::{ApiError, Unavailable},
    id::UserId,
};

/// Bytes covered by one slot.
const BYTES_PER_SLOT: usize = 1024 * 1024;
/// A burst passes within this time; longer waits mean a sustained overload.
const PATIENCE: Duration = Duration::from_secs(1);

/// Turns are awaited longer: the user's own requests hold the others.
const PATIENCE_FOR_A_TURN: Duration = Duration::from_secs(5);

/// Requests of one user that are processed at a time.
#[derive(Debug, Clone, Copy)]
pub struct TurnsEach {
    pub reads: u32,
    pub writes: u32,
}

/// Whether the request may change something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    Read,
    Write,
}

impl From<&Method> for Work {
    fn from(method: &Method) -> Self {
        if method.is_safe() { Self::Read } else { Self::Write }
    }
}

/// Cheap to clone.
#[derive(Clone)]
pub struct UserSlots {
    each: u32,
    turns: TurnsEach,
    /// The memory limit of all long answers, in kilobytes.
    total: Arc<Semaphore>,
    total_kilobytes: u32,
    users: SharedById<UserId, OfUser>,
}

struct OfUser {
    slots: Arc<Semaphore>,
    reads: Arc<Semaphore>,
    writes: Arc<Semaphore>,
}

/// Some of a user's slots.
pub struct Slot {
    of_user: Arc<OfUser>,
    taken: OwnedSemaphorePermit,
    /// Until the answer is ready.
    turn: Option<Turn>,
    each: u32,
    total: Arc<Semaphore>,
    total_kilobytes: u32,
    /// Its share of the total.
    held: Option<OwnedSemaphorePermit>,
}

impl UserSlots {
    /// With this many slots and turns per user, and megabytes for all long answers.
    pub fn new(each: u32, turns: TurnsEach, total_megabytes: u32) -> Self {
        let total_kilobytes = total_megabytes.saturating_mul(1024);
        Self { each, turns, total: semaphore(total_kilobytes), total_kilobytes, users: SharedById::default() }
    }

    /// A slot for a request of the user, after a short wait at most.
    pub async fn take(&self, user: UserId) -> Result<Slot, ApiError> {
        let of_user = self.of(user);
        let taken = take(&of_user.slots, 1, PATIENCE).await?;
        let (total, total_kilobytes) = (Arc::clone(&self.total), self.total_kilobytes);
        Ok(Slot { of_user, taken, turn: None, each: self.each, total, total_kilobytes, held: None })
    }

    fn of(&self, user: UserId) -> Arc<OfUser> {
        self.users.get_or_make(user, || OfUser {
            slots: semaphore(self.each),
            reads: semaphore(self.turns.reads),
            writes: semaphore(self.turns.writes),
        })
    }
}

/// A user's turns for one kind of work.
pub struct Turns(Arc<OfUser>, Work);

/// One of them.
pub struct Turn {
    _permit: OwnedSemaphorePermit,
}

impl Turns {
    /// A turn, after a short wait at most.
    pub async fn take(self) -> Result<Turn, ApiError> {
        let turns = match self.1 {
            Work::Read => &self.0.reads,
            Work::Write => &self.0.writes,
        };
        Ok(Turn { _permit: take(turns, 1, PATIENCE_FOR_A_TURN).await? })
    }
}

impl Slot {
    /// Where it gets its turn, if it has none yet.
    pub fn missing_turn(&self, work: Work) -> Option<Turns> {
        self.turn.is_none().then(|| Turns(Arc::clone(&self.of_user), work))
    }

    /// The request is processed from now on.
    pub fn begin(&mut self, turn: Turn) {
        self.turn = Some(turn);
    }

    /// Reserves memory for an answer of that many bytes, after a short wait at most. Processing has finished.
    pub async fn grow_to(&mut self, bytes: usize) -> Result<(), ApiError> {
        self.turn = None;
        let needed = u32::try_from(bytes.div_ceil(BYTES_PER_SLOT)).unwrap_or(u32::MAX).clamp(1, self.each);
        if needed > 1 {
            self.taken.merge(take(&self.of_user.slots, needed - 1, PATIENCE).await?);
        }
        let kilobytes = u32::try_from(bytes.div_ceil(1024)).unwrap_or(u32::MAX).min(self.total_kilobytes);
        let held = Arc::clone(&self.total).acquire_many_owned(kilobytes);
        let held = timeout(PATIENCE, held).await.ok().and_then(Result::ok).ok_or_else(|| {
            metrics::counter!("todo_rate_limited_total", "limit" => "unread_answers").increment(1);
            ApiError::Unavailable(Unavailable::TooManyUnreadAnswers)
        })?;
        self.held = Some(held);
        Ok(())
    }
}

fn semaphore(permits: u32) -> Arc<Semaphore> {
    Arc::new(Semaphore::new(usize::try_from(permits).unwrap_or(Semaphore::MAX_PERMITS)))
}

async fn take(slots: &Arc<Semaphore>, count: u32, patience: Duration) -> Result<OwnedSemaphorePermit, ApiError> {
    let permits = Arc::clone(slots).acquire_many_owned(count);
    // The semaphore is never closed.
    timeout(patience, permits).await.ok().and_then(Result::ok).ok_or_else(|| {
        metrics::counter!("todo_rate_limited_total", "limit" => "requests_at_once").increment(1);
        ApiError::Busy { retry_after: PATIENCE }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Id;

    #[tokio::test]
    async fn whoever_has_all_slots_waits_a_little_and_others_do_not() {
        let slots = UserSlots::new(2, turns(2), 1);
        let (ann, bob) = (Id::new(), Id::new());
        let first = slots.take(ann).await.expect("a slot");
        let _second = slots.take(ann).await.expect("a slot");
        assert!(matches!(slots.take(ann).await, Err(ApiError::Busy { .. })));
        slots.take(bob).await.expect("a slot");
        drop(first);
        slots.take(ann).await.expect("a slot");
    }

    fn turns(each: u32) -> TurnsEach {
        TurnsEach { reads: each, writes: each }
    }

    async fn take_both(slots: &UserSlots, user: UserId, work: Work) -> Result<Slot, ApiError> {
        let mut slot = slots.take(user).await?;
        let turn = slot.missing_turn(work).expect("none yet").take().await?;
        slot.begin(turn);
        assert!(slot.missing_turn(work).is_none());
        Ok(slot)
    }

    #[tokio::test(start_paused = true)]
    async fn a_user_waits_for_their_own_requests_and_not_for_answers_that_are_being_read() {
        let slots = UserSlots::new(8, turns(1), 1000);
        let (ann, bob) = (Id::new(), Id::new());
        let _slow_body = slots.take(ann).await.expect("a slot");
        let mut first = take_both(&slots, ann, Work::Write).await.expect("a turn");
        assert!(matches!(take_both(&slots, ann, Work::Write).await, Err(ApiError::Busy { .. })));
        take_both(&slots, bob, Work::Write).await.expect("others have theirs");
        take_both(&slots, ann, Work::Read).await.expect("a read waits for no write");
        first.grow_to(BYTES_PER_SLOT).await.expect("the answer is there");
        take_both(&slots, ann, Work::Write).await.expect("the next turn");
    }

    #[tokio::test]
    async fn a_long_answer_takes_more_and_never_more_than_there_are() {
        let slots = UserSlots::new(4, turns(4), 1000);
        let user = Id::new();
        let mut long = slots.take(user).await.expect("a slot");
        long.grow_to(3 * BYTES_PER_SLOT).await.expect("three slots");
        let mut next = slots.take(user).await.expect("the last");
        assert!(next.grow_to(2 * BYTES_PER_SLOT).await.is_err());
        drop(long);
        next.grow_to(1000 * BYTES_PER_SLOT).await.expect("all");
    }

    #[tokio::test]
    async fn long_answers_of_all_have_a_part_of_the_total() {
        let slots = UserSlots::new(4, turns(4), 3);
        let mut first = slots.take(Id::new()).await.expect("a slot");
        first.grow_to(2 * BYTES_PER_SLOT).await.expect("two of three megabytes");
        let mut second = slots.take(Id::new()).await.expect("a slot");
        assert!(matches!(second.grow_to(BYTES_PER_SLOT + 1).await, Err(ApiError::Unavailable(_))));
        second.grow_to(BYTES_PER_SLOT / 2).await.expect("half of one");
        drop((first, second));
        let mut all = slots.take(Id::new()).await.expect("a slot");
        all.grow_to(100 * BYTES_PER_SLOT).await.expect("never more than there are");
    }
}
