//! Register and sign in.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use axum_extra::extract::cookie::CookieJar;
use garde::Validate;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{NewAccount, OpenedSession, registration};
use crate::{
    auth::{
        known_device::Device,
        password::{NewPassword, Password},
        refresh_cookie,
        starting_point::{self, StartingPoint},
    },
    error::{ApiError, ApiResult, Forbidden},
    http::{
        client_address::ClientInfo,
        email,
        extract::{Json, ShortJson},
        schema::{EmailAddress, TimeZone},
        text, validate,
    },
    id::UserId,
    projects::invitations::accept_routes,
    sign_in::{self, Parts},
    users::{
        self,
        model::{self, Language, PersonName, Profile},
    },
};

#[derive(Deserialize, Validate, ToSchema)]
#[schema(example = json!({"email": "lin@example.org", "password": "seven quiet lanterns", "name": "Lin", "language": "zh-CN", "time_zone": "Asia/Shanghai"}))]
pub struct Registration {
    #[serde(deserialize_with = "email::deserialize")]
    #[schema(value_type = EmailAddress)]
    #[garde(email, length(max = 254))]
    email: String,
    /// 8 to 128 characters, not a common password.
    #[garde(skip)]
    #[schema(value_type = NewPassword)]
    password: SecretString,
    /// Defaults to the part of the address before the @.
    #[schema(value_type = Option<PersonName>)]
    #[garde(inner(length(chars, max = model::MAX_NAME), custom(text::one_line)))]
    name: Option<String>,
    /// English when absent.
    #[garde(skip)]
    language: Option<Language>,
    /// IANA name; UTC when absent.
    #[schema(value_type = Option<TimeZone>)]
    #[garde(inner(custom(validate::time_zone)))]
    time_zone: Option<String>,
    /// From an invitation link, if the person came from one.
    #[garde(skip)]
    #[schema(value_type = Option<String>)]
    invitation_token: Option<SecretString>,
}

#[derive(Deserialize, Validate, ToSchema)]
#[schema(example = json!({"email": "lin@example.org", "password": "seven quiet lanterns"}))]
pub struct Login {
    #[serde(deserialize_with = "email::deserialize")]
    #[schema(min_length = 1, max_length = 254)]
    #[garde(length(chars, min = 1, max = 254))]
    email: String,
    #[garde(skip)]
    #[schema(value_type = Password)]
    password: SecretString,
    /// Cancels a pending account deletion; without it such a sign-in is refused.
    #[garde(skip)]
    #[serde(default)]
    keep_account: bool,
}

/// The result of a sign-in; the refresh token is set as an HttpOnly cookie.
#[derive(Serialize, ToSchema)]
pub struct SignedIn {
    pub user: Profile,
    pub access_token: String,
    #[schema(example = "bearer")]
    pub token_type: &'static str,
    /// Seconds.
    #[schema(example = 900)]
    pub expires_in: u64,
    #[serde(flatten)]
    pub starting_point: StartingPoint,
}

/// Create an account and sign in
///
/// With mail on, the answer is 202 for every address, followed by a mail: with the link that creates the account and signs in
/// (`/auth/email/confirm`), or with the information that an account exists. With the token of an invitation mailed to this address, no
/// other mail is needed. Repeating the request within a minute, because its answer may have been lost, gets the same answer and creates no
/// second account.
#[utoipa::path(post, path = "/auth/register", tag = "auth", security(()), request_body = Registration,
    responses(
        (status = 201, body = SignedIn, description = "Signed in; sets the refresh cookie"),
        (status = 202, description = "A mail is on its way to the address")))]
pub async fn register(
    State(state): State<Parts>,
    client: ClientInfo,
    headers: HeaderMap,
    Json(input): ShortJson<Registration>,
) -> ApiResult<Response> {
    if !state.config.auth.registration_open {
        return Err(ApiError::Forbidden(Forbidden::RegistrationClosed));
    }
    let limit = state.config.limits.register_per_address;
    state.limiter.check("register_address", &client.network(), limit).await?;
    let is_invited = match &input.invitation_token {
        Some(token) => {
            accept_routes::came_by_mail_to(&state.db, &state.signer, token.expose_secret(), input.email.trim()).await?
        }
        None => false,
    };
    let name = input.name.unwrap_or_else(|| input.email.split('@').next().unwrap_or("me").chars().take(100).collect());
    let account = NewAccount {
        email: input.email,
        password: input.password,
        name,
        language: input.language.unwrap_or_default(),
        time_zone: input.time_zone.unwrap_or_else(|| "UTC".to_owned()),
        is_admin: false,
        is_confirmed: is_invited,
    };
    if state.config.mail.is_some() && !is_invited {
        registration::begin(&state, account, &client.network()).await?;
        return Ok(StatusCode::ACCEPTED.into_response());
    }
    let device = Device::of(&state.config, &headers);
    let verified = match registration::just_made(&state, &client, &device, &account).await? {
        Some(verified) => verified,
        None => sign_in::create_account(&state, account).await?,
    };
    let session = sign_in::open_session(&state, &client, &verified, false).await?;
    signed_in(&state, &device, StatusCode::CREATED, verified.profile.id, session).await
}

/// Sign in
#[utoipa::path(post, path = "/auth/login", tag = "auth", security(()), request_body = Login,
    responses((status = 200, body = SignedIn, description = "Signed in; sets the refresh cookie")))]
pub async fn login(
    State(state): State<Parts>,
    client: ClientInfo,
    headers: HeaderMap,
    Json(input): ShortJson<Login>,
) -> ApiResult<Response> {
    let device = Device::of(&state.config, &headers);
    let verified = sign_in::check_credentials(&state, &client, &device, &input.email, &input.password).await?;
    let session = sign_in::open_session(&state, &client, &verified, input.keep_account).await?;
    signed_in(&state, &device, StatusCode::OK, verified.profile.id, session).await
}

pub(super) async fn signed_in(
    state: &Parts,
    device: &Device,
    status: StatusCode,
    user_id: UserId,
    session: OpenedSession,
) -> ApiResult<Response> {
    // First: a profile change in between is sent again, and none is missed.
    let starting_point = starting_point::read(&state.db, user_id).await?;
    let user = users::store::find(&state.db, user_id).await?.ok_or(ApiError::SessionEnded)?;
    let jar = CookieJar::new().add(refresh_cookie::build(&state.config, session.refresh_token)).add(device.remember(
        &state.config,
        &state.signer,
        &sign_in::account_of(&user.email),
    ));
    let body = SignedIn {
        user,
        access_token: session.access.token,
        token_type: "bearer",
        expires_in: session.access.expires_in,
        starting_point,
    };
    Ok((status, jar, axum::Json(body)).into_response())
}
