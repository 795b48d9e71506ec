//! Wakes workers when there is something to do: those of this process at once, others through a channel of Redis. Only a
//! hint: what nobody heard is found by polling.

use std::time::Duration;

use tokio::{runtime::Handle, sync::watch, time::sleep};

use crate::cache::Redis;

const CHANNEL: &str = "work";
const BACK_OFF: Duration = Duration::from_secs(1);

/// Cheap to clone.
#[derive(Clone)]
pub struct Alarm {
    here: watch::Sender<()>,
    redis: Option<Redis>,
}

/// The calls that one worker hears.
pub struct Calls(watch::Receiver<()>);

impl Calls {
    /// Waits for a call; one that came since the last time counts too.
    pub async fn next(&mut self) {
        if self.0.changed().await.is_err() {
            std::future::pending().await // nobody is left who could call
        }
    }
}

impl Alarm {
    pub fn new(redis: Option<Redis>) -> Self {
        Self { here: watch::Sender::default(), redis }
    }

    /// Calls all workers: who comes first takes what there is, the others look once in vain. Never blocks.
    pub fn ring(&self) {
        self.ring_here();
        if let (Some(redis), Ok(runtime)) = (self.redis.clone(), Handle::try_current()) {
            // A call that does not go out is a hint that nobody gets: workers poll.
            runtime.spawn(async move { redis.publish(CHANNEL, "").await });
        }
    }

    fn ring_here(&self) {
        self.here.send_replace(());
    }

    /// The calls from now on, for one who works.
    pub fn calls(&self) -> Calls {
        Calls(self.here.subscribe())
    }

    /// Passes on what is called through Redis, for ever. Lives through the death and return of Redis.
    pub async fn listen(&self) {
        let Some(redis) = &self.redis else { return std::future::pending().await };
        loop {
            // Something may have been called while nobody heard.
            let error = redis.listen(CHANNEL, || self.ring_here(), |_| self.ring_here()).await;
            tracing::debug!(error, "calls for workers are not heard: polling");
            sleep(BACK_OFF).await;
        }
    }
}
