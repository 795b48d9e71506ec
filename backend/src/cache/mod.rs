//! Caches: they make reads fast and may disappear at any time. Redis holds what replicas must share; whole answers stay in the memory of
//! the process that created them, under keys that contain their revisions, so nothing is invalidated, only expired.

mod cache_metrics;
mod redis;
mod subscription;

use std::time::Duration;

use axum::body::Bytes;
use foldhash::fast::RandomState;
use moka::sync::Cache as MokaCache;

pub use self::{cache_metrics::CacheMetrics, redis::Redis};

/// An in-process cache, built with `MokaCache::builder`. Every request looks into several, and the standard hasher takes longer than the
/// rest; it is only needed for keys that clients can choose.
pub type LocalCache<K, V> = MokaCache<K, V, RandomState>;

/// Answers by ETag. Not in Redis: writing a list there costs as much as reading it back saves, and most clients that repeat a request send
/// its ETag and get a 304.
pub struct AnswerCache {
    answers: LocalCache<String, Bytes>,
    reads: CacheMetrics,
}

const MEMORY_BYTES: u64 = 32 * 1024 * 1024;
const TIME_TO_LIVE: Duration = Duration::from_secs(300);

impl Default for AnswerCache {
    fn default() -> Self {
        let answers = MokaCache::builder()
            .max_capacity(MEMORY_BYTES)
            .weigher(|tag: &String, body: &Bytes| u32::try_from(tag.len() + body.len()).unwrap_or(u32::MAX))
            .time_to_live(TIME_TO_LIVE)
            .build_with_hasher(RandomState::default());
        Self { answers, reads: CacheMetrics::new("answer") }
    }
}

impl AnswerCache {
    pub fn get(&self, tag: &str) -> Option<Bytes> {
        let found = self.answers.get(tag);
        self.reads.count(found.is_some());
        found
    }

    pub fn put(&self, tag: String, body: Bytes) {
        self.answers.insert(tag, body);
    }
}
