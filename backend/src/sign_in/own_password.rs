//! Asks for the signed-in user's password before actions for which a stolen session must not be enough.

use secrecy::{ExposeSecret, SecretString};

use crate::{
    auth::{Caller, password, store},
    error::{ApiError, ApiResult, FieldProblem},
    sign_in::Parts,
};

/// Returns the hash that it was compared with. Only wrong passwords count, as at sign-in.
pub async fn check(
    state: &Parts,
    caller: &Caller,
    field: &'static str,
    given: &SecretString,
) -> ApiResult<Option<String>> {
    let limit = state.config.limits.login_per_account;
    let attempt = state.limiter.count("password_change", &caller.user_id.to_string(), limit).await;
    attempt.as_ref().map_or(Ok(()), |attempt| attempt.within(limit))?;
    let stored = store::find_password_hash(&state.db, caller.user_id).await?;
    let given = given.expose_secret().chars().take(password::MAX_LENGTH + 1).collect();
    if !state.hasher.verify(given, stored.clone()).await? {
        return Err(ApiError::field(field, FieldProblem::WrongPassword));
    }
    if let Some(attempt) = attempt {
        state.limiter.take_back(attempt).await;
    }
    Ok(stored)
}
