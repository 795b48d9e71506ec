//! Redis as an optional service: every call returns quickly, and a failure is a value, not an error.

use std::{
    path::PathBuf,
    sync::{
        Arc, LazyLock, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use redis::{
    Cmd, ConnectionInfo, FromRedisValue, RedisResult, Script,
    aio::{ConnectionManager, ConnectionManagerConfig},
};
use secrecy::{ExposeSecret, SecretString};

use crate::config::DEFAULT_REDIS_PREFIX;

/// Time limit of a call; a request must not wait for a cache.
const RESPONSE_TIMEOUT: Duration = Duration::from_millis(250);
/// After a failure Redis is not called for this long, otherwise every request would wait for the timeout.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_millis(500);

static COUNT: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local count = redis.call('INCR', KEYS[1])
        if count == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
        return count",
    )
});
static ADD: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local sum = redis.call('INCRBY', KEYS[1], ARGV[1])
        redis.call('EXPIRE', KEYS[1], ARGV[2])
        return sum",
    )
});
static TAKE_BACK: LazyLock<Script> =
    LazyLock::new(|| Script::new("if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('DECR', KEYS[1]) end"));
static PACE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local time = redis.call('TIME')
        local now = time[1] * 1000 + math.floor(time[2] / 1000)
        local due = tonumber(redis.call('GET', KEYS[1]))
        if not due then
            redis.call('SET', KEYS[1], now + ARGV[1], 'PX', ARGV[1] + ARGV[2])
            return tonumber(ARGV[1])
        end
        if due > now then return due - now end
        redis.call('DEL', KEYS[1])
        return 0",
    )
});

#[derive(Clone)]
pub struct Redis {
    state: Arc<State>,
}

struct State {
    /// Prefix of every name: several installations can share a Redis.
    prefix: String,
    info: ConnectionInfo,
    password_file: Option<PathBuf>,
    manager: Mutex<ConnectionManager>,
    started: Instant,
    failed: AtomicBool,
    /// Milliseconds after `started` until which no command is sent.
    paused_until: AtomicU64,
}

impl Redis {
    /// Does not need Redis to be available yet. The password file, if any, is read for each new connection.
    pub fn connect(url: &SecretString, password_file: Option<PathBuf>) -> anyhow::Result<Self> {
        let client = redis::Client::open(url.expose_secret()).map_err(|_| anyhow::anyhow!("REDIS_URL is not valid"))?;
        let info = client.get_connection_info().clone();
        let manager = Mutex::new(manager_of(client)?);
        let (failed, paused_until) = (AtomicBool::new(false), AtomicU64::new(0));
        let prefix = DEFAULT_REDIS_PREFIX.to_owned();
        let state = State { prefix, info, password_file, manager, started: Instant::now(), failed, paused_until };
        Ok(Self { state: Arc::new(state) })
    }

    /// Sets another prefix than the default. Call before use.
    pub fn with_prefix(mut self, prefix: &str) -> Self {
        if let Some(state) = Arc::get_mut(&mut self.state) {
            prefix.clone_into(&mut state.prefix);
        }
        self
    }

    /// The name of a key or channel in Redis.
    pub fn name(&self, name: &str) -> String {
        format!("{}:{name}", self.state.prefix)
    }

    /// Connection data for a separate connection, with the current password.
    pub fn client(&self) -> redis::RedisResult<redis::Client> {
        self.state.client()
    }

    pub fn is_healthy(&self) -> bool {
        !self.state.failed.load(Ordering::Relaxed)
    }

    pub async fn ping(&self) -> bool {
        self.state.paused_until.store(0, Ordering::Relaxed);
        self.run::<String>(&redis::cmd("PING")).await.is_some()
    }

    /// Whether Redis has published it to all subscribers of the channel.
    pub async fn publish(&self, channel: &str, message: &str) -> bool {
        self.run::<u64>(redis::cmd("PUBLISH").arg(self.name(channel)).arg(message)).await.is_some()
    }

    /// Increments the counter `key` and returns it; the key expires after `window`.
    pub async fn count(&self, key: &str, window: Duration) -> Option<u32> {
        let mut manager = self.state.manager();
        self.answer(COUNT.key(self.name(key)).arg(window.as_secs().max(1)).invoke_async(&mut manager)).await
    }

    /// Adds to a sum that expires, and returns it.
    pub async fn add(&self, key: &str, amount: u64, kept: Duration) -> Option<u64> {
        let mut manager = self.state.manager();
        self.answer(ADD.key(self.name(key)).arg(amount).arg(kept.as_secs().max(1)).invoke_async(&mut manager)).await
    }

    /// Reverts one [`Self::count`].
    pub async fn take_back(&self, key: &str) -> Option<()> {
        let mut manager = self.state.manager();
        self.answer(TAKE_BACK.key(self.name(key)).invoke_async(&mut manager)).await
    }

    /// Milliseconds left to wait: `wait` if nobody has started to, none once it is over, counted once for all.
    pub async fn pace(&self, key: &str, wait: Duration, kept: Duration) -> Option<u64> {
        let [wait, kept] = [wait, kept].map(|time| u64::try_from(time.as_millis()).unwrap_or(u64::MAX));
        let mut manager = self.state.manager();
        self.answer(PACE.key(self.name(key)).arg(wait).arg(kept).invoke_async(&mut manager)).await
    }

    async fn run<T: FromRedisValue>(&self, command: &Cmd) -> Option<T> {
        let mut manager = self.state.manager();
        self.answer(command.query_async(&mut manager)).await
    }

    /// `None` if Redis is down or refuses. Transitions are logged once.
    async fn answer<T>(&self, asked: impl Future<Output = RedisResult<T>>) -> Option<T> {
        let now = u64::try_from(self.state.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        if now < self.state.paused_until.load(Ordering::Relaxed) {
            return None;
        }
        let failure = match tokio::time::timeout(RESPONSE_TIMEOUT * 2, asked).await {
            Ok(Ok(value)) => {
                if self.state.failed.swap(false, Ordering::Relaxed) {
                    tracing::info!("redis is available again");
                }
                return Some(value);
            }
            Ok(Err(error)) => error.to_string(),
            Err(_) => "no answer in time".to_owned(),
        };
        let pause = u64::try_from(PAUSE_AFTER_FAILURE.as_millis()).unwrap_or(0);
        self.state.paused_until.store(now + pause, Ordering::Relaxed);
        self.state.dial_anew();
        metrics::counter!("todo_redis_failures_total").increment(1);
        if !self.state.failed.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                error = failure,
                "redis is unavailable: continuing without cache and fan-out, polling for events"
            );
        }
        None
    }
}

/// Connects on first use.
fn manager_of(client: redis::Client) -> redis::RedisResult<ConnectionManager> {
    let config = ConnectionManagerConfig::new()
        .set_connection_timeout(Some(RESPONSE_TIMEOUT))
        .set_response_timeout(Some(RESPONSE_TIMEOUT))
        .set_number_of_retries(1)
        .set_max_delay(Duration::from_millis(100));
    ConnectionManager::new_lazy_with_config(client, config)
}

impl State {
    fn manager(&self) -> ConnectionManager {
        self.manager.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn client(&self) -> redis::RedisResult<redis::Client> {
        let password = self.password_file.as_ref().and_then(|file| std::fs::read_to_string(file).ok());
        let info = match password {
            Some(password) => {
                let settings = self.info.redis_settings().clone().set_password(password.trim());
                self.info.clone().set_redis_settings(settings)
            }
            None => self.info.clone(),
        };
        redis::Client::open(info)
    }

    /// The manager reconnects only after a lost connection, not after a refused password.
    fn dial_anew(&self) {
        if let Ok(manager) = self.client().and_then(manager_of) {
            *self.manager.lock().unwrap_or_else(PoisonError::into_inner) = manager;
        }
    }
}
