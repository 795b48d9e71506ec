//! Caches active sessions, so that a request need not query PostgreSQL. Every change of a session or its user is an event of the user's
//! feed, so cached data is valid while that revision of the feed is current.

use std::time::Duration;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use moka::sync::Cache as MokaCache;
use sqlx::PgExecutor;

use super::{
    store::{self, FoundSession},
    token::AccessToken,
};
use crate::{
    cache::{CacheMetrics, LocalCache},
    error::ApiError,
    events::{Revisions, SubscriptionEpoch},
    id::{SessionId, UserId},
};

const TIME_TO_LIVE: Duration = Duration::from_secs(60);
const MAX_SESSIONS: u64 = 20_000;

/// What is known about an active session and its user.
#[derive(Debug, Clone, Copy)]
pub struct LiveSession {
    pub user_id: UserId,
    pub time_zone: Tz,
    pub is_admin: bool,
    pub expires_at: DateTime<Utc>,
    /// The revision of the user's feed.
    pub revision: i64,
}

pub struct SessionMemory {
    revisions: Revisions,
    sessions: LocalCache<SessionId, LiveSession>,
    reads: CacheMetrics,
}

impl SessionMemory {
    pub fn new(revisions: Revisions) -> Self {
        let sessions = MokaCache::builder().max_capacity(MAX_SESSIONS).time_to_live(TIME_TO_LIVE);
        Self {
            revisions,
            sessions: sessions.build_with_hasher(Default::default()),
            reads: CacheMetrics::new("session"),
        }
    }

    /// The session of a token; [`ApiError::SessionEnded`] if it is not active, [`ApiError::AccountDisabled`] if the account is disabled.
    pub async fn find(&self, db: impl PgExecutor<'_>, token: &AccessToken) -> Result<LiveSession, ApiError> {
        let epoch = self.revisions.epoch();
        let remembered = self.remembered(token);
        self.reads.count(remembered.is_some());
        match remembered {
            Some(session) => Ok(session),
            // Boxed, so that the common case stays small.
            None => Box::pin(self.read(db, token, epoch)).await,
        }
    }

    fn remembered(&self, token: &AccessToken) -> Option<LiveSession> {
        let session = self.sessions.get(&token.session_id)?;
        let holds = session.user_id == token.user_id
            && session.expires_at > Utc::now()
            && self.revisions.current(session.user_id.into()) == Some(session.revision);
        holds.then_some(session)
    }

    async fn read(
        &self,
        db: impl PgExecutor<'_>,
        token: &AccessToken,
        epoch: SubscriptionEpoch,
    ) -> Result<LiveSession, ApiError> {
        let found = store::find_session(db, token.session_id).await?;
        let found = found.filter(|found| found.session.user_id == token.user_id).ok_or(ApiError::SessionEnded)?;
        let FoundSession { session, is_live, account_disabled } = found;
        if account_disabled {
            return Err(ApiError::AccountDisabled);
        }
        if !is_live {
            return Err(ApiError::SessionEnded);
        }
        self.revisions.remember(epoch, session.user_id.into(), session.revision);
        self.sessions.insert(token.session_id, session);
        Ok(session)
    }
}
