//! Accepting.

use axum::{Json, extract::State};
use secrecy::ExposeSecret;
use uuid::Uuid;

use super::{
    model::{Acceptance, Accepted, InvitationPreview, InvitationQuery},
    routes::record_end,
    store,
    token::{Token, Way},
};
use crate::{
    auth::Caller,
    error::{ApiError, ApiResult},
    http::extract::{Json as Input, Query, ShortJson},
    projects::{member_routes::join, member_store},
    realtime::{Change, EventKind, Topic},
    state::AppState,
    users,
};

/// What an invitation is to, for whoever has its link
#[utoipa::path(get, path = "/invitations/accept", tag = "projects", security(()), params(InvitationQuery),
    responses((status = 200, body = InvitationPreview), (status = 404, description = "Not valid, or not any more")))]
pub async fn preview(
    State(state): State<AppState>,
    Query(query): Query<InvitationQuery>,
) -> ApiResult<Json<InvitationPreview>> {
    const NOT_FOUND: ApiError = ApiError::NotFound("invitation");
    let token = Token::parse(&query.token).ok_or(NOT_FOUND)?;
    let valid = store::find_valid(&state.db, token.id).await?.ok_or(NOT_FOUND)?;
    token.way(&state.signer, &valid.seal()).ok_or(NOT_FOUND)?;
    Ok(Json(InvitationPreview {
        project_name: valid.project_name,
        inviter_name: valid.inviter_name,
        email: valid.email,
        role: valid.role,
        has_account: valid.account_id.is_some(),
        expires_at: valid.expires_at,
    }))
}

/// Accept an invitation, and be a member
///
/// Whoever has the link may, with any account. When the link came by mail to the caller's address, that is confirmed
/// with it.
#[utoipa::path(post, path = "/invitations/accept", tag = "projects", request_body = Acceptance,
    responses((status = 200, body = Accepted)))]
pub async fn accept(
    State(state): State<AppState>,
    caller: Caller,
    Input(input): ShortJson<Acceptance>,
) -> ApiResult<Json<Accepted>> {
    let token = Token::parse(input.token.expose_secret()).ok_or_else(|| not_valid(NOT_VALID))?;
    let id = token.id;
    let Some(found) = store::find_valid(&state.db, id).await? else {
        return used_up(&state, caller.user_id, &token).await;
    };
    token.way(&state.signer, &found.seal()).ok_or_else(|| not_valid(NOT_VALID))?;
    let project_id = found.project_id;
    let user_id = caller.user_id;
    let mut change = Change::begin(&state.db, user_id).await?;
    change.lock(&[project_id]).await?;
    change.lock(&[user_id]).await?;
    let Some(valid) = store::find_valid(change.connection(), id).await? else {
        drop(change);
        return used_up(&state, user_id, &token).await;
    };
    let way = token.way(&state.signer, &valid.seal()).ok_or_else(|| not_valid(NOT_VALID))?;
    store::mark_accepted(change.connection(), id, user_id).await?;
    record_end(&mut change, project_id, id).await?;
    if member_store::find(change.connection(), project_id, user_id).await?.is_none() {
        join(&mut change, project_id, user_id, valid.role).await?;
    }
    if way == Way::Mail && valid.account_id == Some(user_id) {
        confirm_address(&mut change, user_id).await?;
    }
    change.commit(&state.bus).await?;
    Ok(Json(Accepted { project_id }))
}

const NOT_VALID: &str = "is not valid any more; ask for a new invitation";
const USED: &str = "was used already; sign in with the account that used it, or ask for a new invitation";

fn not_valid(message: &'static str) -> ApiError {
    ApiError::field("token", message)
}

/// Who has accepted it themselves gets the same answer again.
async fn used_up(state: &AppState, user_id: Uuid, token: &Token<'_>) -> ApiResult<Json<Accepted>> {
    let used = store::find_used(&state.db, token.id).await?;
    let used = used.filter(|used| token.way(&state.signer, &used.seal()).is_some());
    let used = used.ok_or_else(|| not_valid(NOT_VALID))?;
    let by_caller = used.by == Some(user_id);
    if by_caller && member_store::find(&state.db, used.project_id, user_id).await?.is_some() {
        return Ok(Json(Accepted { project_id: used.project_id }));
    }
    Err(not_valid(if by_caller { NOT_VALID } else { USED }))
}

/// The mail has arrived, so the address is theirs.
async fn confirm_address(change: &mut Change, user_id: Uuid) -> anyhow::Result<()> {
    let profile = users::store::find(change.connection(), user_id).await?;
    if profile.is_some_and(|profile| profile.email_verified_at.is_none()) {
        let profile = users::store::set_email_verified(change.connection(), user_id).await?;
        change.record(Topic::User(user_id), EventKind::UserUpdated, &profile).await?;
    }
    Ok(())
}
