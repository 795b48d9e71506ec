//! Objects that exist while somebody holds them, found by id.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use foldhash::fast::RandomState;

/// Below this size there is no clean-up.
const LEAST_FORGET_AT: usize = 1024;

/// Cheap to clone.
pub struct SharedById<I, T>(Arc<Mutex<Entries<I, T>>>);

struct Entries<I, T> {
    things: HashMap<I, Weak<T>, RandomState>,
    /// At this size, unused ones are removed.
    forget_at: usize,
}

impl<I, T> Clone for SharedById<I, T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<I, T> Default for SharedById<I, T> {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Entries { things: HashMap::default(), forget_at: LEAST_FORGET_AT })))
    }
}

impl<I: Eq + Hash, T> SharedById<I, T> {
    /// The one with this id, created if missing.
    pub fn get_or_make(&self, id: I, make: impl FnOnce() -> T) -> Arc<T> {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(thing) = entries.things.get(&id).and_then(Weak::upgrade) {
            return thing;
        }
        if entries.things.len() >= entries.forget_at {
            entries.things.retain(|_, thing| thing.strong_count() > 0);
            entries.forget_at = (2 * entries.things.len()).max(LEAST_FORGET_AT);
        }
        let thing = Arc::new(make());
        entries.things.insert(id, Arc::downgrade(&thing));
        thing
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).things.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_shared_while_it_is_held_and_forgotten_then() {
        let shared = SharedById::default();
        let (held, id) = (1, 2);
        let first = shared.get_or_make(held, || 1);
        for id in (3..).take(3 * LEAST_FORGET_AT) {
            shared.get_or_make(id, || 2);
        }
        assert!(shared.len() <= LEAST_FORGET_AT);
        assert!(Arc::ptr_eq(&first, &shared.get_or_make(held, || 3)));
        shared.get_or_make(id, || 4);
        assert_eq!(*shared.get_or_make(id, || 5), 5);
    }
}
