//! Turns for database locks. Waiting for a lock occupies a connection, so only a few requests for the same lock may wait there; the others
//! queue here without a connection. A request without a turn is rolled back, waits, and is retried with its turn ([`super::again`]).

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use super::shared_by_id::SharedById;
use crate::id::ProjectId;

/// Those with a turn finish or give up soon.
const PATIENCE: Duration = Duration::from_secs(5);

/// Cheap to clone.
#[derive(Clone)]
pub struct LockTurns {
    each: usize,
    by_id: SharedById<ProjectId, Semaphore>,
}

/// For one lock; until dropped.
pub struct Turn {
    id: ProjectId,
    _permit: OwnedSemaphorePermit,
}

/// Others hold all turns.
#[derive(Debug)]
pub struct NoTurn;

impl LockTurns {
    /// With this many per lock.
    pub fn new(each: u32) -> Self {
        Self {
            each: usize::try_from(each).unwrap_or(usize::MAX).clamp(1, Semaphore::MAX_PERMITS),
            by_id: SharedById::default(),
        }
    }

    fn of(&self, id: ProjectId) -> Arc<Semaphore> {
        self.by_id.get_or_make(id, || Semaphore::new(self.each))
    }
}

/// The turns of a request.
pub struct RequestTurns {
    all: LockTurns,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Acquired while waiting, not used yet.
    reserved: Vec<Turn>,
    /// What the request was rolled back for.
    wanted: Vec<ProjectId>,
    /// It cannot be retried.
    has_committed: bool,
}

impl RequestTurns {
    pub fn new(all: LockTurns) -> Self {
        Self { all, state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn set_committed(&self) {
        self.state().has_committed = true;
    }

    /// Turns for all of these, or for none; those in `held` are lost if the request is rolled back. None are needed after a commit: later
    /// locks cannot be rolled back, and wait in the database.
    pub fn take(&self, ids: &[ProjectId], held: &[Turn]) -> Result<Vec<Turn>, NoTurn> {
        let mut state = self.state();
        if state.has_committed {
            return Ok(Vec::new());
        }
        let mut taken: Vec<Turn> = Vec::with_capacity(ids.len());
        for id in ids {
            if taken.iter().chain(held).any(|turn| turn.id == *id) {
                continue;
            }
            if let Some(place) = state.reserved.iter().position(|turn| turn.id == *id) {
                taken.push(state.reserved.swap_remove(place));
                continue;
            }
            let Ok(permit) = self.all.of(*id).try_acquire_owned() else {
                state.wanted = held.iter().map(|turn| turn.id).chain(ids.iter().copied()).collect();
                return Err(NoTurn);
            };
            taken.push(Turn { id: *id, _permit: permit });
        }
        Ok(taken)
    }

    /// Waits for the missing turns in id order, so that requests cannot deadlock. `None` if none were missing, false on timeout.
    pub async fn wait(&self) -> Option<bool> {
        let mut wanted = {
            let mut state = self.state();
            state.reserved.clear();
            std::mem::take(&mut state.wanted)
        };
        if wanted.is_empty() {
            return None;
        }
        wanted.sort_unstable();
        wanted.dedup();
        let acquired = timeout(PATIENCE, async {
            let mut turns = Vec::with_capacity(wanted.len());
            for id in wanted {
                // The semaphore is never closed.
                turns.extend(self.all.of(id).acquire_owned().await.ok().map(|permit| Turn { id, _permit: permit }));
            }
            turns
        });
        match acquired.await {
            Ok(turns) => self.state().reserved = turns,
            Err(_) => {
                metrics::counter!("todo_rate_limited_total", "limit" => "lock_turns").increment(1);
                return Some(false);
            }
        }
        Some(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Id;

    #[tokio::test(start_paused = true)]
    async fn a_few_have_turns_and_the_others_wait_for_theirs() {
        let all = LockTurns::new(2);
        let [one, two, three, four] = [(); 4].map(|()| RequestTurns::new(all.clone()));
        let (a, b) = (Id::from_u128(1), Id::from_u128(2));
        let first = one.take(&[a], &[]).expect("a turn");
        let _second = two.take(&[a, b], &[]).expect("two turns");
        assert!(one.take(&[a], &first).expect("it has it").is_empty());
        assert!(three.take(&[b, a], &[]).is_err(), "all or none");
        four.take(&[b], &[]).expect("what is free of the other");
        assert_eq!(three.wait().await, Some(false), "it waits for so long only");
        assert!(three.take(&[b, a], &[]).is_err());
        let (waited, ()) = tokio::join!(three.wait(), async { drop(first) });
        assert_eq!(waited, Some(true));
        assert_eq!(three.take(&[b, a], &[]).expect("both").len(), 2);
        assert_eq!(three.wait().await, None, "nothing is missing");
    }

    #[test]
    fn what_cannot_be_undone_needs_no_turn() {
        let all = LockTurns::new(1);
        let [one, two] = [(); 2].map(|()| RequestTurns::new(all.clone()));
        let _turn = one.take(&[Id::nil()], &[]).expect("the turn");
        assert!(two.take(&[Id::nil()], &[]).is_err());
        two.set_committed();
        assert!(two.take(&[Id::nil()], &[]).expect("none").is_empty());
    }
}
