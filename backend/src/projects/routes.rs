use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};

use super::{
    access::{self, Owner, ProjectAccess, Viewer},
    model::{NewProject, Project, ProjectFilter, ProjectPatch, Role, SharedProject},
    notices::{self, ProjectChange},
    store,
};
use crate::{
    auth::Caller,
    db,
    error::{ApiError, ApiResult, FieldProblem, Forbidden, Resource},
    events::{Change, EventKind, MembershipChange, Topic, revisions},
    http::{
        etag::{self, IfMatch, IfNoneMatch},
        extract::{Json as Input, Path, Query, ShortJson},
        page::Page,
    },
    id::{Id, ProjectId, UserId},
    projects::Parts,
};

/// My projects
///
/// The Inbox first, then in my order.
#[utoipa::path(get, path = "/projects", tag = "projects", params(ProjectFilter),
    responses((status = 200, body = Page<Project>), (status = 304, description = "Not changed")))]
pub async fn list(
    State(state): State<Parts>,
    caller: Caller,
    if_none_match: IfNoneMatch,
    Query(filter): Query<ProjectFilter>,
) -> ApiResult<Response> {
    let seen = state.revisions.of_user(&state.reads, caller.user_id).await?;
    let etag = etag::of_content(&[b"projects", &[u8::from(filter.archived)], &seen]);
    if if_none_match.matches(&etag) {
        return Ok(etag::not_modified(&etag));
    }
    let projects = store::list(&state.db, caller.user_id, filter.archived).await?;
    Ok(etag::with(Json(Page::whole(projects)).into_response(), &etag))
}

/// My deleted projects
#[utoipa::path(get, path = "/projects/trash", tag = "projects", responses((status = 200, body = Page<Project>)))]
pub async fn list_trash(State(state): State<Parts>, caller: Caller) -> ApiResult<Json<Page<Project>>> {
    Ok(Json(Page::whole(store::list_trash(&state.db, caller.user_id).await?)))
}

/// Create a project
#[utoipa::path(post, path = "/projects", tag = "projects", request_body = NewProject,
    responses((status = 201, body = Project), (status = 200, body = Project, description = "It was there already, with this id")))]
pub async fn create(
    State(state): State<Parts>,
    caller: Caller,
    Input(input): ShortJson<NewProject>,
) -> ApiResult<Response> {
    let id = input.id.unwrap_or_else(Id::new);
    let mut change = Change::begin(&state.db, caller.user_id).await?;
    // Serialises two requests with the same id, or two changes of the order.
    change.lock_users(&[caller.user_id]).await?;
    if input.id.is_some() {
        if let Some(existing) = store::find(change.connection(), caller.user_id, id).await? {
            return Ok(Json(existing).into_response());
        }
        if revisions::topic_exists(change.connection(), id.into()).await? {
            return Err(ApiError::Conflict { field: "id", problem: FieldProblem::Taken });
        }
    }
    store::insert(change.connection(), caller.user_id, id, &input).await.map_err(id_taken)?;
    change.create_topic(Topic::Project(id)).await?;
    let project = find_own(&mut change, caller.user_id, id).await?;
    change.record(Topic::User(caller.user_id), EventKind::ProjectJoined, &project).await?;
    change.commit(&state.bus).await?;
    Ok(answer(StatusCode::CREATED, project))
}

/// Another request with the same id was faster.
fn id_taken(error: anyhow::Error) -> ApiError {
    db::conflict(error, &[("projects_pkey", "id", FieldProblem::Taken)])
}

/// One project
#[utoipa::path(get, path = "/projects/{id}", tag = "projects", params(("id" = Uuid, Path)), responses((status = 200, body = Project)))]
pub async fn get(State(state): State<Parts>, access: ProjectAccess<Viewer>) -> ApiResult<Response> {
    let project = store::find(&state.db, access.caller.user_id, access.project_id).await?;
    Ok(answer(StatusCode::OK, project.ok_or(ApiError::NotFound(Resource::Project))?))
}

/// Change a project, or its position in my order
///
/// Only the owner can change name, colour, icon and archiving; the order is personal.
#[utoipa::path(patch, path = "/projects/{id}", tag = "projects", params(("id" = Uuid, Path)), request_body = ProjectPatch,
    responses((status = 200, body = Project)))]
pub async fn update(
    State(state): State<Parts>,
    access: ProjectAccess<Viewer>,
    if_match: IfMatch,
    Input(patch): ShortJson<ProjectPatch>,
) -> ApiResult<Response> {
    let (user_id, id) = (access.caller.user_id, access.project_id);
    if patch.is_shared() {
        access::require(access.role, Role::Owner)?;
        if access.is_inbox && (patch.archived.is_some() || patch.name.is_some()) {
            return Err(ApiError::field(
                if patch.name.is_some() { "name" } else { "archived" },
                FieldProblem::FixedForInbox,
            ));
        }
    }
    let mut change = Change::begin(&state.db, user_id).await?;
    if patch.is_shared() {
        access.lock(&mut change).await?;
        let current = find_own(&mut change, user_id, id).await?;
        if_match.check(current.version, &current)?;
        store::update(change.connection(), id, &patch).await?;
        let project = find_own(&mut change, user_id, id).await?;
        notices::tell_difference(&mut change, &access.caller, &current, &project);
        change.record(Topic::Project(id), EventKind::ProjectUpdated, &SharedProject::from(project)).await?;
    }
    if let Some(after) = patch.after {
        change.lock_users(&[user_id]).await?;
        if !store::move_in_order(change.connection(), user_id, id, after).await? {
            return Err(ApiError::field("after", FieldProblem::NotAnotherProject));
        }
        let project = find_own(&mut change, user_id, id).await?;
        change.record(Topic::User(user_id), EventKind::ProjectChanged, &project).await?;
    }
    let project = find_own(&mut change, user_id, id).await?;
    change.commit(&state.bus).await?;
    Ok(answer(StatusCode::OK, project))
}

/// Move a project to the trash
///
/// It disappears for all members and can be restored for 30 days.
#[utoipa::path(delete, path = "/projects/{id}", tag = "projects", params(("id" = Uuid, Path)), responses((status = 204, description = "In the trash")))]
pub async fn delete(
    State(state): State<Parts>,
    access: ProjectAccess<Owner>,
    if_match: IfMatch,
) -> ApiResult<StatusCode> {
    if access.is_inbox {
        return Err(ApiError::Forbidden(Forbidden::InboxNotDeletable));
    }
    let (user_id, id) = (access.caller.user_id, access.project_id);
    let mut change = Change::begin(&state.db, user_id).await?;
    access.lock(&mut change).await?;
    let current = find_own(&mut change, user_id, id).await?;
    if_match.check(current.version, &current)?;
    if !store::set_deleted(change.connection(), id, true).await? {
        return Err(ApiError::NotFound(Resource::Project));
    }
    let project = find_own(&mut change, user_id, id).await?;
    notices::tell_members(&mut change, &access.caller, ProjectChange::Deleted, &project);
    change.tell_membership(id, MembershipChange::Left);
    change.record(Topic::Project(id), EventKind::ProjectDeleted, &SharedProject::from(project)).await?;
    change.record(Topic::User(user_id), EventKind::ProjectLeft, &serde_json::json!({ "id": id })).await?;
    change.commit(&state.bus).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Restore a project from the trash
#[utoipa::path(post, path = "/projects/{id}/restore", tag = "projects", params(("id" = Uuid, Path)), responses((status = 200, body = Project)))]
pub async fn restore(State(state): State<Parts>, caller: Caller, Path(id): Path<ProjectId>) -> ApiResult<Response> {
    let mut change = Change::begin(&state.db, caller.user_id).await?;
    // Checked before locking: outsiders cannot block it.
    find_own(&mut change, caller.user_id, id).await?;
    change.lock_projects(&[id]).await?;
    let project = find_own(&mut change, caller.user_id, id).await?;
    if !store::set_deleted(change.connection(), id, false).await? {
        return Ok(answer(StatusCode::OK, project)); // it was not in the trash
    }
    let project = find_own(&mut change, caller.user_id, id).await?;
    notices::tell_members(&mut change, &caller, ProjectChange::Restored, &project);
    change.tell_membership(id, MembershipChange::Joined);
    change.record(Topic::Project(id), EventKind::ProjectRestored, &SharedProject::from(project.clone())).await?;
    change.record(Topic::User(caller.user_id), EventKind::ProjectJoined, &project).await?;
    change.commit(&state.bus).await?;
    Ok(answer(StatusCode::OK, project))
}

/// A project just written or locked by this transaction.
pub(super) async fn find_own(change: &mut Change, user_id: UserId, id: ProjectId) -> ApiResult<Project> {
    store::find(change.connection(), user_id, id).await?.ok_or(ApiError::NotFound(Resource::Project))
}

fn answer(status: StatusCode, project: Project) -> Response {
    let etag = etag::of_version(project.version);
    etag::with((status, Json(project)).into_response(), &etag)
}
