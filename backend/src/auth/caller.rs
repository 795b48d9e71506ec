//! Who makes a request: the extractor that every protected handler has in its signature.

use std::time::{Duration, Instant};

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, Method, header, request::Parts},
};
use axum_extra::{
    TypedHeader,
    headers::{Authorization, HeaderMapExt, authorization::Bearer},
};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use uuid::Uuid;

use crate::{
    error::{ApiError, Forbidden, Unauthenticated},
    http::{extract::SHORT_BODY, request_context},
    state::AppState,
};

/// After a wait as long as this it is asked again whether the session still lives.
const LONG_WAIT: Duration = Duration::from_millis(50);

/// A signed-in user, in a session that lives.
#[derive(Debug, Clone)]
pub struct Caller {
    pub user_id: Uuid,
    pub session_id: Uuid,
    pub time_zone: Tz,
    pub is_admin: bool,
    pub token_expires_at: DateTime<Utc>,
}

impl FromRequestParts<AppState> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        if !parts.headers.contains_key(header::AUTHORIZATION) {
            return Err(ApiError::Unauthenticated(Unauthenticated::AccessTokenMissing));
        }
        let TypedHeader(Authorization(bearer)) = TypedHeader::<Authorization<Bearer>>::from_request_parts(parts, state)
            .await
            .map_err(|_| ApiError::Unauthenticated(Unauthenticated::AccessTokenMalformed))?;
        let caller = authenticate(state, bearer.token()).await?;
        request_context::set_user(caller.user_id);
        let asked_at = Instant::now();
        request_context::hold_slot(|| state.slots.take(caller.user_id)).await?;
        request_context::hold_turn(|| {
            state.limiter.check_locally("requests", &caller.user_id, state.config.limits.requests_per_user)
        })
        .await?;
        if asked_at.elapsed() < LONG_WAIT { Ok(caller) } else { authenticate(state, bearer.token()).await }
    }
}

/// A caller who looks after the whole installation.
#[derive(Debug, Clone)]
pub struct Administrator(pub Caller);

impl FromRequestParts<AppState> for Administrator {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let caller = Caller::from_request_parts(parts, state).await?;
        if caller.is_admin { Ok(Self(caller)) } else { Err(ApiError::Forbidden(Forbidden::AdministratorsOnly)) }
    }
}

/// How much is read of a request's body before it is known who sends it: without an access token nobody has anything long to send, and with one the
/// request has a slot of its user.
pub async fn admit_body(state: &AppState, method: &Method, headers: &HeaderMap) -> Result<usize, ApiError> {
    let most = state.config.limits.max_body_bytes;
    let bearer = headers.typed_get::<Authorization<Bearer>>();
    match bearer.map(|Authorization(bearer)| state.tokens.read(bearer.token())) {
        Some(Ok(token)) => {
            if !method.is_safe() {
                request_context::hold_slot(|| state.slots.take(token.user_id)).await?;
            }
            Ok(most)
        }
        _ => Ok(most.min(SHORT_BODY)),
    }
}

/// Checks an access token and that its session still lives.
pub async fn authenticate(state: &AppState, token: &str) -> Result<Caller, ApiError> {
    let token = state.tokens.read(token)?;
    let session = state.sessions.find(&state.reads, &token).await?;
    Ok(Caller {
        user_id: token.user_id,
        session_id: token.session_id,
        time_zone: session.time_zone,
        is_admin: session.is_admin,
        token_expires_at: token.expires_at,
    })
}
