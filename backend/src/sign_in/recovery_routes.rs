//! By mail: password resets and address confirmation.

use axum::{
    Json as Answer,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use garde::Validate;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::{
    account_tokens::{self, Purpose},
    address_change, new_password, registration,
    routes::{SignedIn, signed_in},
};
use crate::{
    auth::{
        self, AccountMail, Caller,
        known_device::Device,
        password::{self, NewPassword, Password},
        store,
    },
    error::{ApiError, ApiResult, FieldProblem, Forbidden, Unauthenticated},
    events::{Change, EventKind, Topic},
    http::{
        client_address::ClientInfo,
        email,
        extract::{Json, ShortJson},
        schema::{EmailAddress, LinkToken},
    },
    id::{DeliveryId, UserId},
    outbox::{NewDelivery, Priority, Recipient, queue_mail},
    sign_in::{self, Parts},
    signed_id::{self, Purpose as SignedPurpose},
    users,
};

pub(super) const ANOTHER_ACCOUNTS: ApiError = ApiError::Forbidden(Forbidden::LinkOfAnotherAccount);

const MAIL_IS_OFF: ApiError = ApiError::Forbidden(Forbidden::MailOff);

#[derive(Deserialize, Validate, ToSchema)]
#[schema(example = json!({"email": "lin@example.org"}))]
pub struct PasswordResetRequest {
    #[serde(deserialize_with = "email::deserialize")]
    #[schema(value_type = EmailAddress)]
    #[garde(email, length(max = 254))]
    email: String,
}

#[derive(Deserialize, Validate, ToSchema)]
#[schema(example = json!({"token": "aBcD…", "password": "nine slow rivers north"}))]
pub struct PasswordReset {
    /// From the link in the mail.
    #[garde(skip)]
    #[schema(value_type = LinkToken)]
    token: SecretString,
    #[garde(skip)]
    #[schema(value_type = NewPassword)]
    password: SecretString,
}

/// The address to sign in with: whoever has the token has read the account's mail.
#[derive(Serialize, ToSchema)]
pub struct PasswordWasReset {
    #[schema(example = "lin@example.org")]
    email: String,
}

#[derive(Deserialize, Validate, ToSchema)]
#[schema(example = json!({"token": "aBcD…"}))]
pub struct EmailConfirmation {
    /// From the link in the mail.
    #[garde(skip)]
    #[schema(value_type = LinkToken)]
    token: SecretString,
    /// For a registration: the password chosen with it.
    #[garde(skip)]
    #[schema(value_type = Option<Password>)]
    password: Option<SecretString>,
}

/// Request a mail with a link to choose a new password
///
/// The answer and its timing are the same whether or not the address has an account.
#[utoipa::path(post, path = "/auth/password-reset", tag = "auth", security(()), request_body = PasswordResetRequest,
    responses((status = 202, description = "If the address has an account, a mail is on its way"),
        (status = 403, description = "This server sends no mail")))]
pub async fn request_reset(
    State(state): State<Parts>,
    client: ClientInfo,
    Json(input): ShortJson<PasswordResetRequest>,
) -> ApiResult<StatusCode> {
    if state.config.mail.is_none() {
        return Err(MAIL_IS_OFF);
    }
    let limits = &state.config.limits;
    let address = input.email.trim().to_lowercase();
    state.limiter.check("reset_address", &client.network(), limits.reset_per_address).await?;
    // A sender uses up only their own share, so that nobody can block the owner of an address.
    let of_one = limits.reset_per_account;
    state.limiter.check("reset_sender", &format!("{address} {}", client.network()), of_one).await?;
    state.limiter.check("reset_account", &address, of_one.of_several()).await?;
    // The worker checks whether there is an account, so nothing here depends on it.
    let mut change = Change::begin(&state.db, None).await?;
    queue_mail(
        &mut change,
        &NewDelivery {
            event_key: format!("{}:{}", AccountMail::ResetPassword.as_str(), DeliveryId::new()),
            to: Recipient::Address(&address),
            kind: AccountMail::ResetPassword.as_str(),
            payload: json!({}),
            due_at: None,
            priority: Priority::Account,
        },
    )
    .await?;
    change.commit(&state.bus).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Choose a new password with the token from the mail
///
/// The token works once; for a minute the same password gets the same answer again, in case it was lost. All sessions end and none starts:
/// sign in with the address in the answer.
#[utoipa::path(post, path = "/auth/password-reset/confirm", tag = "auth", security(()), request_body = PasswordReset,
    responses((status = 200, body = PasswordWasReset, description = "Changed; sign in with it")))]
pub async fn reset(
    State(state): State<Parts>,
    client: ClientInfo,
    Json(input): ShortJson<PasswordReset>,
) -> ApiResult<Answer<PasswordWasReset>> {
    state.limiter.check("reset_confirm", &client.network(), state.config.limits.reset_per_address).await?;
    let wanted = input.password.expose_secret().to_owned();
    password::check_length("password", &wanted, state.config.auth.password_min_length)?;
    let token = input.token.expose_secret();
    let Some(user_id) = account_tokens::find(&state.db, token, Purpose::ResetPassword).await? else {
        return was_just_reset(&state, token, wanted).await;
    };
    let profile = users::store::find(&state.db, user_id).await?.ok_or_else(token_is_not_good)?;
    if users::store::is_disabled(&state.db, user_id).await? {
        return Err(ApiError::AccountDisabled);
    }
    let about = vec![profile.email.clone(), profile.name, "todo".to_owned()];
    password::check_strength(&state.off_runtime, "password", &wanted, about).await?;
    let hash = state.hasher.hash(wanted).await?;

    let mut change = Change::begin(&state.db, user_id).await?;
    change.lock_users(&[user_id]).await?;
    if !account_tokens::consume(change.connection(), token, Purpose::ResetPassword).await? {
        drop(change);
        return was_just_reset(&state, token, input.password.expose_secret().to_owned()).await;
    }
    let ended = new_password::set(&mut change, user_id, &hash, None).await?;
    // The mail has arrived, so the address is theirs.
    users::store::set_email_verified(change.connection(), user_id).await?;
    sign_in::tell_of_new_password(&state, &mut change, user_id, &client).await?;
    auth::finish_ending(&state.bus, change, user_id, &ended).await?;
    tracing::info!(%user_id, ended_sessions = ended.len(), "password reset");
    Ok(Answer(PasswordWasReset { email: profile.email }))
}

/// The answer to the same link and password may have been lost: it is repeated without effect.
async fn was_just_reset(state: &Parts, token: &str, password: String) -> ApiResult<Answer<PasswordWasReset>> {
    let user_id = account_tokens::find_just_used(&state.db, token, Purpose::ResetPassword).await?;
    let user_id = user_id.ok_or_else(token_is_not_good)?;
    if users::store::is_disabled(&state.db, user_id).await? {
        return Err(ApiError::AccountDisabled);
    }
    let hash = store::find_password_hash(&state.db, user_id).await?;
    let profile = users::store::find(&state.db, user_id).await?.ok_or_else(token_is_not_good)?;
    if state.hasher.verify(password, hash).await? {
        Ok(Answer(PasswordWasReset { email: profile.email }))
    } else {
        Err(token_is_not_good())
    }
}

/// Confirm an email address with the token from the mail
///
/// A registration's token, together with its password, creates the account and signs in. All others work for whoever is signed in to the
/// account: a new address's token replaces the old address, the current address's token confirms it.
#[utoipa::path(post, path = "/auth/email/confirm", tag = "auth", security((), ("bearer" = [])), request_body = EmailConfirmation,
    responses(
        (status = 204, description = "Confirmed"),
        (status = 403, description = "The link is for another account"),
        (status = 200, body = SignedIn, description = "The account is made; signed in, sets the refresh cookie")))]
pub async fn confirm_email(
    State(state): State<Parts>,
    client: ClientInfo,
    caller: Result<Caller, ApiError>,
    headers: HeaderMap,
    Json(input): ShortJson<EmailConfirmation>,
) -> ApiResult<Response> {
    state.limiter.check("email_confirm", &client.network(), state.config.limits.reset_per_address).await?;
    let token = input.token.expose_secret();
    if let Some(id) = signed_id::read(&state.signer, SignedPurpose::FinishRegistration, token) {
        let verified =
            registration::finish(&state, id, input.password.as_ref()).await?.ok_or_else(token_is_not_good)?;
        let session = sign_in::open_session(&state, &client, &verified, false).await?;
        let device = Device::of(&state.config, &headers);
        return signed_in(&state, &device, StatusCode::OK, verified.profile.id, session).await;
    }
    if let Some(id) = signed_id::read(&state.signer, SignedPurpose::ChangeAddress, token) {
        let caller_id = signed_in_caller(caller)?;
        return match address_change::confirm(&state, id, caller_id).await? {
            true => Ok(StatusCode::NO_CONTENT.into_response()),
            false => Err(token_is_not_good()),
        };
    }
    let Some(user_id) = account_tokens::find(&state.db, token, Purpose::ConfirmEmail).await? else {
        return was_just_confirmed(&state, token, signed_in_caller(caller)).await;
    };
    let caller_id = signed_in_caller(caller)?;
    if caller_id != user_id {
        return Err(ANOTHER_ACCOUNTS);
    }
    let mut change = Change::begin(&state.db, user_id).await?;
    change.lock_users(&[user_id]).await?;
    if users::store::is_disabled(change.connection(), user_id).await? {
        return Err(ApiError::AccountDisabled);
    }
    if !account_tokens::consume(change.connection(), token, Purpose::ConfirmEmail).await? {
        drop(change);
        return was_just_confirmed(&state, token, Ok(caller_id)).await;
    }
    let profile = users::store::set_email_verified(change.connection(), user_id).await?;
    change.record(Topic::User(user_id), EventKind::UserUpdated, &profile).await?;
    change.commit(&state.bus).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// The link's account must be the account of whoever follows it: otherwise the owner of an address could confirm it for an account created
/// by somebody else.
fn signed_in_caller(caller: Result<Caller, ApiError>) -> ApiResult<UserId> {
    match caller {
        Ok(caller) => Ok(caller.user_id),
        Err(ApiError::Unauthenticated(_)) => Err(ApiError::Unauthenticated(Unauthenticated::SignInForLink)),
        Err(other) => Err(other),
    }
}

async fn was_just_confirmed(state: &Parts, token: &str, caller_id: ApiResult<UserId>) -> ApiResult<Response> {
    let user_id = account_tokens::find_just_used(&state.db, token, Purpose::ConfirmEmail).await?;
    let user_id = user_id.ok_or_else(token_is_not_good)?;
    if caller_id? != user_id {
        return Err(ANOTHER_ACCOUNTS);
    }
    if users::store::is_disabled(&state.db, user_id).await? {
        return Err(ApiError::AccountDisabled);
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Send the confirmation mail again
#[utoipa::path(post, path = "/auth/email/resend", tag = "auth",
    responses((status = 202, description = "On its way, unless the address is confirmed already")))]
pub async fn resend_confirmation(State(state): State<Parts>, caller: Caller) -> ApiResult<StatusCode> {
    if state.config.mail.is_none() {
        return Err(MAIL_IS_OFF);
    }
    let limit = state.config.limits.reset_per_account;
    state.limiter.check("email_resend", &caller.user_id.to_string(), limit).await?;
    let mut change = Change::begin(&state.db, caller.user_id).await?;
    sign_in::ask_for_confirmation(&state, &mut change, caller.user_id).await?;
    change.commit(&state.bus).await?;
    Ok(StatusCode::ACCEPTED)
}

pub(super) fn token_is_not_good() -> ApiError {
    ApiError::field("token", FieldProblem::LinkExpired)
}
