//! Change my password.

use axum::{extract::State, http::StatusCode};
use garde::Validate;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{new_password, own_password};
use crate::{
    auth::{
        self, Caller,
        password::{self, NewPassword, Password},
        store,
    },
    error::{ApiError, ApiResult, FieldProblem},
    events::Change,
    http::{
        client_address::ClientInfo,
        extract::{Json, ShortJson},
    },
    sign_in::{self, Parts},
    users,
};

#[derive(Deserialize, Validate, ToSchema)]
#[schema(example = json!({"current_password": "seven quiet lanterns", "new_password": "nine slow rivers north"}))]
pub struct PasswordChange {
    #[garde(skip)]
    #[schema(value_type = Password)]
    current_password: SecretString,
    #[garde(skip)]
    #[schema(value_type = NewPassword)]
    new_password: SecretString,
}

/// Change my password
///
/// Ends all my other sessions.
#[utoipa::path(post, path = "/auth/password", tag = "auth", request_body = PasswordChange, responses((status = 204, description = "Changed")))]
pub async fn change(
    State(state): State<Parts>,
    caller: Caller,
    client: ClientInfo,
    Json(input): ShortJson<PasswordChange>,
) -> ApiResult<StatusCode> {
    let wanted = input.new_password.expose_secret().to_owned();
    password::check_length("new_password", &wanted, state.config.auth.password_min_length)?;
    let stored = own_password::check(&state, &caller, "current_password", &input.current_password).await?;
    let profile = users::store::find(&state.db, caller.user_id).await?.ok_or(ApiError::SessionEnded)?;
    let about = vec![profile.email, profile.name, "todo".to_owned()];
    password::check_strength(&state.off_runtime, "new_password", &wanted, about).await?;
    let hash = state.hasher.hash(wanted).await?;

    let mut change = Change::begin(&state.db, caller.user_id).await?;
    change.lock_users(&[caller.user_id]).await?;
    if store::find_password_hash(change.connection(), caller.user_id).await? != stored {
        return Err(ApiError::field("current_password", FieldProblem::PasswordChanged));
    }
    let ended = new_password::set(&mut change, caller.user_id, &hash, Some(caller.session_id)).await?;
    sign_in::tell_of_new_password(&state, &mut change, caller.user_id, &client).await?;
    auth::finish_ending(&state.bus, change, caller.user_id, &ended).await?;
    tracing::info!(ended_sessions = ended.len(), "password changed");
    Ok(StatusCode::NO_CONTENT)
}
