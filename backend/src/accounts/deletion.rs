//! Deleting an account by an administrator. It must not own shared projects; its contributions to other projects stay.

use std::time::Duration;

use super::{actions, store};
use crate::{
    account_deletion,
    accounts::Parts,
    error::{ApiError, ApiResult, FieldProblem, Resource},
    id::UserId,
};

/// Shorter than the time limit of a request.
const WAIT: Duration = Duration::from_secs(10);

/// Deletes the account permanently, with its own projects and everything that names the person. Refused while it owns shared projects. It
/// is disabled first, so nobody can use it any more. If this takes longer than an administrator should wait, a worker continues.
pub async fn delete_account(state: &Parts, by: Option<UserId>, user_id: UserId) -> ApiResult<()> {
    store::find(&state.db, user_id).await?.ok_or(ApiError::NotFound(Resource::Account))?;
    refuse_shared(store::count(&state.db, user_id).await?.projects_shared)?;
    actions::disable(state, by, user_id, Some("Being deleted")).await?;
    account_deletion::begin(&state.deletion, user_id).await?;
    tracing::warn!(by = ?by, %user_id, "an account is being deleted");
    if let Ok(erased) = tokio::time::timeout(WAIT, account_deletion::erase_account(&state.deletion, user_id)).await {
        erased?;
    }
    Ok(())
}

fn refuse_shared(projects: i64) -> ApiResult<()> {
    if projects == 0 {
        return Ok(());
    }
    Err(ApiError::Conflict { field: "shared_projects", problem: FieldProblem::SharedProjectsNeedOwner })
}
