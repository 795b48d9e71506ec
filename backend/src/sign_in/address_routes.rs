//! Change my address, and restore an old one.

use axum::{
    Json as Answer,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use garde::Validate;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{address_change, address_change_store, own_password, recovery_routes::token_is_not_good, registration};
use crate::{
    auth::{Caller, password::Password},
    error::{ApiError, ApiResult, FieldProblem},
    http::{
        client_address::ClientInfo,
        email,
        extract::{Json, ShortJson},
        schema::{EmailAddress, LinkToken},
    },
    sign_in::Parts,
    signed_id::{self, Purpose},
    users::{self, model::Profile},
};

#[derive(Deserialize, Validate, ToSchema)]
#[schema(example = json!({"email": "lin@new.example.org", "password": "seven quiet lanterns"}))]
pub struct AddressChange {
    #[serde(deserialize_with = "email::deserialize")]
    #[schema(value_type = EmailAddress)]
    #[garde(email, length(max = 254))]
    email: String,
    #[garde(skip)]
    #[schema(value_type = Password)]
    password: SecretString,
}

#[derive(Deserialize, Validate, ToSchema)]
#[schema(example = json!({"token": "aBcD…"}))]
pub struct AddressTakeBack {
    /// From the link in the mail.
    #[garde(skip)]
    #[schema(value_type = LinkToken)]
    token: SecretString,
}

/// The account's restored address.
#[derive(Serialize, ToSchema)]
pub struct AddressTakenBack {
    #[schema(example = "lin@example.org")]
    email: String,
}

/// Change my address
///
/// With mail on, the answer is 202 for every address: a mail with a link goes to it, and it takes effect when the link is used
/// (`/auth/email/confirm`). Without mail it takes effect immediately.
#[utoipa::path(post, path = "/users/me/email", tag = "users", request_body = AddressChange,
    responses(
        (status = 202, description = "A mail is on its way to the new address"),
        (status = 200, body = Profile, description = "Changed: this server sends no mail")))]
pub async fn change_address(
    State(state): State<Parts>,
    caller: Caller,
    client: ClientInfo,
    Json(input): ShortJson<AddressChange>,
) -> ApiResult<Response> {
    let limit = state.config.limits.reset_per_account;
    let email = input.email.trim();
    own_password::check(&state, &caller, "password", &input.password).await?;
    let profile = users::store::find(&state.db, caller.user_id).await?.ok_or(ApiError::SessionEnded)?;
    if profile.email.to_lowercase() == email.to_lowercase() {
        return Err(ApiError::field("email", FieldProblem::SameEmail));
    }
    state.limiter.check("address_change", &caller.user_id.to_string(), limit).await?;
    if state.config.mail.is_none() {
        return Ok(Answer(address_change::set_at_once(&state, caller.user_id, email).await?).into_response());
    }
    registration::limit_mails(&state, &email.to_lowercase(), &client.network()).await?;
    address_change::ask(&state, caller.user_id, email).await?;
    Ok(StatusCode::ACCEPTED.into_response())
}

/// Restore the old address, with the token from the mail to it
///
/// Works once, for a week after the change. All sessions end and the password becomes invalid; a mail to the old address has a link to
/// choose a new one.
#[utoipa::path(post, path = "/auth/email/take-back", tag = "auth", security(()), request_body = AddressTakeBack,
    responses((status = 200, body = AddressTakenBack)))]
pub async fn take_back(
    State(state): State<Parts>,
    client: ClientInfo,
    Json(input): ShortJson<AddressTakeBack>,
) -> ApiResult<Answer<AddressTakenBack>> {
    state.limiter.check("email_confirm", &client.network(), state.config.limits.reset_per_address).await?;
    let id = signed_id::read(&state.signer, Purpose::TakeAddressBack, input.token.expose_secret());
    let id = id.ok_or_else(token_is_not_good)?;
    if let Some(email) = address_change_store::find_just_taken_back(&state.db, id).await? {
        return Ok(Answer(AddressTakenBack { email }));
    }
    let changed = address_change_store::find_confirmed(&state.db, id).await?.ok_or_else(token_is_not_good)?;
    if !address_change::take_back(&state, id).await? {
        return Err(token_is_not_good());
    }
    Ok(Answer(AddressTakenBack { email: changed.old_email }))
}
