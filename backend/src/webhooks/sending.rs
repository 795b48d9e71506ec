//! Messages being sent, and free places.

use crate::id::WebhookId;
use std::collections::HashMap;

use tokio::task::{self, JoinSet};

/// Each message is a separate task, so that it progresses whatever the worker waits for: an unpolled one holding a database connection
/// would block everyone else. The tasks end with the value.
pub struct Sending {
    tasks: JoinSet<()>,
    webhook_of: HashMap<task::Id, WebhookId>,
    busy: HashMap<WebhookId, Busy>,
    limit: usize,
}

struct Busy {
    messages: usize,
    is_failing: bool,
}

/// Number of webhooks that can be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Places {
    pub all: usize,
    /// How many of them may be failing ones: each attempt there may take the maximum time, and healthy ones must not wait for a place that
    /// long.
    pub for_failing: usize,
}

impl Sending {
    /// For that many concurrent webhooks.
    pub fn new(limit: usize) -> Self {
        Self { tasks: JoinSet::new(), webhook_of: HashMap::new(), busy: HashMap::new(), limit }
    }

    pub fn places(&self) -> Places {
        let all = self.limit.saturating_sub(self.busy.len());
        let failing = self.busy.values().filter(|busy| busy.is_failing).count();
        Places { all, for_failing: (self.limit / 2).max(1).saturating_sub(failing).min(all) }
    }

    /// The webhooks being sent to.
    pub fn busy(&self) -> Vec<WebhookId> {
        self.busy.keys().copied().collect()
    }

    pub fn spawn(&mut self, webhook_id: WebhookId, is_failing: bool, work: impl Future<Output = ()> + Send + 'static) {
        let task = self.tasks.spawn(work);
        self.webhook_of.insert(task.id(), webhook_id);
        self.busy.entry(webhook_id).or_insert(Busy { messages: 0, is_failing }).messages += 1;
    }

    /// Waits until all messages of some webhook have finished; forever if none is being sent. Cancellation-safe.
    pub async fn place_freed(&mut self) {
        loop {
            let Some(ended) = self.tasks.join_next_with_id().await else { return std::future::pending().await };
            let id = ended.map_or_else(|error| error.id(), |(id, ())| id);
            let Some(webhook_id) = self.webhook_of.remove(&id) else { continue };
            let Some(busy) = self.busy.get_mut(&webhook_id) else { continue };
            busy.messages -= 1;
            if busy.messages == 0 {
                self.busy.remove(&webhook_id);
                return;
            }
        }
    }

    /// Waits for all.
    pub async fn finish(&mut self) {
        while self.tasks.join_next().await.is_some() {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Id;

    #[tokio::test]
    async fn failing_webhooks_take_half_of_the_places_and_each_place_comes_back_even_after_a_panic() {
        let mut sending = Sending::new(4);
        assert_eq!(sending.places(), Places { all: 4, for_failing: 2 });
        let [first, second, third] = [1, 2, 3].map(Id::from_u128);
        for webhook_id in [first, first, second] {
            sending.spawn(webhook_id, true, std::future::pending());
        }
        assert_eq!(sending.places(), Places { all: 2, for_failing: 0 });
        sending.spawn(third, false, async {});
        sending.spawn(third, false, async { panic!("on purpose") });
        assert_eq!(sending.places().all, 1);
        sending.place_freed().await;
        assert_eq!(sending.places(), Places { all: 2, for_failing: 0 });
        let mut busy = sending.busy();
        busy.sort_unstable();
        assert_eq!(busy, [first, second]);
    }
}
