//! My sessions: list and end them.

use axum::{Json, extract::State, http::StatusCode};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Caller, store};
use crate::{
    auth::{Parts, finish_ending},
    error::{ApiError, ApiResult, Resource},
    events::Change,
    http::{extract::Path, page::Page},
    id::SessionId,
};

/// A device where I am signed in.
#[derive(Serialize, ToSchema)]
pub struct Session {
    id: SessionId,
    /// The user agent of the browser or client.
    user_agent: String,
    #[schema(example = "203.0.113.7")]
    ip_address: String,
    created_at: DateTime<Utc>,
    last_used_at: DateTime<Utc>,
    /// When it expires unless it is used before.
    expires_at: DateTime<Utc>,
    /// When it ends at the latest, even when in use.
    ends_at: DateTime<Utc>,
    /// Whether it is the current session.
    current: bool,
}

/// Number of ended sessions.
#[derive(Serialize, ToSchema)]
pub struct Ended {
    pub ended: usize,
}

/// My sessions
#[utoipa::path(get, path = "/auth/sessions", tag = "auth", responses((status = 200, body = Page<Session>)))]
pub async fn list(State(state): State<Parts>, caller: Caller) -> ApiResult<Json<Page<Session>>> {
    let rows = store::list_live_sessions(&state.db, caller.user_id).await?;
    let max = state.config.auth.session_max;
    let sessions = rows
        .into_iter()
        .map(|row| Session {
            current: row.id == caller.session_id,
            id: row.id,
            user_agent: row.user_agent,
            ip_address: row.ip_address,
            created_at: row.created_at,
            last_used_at: row.last_used_at,
            expires_at: row.expires_at.min(row.created_at + max),
            ends_at: row.created_at + max,
        })
        .collect();
    Ok(Json(Page::whole(sessions)))
}

/// End one session
#[utoipa::path(delete, path = "/auth/sessions/{id}", tag = "auth", params(("id" = Uuid, Path)), responses((status = 204, description = "Ended")))]
pub async fn end(State(state): State<Parts>, caller: Caller, Path(id): Path<SessionId>) -> ApiResult<StatusCode> {
    let mut change = Change::begin(&state.db, caller.user_id).await?;
    change.lock_users(&[caller.user_id]).await?;
    if !store::end_session(change.connection(), caller.user_id, id, "ended_by_user").await? {
        return Err(ApiError::NotFound(Resource::Session));
    }
    finish_ending(&state.bus, change, caller.user_id, &[id]).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// End all sessions but this one
#[utoipa::path(post, path = "/auth/sessions/end-others", tag = "auth", responses((status = 200, body = Ended)))]
pub async fn end_others(State(state): State<Parts>, caller: Caller) -> ApiResult<Json<Ended>> {
    let mut change = Change::begin(&state.db, caller.user_id).await?;
    change.lock_users(&[caller.user_id]).await?;
    let ended =
        store::end_other_sessions(change.connection(), caller.user_id, Some(caller.session_id), "ended_by_user")
            .await?;
    finish_ending(&state.bus, change, caller.user_id, &ended).await?;
    Ok(Json(Ended { ended: ended.len() }))
}
