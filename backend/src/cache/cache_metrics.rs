use std::sync::OnceLock;

use metrics::Counter;

/// `todo_cache_reads_total` of one cache. Counters are looked up once, because a lookup takes longer than most reads.
pub struct CacheMetrics {
    cache: &'static str,
    hits: OnceLock<Counter>,
    misses: OnceLock<Counter>,
}

impl CacheMetrics {
    pub fn new(cache: &'static str) -> Self {
        Self { cache, hits: OnceLock::new(), misses: OnceLock::new() }
    }

    pub fn count(&self, is_hit: bool) {
        let (counter, result) = if is_hit { (&self.hits, "hit") } else { (&self.misses, "miss") };
        let look_up = || metrics::counter!("todo_cache_reads_total", "cache" => self.cache, "result" => result);
        counter.get_or_init(look_up).increment(1);
    }
}
