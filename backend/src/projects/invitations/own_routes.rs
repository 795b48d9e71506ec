//! Invitations to my address, which I answer in the app.

use axum::{Json, extract::State, http::StatusCode};
use serde::Deserialize;
use serde_json::json;

use super::{
    accept_routes::become_member,
    blocks,
    model::{Accepted, Answer, Blocked, OwnInvitation},
    routes::record_end,
    store,
};
use crate::{
    auth::Caller,
    error::{ApiError, ApiResult, FieldProblem, Resource},
    events::{Change, EventKind, Topic},
    http::{
        extract::{Json as Input, Path, ShortJson},
        page::Page,
    },
    id::{InvitationId, ProjectId, UserId},
    projects::Parts,
    users::address,
};

const NOT_FOUND: ApiError = ApiError::NotFound(Resource::Invitation);

#[derive(Deserialize)]
pub struct OwnPath {
    invitation_id: InvitationId,
}

#[derive(Deserialize)]
pub struct BlockedPath {
    user_id: UserId,
}

/// Invitations to my address
///
/// The newest 100 that can be accepted now, without those from people I have blocked. With mail on there are none until the address is
/// confirmed.
#[utoipa::path(get, path = "/users/me/invitations", tag = "users", responses((status = 200, body = Page<OwnInvitation>)))]
pub async fn list_own(State(state): State<Parts>, caller: Caller) -> ApiResult<Json<Page<OwnInvitation>>> {
    let email = address::find_of(&state.db, caller.user_id, state.config.mail.is_some()).await?;
    let items = match email {
        Some(email) => store::list_own(&state.db, caller.user_id, &email).await?,
        None => Vec::new(),
    };
    Ok(Json(Page::whole(items)))
}

/// Accept an invitation to my address and become a member
#[utoipa::path(post, path = "/users/me/invitations/{invitation_id}/accept", tag = "users",
    params(("invitation_id" = Uuid, Path)), responses((status = 200, body = Accepted)))]
pub async fn accept_own(
    State(state): State<Parts>,
    caller: Caller,
    Path(OwnPath { invitation_id }): Path<OwnPath>,
) -> ApiResult<Json<Accepted>> {
    let user_id = caller.user_id;
    let project_id = find_own(&state, user_id, invitation_id).await?.project_id;
    let mut change = Change::begin(&state.db, user_id).await?;
    let invitation = lock_own(&state, &mut change, user_id, project_id, invitation_id).await?;
    become_member(&mut change, invitation_id, &invitation, user_id).await?;
    change.record(Topic::User(user_id), EventKind::InvitationsChanged, &json!({})).await?;
    change.commit(&state.bus).await?;
    Ok(Json(Accepted { project_id }))
}

/// Decline an invitation to my address
///
/// It ends and disappears for the inviter. With `block` I no longer receive that person's invitations; they are not told.
#[utoipa::path(post, path = "/users/me/invitations/{invitation_id}/decline", tag = "users",
    params(("invitation_id" = Uuid, Path)), request_body = Answer, responses((status = 204, description = "Declined")))]
pub async fn decline(
    State(state): State<Parts>,
    caller: Caller,
    Path(OwnPath { invitation_id }): Path<OwnPath>,
    Input(answer): ShortJson<Answer>,
) -> ApiResult<StatusCode> {
    let user_id = caller.user_id;
    let project_id = find_own(&state, user_id, invitation_id).await?.project_id;
    // Members need not learn which account has the address.
    let mut change = Change::begin(&state.db, None).await?;
    let invitation = lock_own(&state, &mut change, user_id, project_id, invitation_id).await?;
    store::delete(change.connection(), project_id, invitation_id).await?;
    record_end(&mut change, project_id, invitation_id).await?;
    if answer.block && !blocks::insert(change.connection(), user_id, invitation.inviter_id).await? {
        return Err(ApiError::field("block", FieldProblem::TooManyBlocked));
    }
    change.record(Topic::User(user_id), EventKind::InvitationsChanged, &json!({})).await?;
    change.commit(&state.bus).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// People I have blocked from inviting me
#[utoipa::path(get, path = "/users/me/blocked", tag = "users", responses((status = 200, body = Page<Blocked>)))]
pub async fn list_blocked(State(state): State<Parts>, caller: Caller) -> ApiResult<Json<Page<Blocked>>> {
    Ok(Json(Page::whole(blocks::list(&state.db, caller.user_id).await?)))
}

/// Unblock somebody
///
/// Their invitations that are still open appear again.
#[utoipa::path(delete, path = "/users/me/blocked/{user_id}", tag = "users", params(("user_id" = Uuid, Path)),
    responses((status = 204, description = "No longer blocked")))]
pub async fn unblock(
    State(state): State<Parts>,
    caller: Caller,
    Path(BlockedPath { user_id }): Path<BlockedPath>,
) -> ApiResult<StatusCode> {
    let mut change = Change::begin(&state.db, caller.user_id).await?;
    change.lock_users(&[caller.user_id]).await?;
    if !blocks::delete(change.connection(), caller.user_id, user_id).await? {
        return Err(ApiError::NotFound(Resource::BlockedPerson));
    }
    change.record(Topic::User(caller.user_id), EventKind::InvitationsChanged, &json!({})).await?;
    change.commit(&state.bus).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Before locking anything.
async fn find_own(state: &Parts, user_id: UserId, id: InvitationId) -> ApiResult<store::Valid> {
    let email = address::find_of(&state.db, user_id, state.config.mail.is_some()).await?.ok_or(NOT_FOUND)?;
    let invitation = store::find_valid(&state.db, id).await?.filter(|found| found.is_to(&email)).ok_or(NOT_FOUND)?;
    if blocks::contains(&state.db, user_id, invitation.inviter_id).await? {
        return Err(NOT_FOUND);
    }
    Ok(invitation)
}

/// Under the lock, so that nobody else can answer it or change the caller's address.
async fn lock_own(
    state: &Parts,
    change: &mut Change,
    user_id: UserId,
    project_id: ProjectId,
    id: InvitationId,
) -> ApiResult<store::Valid> {
    change.lock_projects(&[project_id]).await?;
    // The inviter too, who may be requesting the deletion of their account.
    let inviter_id = store::find_valid(change.connection(), id).await?.ok_or(NOT_FOUND)?.inviter_id;
    change.lock_users(&[user_id, inviter_id]).await?;
    let email = address::find_of(change.connection(), user_id, state.config.mail.is_some()).await?.ok_or(NOT_FOUND)?;
    let found = store::find_valid(change.connection(), id).await?.ok_or(NOT_FOUND)?;
    if found.project_id == project_id && found.is_to(&email) { Ok(found) } else { Err(NOT_FOUND) }
}
