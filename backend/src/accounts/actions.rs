//! Administrator actions, from the app or a command (`by` is `None`). Each is one transaction that ends sessions and live connections
//! immediately, on every server.

use super::store;
use crate::{
    accounts::Parts,
    auth,
    error::{ApiError, ApiResult, FieldProblem, Forbidden, Resource},
    events::{Change, EventKind, Topic},
    id::UserId,
    projects::ownership,
    users,
};

const LAST_ADMINISTRATOR: ApiError = ApiError::Conflict { field: "is_admin", problem: FieldProblem::LastAdministrator };
const NO_ACCOUNT: ApiError = ApiError::NotFound(Resource::Account);

/// Disables the account: its sessions end, it cannot sign in, gets no mail, its invitations are invalid, and its projects' webhooks are
/// off. Nothing is deleted, and its projects stay available to their members.
pub async fn disable(state: &Parts, by: Option<UserId>, user_id: UserId, reason: Option<&str>) -> ApiResult<()> {
    if by == Some(user_id) {
        return Err(ApiError::Forbidden(Forbidden::NotOwnAccount));
    }
    let mut change = Change::begin(&state.db, by).await?;
    change.lock_users(&[user_id]).await?;
    keep_one_administrator(&mut change, user_id).await?;
    if !store::set_disabled(change.connection(), user_id, reason).await? {
        return Err(NO_ACCOUNT);
    }
    ownership::webhooks::pause(change.connection(), user_id).await?;
    let ended = auth::store::end_other_sessions(change.connection(), user_id, None, "account_disabled").await?;
    auth::finish_ending(&state.bus, change, user_id, &ended).await?;
    tracing::warn!(by_user_id = by.map(display), %user_id, ended_sessions = ended.len(), "account disabled");
    Ok(())
}

/// Restores everything except sessions. The account need not be disabled.
pub async fn enable(state: &Parts, by: Option<UserId>, user_id: UserId) -> ApiResult<()> {
    let mut change = Change::begin(&state.db, by).await?;
    change.lock_users(&[user_id]).await?;
    if !store::set_enabled(change.connection(), user_id).await? {
        return Err(NO_ACCOUNT);
    }
    ownership::webhooks::resume(change.connection(), user_id).await?;
    change.commit(&state.bus).await?;
    tracing::warn!(by_user_id = by.map(display), %user_id, "account enabled");
    Ok(())
}

/// Grants or revokes administrator rights, never for the last administrator. Takes effect with the next request.
pub async fn set_admin(state: &Parts, by: Option<UserId>, user_id: UserId, is_admin: bool) -> ApiResult<()> {
    let mut change = Change::begin(&state.db, by).await?;
    change.lock_users(&[user_id]).await?;
    if !is_admin {
        keep_one_administrator(&mut change, user_id).await?;
    }
    store::find(change.connection(), user_id).await?.ok_or(NO_ACCOUNT)?;
    let profile = users::store::set_admin(change.connection(), user_id, is_admin).await?;
    change.record(Topic::User(user_id), EventKind::UserUpdated, &profile).await?;
    change.commit(&state.bus).await?;
    tracing::warn!(by_user_id = by.map(display), %user_id, is_admin, "administrator rights changed");
    Ok(())
}

/// Signs the account out everywhere; returns the number of ended sessions.
pub async fn end_sessions(state: &Parts, by: Option<UserId>, user_id: UserId) -> ApiResult<usize> {
    let mut change = Change::begin(&state.db, by).await?;
    change.lock_users(&[user_id]).await?;
    store::find(change.connection(), user_id).await?.ok_or(NO_ACCOUNT)?;
    let ended = auth::store::end_other_sessions(change.connection(), user_id, None, "ended_by_administrator").await?;
    auth::finish_ending(&state.bus, change, user_id, &ended).await?;
    tracing::warn!(by_user_id = by.map(display), %user_id, ended_sessions = ended.len(), "sessions ended");
    Ok(ended.len())
}

/// Refuses to remove the last administrator. The lock serialises concurrent requests.
pub(super) async fn keep_one_administrator(change: &mut Change, user_id: UserId) -> ApiResult<()> {
    let administrators = users::store::lock_administrators(change.connection()).await?;
    if administrators == [user_id] { Err(LAST_ADMINISTRATOR) } else { Ok(()) }
}
