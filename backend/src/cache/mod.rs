//! What makes reads fast and may vanish at any moment: values under keys that name a revision, so that nothing is ever
//! invalidated, only expired. Redis where it is configured, otherwise this process's memory.

mod redis;

use std::time::Duration;

use axum::body::Bytes;
use moka::future::Cache as MokaCache;

pub use self::redis::Redis;

#[derive(Clone)]
pub enum Cache {
    Memory(MokaCache<String, Bytes>),
    Redis(Redis),
}

const MEMORY_BYTES: u64 = 32 * 1024 * 1024;
const TIME_TO_LIVE: Duration = Duration::from_secs(300);

impl Cache {
    pub fn new(redis: Option<Redis>) -> Self {
        match redis {
            Some(redis) => Self::Redis(redis),
            None => Self::Memory(
                MokaCache::builder()
                    .max_capacity(MEMORY_BYTES)
                    .weigher(|key: &String, value: &Bytes| u32::try_from(key.len() + value.len()).unwrap_or(u32::MAX))
                    .time_to_live(TIME_TO_LIVE)
                    .build(),
            ),
        }
    }

    /// `what` names the kind of value in the metrics. A failure counts as a miss.
    pub async fn get(&self, what: &'static str, key: &str) -> Option<Bytes> {
        let found = match self {
            Self::Memory(cache) => cache.get(key).await,
            Self::Redis(redis) => redis.get(key).await.map(Bytes::from),
        };
        let result = if found.is_some() { "hit" } else { "miss" };
        metrics::counter!("todo_cache_reads_total", "cache" => what, "result" => result).increment(1);
        found
    }

    pub async fn put(&self, key: String, value: Bytes) {
        match self {
            Self::Memory(cache) => cache.insert(key, value).await,
            Self::Redis(redis) => {
                redis.set(&key, &value, TIME_TO_LIVE).await;
            }
        }
    }
}
