//! Remembers which sessions live, so that a request need not ask PostgreSQL. Whatever changes a session or its user is an
//! event of the user's feed; so what was read with one revision of the feed holds until that is no longer the current one.

use std::time::Duration;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use moka::sync::Cache as MokaCache;
use sqlx::PgExecutor;
use uuid::Uuid;

use super::{store, token::Identity};
use crate::{cache::ReadCounter, error::ApiError, realtime::Revisions};

const MAX_SESSIONS: u64 = 20_000;
const TIME_TO_LIVE: Duration = Duration::from_secs(60);

/// What is known of a live session and its user.
#[derive(Debug, Clone, Copy)]
pub struct LiveSession {
    pub user_id: Uuid,
    pub time_zone: Tz,
    pub is_admin: bool,
    pub expires_at: DateTime<Utc>,
    /// Of the user's feed.
    pub revision: i64,
}

pub struct SessionMemory {
    sessions: MokaCache<Uuid, LiveSession>,
    revisions: Revisions,
    reads: ReadCounter,
}

impl SessionMemory {
    pub fn new(revisions: Revisions) -> Self {
        let sessions = MokaCache::builder().max_capacity(MAX_SESSIONS).time_to_live(TIME_TO_LIVE).build();
        Self { sessions, revisions, reads: ReadCounter::new("session") }
    }

    /// The session that a token names; [`ApiError::SessionEnded`] when it does not live.
    pub async fn find(&self, db: impl PgExecutor<'_>, identity: &Identity) -> Result<LiveSession, ApiError> {
        let hearing = self.revisions.hearing();
        let current = self.revisions.current(identity.user_id);
        let remembered = current.and_then(|_| self.sessions.get(&identity.session_id)).filter(|session| {
            Some(session.revision) == current && session.user_id == identity.user_id && session.expires_at > Utc::now()
        });
        self.reads.count(remembered.is_some());
        if let Some(session) = remembered {
            return Ok(session);
        }
        let session = store::find_live_session(db, identity.session_id).await?;
        let session = session.filter(|session| session.user_id == identity.user_id).ok_or(ApiError::SessionEnded)?;
        self.revisions.remember(hearing, session.user_id, session.revision);
        self.sessions.insert(identity.session_id, session);
        Ok(session)
    }
}
