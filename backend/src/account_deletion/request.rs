//! Requesting account deletion, and cancelling it.

use std::collections::HashMap;

use chrono::{DateTime, SubsecRound, Utc};
use serde_json::json;

use super::{
    model::{MAX_PROJECTS, OwnedProject, Succession},
    store,
};
use crate::{
    account_deletion::Parts,
    auth::{self, AccountMail, Caller},
    error::{ApiError, ApiResult, FieldProblem, Forbidden},
    events::Change,
    id::{ProjectId, UserId},
    notifications::{Notice, notify},
    projects::ownership,
    users,
};

/// Records the request, notifies the person and the heirs, and ends all sessions.
pub async fn request(state: &Parts, caller: &Caller, projects: &[Succession]) -> ApiResult<DateTime<Utc>> {
    let user_id = caller.user_id;
    // With PostgreSQL's precision, so that everyone sees the same time.
    let due_at = (Utc::now() + state.config.retention.account_deletion).trunc_subsecs(6);
    let mut change = Change::begin(&state.db, user_id).await?;
    // Checked before locking, so that callers cannot block projects they do not own.
    check(&store::shared_projects(change.connection(), user_id).await?, projects)?;
    let shared: Vec<ProjectId> = projects.iter().map(|one| one.project_id).collect();
    change.lock_projects(&shared).await?;
    let told: Vec<UserId> = projects.iter().filter_map(|one| one.heir_id).chain([user_id]).collect();
    change.lock_users(&told).await?;
    // Locked, so that of two concurrent requests one administrator stays.
    if users::store::lock_administrators(change.connection()).await? == [user_id] {
        return Err(ApiError::Forbidden(Forbidden::LastAdministratorStays));
    }
    let owned = store::shared_projects(change.connection(), user_id).await?;
    check(&owned, projects)?;
    if store::find(change.connection(), user_id).await?.is_some() {
        return Err(ApiError::SessionEnded);
    }
    store::insert(change.connection(), user_id, due_at, projects).await?;
    let offers: Vec<_> = projects.iter().filter_map(|one| Some((one.project_id, one.heir_id?))).collect();
    ownership::offer_each(&mut change, &offers).await?;
    for (project_id, heir_id) in offers {
        notify(&mut change, heir_id, Notice::inheritance(user_id, project_id, due_at)).await?;
    }
    auth::queue_account_mail(
        &state.config,
        &mut change,
        user_id,
        AccountMail::DeletionRequested,
        json!({ "at": due_at }),
    )
    .await?;
    let ended = auth::store::end_other_sessions(change.connection(), user_id, None, "ended_by_user").await?;
    auth::finish_ending(&state.bus, change, user_id, &ended).await?;
    tracing::info!(%user_id, %due_at, "account deletion was requested");
    Ok(due_at)
}

/// Each shared project must be listed once, with one of its members or nobody.
fn check(owned: &[OwnedProject], projects: &[Succession]) -> Result<(), ApiError> {
    let said: HashMap<ProjectId, Option<UserId>> = projects.iter().map(|one| (one.project_id, one.heir_id)).collect();
    if said.len() != projects.len() || owned.len() > MAX_PROJECTS {
        return Err(ApiError::field("projects", FieldProblem::ProjectNamedTwice));
    }
    if projects.iter().any(|one| !owned.iter().any(|project| project.id == one.project_id)) {
        return Err(ApiError::field("projects", FieldProblem::NotYourSharedProject));
    }
    for project in owned {
        let heir = said.get(&project.id);
        let heir = heir.ok_or_else(|| ApiError::field("projects", FieldProblem::SharedProjectLeftOut))?;
        if heir.is_some_and(|heir| !project.members.iter().any(|member| member.user_id == heir)) {
            return Err(ApiError::field("projects", FieldProblem::NewOwnerNotMember));
        }
    }
    Ok(())
}

/// What a sign-in finds.
pub enum Pending {
    No,
    /// The deletion can still be cancelled.
    Until(DateTime<Utc>),
    /// It is being erased.
    Begun,
}

/// What cancelling the deletion withdraws: the offered projects, each with its member.
pub struct Kept(Vec<(ProjectId, UserId)>);

/// Step one of two: locks those projects, which must be locked before the feed that inserting the session locks.
pub async fn keep(change: &mut Change, user_id: UserId) -> sqlx::Result<Kept> {
    let offers = store::open_offers(change.connection(), user_id).await?;
    let projects: Vec<ProjectId> = offers.iter().map(|(project_id, _)| *project_id).collect();
    change.lock_projects(&projects).await?;
    Ok(Kept(offers))
}

/// Called in the transaction that opens a session, with the user's feed locked. With `keep` the deletion is cancelled; nothing is withdrawn
/// if it is too late.
pub async fn pending_for_sign_in(change: &mut Change, user_id: UserId, keep: Option<Kept>) -> ApiResult<Pending> {
    let Some(deletion) = store::find(change.connection(), user_id).await? else { return Ok(Pending::No) };
    if deletion.begun_at.is_some() {
        return Ok(Pending::Begun);
    }
    let Some(Kept(offers)) = keep else { return Ok(Pending::Until(deletion.due_at)) };
    ownership::end_offers(change, &offers).await?;
    store::withdraw(change.connection(), user_id).await?;
    Ok(Pending::No)
}
