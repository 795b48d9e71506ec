//! Counts events in fixed windows: in Redis, so that replicas share the count, or in this process while Redis is away.

use std::{
    fmt::Display,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use moka::sync::Cache as MokaCache;

use crate::{cache::Redis, config::Rate, error::ApiError};

#[derive(Clone)]
pub struct RateLimiter {
    redis: Option<Redis>,
    local: MokaCache<String, Arc<AtomicU32>>,
}

/// The number of the current window and the time until the next.
fn window(rate: Rate) -> (u64, Duration) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let length = rate.window.as_secs().max(1);
    let number = now.as_secs() / length;
    (number, Duration::from_secs(length - now.as_secs() % length))
}

impl RateLimiter {
    pub fn new(redis: Option<Redis>) -> Self {
        let local = MokaCache::builder().max_capacity(100_000).build();
        Self { redis, local }
    }

    /// Counts one event of `subject` under the limit `name`, across replicas.
    pub async fn check(&self, name: &'static str, subject: &str, rate: Rate) -> Result<(), ApiError> {
        if rate == Rate::UNLIMITED {
            return Ok(());
        }
        let (number, rest) = window(rate);
        let key = format!("limit:{name}:{subject}:{number}");
        let shared = match &self.redis {
            Some(redis) => redis.count(&key, rate.window).await,
            None => None,
        };
        let count = shared.unwrap_or_else(|| self.count_locally(key));
        refuse_above(name, count, rate, rest)
    }

    /// The same within this process alone, for limits that are hot and need not be exact.
    pub fn check_locally(&self, name: &'static str, subject: &impl Display, rate: Rate) -> Result<(), ApiError> {
        if rate == Rate::UNLIMITED {
            return Ok(());
        }
        let (number, rest) = window(rate);
        let count = self.count_locally(format!("{name}:{subject}:{number}"));
        refuse_above(name, count, rate, rest)
    }

    fn count_locally(&self, key: String) -> u32 {
        self.local.get_with(key, Arc::default).fetch_add(1, Ordering::Relaxed).saturating_add(1)
    }
}

fn refuse_above(name: &'static str, count: u32, rate: Rate, rest: Duration) -> Result<(), ApiError> {
    if count <= rate.count {
        return Ok(());
    }
    metrics::counter!("todo_rate_limited_total", "limit" => name).increment(1);
    Err(ApiError::RateLimited { retry_after: rest })
}
