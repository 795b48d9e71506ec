//! Offering a project, and the member's answer.

use axum::{Json, extract::State, http::StatusCode};

use super::{
    end_offer_to, log_new_owner, model::NewOwner, record_shared, refuse_inbox, require_candidate, require_member,
    store, tell, transfer_ownership,
};
use crate::{
    error::{ApiError, ApiResult, FieldProblem, Resource},
    events::Change,
    http::extract::{Json as Input, ShortJson},
    notifications::OwnershipStep,
    projects::{
        Parts,
        access::{Owner, ProjectAccess, Viewer},
        model::{Project, Role},
        routes::find_own,
    },
};

/// Offer a project to a member, who becomes its owner by accepting
///
/// One offer at a time: a new one replaces it. It ends when answered or withdrawn, when the member leaves, and when the project is moved to
/// the trash.
#[utoipa::path(post, path = "/projects/{id}/transfer", tag = "projects", params(("id" = Uuid, Path)), request_body = NewOwner,
    responses((status = 200, body = Project)))]
pub async fn offer(
    State(state): State<Parts>,
    access: ProjectAccess<Owner>,
    Input(input): ShortJson<NewOwner>,
) -> ApiResult<Json<Project>> {
    refuse_inbox(access.is_inbox)?;
    let (owner_id, project_id, to) = (access.caller.user_id, access.project_id, input.user_id);
    if to == owner_id {
        return Err(ApiError::field("user_id", FieldProblem::AlreadyOwner));
    }
    state.limiter.check("transfer", &owner_id.to_string(), state.config.limits.invite_per_user).await?;
    let mut change = Change::begin(&state.db, owner_id).await?;
    access.lock(&mut change).await?;
    // Checked before locking, so that non-members cannot block it.
    require_member(&mut change, project_id, to).await?;
    change.lock_users(&[to]).await?;
    require_candidate(&mut change, project_id, to).await?;
    let current = store::find(change.connection(), project_id).await?.ok_or(ApiError::NotFound(Resource::Project))?;
    if current.transfer_to != Some(to) {
        store::set_offer(change.connection(), project_id, to).await?;
        record_shared(&mut change, owner_id, project_id).await?;
        tell(&mut change, to, Some(owner_id), project_id, OwnershipStep::Offered).await?;
    }
    let project = find_own(&mut change, owner_id, project_id).await?;
    change.commit(&state.bus).await?;
    Ok(Json(project))
}

/// Withdraw the offer of a project
#[utoipa::path(delete, path = "/projects/{id}/transfer", tag = "projects", params(("id" = Uuid, Path)),
    responses((status = 204, description = "Not offered any more")))]
pub async fn withdraw(State(state): State<Parts>, access: ProjectAccess<Owner>) -> ApiResult<StatusCode> {
    let mut change = Change::begin(&state.db, access.caller.user_id).await?;
    access.lock(&mut change).await?;
    if store::end_offer(change.connection(), access.project_id, None).await? {
        record_shared(&mut change, access.caller.user_id, access.project_id).await?;
        change.commit(&state.bus).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Become the owner of a project offered to me
///
/// The previous owner stays as an editor.
#[utoipa::path(post, path = "/projects/{id}/transfer/accept", tag = "projects", params(("id" = Uuid, Path)),
    responses((status = 200, body = Project)))]
pub async fn accept(State(state): State<Parts>, access: ProjectAccess<Viewer>) -> ApiResult<Json<Project>> {
    let (user_id, project_id) = (access.caller.user_id, access.project_id);
    let mut change = Change::begin(&state.db, user_id).await?;
    access.lock(&mut change).await?;
    let own = find_own(&mut change, user_id, project_id).await?;
    // A repeated request after a lost answer.
    if own.role == Role::Owner {
        return Ok(Json(own));
    }
    if own.transfer_to != Some(user_id) {
        return Err(not_offered());
    }
    let from = transfer_ownership(&mut change, project_id, user_id).await?;
    if let Some(from) = from {
        tell(&mut change, from, Some(user_id), project_id, OwnershipStep::Accepted).await?;
    }
    let project = find_own(&mut change, user_id, project_id).await?;
    change.commit(&state.bus).await?;
    if let Some(from) = from {
        log_new_owner(project_id, from, user_id);
    }
    Ok(Json(project))
}

/// Decline a project offered to me
#[utoipa::path(post, path = "/projects/{id}/transfer/decline", tag = "projects", params(("id" = Uuid, Path)),
    responses((status = 204, description = "Declined")))]
pub async fn decline(State(state): State<Parts>, access: ProjectAccess<Viewer>) -> ApiResult<StatusCode> {
    let (user_id, project_id) = (access.caller.user_id, access.project_id);
    let mut change = Change::begin(&state.db, user_id).await?;
    access.lock(&mut change).await?;
    let current = store::find(change.connection(), project_id).await?.ok_or(ApiError::NotFound(Resource::Project))?;
    if current.transfer_to != Some(user_id) {
        return Err(not_offered());
    }
    change.lock_users(&[current.owner_id]).await?;
    end_offer_to(&mut change, project_id, user_id).await?;
    store::decline_inheritance(change.connection(), project_id, user_id).await?;
    tell(&mut change, current.owner_id, Some(user_id), project_id, OwnershipStep::Declined).await?;
    change.commit(&state.bus).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn not_offered() -> ApiError {
    ApiError::NotFound(Resource::Offer)
}
