//! What was written and acknowledged.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use uuid::Uuid;

/// As many people write at once.
pub const WRITERS: usize = 8;
/// In a second, of all together.
pub const WRITES: u64 = 20;
/// Every so many writes one makes a task; the others change one.
pub const CHANGES_PER_TASK: u64 = 5;
/// Of a task's description: a change of it is told whole.
pub const DESCRIPTION: usize = 4000;

/// The last version of each task that was acknowledged.
#[derive(Default)]
pub struct Written(Mutex<State>);

#[derive(Default)]
struct State {
    versions: HashMap<Uuid, i64>,
    writes: u64,
}

impl Written {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn acknowledge(&self, task: Uuid, version: i64) {
        let mut state = self.state();
        state.writes += 1;
        let known = state.versions.entry(task).or_default();
        *known = version.max(*known);
    }

    pub fn count(&self) -> u64 {
        self.state().writes
    }

    pub fn versions(&self) -> HashMap<Uuid, i64> {
        self.state().versions.clone()
    }
}
