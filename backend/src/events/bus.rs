//! Tells what was written: the hub of this process at once, those of other replicas through Redis. Only a hint, so
//! nothing here waits, fails or is tried again.

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

/// One channel for all topics: a replica reads everything and keeps what somebody there is subscribed to. A message is the
/// events of one or more commits, as they go out to clients, a line each.
const CHANNEL: &str = "events";
/// Commits that wait for Redis; beyond, they are dropped and found by polling.
const QUEUE: usize = 1024;
const COMMITS_PER_MESSAGE: usize = 64;
const TELL_AGAIN: Duration = Duration::from_millis(500);
/// Begins a line that is no event, see [`announcement`].
const ANNOUNCED: char = '?';

const BACK_OFF_MIN: Duration = Duration::from_millis(100);
const BACK_OFF_MAX: Duration = Duration::from_secs(2);

/// Who in this process is told of events.
pub trait LocalFanout: Send + Sync + 'static {
    /// Whether events of this topic are of use here.
    fn concerns(&self, topic: Topic) -> bool;

    /// Takes an event. Never waits.
    fn ingest(&self, topic: Topic, frame: Frame);

    /// Something may have been missed: the table is to be asked.
    fn want_poll(&self);

    /// Whether nobody tells us what other replicas write; a change asks for a poll.
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
    backlog: Backlog,
    quotas: Quotas,
    supervisor: Supervisor,
}

/// To the task that sends, which ends with it.
struct Queue {
    /// Before the sender: the task is to know that its end is right.
    _stop: DropGuard,
    sender: mpsc::Sender<Told>,
}

/// The events of one commit, for Redis.
struct Told {
    lines: String,
    /// Where their topics have come to.
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
            backlog,
            quotas,
            supervisor,
        }))
    }

    /// Says to all replicas that a commit is about to give topics these revisions.
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

    /// What wakes workers.
    pub fn worker_signal(&self) -> &WorkerSignal {
        &self.0.worker_signal
    }

    /// How much may wait for webhooks.
    pub(super) fn backlog(&self) -> Backlog {
        self.0.backlog
    }

    /// What there may be of something.
    pub fn quotas(&self) -> &Quotas {
        &self.0.quotas
    }

    /// Tells the events of one commit. Never blocks.
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
    /// The task that sends begins with the first event, so a command that writes nothing starts none.
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

/// What is still to be sent; it outlives a fault of the task that sends.
struct Outgoing {
    queue: mpsc::Receiver<Told>,
    commits: Vec<Told>,
    /// Where topics have come to, and since when Redis has not been told.
    untold: HashMap<TopicId, (i64, Instant)>,
}

impl Outgoing {
    fn new(queue: mpsc::Receiver<Told>) -> Self {
        Self { queue, commits: Vec::new(), untold: HashMap::new() }
    }
}

/// What Redis does not take is found by polling; but that these revisions have come must be received, or else other replicas
/// would take older ones for the last. So that is told again, until what they know of them has expired.
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

/// A line that says to which revisions topics are coming.
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

/// Receives what other replicas publish, until the server drains. Lives through the death and return of Redis.
pub async fn listen(bus: &Bus, draining: &CancellationToken) {
    let Some(redis) = &bus.0.redis else { return draining.cancelled().await };
    let _unsubscribed_at_the_end = UnsubscribedAtTheEnd(&bus.0);
    tokio::select! {
        () = draining.cancelled() => {}
        () = listen_for_ever(redis, &bus.0) => {}
    }
}

/// Whoever is not subscribed any more, be it because of a fault, knows no revisions.
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
                tracing::info!("live: events of other replicas are received again");
            }
            local.set_fanout_down(false);
            inner.revisions.set_subscribed(true);
            // What was told while nobody listened.
            local.want_poll();
            back_off = BACK_OFF_MIN;
        };
        let error = redis.listen(CHANNEL, subscribed, |message| take(message, inner)).await;
        if !local.is_fanout_down() {
            tracing::warn!(error, "live: redis is away, so events of other replicas come by polling");
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
            None => tracing::warn!("live: a message on redis is no event"),
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
