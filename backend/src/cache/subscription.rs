//! Subscribing to a Redis channel.

use std::time::Duration;

use futures_util::StreamExt;
use redis::{RedisResult, aio::PubSub};
use tokio::time::timeout;

use super::Redis;

const ANSWER_TIME: Duration = Duration::from_secs(1);
/// A hanging connection looks like an idle one, so it is pinged.
const PING: Duration = Duration::from_secs(1);

impl Redis {
    /// Passes on each message of a channel over its own connection until that fails or hangs; returns why. `subscribed` is called once no
    /// further message can be missed.
    pub async fn listen(&self, channel: &str, subscribed: impl FnOnce(), message: impl FnMut(&[u8])) -> String {
        match timeout(ANSWER_TIME, self.subscribe(channel)).await {
            Ok(Ok(subscription)) => {
                subscribed();
                hear(subscription, message).await
            }
            Ok(Err(error)) => error.to_string(),
            Err(_) => NO_ANSWER.to_owned(),
        }
    }

    async fn subscribe(&self, channel: &str) -> RedisResult<PubSub> {
        let mut subscription = self.client()?.get_async_pubsub().await?;
        subscription.subscribe(self.name(channel)).await?;
        Ok(subscription)
    }
}

const NO_ANSWER: &str = "no answer in time";

async fn hear(subscription: PubSub, mut take: impl FnMut(&[u8])) -> String {
    let (mut sink, mut messages) = subscription.split();
    loop {
        match timeout(PING, messages.next()).await {
            Ok(Some(message)) => take(message.get_payload_bytes()),
            Ok(None) => return "the connection was closed".to_owned(),
            Err(_) => match timeout(ANSWER_TIME, sink.ping::<redis::Value>()).await {
                Ok(Ok(_)) => {}
                Ok(Err(error)) => return error.to_string(),
                Err(_) => return NO_ANSWER.to_owned(),
            },
        }
    }
}
