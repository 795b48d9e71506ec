//! Tells what was written: the hub of this process at once, those of other replicas through Redis. Only a hint, so
//! nothing here waits, fails or is tried again.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use futures_util::StreamExt;
use tokio::{
    runtime::Handle,
    sync::mpsc,
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

use super::{alarm::Alarm, event::Event, frame::Frame, hub::Hub};
use crate::cache::Redis;

/// One channel for all topics: a replica reads everything and keeps what somebody there follows. A message is the
/// events of one or more commits, as they go out to clients, a line each.
const CHANNEL: &str = "todo:events";
/// Commits that wait for Redis; beyond, they are dropped and found by polling.
const QUEUE: usize = 1024;
const COMMITS_PER_MESSAGE: usize = 64;

const ANSWER_TIME: Duration = Duration::from_secs(2);
/// A connection that hangs looks like one on which nothing happens; so it is asked.
const PING: Duration = Duration::from_secs(3);
const BACK_OFF_MIN: Duration = Duration::from_millis(100);
const BACK_OFF_MAX: Duration = Duration::from_secs(2);

/// Cheap to clone.
#[derive(Clone)]
pub struct Bus(Arc<Inner>);

struct Inner {
    hub: Hub,
    redis: Option<Redis>,
    queue: OnceLock<mpsc::Sender<String>>,
    alarm: Alarm,
}

impl Bus {
    pub fn new(hub: Hub, redis: Option<Redis>) -> Self {
        let alarm = Alarm::new(redis.clone());
        Self(Arc::new(Inner { hub, redis, queue: OnceLock::new(), alarm }))
    }

    /// What wakes workers.
    pub fn alarm(&self) -> &Alarm {
        &self.0.alarm
    }

    /// Tells the events of one commit. Never blocks.
    pub fn publish(&self, events: Vec<Event>) {
        let inner = &self.0;
        let mut lines = String::new();
        for event in events {
            if inner.redis.is_none() && !inner.hub.concerns(event.topic) {
                continue;
            }
            let frame = Frame::of_event(&event);
            if inner.redis.is_some() {
                lines.push_str(&frame.text);
                lines.push('\n');
            }
            inner.hub.ingest(event.topic, frame);
        }
        if !lines.is_empty() && !inner.enqueue(lines) {
            metrics::counter!("todo_bus_dropped_total").increment(1);
        }
    }
}

impl Inner {
    /// The task that sends begins with the first event, so a command that writes nothing starts none.
    fn enqueue(&self, lines: String) -> bool {
        let (Some(redis), Ok(runtime)) = (&self.redis, Handle::try_current()) else { return false };
        let queue = self.queue.get_or_init(|| {
            let (sender, receiver) = mpsc::channel(QUEUE);
            runtime.spawn(send(redis.clone(), receiver));
            sender
        });
        queue.try_send(lines).is_ok()
    }
}

async fn send(redis: Redis, mut queue: mpsc::Receiver<String>) {
    let mut commits = Vec::new();
    while queue.recv_many(&mut commits, COMMITS_PER_MESSAGE).await > 0 {
        redis.publish(CHANNEL, &commits.concat()).await;
        commits.clear();
    }
}

/// Hears what other replicas tell, until the server drains. Lives through the death and return of Redis.
pub async fn listen(redis: Option<&Redis>, hub: &Hub, draining: &CancellationToken) {
    let Some(redis) = redis else { return };
    tokio::select! {
        () = draining.cancelled() => {}
        () = listen_for_ever(redis.client(), hub) => {}
    }
}

async fn listen_for_ever(client: &redis::Client, hub: &Hub) {
    let mut back_off = BACK_OFF_MIN;
    loop {
        let error = match timeout(ANSWER_TIME, subscribe(client)).await {
            Ok(Ok(subscription)) => {
                if hub.is_deaf() {
                    tracing::info!("live: events of other replicas are heard again");
                }
                hub.set_deaf(false);
                // What was told while nobody listened.
                hub.want_poll();
                back_off = BACK_OFF_MIN;
                hear(subscription, hub).await
            }
            Ok(Err(error)) => error.to_string(),
            Err(_) => "no answer in time".to_owned(),
        };
        if !hub.is_deaf() {
            tracing::warn!(error, "live: redis is away, so events of other replicas come by polling");
        }
        hub.set_deaf(true);
        sleep(back_off).await;
        back_off = (back_off * 2).min(BACK_OFF_MAX);
    }
}

async fn subscribe(client: &redis::Client) -> redis::RedisResult<redis::aio::PubSub> {
    let mut subscription = client.get_async_pubsub().await?;
    subscription.subscribe(CHANNEL).await?;
    Ok(subscription)
}

/// Takes messages until the connection breaks; tells why it did.
async fn hear(subscription: redis::aio::PubSub, hub: &Hub) -> String {
    let (mut sink, mut messages) = subscription.split();
    loop {
        match timeout(PING, messages.next()).await {
            Ok(Some(message)) => take(message.get_payload_bytes(), hub),
            Ok(None) => return "the connection was closed".to_owned(),
            Err(_) => match timeout(ANSWER_TIME, sink.ping::<redis::Value>()).await {
                Ok(Ok(_)) => {}
                Ok(Err(error)) => return error.to_string(),
                Err(_) => return "no answer in time".to_owned(),
            },
        }
    }
}

fn take(message: &[u8], hub: &Hub) {
    let Ok(text) = std::str::from_utf8(message) else { return };
    for line in text.lines() {
        match Frame::of_text(line) {
            Some((topic, frame)) => hub.ingest(topic, frame),
            None => tracing::warn!("live: a message on redis is no event"),
        }
    }
}
