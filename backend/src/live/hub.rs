//! The topics that this process's connections follow. Takes what the bus tells and what the table says, and wakes the
//! connections concerned; they pull.

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
    dirty_topics::{Mailbox, lock},
    limits::Seats,
    topic_log::{Offered, Watched},
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
    seats: Seats,
    /// So many connections read the database at once; requests need it too.
    readers: Semaphore,
    /// Topics of which something is missing.
    behind: Mutex<HashSet<Topic>>,
    upkeep: Notify,
    poll_wanted: AtomicBool,
    /// Redis is configured and away: nobody tells us what other replicas write.
    fanout_down: AtomicBool,
}

#[derive(Default)]
struct Registry {
    watched: HashMap<Topic, Arc<Watched>>,
    /// Connections that read revisions from the table and have not followed yet.
    opening: usize,
    /// What was told meanwhile of topics that nobody follows; they may.
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
            seats: Seats::new(config.max_sockets, config.max_sockets_per_user),
            db,
            config,
            registry: Mutex::default(),
            next_id: AtomicU64::new(0),
            readers: Semaphore::new(readers),
            behind: Mutex::default(),
            upkeep: Notify::new(),
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

    pub(super) fn seats(&self) -> &Seats {
        &self.0.seats
    }

    pub(super) fn readers(&self) -> &Semaphore {
        &self.0.readers
    }

    /// Ends when no connection is open.
    pub async fn all_closed(&self) {
        self.0.seats.all_free().await;
    }

    pub(super) fn mailbox(&self) -> Arc<Mailbox> {
        Arc::new(Mailbox::new(self.0.next_id.fetch_add(1, Ordering::Relaxed)))
    }

    pub(super) fn lag_behind(&self, topic: Topic) {
        lock(&self.0.behind).insert(topic);
        self.0.upkeep.notify_one();
    }

    /// Announces that revisions are going to be read from the table and then followed: as long as the value lives,
    /// nothing that is told gets lost in between.
    pub(super) fn open(&self) -> Opening<'_> {
        lock(&self.0.registry).opening += 1;
        Opening(self)
    }

    pub(super) fn take_behind(&self) -> Vec<Arc<Watched>> {
        let topics = std::mem::take(&mut *lock(&self.0.behind));
        let registry = lock(&self.0.registry);
        topics.iter().filter_map(|topic| registry.watched.get(topic).cloned()).collect()
    }

    pub(super) fn all_watched(&self) -> Vec<Arc<Watched>> {
        lock(&self.0.registry).watched.values().cloned().collect()
    }

    /// Waits until something is missing or a poll is wanted.
    pub(super) async fn upkeep_wanted(&self) {
        self.0.upkeep.notified().await;
    }

    pub(super) fn take_poll_wanted(&self) -> bool {
        self.0.poll_wanted.swap(false, Ordering::Relaxed)
    }
}

impl LocalFanout for Hub {
    fn concerns(&self, topic: Topic) -> bool {
        let registry = lock(&self.0.registry);
        registry.opening > 0 || registry.watched.contains_key(&topic)
    }

    fn ingest(&self, topic: Topic, frame: Frame) {
        loop {
            let watched = {
                let mut registry = lock(&self.0.registry);
                let Some(watched) = registry.watched.get(&topic) else { return registry.miss(topic, frame.revision) };
                Arc::clone(watched)
            };
            match watched.offer(frame.clone()) {
                Offered::Taken => return record_lag(&frame),
                Offered::Old => return,
                Offered::Gap => return self.lag_behind(topic),
                // Forgotten a moment ago; perhaps followed anew since.
                Offered::Closed => {}
            }
        }
    }

    fn want_poll(&self) {
        self.0.poll_wanted.store(true, Ordering::Relaxed);
        self.0.upkeep.notify_one();
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
    /// Follows a topic of which the table says that it has come to `revision`. A mailbox follows a topic once only.
    pub fn follow(&self, topic: Topic, revision: i64, mailbox: &Arc<Mailbox>) -> Following {
        let hub = self.0;
        let mut registry = lock(&hub.0.registry);
        let missed = registry.missed.get(&topic).copied().unwrap_or(0);
        let watched =
            Arc::clone(registry.watched.entry(topic).or_insert_with(|| Arc::new(Watched::new(topic, revision))));
        let epoch = watched.follow(Arc::clone(mailbox));
        drop(registry);
        if watched.hear(revision.max(missed)) {
            hub.lag_behind(topic);
        }
        if watched.progress().head > revision {
            mailbox.mark(topic);
        }
        Following { hub: hub.clone(), watched, mailbox: Arc::clone(mailbox), epoch }
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

/// A connection follows a topic as long as this lives.
pub struct Following {
    hub: Hub,
    watched: Arc<Watched>,
    mailbox: Arc<Mailbox>,
    pub epoch: u32,
}

impl Following {
    pub fn watched(&self) -> &Watched {
        &self.watched
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        let mut registry = lock(&self.hub.0.registry);
        if self.watched.unfollow(&self.mailbox) {
            registry.watched.remove(&self.watched.topic);
            registry.miss(self.watched.topic, self.watched.progress().heard);
        }
    }
}
