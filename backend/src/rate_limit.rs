//! Counts events in fixed windows: in Redis, so that replicas share the count, or in this process while Redis is away.

use std::{
    fmt::Display,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use moka::sync::Cache as MokaCache;

use crate::{cache::Redis, config::Rate, error::ApiError};

#[derive(Clone)]
pub struct RateLimiter {
    redis: Option<Redis>,
    local: MokaCache<String, Arc<AtomicU32>>,
    /// When who waits may go on.
    due: MokaCache<String, Instant>,
}

/// An event that was counted and can be taken back.
pub struct Counted {
    pub count: u32,
    name: &'static str,
    key: String,
    is_shared: bool,
    /// Until the count begins anew.
    rest: Duration,
}

impl Counted {
    /// Refuses what is above the rate.
    pub fn within(&self, rate: Rate) -> Result<(), ApiError> {
        refuse_above(self.name, self.count, rate, self.rest)
    }
}

/// How long it is remembered that somebody's wait is over.
const WAITED: Duration = Duration::from_secs(60);

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
        let due = MokaCache::builder().max_capacity(100_000).time_to_live(2 * WAITED).build();
        Self { redis, local, due }
    }

    /// Counts one event of `subject` under the limit `name`, across replicas.
    pub async fn check(&self, name: &'static str, subject: &str, rate: Rate) -> Result<(), ApiError> {
        self.count(name, subject, rate).await.map_or(Ok(()), |counted| counted.within(rate))
    }

    /// Counts one event as [`Self::check`] does, whatever the count is then; nothing when there is no limit.
    pub async fn count(&self, name: &'static str, subject: &str, rate: Rate) -> Option<Counted> {
        if rate == Rate::UNLIMITED {
            return None;
        }
        let (number, rest) = window(rate);
        let key = format!("limit:{name}:{subject}:{number}");
        let shared = match &self.redis {
            Some(redis) => redis.count(&key, rate.window).await,
            None => None,
        };
        let count = shared.unwrap_or_else(|| self.count_locally(key.clone()));
        Some(Counted { count, name, key, is_shared: shared.is_some(), rest })
    }

    /// Where it was counted.
    pub async fn take_back(&self, counted: Counted) {
        if !counted.is_shared {
            if let Some(count) = self.local.get(&counted.key) {
                count.fetch_sub(1, Ordering::Relaxed);
            }
        } else if let Some(redis) = &self.redis {
            redis.take_back(&counted.key).await;
        }
    }

    /// Lets one event of `subject` through for each wait: the first begins it and is refused, as is all until it is over.
    pub async fn pace(&self, name: &'static str, subject: &str, wait: Duration) -> Result<(), ApiError> {
        let key = format!("pace:{name}:{subject}");
        let shared = match &self.redis {
            Some(redis) => redis.pace(&key, wait, WAITED).await.map(Duration::from_millis),
            None => None,
        };
        let rest = shared.unwrap_or_else(|| self.pace_locally(key, wait));
        if rest.is_zero() {
            return Ok(());
        }
        metrics::counter!("todo_rate_limited_total", "limit" => name).increment(1);
        Err(ApiError::RateLimited { retry_after: Duration::from_secs_f64(rest.as_secs_f64().ceil()) })
    }

    fn pace_locally(&self, key: String, wait: Duration) -> Duration {
        let now = Instant::now();
        match self.due.get(&key) {
            None => {
                self.due.insert(key, now + wait);
                wait
            }
            Some(due) if due > now => due - now,
            Some(_) => {
                self.due.remove(&key);
                Duration::ZERO
            }
        }
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
