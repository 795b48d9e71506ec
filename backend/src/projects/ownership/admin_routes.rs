//! Transfers by an administrator, if the owner cannot do it or their account is to be deleted.

use axum::{extract::State, http::StatusCode};

use super::{log_new_owner, model::NewOwner, tell, transfer_ownership};
use crate::{
    auth::Administrator,
    error::ApiResult,
    events::Change,
    http::extract::{Json as Input, Path, ShortJson},
    id::{ProjectId, UserId},
    notifications::OwnershipStep,
    projects::Parts,
};

/// Make a member the owner of a project immediately
///
/// The previous owner stays as an editor. Both are notified.
#[utoipa::path(post, path = "/admin/projects/{id}/transfer", tag = "administration", params(("id" = Uuid, Path)),
    request_body = NewOwner, responses((status = 204, description = "The member is the owner")))]
pub async fn transfer(
    State(state): State<Parts>,
    Administrator(caller): Administrator,
    Path(project_id): Path<ProjectId>,
    Input(input): ShortJson<NewOwner>,
) -> ApiResult<StatusCode> {
    hand_over(&state, Some(caller.user_id), project_id, input.user_id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// An administrator's action, from the app or a command (`None`).
pub async fn hand_over(
    state: &Parts,
    administrator: Option<UserId>,
    project_id: ProjectId,
    to: UserId,
) -> ApiResult<()> {
    let mut change = Change::begin(&state.db, administrator).await?;
    let from = transfer_ownership(&mut change, project_id, to).await?;
    if let Some(from) = from {
        tell(&mut change, to, administrator, project_id, OwnershipStep::Received).await?;
        tell(&mut change, from, administrator, project_id, OwnershipStep::HandedOver).await?;
    }
    change.commit(&state.bus).await?;
    if let Some(from) = from {
        log_new_owner(project_id, from, to);
    }
    Ok(())
}
