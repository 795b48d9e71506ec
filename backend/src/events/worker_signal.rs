//! Wakes workers when there is something to do: those of this process at once, others through a stream on Redis, whose
//! consumer group gives each signal to one of them. Only a hint: what nobody received is found by polling.

use std::time::Duration;

use redis::{AsyncConnectionConfig, RedisResult, Value, aio::MultiplexedConnection};
use tokio::{runtime::Handle, sync::watch, time::sleep};
use uuid::Uuid;

use crate::cache::Redis;

const STREAM: &str = "work";
const GROUP: &str = "workers";
/// Signals that nobody has received yet; more say nothing more.
const KEPT: usize = 1000;
const BLOCK: Duration = Duration::from_secs(5);
const BACK_OFF: Duration = Duration::from_secs(1);

/// Cheap to clone.
#[derive(Clone)]
pub struct WorkerSignal {
    here: watch::Sender<()>,
    redis: Option<Redis>,
}

/// The signals that one worker receives.
pub struct SignalListener(watch::Receiver<()>);

impl SignalListener {
    /// Waits for a signal; one that came since the last time counts too.
    pub async fn wait(&mut self) {
        if self.0.changed().await.is_err() {
            std::future::pending().await // nobody is left who could signal
        }
    }
}

impl WorkerSignal {
    pub fn new(redis: Option<Redis>) -> Self {
        Self { here: watch::Sender::default(), redis }
    }

    /// Wakes one worker. Never blocks.
    pub fn notify(&self) {
        self.notify_here();
        if let (Some(redis), Ok(runtime)) = (self.redis.clone(), Handle::try_current()) {
            // A signal that does not go out is a hint that nobody gets: workers poll.
            runtime.spawn(async move { redis.append(STREAM, KEPT).await });
        }
    }

    pub fn notify_here(&self) {
        self.here.send_replace(());
    }

    /// The signals from now on, for one who works.
    pub fn listener(&self) -> SignalListener {
        SignalListener(self.here.subscribe())
    }

    /// Passes on what is signalled through Redis, for ever. Lives through the death and return of Redis.
    pub async fn listen(&self) {
        let Some(redis) = &self.redis else { return std::future::pending().await };
        let consumer = Uuid::new_v4().to_string();
        loop {
            if let Err(error) = self.receive(redis, &consumer).await {
                tracing::debug!(%error, "signals for workers are not received: polling");
            }
            sleep(BACK_OFF).await;
        }
    }

    async fn receive(&self, redis: &Redis, consumer: &str) -> RedisResult<()> {
        let config =
            AsyncConnectionConfig::new().set_connection_timeout(Some(BACK_OFF)).set_response_timeout(Some(BLOCK * 2));
        let mut connection = redis.client()?.get_multiplexed_async_connection_with_config(&config).await?;
        let stream = redis.name(STREAM);
        let mut create = redis::cmd("XGROUP");
        create.arg("CREATE").arg(&stream).arg(GROUP).arg("$").arg("MKSTREAM");
        match create.query_async::<()>(&mut connection).await {
            Err(error) if error.code() != Some("BUSYGROUP") => return Err(error),
            _ => {}
        }
        // What was signalled while nobody was subscribed.
        self.notify_here();
        loop {
            if read(&mut connection, &stream, consumer).await? != Value::Nil {
                self.notify_here();
            }
        }
    }
}

/// The next signals. They need no acknowledgement: what is to be done stands in the database.
async fn read(connection: &mut MultiplexedConnection, stream: &str, consumer: &str) -> RedisResult<Value> {
    let block = u64::try_from(BLOCK.as_millis()).unwrap_or(0);
    redis::cmd("XREADGROUP")
        .arg("GROUP")
        .arg(GROUP)
        .arg(consumer)
        .arg("COUNT")
        .arg(100)
        .arg("BLOCK")
        .arg(block)
        .arg("NOACK")
        .arg("STREAMS")
        .arg(stream)
        .arg(">")
        .query_async(connection)
        .await
}
