//! Who makes a request: the extractor that every protected handler has in its signature.

use axum::{
    extract::FromRequestParts,
    http::{header, request::Parts},
};
use axum_extra::{
    TypedHeader,
    headers::{Authorization, authorization::Bearer},
};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use uuid::Uuid;

use crate::{error::ApiError, http::request_context, state::AppState};

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
            return Err(ApiError::Unauthenticated("Send an access token: Authorization: Bearer <token>."));
        }
        let TypedHeader(Authorization(bearer)) = TypedHeader::<Authorization<Bearer>>::from_request_parts(parts, state)
            .await
            .map_err(|_| ApiError::Unauthenticated("The Authorization header must be: Bearer <token>."))?;
        let caller = authenticate(state, bearer.token()).await?;
        request_context::set_user(caller.user_id);
        state.limiter.check_locally("requests", &caller.user_id, state.config.limits.requests_per_user)?;
        request_context::hold_slot(|| state.slots.take(caller.user_id)).await?;
        Ok(caller)
    }
}

/// A caller who looks after the whole installation.
#[derive(Debug, Clone)]
pub struct Administrator(pub Caller);

impl FromRequestParts<AppState> for Administrator {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let caller = Caller::from_request_parts(parts, state).await?;
        if caller.is_admin { Ok(Self(caller)) } else { Err(ApiError::Forbidden("This is for administrators.")) }
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
