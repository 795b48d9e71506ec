//! Who owns a project: its owner offers it to a member, who accepts or declines; an administrator hands it over at once.

pub mod admin_routes;
mod model;
pub mod routes;
mod store;
pub mod webhooks;

use super::{
    member_store,
    model::{Role, SharedProject},
    routes::find_own,
};
use crate::{
    error::{ApiError, ApiResult, FieldProblem, Forbidden, Resource},
    events::{Change, EventKind, Topic},
    id::{ProjectId, UserId},
    notifications::{Notice, OwnershipStep, notify},
    projects, users,
};

/// Makes a member the owner of a project, within the caller's transaction; the owner until then stays as an editor, and an open
/// offer ends. Webhooks and tasks stay as they are; open invitations go on as the new owner's.
///
/// Locks the project and then both users, so call it before any user's topic is locked, or with those two locked after the project.
/// Records one event for each of the three topics and notifies nobody; [`tell`] does. Gives the owner until then, or `None` when
/// `to` is the owner already. Refuses an Inbox, a project in the trash, somebody who is no member, and an account that cannot be used or is
/// to be deleted.
pub async fn transfer_ownership(change: &mut Change, project_id: ProjectId, to: UserId) -> ApiResult<Option<UserId>> {
    let Some(from) = lock_owners(change, project_id, to).await? else { return Ok(None) };
    require_candidate(change, project_id, to).await?;
    change.count_project_of(to);
    replace_owner(change, project_id, from, to).await?;
    Ok(Some(from))
}

/// As [`transfer_ownership`], where the project must get another owner: any member will do, and no quota refuses it.
pub async fn inherit(change: &mut Change, project_id: ProjectId, to: UserId) -> ApiResult<Option<UserId>> {
    let Some(from) = lock_owners(change, project_id, to).await? else { return Ok(None) };
    require_member(change, project_id, to).await?;
    replace_owner(change, project_id, from, to).await?;
    Ok(Some(from))
}

/// Locks the project and both users, and gives who owns it until then; `None` when that is `to`.
async fn lock_owners(change: &mut Change, project_id: ProjectId, to: UserId) -> ApiResult<Option<UserId>> {
    change.lock_projects(&[project_id]).await?;
    let project = store::find(change.connection(), project_id).await?.ok_or(ApiError::NotFound(Resource::Project))?;
    refuse_inbox(project.is_inbox)?;
    if project.owner_id == to {
        return Ok(None);
    }
    change.lock_users(&[project.owner_id, to]).await?;
    Ok(Some(project.owner_id))
}

async fn replace_owner(change: &mut Change, project_id: ProjectId, from: UserId, to: UserId) -> ApiResult<()> {
    // One after the other: a project never has two owners.
    member_store::update_role(change.connection(), project_id, from, Role::Editor).await?;
    member_store::update_role(change.connection(), project_id, to, Role::Owner).await?;
    store::set_owner(change.connection(), project_id, to).await?;
    if users::store::is_disabled(change.connection(), to).await? {
        webhooks::pause(change.connection(), to).await?;
    }
    record_shared(change, to, project_id).await?;
    for user_id in [from, to] {
        let theirs = find_own(change, user_id, project_id).await?;
        change.record(Topic::User(user_id), EventKind::ProjectChanged, &theirs).await?;
    }
    Ok(())
}

/// After the commit: until then it may be refused.
pub fn log_new_owner(project_id: ProjectId, from: UserId, to: UserId) {
    tracing::info!(%project_id, from_user_id = %from, to_user_id = %to, "project has another owner");
}

/// Notifies somebody of a step; `actor` is who has taken it, `None` for nobody in particular.
pub async fn tell(
    change: &mut Change,
    user_id: UserId,
    actor: Option<UserId>,
    project_id: ProjectId,
    step: OwnershipStep,
) -> anyhow::Result<()> {
    notify(change, user_id, Notice::ownership(actor, project_id, step)).await
}

/// Offers each of these projects to one of its members, within the caller's transaction: they are locked. Notifies nobody.
pub async fn offer_each(change: &mut Change, offers: &[(ProjectId, UserId)]) -> ApiResult<()> {
    store::set_offers(change.connection(), offers).await?;
    let projects: Vec<ProjectId> = offers.iter().map(|(project_id, _)| *project_id).collect();
    record_shared_each(change, &projects).await
}

/// Ends those of these offers that still stand, each of a project to a member; the projects are locked.
pub async fn end_offers(change: &mut Change, offers: &[(ProjectId, UserId)]) -> ApiResult<()> {
    let projects = store::end_offers(change.connection(), offers).await?;
    record_shared_each(change, &projects).await
}

/// Ends the offer to a member, who is about to leave, or to whom it is not to stand any more; the project is locked.
pub async fn end_offer_to(change: &mut Change, project_id: ProjectId, member_id: UserId) -> ApiResult<()> {
    if store::end_offer(change.connection(), project_id, Some(member_id)).await? {
        record_shared(change, member_id, project_id).await?;
    }
    Ok(())
}

/// Tells the project's topic what it looks like now; `member_id` is any member's.
async fn record_shared(change: &mut Change, member_id: UserId, project_id: ProjectId) -> ApiResult<()> {
    let project = find_own(change, member_id, project_id).await?;
    Ok(change.record(Topic::Project(project_id), EventKind::ProjectUpdated, &SharedProject::from(project)).await?)
}

async fn record_shared_each(change: &mut Change, project_ids: &[ProjectId]) -> ApiResult<()> {
    let projects = projects::store::list_shared(change.connection(), project_ids).await?;
    let projects: Vec<_> = projects.into_iter().map(|project| (project.id, project)).collect();
    Ok(change.record_in_projects(EventKind::ProjectUpdated, &projects).await?)
}

fn refuse_inbox(is_inbox: bool) -> ApiResult<()> {
    if is_inbox { Err(ApiError::Forbidden(Forbidden::InboxNotTransferable)) } else { Ok(()) }
}

/// A member whose account can be used, and goes on.
async fn require_candidate(change: &mut Change, project_id: ProjectId, user_id: UserId) -> ApiResult<()> {
    require_member(change, project_id, user_id).await?;
    if users::store::is_disabled(change.connection(), user_id).await? {
        return Err(ApiError::field("user_id", FieldProblem::AccountDisabled));
    }
    if users::store::is_to_be_deleted(change.connection(), user_id).await? {
        return Err(ApiError::field("user_id", FieldProblem::AccountToBeDeleted));
    }
    Ok(())
}

async fn require_member(change: &mut Change, project_id: ProjectId, user_id: UserId) -> ApiResult<()> {
    match member_store::find(change.connection(), project_id, user_id).await? {
        Some(_) => Ok(()),
        None => Err(ApiError::field("user_id", FieldProblem::NotMember)),
    }
}
