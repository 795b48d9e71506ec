//! Publishes committed events: directly to this process's hub, and through Redis to other replicas. Only a hint, so nothing here waits,
//! fails or retries.

use std::{
    collections::HashMap,
    fmt::Write,
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

use tokio::{
    runtime::Handle,
    sync::{Mutex, mpsc},
    time::{sleep, timeout},
};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::{
    Backlog, Event, WorkerSignal,
    frame::Frame,
    revisions::{self, Revisions},
    topic::Topic,
};
use crate::{cache::Redis, id::TopicId, quotas::Quotas, supervisor::Supervisor};

/// One channel for all topics: a replica reads everything and keeps what it has subscribers for. A message contains the events of one or
/// more commits in wire format, one per line.
const CHANNEL: &str = "events";
/// Commits queued for Redis; further ones are dropped and found by polling.
const QUEUE: usize = 1024;
const COMMITS_PER_MESSAGE: usize = 64;
const TELL_AGAIN: Duration = Duration::from_millis(500);
/// Prefix of a line that is not an event, see [`announcement`].
const ANNOUNCED: char = '?';

const BACK_OFF_MIN: Duration = Duration::from_millis(100);
const BACK_OFF_MAX: Duration = Duration::from_secs(2);

/// Receives events in this process.
pub trait LocalFanout: Send + Sync + 'static {
    /// Whether there are subscribers for this topic.
    fn concerns(&self, topic: Topic) -> bool;

    /// Accepts an event. Never blocks.
    fn ingest(&self, topic: Topic, frame: Frame);

    /// Events may have been missed: the table must be read.
    fn want_poll(&self);

    /// Whether nobody reports other replicas' writes; a change triggers a poll.
    fn set_fanout_down(&self, down: bool);

    fn is_fanout_down(&self) -> bool;
}

/// Cheap to clone.
#[derive(Clone)]
pub struct Bus(Arc<Inner>);

struct Inner {
    local: Arc<dyn LocalFanout>,
    redis: Option<Redis>,
    revisions: Revisions,
    queue: OnceLock<Queue>,
    worker_signal: WorkerSignal,
    notice_signal: WorkerSignal,
    backlog: Backlog,
    quotas: Quotas,
    supervisor: Supervisor,
}

/// The channel of the sending task, which ends with it.
struct Queue {
    /// Dropped before the sender, so that the task knows that its end is intended.
    _stop: DropGuard,
    sender: mpsc::Sender<Told>,
}

/// The events of one commit, for Redis.
struct Told {
    lines: String,
    /// The new revisions of their topics.
    revisions: Vec<(TopicId, i64)>,
}

impl Bus {
    pub fn new(
        local: Arc<dyn LocalFanout>,
        redis: Option<Redis>,
        revisions: Revisions,
        supervisor: Supervisor,
        backlog: Backlog,
        quotas: Quotas,
    ) -> Self {
        let worker_signal = WorkerSignal::new(redis.clone());
        Self(Arc::new(Inner {
            local,
            redis,
            revisions,
            queue: OnceLock::new(),
            worker_signal,
            notice_signal: WorkerSignal::new(None),
            backlog,
            quotas,
            supervisor,
        }))
    }

    /// Announces to all replicas that a commit is about to give topics these revisions.
    pub(super) async fn announce_pending(&self, events: &[Event]) {
        let inner = &self.0;
        for event in events {
            inner.revisions.announce_pending(event.topic.id(), event.revision);
        }
        if let (Some(redis), false) = (&inner.redis, events.is_empty()) {
            let coming = events.iter().map(|event| (event.topic.id(), event.revision));
            redis.publish(CHANNEL, &announcement(coming)).await;
        }
    }

    /// Wakes workers.
    pub fn worker_signal(&self) -> &WorkerSignal {
        &self.0.worker_signal
    }

    /// What wakes those in this process who tell people of changes. Others find by polling what it has left.
    pub fn notice_signal(&self) -> &WorkerSignal {
        &self.0.notice_signal
    }

    /// The backlog limit of webhooks.
    pub fn backlog(&self) -> Backlog {
        self.0.backlog
    }

    /// The quotas.
    pub fn quotas(&self) -> &Quotas {
        &self.0.quotas
    }

    /// Publishes the events of one commit. Never blocks.
    pub fn publish(&self, events: Vec<Event>) {
        let inner = &self.0;
        let revisions = events.iter().map(|event| (event.topic.id(), event.revision)).collect();
        let mut lines = String::new();
        for event in events {
            inner.revisions.confirm(event.topic.id(), event.revision);
            if inner.redis.is_none() && !inner.local.concerns(event.topic) {
                continue;
            }
            let frame = Frame::of_event(&event);
            if inner.redis.is_some() {
                lines.push_str(&frame.text);
                lines.push('\n');
            }
            inner.local.ingest(event.topic, frame);
        }
        if !lines.is_empty() && !inner.enqueue(Told { lines, revisions }) {
            metrics::counter!("todo_bus_dropped_total").increment(1);
        }
    }
}

impl Inner {
    /// The sending task starts with the first event, so a command that writes nothing starts none.
    fn enqueue(&self, told: Told) -> bool {
        let (Some(redis), Ok(_)) = (&self.redis, Handle::try_current()) else { return false };
        let queue = self.queue.get_or_init(|| {
            let (sender, receiver) = mpsc::channel(QUEUE);
            let stop = CancellationToken::new();
            let (redis, outgoing) = (redis.clone(), Arc::new(Mutex::new(Outgoing::new(receiver))));
            self.supervisor
                .spawn_until("live_publish", stop.clone(), move || send(redis.clone(), Arc::clone(&outgoing)));
            Queue { _stop: stop.drop_guard(), sender }
        });
        queue.sender.try_send(told).is_ok()
    }
}

/// Unsent messages; they survive a crash of the task.
struct Outgoing {
    queue: mpsc::Receiver<Told>,
    commits: Vec<Told>,
    /// New revisions of topics, and since when Redis has not accepted them.
    untold: HashMap<TopicId, (i64, Instant)>,
}

impl Outgoing {
    fn new(queue: mpsc::Receiver<Told>) -> Self {
        Self { queue, commits: Vec::new(), untold: HashMap::new() }
    }
}

/// Events that Redis does not accept are found by polling, but their revisions must be received, otherwise other replicas would treat older
/// ones as current. So they are resent until the replicas' cached revisions have expired.
async fn send(redis: Redis, outgoing: Arc<Mutex<Outgoing>>) {
    let mut outgoing = outgoing.lock().await;
    let Outgoing { queue, commits, untold } = &mut *outgoing;
    loop {
        let received = queue.recv_many(commits, COMMITS_PER_MESSAGE);
        if let Ok(0) = timeout(if untold.is_empty() { Duration::MAX } else { TELL_AGAIN }, received).await {
            return;
        }
        let now = Instant::now();
        untold.retain(|_, (_, told)| now.duration_since(*told) < revisions::TIME_TO_LIVE);
        let mut message = String::new();
        if !untold.is_empty() {
            message = announcement(untold.iter().map(|(id, (revision, _))| (*id, *revision)));
            message.push('\n');
        }
        message.extend(commits.iter().map(|told| told.lines.as_str()));
        let committed = commits.drain(..).flat_map(|told| told.revisions);
        untold.extend(committed.map(|(id, revision)| (id, (revision, now))));
        if redis.publish(CHANNEL, &message).await {
            untold.clear();
        }
    }
}

/// A line that announces pending revisions of topics.
fn announcement(revisions: impl Iterator<Item = (TopicId, i64)>) -> String {
    let mut line = ANNOUNCED.to_string();
    for (id, revision) in revisions {
        let _ = write!(line, "{id}={revision} "); // writing to a String cannot fail
    }
    line
}

fn read_announcement(line: &str) -> impl Iterator<Item = (TopicId, i64)> {
    line.split_whitespace().filter_map(|part| {
        let (id, revision) = part.split_once('=')?;
        Some((id.parse().ok()?, revision.parse().ok()?))
    })
}

/// Receives what other replicas publish until the server drains. Survives Redis restarts.
pub async fn listen(bus: &Bus, draining: &CancellationToken) {
    let Some(redis) = &bus.0.redis else { return draining.cancelled().await };
    let _unsubscribed_at_the_end = UnsubscribedAtTheEnd(&bus.0);
    tokio::select! {
        () = draining.cancelled() => {}
        () = listen_for_ever(redis, &bus.0) => {}
    }
}

/// Without a subscription, for example after a crash, no revisions are known.
struct UnsubscribedAtTheEnd<'a>(&'a Inner);

impl Drop for UnsubscribedAtTheEnd<'_> {
    fn drop(&mut self) {
        self.0.revisions.set_subscribed(false);
        self.0.local.set_fanout_down(true);
    }
}

async fn listen_for_ever(redis: &Redis, inner: &Inner) {
    let local = &inner.local;
    let mut back_off = BACK_OFF_MIN;
    loop {
        let subscribed = || {
            if local.is_fanout_down() {
                tracing::info!("live: receiving events of other replicas again");
            }
            local.set_fanout_down(false);
            inner.revisions.set_subscribed(true);
            // Events published while nobody was listening.
            local.want_poll();
            back_off = BACK_OFF_MIN;
        };
        let error = redis.listen(CHANNEL, subscribed, |message| take(message, inner)).await;
        if !local.is_fanout_down() {
            tracing::warn!(error, "live: redis is unavailable, polling for events of other replicas");
        }
        local.set_fanout_down(true);
        inner.revisions.set_subscribed(false);
        sleep(back_off).await;
        back_off = (back_off * 2).min(BACK_OFF_MAX);
    }
}

fn take(message: &[u8], inner: &Inner) {
    let Ok(text) = std::str::from_utf8(message) else { return };
    for line in text.lines() {
        if let Some(announced) = line.strip_prefix(ANNOUNCED) {
            read_announcement(announced).for_each(|(id, revision)| inner.revisions.announce_pending(id, revision));
            continue;
        }
        match Frame::of_text(line) {
            Some((topic, frame)) => {
                inner.revisions.confirm(topic.id(), frame.revision);
                inner.local.ingest(topic, frame);
            }
            None => tracing::warn!("live: ignoring a redis message that is not an event"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Id;

    #[test]
    fn an_announcement_survives_its_text_form() {
        let revisions = [(Id::new(), 1), (Id::new(), i64::MAX)];
        let line = announcement(revisions.into_iter());
        let read: Vec<_> = line.strip_prefix(ANNOUNCED).into_iter().flat_map(read_announcement).collect();
        assert_eq!(read, revisions);
    }
}
