//! Request the deletion of my account.

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use secrecy::ExposeSecret;

use super::{
    model::{DeletionDate, DeletionPreview, DeletionRequest},
    request, store,
};
use crate::{
    account_deletion::Parts,
    auth::{self, Caller, password},
    error::{ApiError, ApiResult, FieldProblem},
    http::extract::Json as Input,
};

/// The consequences of deleting my account
#[utoipa::path(get, path = "/users/me/deletion", tag = "users", responses((status = 200, body = DeletionPreview)))]
pub async fn preview(State(state): State<Parts>, caller: Caller) -> ApiResult<Json<DeletionPreview>> {
    let shared_projects = store::shared_projects(&state.db, caller.user_id).await?;
    Ok(Json(DeletionPreview { days: state.config.retention.account_deletion.as_secs() / 86_400, shared_projects }))
}

/// Delete my account
///
/// All my sessions end. Until the given day, signing in with `keep_account` cancels the deletion; after that everything that names me is
/// erased.
#[utoipa::path(post, path = "/users/me/deletion", tag = "users", request_body = DeletionRequest,
    responses((status = 202, body = DeletionDate, description = "It will be deleted then")))]
pub async fn delete(
    State(state): State<Parts>,
    caller: Caller,
    Input(input): Input<DeletionRequest>,
) -> ApiResult<Response> {
    let limit = state.config.limits.login_per_account;
    // Only wrong passwords count, as at sign-in.
    let attempt = state.limiter.count("account_deletion", &caller.user_id.to_string(), limit).await;
    attempt.as_ref().map_or(Ok(()), |attempt| attempt.within(limit))?;
    let stored = auth::store::find_password_hash(&state.db, caller.user_id).await?;
    let given = input.password.expose_secret().chars().take(password::MAX_LENGTH + 1).collect();
    if !state.hasher.verify(given, stored).await? {
        return Err(ApiError::field("password", FieldProblem::WrongPassword));
    }
    if let Some(attempt) = attempt {
        state.limiter.take_back(attempt).await;
    }
    let due_at = request::request(&state, &caller, &input.projects).await?;
    Ok((StatusCode::ACCEPTED, Json(DeletionDate { due_at })).into_response())
}
