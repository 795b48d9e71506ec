//! Wakes workers: those of this process directly, others through a Redis channel. Only a hint: lost signals are covered by polling.

use std::time::Duration;

use tokio::{runtime::Handle, sync::watch, time::sleep};

use crate::cache::Redis;

const CHANNEL: &str = "work";
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
    /// Waits for a signal; one sent since the last wait counts too.
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

    /// Wakes all workers: the first takes the work, the others look once in vain. Never blocks.
    pub fn notify(&self) {
        self.notify_here();
        if let (Some(redis), Ok(runtime)) = (self.redis.clone(), Handle::try_current()) {
            // A failed signal is a lost hint: workers poll.
            runtime.spawn(async move { redis.publish(CHANNEL, "").await });
        }
    }

    fn notify_here(&self) {
        self.here.send_replace(());
    }

    /// Receives signals from now on.
    pub fn listener(&self) -> SignalListener {
        SignalListener(self.here.subscribe())
    }

    /// Forwards signals from Redis, forever. Survives Redis restarts.
    pub async fn listen(&self) {
        let Some(redis) = &self.redis else { return std::future::pending().await };
        loop {
            // Signals may have been sent while nobody was subscribed.
            let error = redis.listen(CHANNEL, || self.notify_here(), |_| self.notify_here()).await;
            tracing::debug!(error, "worker signals are not received: polling");
            sleep(BACK_OFF).await;
        }
    }
}
