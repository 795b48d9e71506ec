//! What makes reads fast and may vanish at any moment. Redis holds what replicas must agree on; whole answers stay in the
//! memory of the process that made them, under keys that name their revisions, so that nothing is ever invalidated, only
//! expired.

mod redis;

use std::time::Duration;

use axum::body::Bytes;
use moka::sync::Cache as MokaCache;

pub use self::redis::Redis;

/// Answers by their entity tag. Not in Redis: writing a list there costs as much as reading it back saves, and most who
/// ask for the same list again send its tag and are told that it has not changed.
pub struct AnswerCache(MokaCache<String, Bytes>);

const MEMORY_BYTES: u64 = 32 * 1024 * 1024;
const TIME_TO_LIVE: Duration = Duration::from_secs(300);

impl Default for AnswerCache {
    fn default() -> Self {
        Self(
            MokaCache::builder()
                .max_capacity(MEMORY_BYTES)
                .weigher(|tag: &String, body: &Bytes| u32::try_from(tag.len() + body.len()).unwrap_or(u32::MAX))
                .time_to_live(TIME_TO_LIVE)
                .build(),
        )
    }
}

impl AnswerCache {
    pub fn get(&self, tag: &str) -> Option<Bytes> {
        let found = self.0.get(tag);
        let result = if found.is_some() { "hit" } else { "miss" };
        metrics::counter!("todo_cache_reads_total", "cache" => "answer", "result" => result).increment(1);
        found
    }

    pub fn put(&self, tag: String, body: Bytes) {
        self.0.insert(tag, body);
    }
}
