//! What wakes a connection: the set of its topics that have something new. No events, so it cannot grow beyond the
//! topics that the connection is subscribed to, however slow its client is.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::events::Topic;

/// Nothing in this module panics while it holds a lock, so a poisoned one is as good as any.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

pub struct DirtyTopics {
    /// Tells the subscribers of a topic apart.
    pub id: u64,
    dirty: Mutex<Vec<Topic>>,
    notify: Notify,
}

impl DirtyTopics {
    pub fn new(id: u64) -> Self {
        Self { id, dirty: Mutex::new(Vec::new()), notify: Notify::new() }
    }

    pub fn mark(&self, topic: Topic) {
        let mut dirty = lock(&self.dirty);
        if !dirty.contains(&topic) {
            dirty.push(topic);
            self.notify.notify_one();
        }
    }

    /// Moves what is marked to `into`.
    pub fn take(&self, into: &mut Vec<Topic>) {
        for topic in lock(&self.dirty).drain(..) {
            if !into.contains(&topic) {
                into.push(topic);
            }
        }
    }

    /// Waits until something was marked since the last wait.
    pub async fn marked(&self) {
        self.notify.notified().await;
    }
}
