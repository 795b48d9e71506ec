//! Accepting.

use axum::{Json, extract::State};
use secrecy::ExposeSecret;
use serde_json::json;
use sqlx::PgPool;

use super::{
    model::{Acceptance, Accepted, InvitationPreview, InvitationQuery},
    routes::record_end,
    store::{self, Valid},
    token::{Token, Way},
};
use crate::{
    auth::Caller,
    error::{ApiError, ApiResult, FieldProblem, Resource},
    events::{Change, EventKind, Topic},
    http::extract::{Json as Input, Query, ShortJson},
    id::{InvitationId, UserId},
    projects::{Parts, member_routes::join, member_store},
    signer::Signer,
    users::{self, address},
};

/// The target of an invitation, for anybody with its link
#[utoipa::path(get, path = "/invitations/accept", tag = "projects", security(()), params(InvitationQuery),
    responses((status = 200, body = InvitationPreview), (status = 404, description = "Not valid, or not any more")))]
pub async fn preview(
    State(state): State<Parts>,
    Query(query): Query<InvitationQuery>,
) -> ApiResult<Json<InvitationPreview>> {
    const NOT_FOUND: ApiError = ApiError::NotFound(Resource::Invitation);
    let token = Token::parse(&query.token).ok_or(NOT_FOUND)?;
    let valid = store::find_valid(&state.db, token.id).await?.ok_or(NOT_FOUND)?;
    token.way(&state.signer, &valid.seal()).ok_or(NOT_FOUND)?;
    Ok(Json(InvitationPreview {
        project_name: valid.project_name,
        inviter_name: valid.inviter_name,
        email: valid.email,
        role: valid.role,
        expires_at: valid.expires_at,
    }))
}

/// Accept an invitation and become a member
///
/// Anybody with the link may accept, with any account. If the link came by mail to the caller's address, that address is confirmed too.
#[utoipa::path(post, path = "/invitations/accept", tag = "projects", request_body = Acceptance,
    responses((status = 200, body = Accepted)))]
pub async fn accept(
    State(state): State<Parts>,
    caller: Caller,
    Input(input): ShortJson<Acceptance>,
) -> ApiResult<Json<Accepted>> {
    let token = Token::parse(input.token.expose_secret()).ok_or_else(|| not_valid(FieldProblem::InvitationExpired))?;
    let id = token.id;
    let Some(found) = store::find_valid(&state.db, id).await? else {
        return used_up(&state, caller.user_id, &token).await;
    };
    token.way(&state.signer, &found.seal()).ok_or_else(|| not_valid(FieldProblem::InvitationExpired))?;
    let project_id = found.project_id;
    let user_id = caller.user_id;
    let owner = address::find_owner(&state.db, &found.email, state.config.mail.is_some()).await?;
    let owner = owner.filter(|owner| *owner != user_id);
    let mut change = Change::begin(&state.db, user_id).await?;
    change.lock_projects(&[project_id]).await?;
    let inviter = store::find_valid(change.connection(), id).await?.map(|valid| valid.inviter_id);
    // In one statement, so that two writes cannot deadlock; the inviter too, who may be requesting the deletion of their account.
    change.lock_users(&[Some(user_id), owner, inviter].into_iter().flatten().collect::<Vec<_>>()).await?;
    let Some(valid) = store::find_valid(change.connection(), id).await? else {
        drop(change);
        return used_up(&state, user_id, &token).await;
    };
    let way = token.way(&state.signer, &valid.seal()).ok_or_else(|| not_valid(FieldProblem::InvitationExpired))?;
    become_member(&mut change, id, &valid, user_id).await?;
    if way == Way::Mail {
        confirm_address(&mut change, user_id, &valid).await?;
    }
    for reader in [Some(user_id), owner].into_iter().flatten() {
        change.record(Topic::User(reader), EventKind::InvitationsChanged, &json!({})).await?;
    }
    change.commit(&state.bus).await?;
    Ok(Json(Accepted { project_id }))
}

/// Whether the token comes from the invitation's mail to this address: then whoever presents it owns the address.
pub async fn came_by_mail_to(db: &PgPool, signer: &Signer, token: &str, email: &str) -> ApiResult<bool> {
    let Some(token) = Token::parse(token) else { return Ok(false) };
    let Some(found) = store::find_valid(db, token.id).await? else { return Ok(false) };
    Ok(found.is_to(email) && token.way(signer, &found.seal()) == Some(Way::Mail))
}

/// Uses the invitation; the project's topic and the user's feed are locked.
pub(super) async fn become_member(
    change: &mut Change,
    id: InvitationId,
    invitation: &Valid,
    user_id: UserId,
) -> ApiResult<()> {
    let project_id = invitation.project_id;
    store::mark_accepted(change.connection(), id, user_id).await?;
    record_end(change, project_id, id).await?;
    if member_store::find(change.connection(), project_id, user_id).await?.is_none() {
        join(change, project_id, user_id, invitation.role).await?;
    }
    Ok(())
}

fn not_valid(problem: FieldProblem) -> ApiError {
    ApiError::field("token", problem)
}

/// Accepting it again with the same account gives the same answer.
async fn used_up(state: &Parts, user_id: UserId, token: &Token<'_>) -> ApiResult<Json<Accepted>> {
    let used = store::find_used(&state.db, token.id).await?;
    let used = used.filter(|used| token.way(&state.signer, &used.seal()).is_some());
    let used = used.ok_or_else(|| not_valid(FieldProblem::InvitationExpired))?;
    let by_caller = used.by == Some(user_id);
    if by_caller && member_store::find(&state.db, used.project_id, user_id).await?.is_some() {
        return Ok(Json(Accepted { project_id: used.project_id }));
    }
    Err(not_valid(if by_caller { FieldProblem::InvitationExpired } else { FieldProblem::InvitationUsed }))
}

/// The mail has arrived, so its address is theirs, if it is their account's.
async fn confirm_address(change: &mut Change, user_id: UserId, invitation: &Valid) -> anyhow::Result<()> {
    let profile = users::store::find(change.connection(), user_id).await?;
    if profile.is_some_and(|profile| profile.email_verified_at.is_none() && invitation.is_to(&profile.email)) {
        let profile = users::store::set_email_verified(change.connection(), user_id).await?;
        change.record(Topic::User(user_id), EventKind::UserUpdated, &profile).await?;
    }
    Ok(())
}
