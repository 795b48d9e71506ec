//! Remembers in Redis which sessions live, so that a request need not ask PostgreSQL.
//!
//! Ending a session takes effect at once: the end is written over the cached entry before the request that ends it
//! answers. When that write fails, Redis is away and replicas ask PostgreSQL; the write is then tried again until it
//! succeeds, so a Redis that comes back with old entries does not bring the session back. Entries live for a minute at
//! most. Without Redis nothing is cached.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::cache::Redis;

const LIVE_FOR: Duration = Duration::from_secs(60);
const ENDED: &[u8] = b"ended";

/// What is known of a live session and its user.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LiveSession {
    pub user_id: Uuid,
    pub time_zone: String,
    pub is_admin: bool,
    pub expires_at: DateTime<Utc>,
}

pub enum Cached {
    Live(LiveSession),
    Ended,
    Unknown,
}

pub struct SessionCache {
    redis: Option<Redis>,
    /// How long an ended session must be remembered: until its last access token has expired.
    remember_end: Duration,
}

fn key(session_id: Uuid) -> String {
    format!("session:{session_id}")
}

impl SessionCache {
    pub fn new(redis: Option<Redis>, access_token_ttl: Duration) -> Self {
        Self { redis, remember_end: access_token_ttl.max(LIVE_FOR) + Duration::from_secs(60) }
    }

    pub async fn get(&self, session_id: Uuid) -> Cached {
        let Some(redis) = &self.redis else { return Cached::Unknown };
        let found = match redis.get(&key(session_id)).await.as_deref() {
            Some(ENDED) => Cached::Ended,
            Some(entry) => serde_json::from_slice(entry).map_or(Cached::Unknown, Cached::Live),
            None => Cached::Unknown,
        };
        let result = if matches!(found, Cached::Unknown) { "miss" } else { "hit" };
        metrics::counter!("todo_cache_reads_total", "cache" => "session", "result" => result).increment(1);
        found
    }

    /// Only where nothing is: the end of a session, written a moment ago, stays.
    pub async fn put(&self, session_id: Uuid, session: &LiveSession) {
        let Some(redis) = &self.redis else { return };
        if let Ok(entry) = serde_json::to_vec(session) {
            redis.set_if_absent(&key(session_id), &entry, LIVE_FOR).await;
        }
    }

    pub async fn end(&self, session_ids: &[Uuid]) {
        let Some(redis) = &self.redis else { return };
        for session_id in session_ids {
            if !redis.set(&key(*session_id), ENDED, self.remember_end).await {
                tokio::spawn(end_when_redis_is_back(redis.clone(), *session_id, self.remember_end));
            }
        }
    }

    /// The user of these sessions has changed: read them anew.
    pub async fn forget(&self, session_ids: &[Uuid]) {
        if let Some(redis) = &self.redis {
            redis.delete_unless(&session_ids.iter().map(|id| key(*id)).collect::<Vec<_>>(), ENDED).await;
        }
    }
}

async fn end_when_redis_is_back(redis: Redis, session_id: Uuid, remember_end: Duration) {
    let pause = Duration::from_millis(500);
    for _ in 0..remember_end.as_millis() / pause.as_millis() {
        tokio::time::sleep(pause).await;
        if redis.set(&key(session_id), ENDED, remember_end).await {
            return;
        }
    }
}
