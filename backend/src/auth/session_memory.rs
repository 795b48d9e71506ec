//! Remembers which sessions live, so that a request need not ask PostgreSQL. Whatever changes a session or its user is an
//! event of the user's feed; so what was read with one revision of the feed holds until that is no longer the current one.
//! It is kept beside the access token that names the session, which was looked up before.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use sqlx::PgExecutor;
use uuid::Uuid;

use super::{
    store::{self, FoundSession},
    token::AccessToken,
};
use crate::{
    cache::CacheMetrics,
    error::ApiError,
    events::{Checked, Revisions, SubscriptionEpoch},
};

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

/// The session of an access token, when it was read.
#[derive(Debug, Default)]
pub struct RememberedSession(Mutex<Option<Remembered>>);

#[derive(Debug)]
struct Remembered {
    session: LiveSession,
    read_at: Instant,
    checked: Checked,
}

pub struct SessionMemory {
    revisions: Revisions,
    reads: CacheMetrics,
}

impl SessionMemory {
    pub fn new(revisions: Revisions) -> Self {
        Self { revisions, reads: CacheMetrics::new("session") }
    }

    /// The session that a token names; [`ApiError::SessionEnded`] when it does not live, [`ApiError::AccountDisabled`] when
    /// nobody may use the account.
    pub async fn find(&self, db: impl PgExecutor<'_>, token: &AccessToken) -> Result<LiveSession, ApiError> {
        let epoch = self.revisions.epoch();
        let remembered = self.remembered(&token.session);
        self.reads.count(remembered.is_some());
        match remembered {
            Some(session) => Ok(session),
            // In a box, so that the usual case stays small.
            None => Box::pin(self.read(db, token, epoch)).await,
        }
    }

    fn remembered(&self, session: &RememberedSession) -> Option<LiveSession> {
        let mut remembered = session.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Remembered { session, read_at, checked } = remembered.as_mut()?;
        let holds = read_at.elapsed() < TIME_TO_LIVE
            && session.expires_at > Utc::now()
            && self.revisions.is_current(session.user_id, session.revision, checked);
        holds.then_some(*session)
    }

    async fn read(
        &self,
        db: impl PgExecutor<'_>,
        token: &AccessToken,
        epoch: SubscriptionEpoch,
    ) -> Result<LiveSession, ApiError> {
        let read_at = Instant::now();
        let found = store::find_session(db, token.session_id).await?;
        let found = found.filter(|found| found.session.user_id == token.user_id).ok_or(ApiError::SessionEnded)?;
        let FoundSession { session, is_live, account_disabled } = found;
        if account_disabled {
            return Err(ApiError::AccountDisabled);
        }
        if !is_live {
            return Err(ApiError::SessionEnded);
        }
        self.revisions.remember(epoch, session.user_id, session.revision);
        let remembered = Remembered { session, read_at, checked: Checked::default() };
        *token.session.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(remembered);
        Ok(session)
    }
}
