//! Deleting an account. It owns nothing that others share; what it made in projects of others stays there.

use uuid::Uuid;

use super::{actions, store};
use crate::{
    error::{ApiError, ApiResult},
    projects::{access::find_membership, member_routes},
    realtime::Change,
    state::AppState,
};

/// Deletes it for good, with its own projects. Refused while it owns a project that has other members. First it is disabled, then it
/// leaves the projects of others one by one, so that no lock is held for long; when that is interrupted it can be asked for again.
pub async fn delete_account(state: &AppState, by: Option<Uuid>, user_id: Uuid) -> ApiResult<()> {
    store::find(&state.db, user_id).await?.ok_or(ApiError::NotFound("account"))?;
    refuse_shared(store::count(&state.db, user_id).await?.projects_shared)?;
    actions::disable(state, by, user_id, Some("Being deleted")).await?;
    for project_id in store::list_memberships(&state.db, user_id).await? {
        let mut change = Change::begin(&state.db, by).await?;
        change.lock(&[project_id]).await?;
        change.lock(&[user_id]).await?;
        // Unless somebody was faster.
        if find_membership(change.connection(), user_id, project_id).await?.is_none() {
            continue;
        }
        member_routes::leave(&mut change, project_id, user_id).await?;
        change.commit(&state.bus).await?;
    }
    let mut change = Change::begin(&state.db, by).await?;
    let own = store::list_owned(change.connection(), user_id).await?;
    change.lock(&own).await?;
    change.lock(&[user_id]).await?;
    // Who has joined in between keeps the project.
    refuse_shared(store::count(change.connection(), user_id).await?.projects_shared)?;
    store::delete(change.connection(), user_id).await?;
    change.commit(&state.bus).await?;
    tracing::warn!(by = by.map(display), %user_id, "account deleted");
    Ok(())
}

fn refuse_shared(projects: i64) -> ApiResult<()> {
    if projects == 0 {
        return Ok(());
    }
    Err(ApiError::Conflict { field: "shared_projects", message: "need another owner first: they have other members" })
}
