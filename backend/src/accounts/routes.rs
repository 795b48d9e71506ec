//! Account administration.

use axum::{Json, extract::State, http::StatusCode};

use super::{
    actions, deletion,
    model::{Account, AccountDetails, AccountFilter, Disabling},
    store,
};
use crate::{
    accounts::Parts,
    auth::{Administrator, session_routes::Ended},
    error::{ApiError, ApiResult, Resource},
    http::{
        extract::{Json as Input, Path, Query, ShortJson},
        page::{self, DEFAULT_LIMIT, Page},
    },
    id::UserId,
};

const MAX_SHARED_PROJECTS: i64 = 50;
const MAX_CANDIDATES: i64 = 50;

/// All accounts, newest first (administrators)
#[utoipa::path(get, path = "/admin/accounts", tag = "administration", params(AccountFilter),
    responses((status = 200, body = Page<Account>)))]
pub async fn list(
    State(state): State<Parts>,
    _: Administrator,
    Query(filter): Query<AccountFilter>,
) -> ApiResult<Json<Page<Account>>> {
    let before: Option<UserId> = filter.cursor.as_deref().map(page::decode_cursor).transpose()?;
    let limit = filter.limit.unwrap_or(DEFAULT_LIMIT);
    let q = filter.q.as_deref().map(str::trim).filter(|q| !q.is_empty());
    let accounts = store::list(&state.db, q, before, i64::from(limit) + 1).await?;
    Ok(Json(Page::cut(accounts, limit, |last| last.id)))
}

/// One account with its details (administrators)
#[utoipa::path(get, path = "/admin/accounts/{id}", tag = "administration", params(("id" = Uuid, Path)),
    responses((status = 200, body = AccountDetails)))]
pub async fn get(
    State(state): State<Parts>,
    _: Administrator,
    Path(id): Path<UserId>,
) -> ApiResult<Json<AccountDetails>> {
    details(&state, id).await
}

/// Disable an account until it is enabled again (administrators)
///
/// Its sessions and live connections end immediately. Nothing is deleted, and its projects stay available to their other members.
#[utoipa::path(post, path = "/admin/accounts/{id}/disable", tag = "administration", params(("id" = Uuid, Path)),
    request_body = Disabling, responses((status = 200, body = AccountDetails)))]
pub async fn disable(
    State(state): State<Parts>,
    Administrator(caller): Administrator,
    Path(id): Path<UserId>,
    Input(input): ShortJson<Disabling>,
) -> ApiResult<Json<AccountDetails>> {
    actions::disable(&state, Some(caller.user_id), id, input.reason.as_deref()).await?;
    details(&state, id).await
}

/// Enable a disabled account (administrators)
#[utoipa::path(post, path = "/admin/accounts/{id}/enable", tag = "administration", params(("id" = Uuid, Path)),
    responses((status = 200, body = AccountDetails)))]
pub async fn enable(
    State(state): State<Parts>,
    Administrator(caller): Administrator,
    Path(id): Path<UserId>,
) -> ApiResult<Json<AccountDetails>> {
    actions::enable(&state, Some(caller.user_id), id).await?;
    details(&state, id).await
}

/// Grant administrator rights (administrators)
#[utoipa::path(post, path = "/admin/accounts/{id}/promote", tag = "administration", params(("id" = Uuid, Path)),
    responses((status = 200, body = AccountDetails)))]
pub async fn promote(
    State(state): State<Parts>,
    Administrator(caller): Administrator,
    Path(id): Path<UserId>,
) -> ApiResult<Json<AccountDetails>> {
    actions::set_admin(&state, Some(caller.user_id), id, true).await?;
    details(&state, id).await
}

/// Revoke administrator rights, except from the last administrator (administrators)
#[utoipa::path(post, path = "/admin/accounts/{id}/demote", tag = "administration", params(("id" = Uuid, Path)),
    responses((status = 200, body = AccountDetails)))]
pub async fn demote(
    State(state): State<Parts>,
    Administrator(caller): Administrator,
    Path(id): Path<UserId>,
) -> ApiResult<Json<AccountDetails>> {
    actions::set_admin(&state, Some(caller.user_id), id, false).await?;
    details(&state, id).await
}

/// Sign an account out everywhere (administrators)
#[utoipa::path(post, path = "/admin/accounts/{id}/end-sessions", tag = "administration", params(("id" = Uuid, Path)),
    responses((status = 200, body = Ended)))]
pub async fn end_sessions(
    State(state): State<Parts>,
    Administrator(caller): Administrator,
    Path(id): Path<UserId>,
) -> ApiResult<Json<Ended>> {
    let ended = actions::end_sessions(&state, Some(caller.user_id), id).await?;
    Ok(Json(Ended { ended }))
}

/// Delete an account permanently, with its own projects (administrators)
///
/// Refused with 409 while it owns projects with other members, which `shared_projects` of the account lists.
#[utoipa::path(delete, path = "/admin/accounts/{id}", tag = "administration", params(("id" = Uuid, Path)),
    responses((status = 204, description = "Deleted")))]
pub async fn delete(
    State(state): State<Parts>,
    Administrator(caller): Administrator,
    Path(id): Path<UserId>,
) -> ApiResult<StatusCode> {
    deletion::delete_account(&state, Some(caller.user_id), id).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn details(state: &Parts, id: UserId) -> ApiResult<Json<AccountDetails>> {
    let details = find_details(state, id).await?;
    Ok(Json(details.ok_or(ApiError::NotFound(Resource::Account))?))
}

/// An account with its details; also used by the commands.
pub async fn find_details(state: &Parts, id: UserId) -> ApiResult<Option<AccountDetails>> {
    let Some(account) = store::find(&state.db, id).await? else { return Ok(None) };
    let counts = store::count(&state.db, id).await?;
    let shared_projects = store::list_shared_projects(&state.db, id, MAX_SHARED_PROJECTS, MAX_CANDIDATES).await?;
    Ok(Some(AccountDetails {
        account,
        sessions: counts.sessions,
        projects_owned: counts.projects_owned,
        projects_shared: counts.projects_shared,
        shared_projects,
    }))
}
