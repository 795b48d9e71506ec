//! Who makes a request: the extractor in the signature of every protected handler.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    extract::{FromRef, FromRequestParts},
    http::{HeaderMap, Method, header, request::Parts},
};
use axum_extra::{
    TypedHeader,
    headers::{Authorization, HeaderMapExt, authorization::Bearer},
};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::{session_memory::SessionMemory, token::TokenKeys};
use crate::{
    config::{Config, Rate},
    db::Reader,
    error::{ApiError, Forbidden, Unauthenticated},
    events::Revisions,
    http::{
        extract::SHORT_BODY,
        middleware::Admission,
        request_context,
        user_slots::{UserSlots, Work},
    },
    id::{SessionId, UserId},
    rate_limit::RateLimiter,
};

/// After waiting this long, the session is checked again.
const LONG_WAIT: Duration = Duration::from_millis(50);

/// A signed-in user with an active session.
#[derive(Debug, Clone)]
pub struct Caller {
    pub user_id: UserId,
    pub session_id: SessionId,
    pub time_zone: Tz,
    pub is_admin: bool,
    pub token_expires_at: DateTime<Utc>,
}

/// Identifies users by their access token and limits their concurrent requests. Cheap to clone.
#[derive(Clone)]
pub struct Authenticator(Arc<Inner>);

struct Inner {
    tokens: Arc<TokenKeys>,
    sessions: SessionMemory,
    reads: Reader,
    slots: UserSlots,
    limiter: RateLimiter,
    requests_per_user: Rate,
    max_body_bytes: usize,
}

impl<S> FromRequestParts<S> for Caller
where
    S: Send + Sync,
    Authenticator: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        if !parts.headers.contains_key(header::AUTHORIZATION) {
            return Err(ApiError::Unauthenticated(Unauthenticated::AccessTokenMissing));
        }
        let TypedHeader(Authorization(bearer)) = TypedHeader::<Authorization<Bearer>>::from_request_parts(parts, state)
            .await
            .map_err(|_| ApiError::Unauthenticated(Unauthenticated::AccessTokenMalformed))?;
        let authenticator = Authenticator::from_ref(state);
        let Inner { slots, limiter, requests_per_user, .. } = &*authenticator.0;
        let caller = authenticator.authenticate(bearer.token()).await?;
        request_context::set_user(caller.user_id);
        let asked_at = Instant::now();
        request_context::hold_slot(|| slots.take(caller.user_id)).await?;
        let may_begin = || limiter.check_locally("requests", &caller.user_id, *requests_per_user);
        request_context::hold_turn(Work::from(&parts.method), may_begin).await?;
        if asked_at.elapsed() < LONG_WAIT { Ok(caller) } else { authenticator.authenticate(bearer.token()).await }
    }
}

/// A caller who is an administrator.
#[derive(Debug, Clone)]
pub struct Administrator(pub Caller);

impl<S> FromRequestParts<S> for Administrator
where
    S: Send + Sync,
    Authenticator: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let caller = Caller::from_request_parts(parts, state).await?;
        if caller.is_admin { Ok(Self(caller)) } else { Err(ApiError::Forbidden(Forbidden::AdministratorsOnly)) }
    }
}

impl Authenticator {
    pub fn new(
        config: &Config,
        tokens: Arc<TokenKeys>,
        revisions: Revisions,
        reads: Reader,
        slots: UserSlots,
        limiter: RateLimiter,
    ) -> Self {
        Self(Arc::new(Inner {
            tokens,
            sessions: SessionMemory::new(revisions),
            reads,
            slots,
            limiter,
            requests_per_user: config.limits.requests_per_user,
            max_body_bytes: config.limits.max_body_bytes,
        }))
    }

    /// Checks an access token and that its session is still active.
    pub async fn authenticate(&self, token: &str) -> Result<Caller, ApiError> {
        let token = self.0.tokens.read(token)?;
        let session = self.0.sessions.find(&self.0.reads, &token).await?;
        Ok(Caller {
            user_id: token.user_id,
            session_id: token.session_id,
            time_zone: session.time_zone,
            is_admin: session.is_admin,
            token_expires_at: token.expires_at,
        })
    }
}

impl Admission for Authenticator {
    /// How much of a request's body is read before the sender is known: without an access token nobody has anything long to send, and with
    /// one the request holds one of its user's slots.
    async fn admit(&self, method: &Method, headers: &HeaderMap) -> Result<usize, ApiError> {
        let most = self.0.max_body_bytes;
        // Nothing is read of it, and the handler asks who sends it.
        if method.is_safe() {
            return Ok(most);
        }
        let bearer = headers.typed_get::<Authorization<Bearer>>();
        match bearer.map(|Authorization(bearer)| self.0.tokens.read(bearer.token())) {
            Some(Ok(token)) => {
                request_context::hold_slot(|| self.0.slots.take(token.user_id)).await?;
                Ok(most)
            }
            _ => Ok(most.min(SHORT_BODY)),
        }
    }
}
