//! The topics that this process's connections subscribe to. Takes events from the bus and the table, and wakes the affected connections,
//! which pull.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use chrono::Utc;
use sqlx::PgPool;
use tokio::sync::{Notify, Semaphore};

use super::{
    dirty_topics::{DirtyTopics, lock},
    limits::ConnectionLimits,
    topic_log::{Ingested, TopicLog},
};
use crate::{
    config::LiveConfig,
    events::{Topic, bus::LocalFanout, frame::Frame},
};

/// Cheap to clone.
#[derive(Clone)]
pub struct Hub(Arc<Inner>);

struct Inner {
    db: PgPool,
    config: LiveConfig,
    registry: Mutex<Registry>,
    next_id: AtomicU64,
    limits: ConnectionLimits,
    /// Connections reading the database concurrently; requests need it too.
    readers: Semaphore,
    /// Topics with missing events.
    behind: Mutex<HashSet<Topic>>,
    reconcile: Notify,
    poll_wanted: AtomicBool,
    /// Redis is configured but down: nobody reports other replicas' writes.
    fanout_down: AtomicBool,
}

#[derive(Default)]
struct Registry {
    logs: HashMap<Topic, Arc<TopicLog>>,
    /// Connections that are reading revisions from the table and have not subscribed yet.
    opening: usize,
    /// Events received meanwhile for topics without subscribers; these may be next.
    missed: HashMap<Topic, i64>,
}

impl Registry {
    fn miss(&mut self, topic: Topic, revision: i64) {
        if self.opening > 0 {
            let missed = self.missed.entry(topic).or_default();
            *missed = revision.max(*missed);
        }
    }
}

impl Hub {
    pub fn new(db: PgPool, config: LiveConfig) -> Self {
        let readers = usize::try_from(db.options().get_max_connections() / 3).unwrap_or(1).max(1);
        Self(Arc::new(Inner {
            limits: ConnectionLimits::new(config.max_sockets, config.max_sockets_per_user),
            db,
            config,
            registry: Mutex::default(),
            next_id: AtomicU64::new(0),
            readers: Semaphore::new(readers),
            behind: Mutex::default(),
            reconcile: Notify::new(),
            poll_wanted: AtomicBool::new(false),
            fanout_down: AtomicBool::new(false),
        }))
    }

    pub(super) fn db(&self) -> &PgPool {
        &self.0.db
    }

    pub(super) fn config(&self) -> &LiveConfig {
        &self.0.config
    }

    pub(super) fn limits(&self) -> &ConnectionLimits {
        &self.0.limits
    }

    pub(super) fn readers(&self) -> &Semaphore {
        &self.0.readers
    }

    /// Ends when no connection is open.
    pub async fn all_closed(&self) {
        self.0.limits.all_free().await;
    }

    pub(super) fn new_dirty_topics(&self) -> Arc<DirtyTopics> {
        Arc::new(DirtyTopics::new(self.0.next_id.fetch_add(1, Ordering::Relaxed)))
    }

    pub(super) fn lag_behind(&self, topic: Topic) {
        lock(&self.0.behind).insert(topic);
        self.0.reconcile.notify_one();
    }

    /// Declares that revisions are about to be read from the table and then subscribed to: while the value lives, no event in between is
    /// lost.
    pub(super) fn open(&self) -> Opening<'_> {
        lock(&self.0.registry).opening += 1;
        Opening(self)
    }

    pub(super) fn take_behind(&self) -> Vec<Arc<TopicLog>> {
        let topics = std::mem::take(&mut *lock(&self.0.behind));
        let registry = lock(&self.0.registry);
        topics.iter().filter_map(|topic| registry.logs.get(topic).cloned()).collect()
    }

    pub(super) fn all_logs(&self) -> Vec<Arc<TopicLog>> {
        lock(&self.0.registry).logs.values().cloned().collect()
    }

    /// Waits until events are missing or a poll is requested.
    pub(super) async fn reconcile_wanted(&self) {
        self.0.reconcile.notified().await;
    }

    pub(super) fn take_poll_wanted(&self) -> bool {
        self.0.poll_wanted.swap(false, Ordering::Relaxed)
    }
}

impl LocalFanout for Hub {
    fn concerns(&self, topic: Topic) -> bool {
        let registry = lock(&self.0.registry);
        registry.opening > 0 || registry.logs.contains_key(&topic)
    }

    fn ingest(&self, topic: Topic, frame: Frame) {
        loop {
            let log = {
                let mut registry = lock(&self.0.registry);
                let Some(log) = registry.logs.get(&topic) else { return registry.miss(topic, frame.revision) };
                Arc::clone(log)
            };
            match log.ingest(frame.clone()) {
                Ingested::Taken => return record_lag(&frame),
                Ingested::Old => return,
                Ingested::Gap => return self.lag_behind(topic),
                // Just evicted, and perhaps subscribed again since.
                Ingested::Closed => {}
            }
        }
    }

    fn want_poll(&self) {
        self.0.poll_wanted.store(true, Ordering::Relaxed);
        self.0.reconcile.notify_one();
    }

    fn set_fanout_down(&self, down: bool) {
        if self.0.fanout_down.swap(down, Ordering::Relaxed) != down {
            self.want_poll();
        }
    }

    fn is_fanout_down(&self) -> bool {
        self.0.fanout_down.load(Ordering::Relaxed)
    }
}

pub(super) fn record_lag(frame: &Frame) {
    let lag = (Utc::now() - frame.at).to_std().unwrap_or_default();
    metrics::histogram!("todo_event_lag_seconds").record(lag);
}

/// See [`Hub::open`].
pub struct Opening<'a>(&'a Hub);

impl Opening<'_> {
    /// Subscribes to a topic whose revision in the table is `revision`. A connection subscribes to a topic only once.
    pub fn subscribe(&self, topic: Topic, revision: i64, dirty: &Arc<DirtyTopics>) -> SubscriptionGuard {
        let hub = self.0;
        let mut registry = lock(&hub.0.registry);
        let missed = registry.missed.get(&topic).copied().unwrap_or(0);
        let log = Arc::clone(registry.logs.entry(topic).or_insert_with(|| Arc::new(TopicLog::new(topic, revision))));
        let epoch = log.subscribe(Arc::clone(dirty));
        drop(registry);
        if log.note_head(revision.max(missed)) {
            hub.lag_behind(topic);
        }
        if log.progress().head > revision {
            dirty.mark(topic);
        }
        SubscriptionGuard { hub: hub.clone(), log, dirty: Arc::clone(dirty), epoch }
    }
}

impl Drop for Opening<'_> {
    fn drop(&mut self) {
        let mut registry = lock(&self.0.0.registry);
        registry.opening -= 1;
        if registry.opening == 0 {
            registry.missed = HashMap::new();
        }
    }
}

/// A connection's subscription to a topic, until dropped.
pub struct SubscriptionGuard {
    hub: Hub,
    log: Arc<TopicLog>,
    dirty: Arc<DirtyTopics>,
    pub epoch: u32,
}

impl SubscriptionGuard {
    pub fn log(&self) -> &TopicLog {
        &self.log
    }
}

impl Drop for SubscriptionGuard {
    fn drop(&mut self) {
        let mut registry = lock(&self.hub.0.registry);
        if self.log.unsubscribe(&self.dirty) {
            registry.logs.remove(&self.log.topic);
            registry.miss(self.log.topic, self.log.progress().highest);
        }
    }
}
