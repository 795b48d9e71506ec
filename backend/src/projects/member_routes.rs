//! Project members.

use axum::{Json, extract::State, http::StatusCode};
use serde::Deserialize;
use serde_json::json;

use super::{
    access::{Owner, ProjectAccess, Viewer},
    member_store,
    model::{Member, MemberPatch, Project, Role},
    notices::{self, ProjectChange},
    ownership,
    routes::find_own,
};
use crate::{
    error::{ApiError, ApiResult, Forbidden, Resource},
    events::{Change, EventKind, Topic},
    http::{
        extract::{Json as Input, Path, ShortJson},
        page::Page,
    },
    id::{ProjectId, UserId},
    projects::Parts,
};

#[derive(Deserialize)]
pub struct MemberPath {
    user_id: UserId,
}

/// The members of a project
///
/// The owner sees all email addresses, others only their own.
#[utoipa::path(get, path = "/projects/{id}/members", tag = "projects", params(("id" = Uuid, Path)), responses((status = 200, body = Page<Member>)))]
pub async fn list(State(state): State<Parts>, access: ProjectAccess<Viewer>) -> ApiResult<Json<Page<Member>>> {
    Ok(Json(Page::whole(member_store::list(&state.db, access.project_id, access.caller.user_id).await?)))
}

/// Change a member's role
#[utoipa::path(patch, path = "/projects/{id}/members/{user_id}", tag = "projects", params(("id" = Uuid, Path), ("user_id" = Uuid, Path)),
    request_body = MemberPatch, responses((status = 200, body = Member)))]
pub async fn update(
    State(state): State<Parts>,
    access: ProjectAccess<Owner>,
    Path(MemberPath { user_id }): Path<MemberPath>,
    Input(input): ShortJson<MemberPatch>,
) -> ApiResult<Json<Member>> {
    let project_id = access.project_id;
    let mut change = Change::begin(&state.db, access.caller.user_id).await?;
    access.lock(&mut change).await?;
    find_member(&mut change, project_id, user_id).await?;
    change.lock_users(&[user_id]).await?;
    let before = find_member(&mut change, project_id, user_id).await?;
    if before.role == Role::Owner {
        return Err(ApiError::Forbidden(Forbidden::OwnerKeepsRole));
    }
    member_store::update_role(change.connection(), project_id, user_id, input.role.into()).await?;
    let member = find_member(&mut change, project_id, user_id).await?;
    change.record(Topic::Project(project_id), EventKind::MemberUpdated, &member.shared()).await?;
    let theirs = find_own(&mut change, user_id, project_id).await?;
    change.record(Topic::User(user_id), EventKind::ProjectChanged, &theirs).await?;
    if before.role != member.role {
        let what = (&theirs, member.role);
        notices::tell_member(&mut change, &access.caller, user_id, ProjectChange::RoleChanged, what).await?;
    }
    change.commit(&state.bus).await?;
    Ok(Json(member))
}

/// Remove a member, or leave
///
/// The owner can remove others; everyone else can only leave. Their tasks stay, unassigned.
#[utoipa::path(delete, path = "/projects/{id}/members/{user_id}", tag = "projects", params(("id" = Uuid, Path), ("user_id" = Uuid, Path)),
    responses((status = 204, description = "No longer a member")))]
pub async fn remove(
    State(state): State<Parts>,
    access: ProjectAccess<Viewer>,
    Path(MemberPath { user_id }): Path<MemberPath>,
) -> ApiResult<StatusCode> {
    let project_id = access.project_id;
    let mut change = Change::begin(&state.db, access.caller.user_id).await?;
    let role = access.lock(&mut change).await?;
    if role != Role::Owner && access.caller.user_id != user_id {
        return Err(ApiError::Forbidden(Forbidden::OwnerRemovesMembers));
    }
    // Checked before locking their feed, so that non-members cannot be blocked.
    find_member(&mut change, project_id, user_id).await?;
    change.lock_users(&[user_id]).await?;
    let member = find_member(&mut change, project_id, user_id).await?;
    if member.role == Role::Owner {
        return Err(ApiError::Forbidden(Forbidden::OwnerCannotLeave));
    }
    let theirs = leave(&mut change, project_id, user_id).await?;
    let what = (&theirs, member.role);
    notices::tell_member(&mut change, &access.caller, user_id, ProjectChange::MemberRemoved, what).await?;
    change.commit(&state.bus).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Removes a member other than the owner from an active project and records events on both locked topics. Returns the member's view of the
/// project.
pub async fn leave(change: &mut Change, project_id: ProjectId, user_id: UserId) -> ApiResult<Project> {
    ownership::end_offer_to(change, project_id, user_id).await?;
    let theirs = find_own(change, user_id, project_id).await?;
    member_store::remove(change.connection(), project_id, user_id).await?;
    change.record(Topic::Project(project_id), EventKind::MemberRemoved, &json!({ "user_id": user_id })).await?;
    change.record(Topic::User(user_id), EventKind::ProjectLeft, &json!({ "id": project_id })).await?;
    Ok(theirs)
}

/// Adds a member and records events on both locked topics.
pub(super) async fn join(change: &mut Change, project_id: ProjectId, user_id: UserId, role: Role) -> ApiResult<Member> {
    member_store::insert(change.connection(), project_id, user_id, role).await?;
    let member = find_member(change, project_id, user_id).await?;
    change.record(Topic::Project(project_id), EventKind::MemberAdded, &member.shared()).await?;
    let theirs = find_own(change, user_id, project_id).await?;
    change.record(Topic::User(user_id), EventKind::ProjectJoined, &theirs).await?;
    Ok(member)
}

async fn find_member(change: &mut Change, project_id: ProjectId, user_id: UserId) -> ApiResult<Member> {
    member_store::find(change.connection(), project_id, user_id).await?.ok_or(ApiError::NotFound(Resource::Member))
}
