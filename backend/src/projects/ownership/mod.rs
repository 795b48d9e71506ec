//! Project ownership: the owner offers it to a member, who accepts or declines; an administrator transfers it directly.

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

/// Makes a member the owner of a project within the caller's transaction; the previous owner stays as an editor, and an open offer ends.
/// Webhooks and tasks stay; open invitations pass to the new owner.
///
/// Locks the project and then both users, so call it before locking any user's topic, or with those two locked after the project. Records
/// one event on each of the three topics, without notifications; see [`tell`]. Returns the previous owner, or `None` if `to` already is the
/// owner. Refuses an Inbox, a trashed project, non-members, and accounts that are disabled or about to be deleted.
pub async fn transfer_ownership(change: &mut Change, project_id: ProjectId, to: UserId) -> ApiResult<Option<UserId>> {
    let Some(from) = lock_owners(change, project_id, to).await? else { return Ok(None) };
    require_candidate(change, project_id, to).await?;
    change.count_project_of(to);
    replace_owner(change, project_id, from, to).await?;
    Ok(Some(from))
}

/// Like [`transfer_ownership`], if the project must get a new owner: any member is accepted, and no quota applies.
pub async fn inherit(change: &mut Change, project_id: ProjectId, to: UserId) -> ApiResult<Option<UserId>> {
    let Some(from) = lock_owners(change, project_id, to).await? else { return Ok(None) };
    require_member(change, project_id, to).await?;
    replace_owner(change, project_id, from, to).await?;
    Ok(Some(from))
}

/// Locks the project and both users, and returns the current owner; `None` if that is `to`.
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
    // One after another: a project never has two owners.
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

/// After the commit: it may be refused until then.
pub fn log_new_owner(project_id: ProjectId, from: UserId, to: UserId) {
    tracing::info!(%project_id, from_user_id = %from, to_user_id = %to, "project ownership changed");
}

/// Notifies somebody of a step by `actor`, `None` for nobody in particular.
pub async fn tell(
    change: &mut Change,
    user_id: UserId,
    actor: Option<UserId>,
    project_id: ProjectId,
    step: OwnershipStep,
) -> anyhow::Result<()> {
    notify(change, user_id, Notice::ownership(actor, project_id, step)).await
}

/// Offers each of these locked projects to one of its members, within the caller's transaction. Sends no notifications.
pub async fn offer_each(change: &mut Change, offers: &[(ProjectId, UserId)]) -> ApiResult<()> {
    store::set_offers(change.connection(), offers).await?;
    let projects: Vec<ProjectId> = offers.iter().map(|(project_id, _)| *project_id).collect();
    record_shared_each(change, &projects).await
}

/// Ends those of the given offers that are still open; the projects are locked.
pub async fn end_offers(change: &mut Change, offers: &[(ProjectId, UserId)]) -> ApiResult<()> {
    let projects = store::end_offers(change.connection(), offers).await?;
    record_shared_each(change, &projects).await
}

/// Ends the offer to a member who is leaving or no longer eligible; the project is locked.
pub async fn end_offer_to(change: &mut Change, project_id: ProjectId, member_id: UserId) -> ApiResult<()> {
    if store::end_offer(change.connection(), project_id, Some(member_id)).await? {
        record_shared(change, member_id, project_id).await?;
    }
    Ok(())
}

/// Records the project's current state on its topic; `member_id` can be any member.
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

/// A member with an active account.
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
