//! Wakes a connection: the set of its topics with new events. It contains no events, so it is bounded by the connection's topics, however
//! slow the client is.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::events::Topic;

/// Nothing here panics while holding a lock, so a poisoned one is still valid.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

pub struct DirtyTopics {
    /// Distinguishes the subscribers of a topic.
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

    /// Moves the marked topics to `into`.
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
