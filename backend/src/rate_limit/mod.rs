//! Limits on how often something may happen: counted in fixed windows in Redis, so that replicas share the count, or within this process
//! while Redis is away.

mod local;

use std::{
    fmt::Display,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use tokio_util::sync::CancellationToken;

use self::local::LocalLimits;
use crate::{cache::Redis, config::Rate, error::ApiError, supervisor::Supervisor};

#[derive(Clone)]
pub struct RateLimiter {
    redis: Option<Redis>,
    local: Arc<LocalLimits>,
}

/// An event that was counted and can be taken back.
pub struct Counted {
    pub count: u32,
    name: &'static str,
    key: String,
    is_shared: bool,
    /// The time until the count restarts.
    rest: Duration,
}

impl Counted {
    /// Refuses requests above the rate.
    pub fn within(&self, rate: Rate) -> Result<(), ApiError> {
        refuse_above(self.name, self.count, rate, self.rest)
    }
}

/// How long it is remembered that somebody's wait is over.
const WAITED: Duration = Duration::from_secs(60);
/// Between two looks at what has expired in this process.
const UPKEEP: Duration = Duration::from_secs(60);

/// Forgets what has expired, until the process drains.
pub fn start_upkeep(limiter: &RateLimiter, supervisor: &Supervisor, draining: &CancellationToken) {
    let (local, draining) = (Arc::clone(&limiter.local), draining.clone());
    supervisor.spawn("rate_limit_upkeep", move || {
        let (local, draining) = (Arc::clone(&local), draining.clone());
        async move {
            while draining.run_until_cancelled(tokio::time::sleep(UPKEEP)).await.is_some() {
                local.forget_expired();
            }
        }
    });
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
        Self { redis, local: Arc::default() }
    }

    /// Counts one event of `subject` under the limit `name`, across replicas.
    pub async fn check(&self, name: &'static str, subject: &str, rate: Rate) -> Result<(), ApiError> {
        if rate == Rate::UNLIMITED {
            return Ok(());
        }
        let (number, rest) = window(rate);
        let shared = match &self.redis {
            Some(redis) => redis.count(&key_of(name, subject, number), rate.window).await,
            None => None,
        };
        match shared {
            Some(count) => refuse_above(name, count, rate, rest),
            None => self.check_here(name, subject, rate),
        }
    }

    /// Counts one event as [`Self::check`] does, whatever the count is then; nothing when there is no limit.
    pub async fn count(&self, name: &'static str, subject: &str, rate: Rate) -> Option<Counted> {
        if rate == Rate::UNLIMITED {
            return None;
        }
        let (number, rest) = window(rate);
        let key = key_of(name, subject, number);
        let shared = match &self.redis {
            Some(redis) => redis.count(&key, rate.window).await,
            None => None,
        };
        let count = shared.unwrap_or_else(|| self.local.count(&key, rest));
        Some(Counted { count, name, key, is_shared: shared.is_some(), rest })
    }

    /// Where it was counted.
    pub async fn take_back(&self, counted: Counted) {
        if !counted.is_shared {
            self.local.take_back(&counted.key);
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
        let rest = shared.unwrap_or_else(|| self.local.pace(&key, wait, WAITED));
        if rest.is_zero() {
            return Ok(());
        }
        Err(refused(name, rest))
    }

    /// The same within this process alone, for limits that are hot and need not be exact.
    pub fn check_locally(&self, name: &'static str, subject: &impl Display, rate: Rate) -> Result<(), ApiError> {
        if rate == Rate::UNLIMITED {
            return Ok(());
        }
        self.check_here(name, &subject.to_string(), rate)
    }

    fn check_here(&self, name: &'static str, subject: &str, rate: Rate) -> Result<(), ApiError> {
        self.local.check(name, subject, rate).map_err(|wait| refused(name, wait))
    }
}

fn key_of(name: &str, subject: &str, number: u64) -> String {
    format!("limit:{name}:{subject}:{number}")
}

fn refuse_above(name: &'static str, count: u32, rate: Rate, rest: Duration) -> Result<(), ApiError> {
    if count <= rate.count {
        return Ok(());
    }
    Err(refused(name, rest))
}

fn refused(name: &'static str, wait: Duration) -> ApiError {
    metrics::counter!("todo_rate_limited_total", "limit" => name).increment(1);
    ApiError::RateLimited { retry_after: Duration::from_secs_f64(wait.as_secs_f64().ceil()) }
}
