//! Refresh, sign out, and the OAuth 2.0 token endpoint for API clients.

use std::time::Duration;

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use axum_extra::extract::cookie::CookieJar;
use chrono::Utc;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    OpenedSession,
    routes::{SignedIn, signed_in},
};
use crate::{
    auth::{
        self, Caller,
        known_device::Device,
        refresh_cookie,
        request_key::{self, RequestKey},
        store,
        token::{RefreshToken, hash_refresh_token},
    },
    error::{ApiError, ApiResult, Unauthenticated},
    events::Change,
    http::{client_address::ClientInfo, email::with_ascii_domain, extract::Form, problem::shorten},
    id::{SessionId, UserId},
    sign_in::{self, Parts},
};

/// How often an answer is repeated for a client that only looks like the same one.
const MOST_REPEATS: i16 = 2;

const NOT_VALID: ApiError = ApiError::Unauthenticated(Unauthenticated::RefreshTokenInvalid);

/// Exchange the refresh cookie for a new access token
///
/// The cookie is replaced. In case an answer gets lost, the cookie just replaced gets the same successor again as long as the successor is
/// unused: for an hour with the same `Idempotency-Key`, otherwise twice within 20 seconds for a similar client. Any other reuse ends the
/// session, because the cookie may have been copied.
#[utoipa::path(post, path = "/auth/refresh", tag = "auth", security(("refresh_cookie" = [])),
    params(RequestKey),
    responses((status = 200, body = SignedIn, description = "Sets the next refresh cookie")))]
pub async fn refresh(
    State(state): State<Parts>,
    client: ClientInfo,
    request_key: RequestKey,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let token = refresh_cookie::read(&state.config, &headers)?
        .ok_or(ApiError::Unauthenticated(Unauthenticated::RefreshTokenMissing))?;
    match rotate(&state, &client, &token, &request_key).await {
        Ok((user_id, session)) => {
            signed_in(&state, &Device::of(&state.config, &headers), StatusCode::OK, user_id, session).await
        }
        // A cookie unknown to this server may belong to another server on the same host: it is kept.
        Err(error @ (ApiError::SessionEnded | ApiError::AccountDisabled)) => {
            let jar = CookieJar::new().add(refresh_cookie::expired(&state.config));
            Ok((jar, error).into_response())
        }
        Err(error) => Err(error),
    }
}

/// Replaces a refresh token by its successor. The lock on its row lets one of two concurrent requests win; the other gets the same
/// successor.
async fn rotate(
    state: &Parts,
    client: &ClientInfo,
    token: &str,
    RequestKey(request_key): &RequestKey,
) -> Result<(UserId, OpenedSession), ApiError> {
    let request_key = request_key.as_ref().map(<[u8; 32]>::as_slice);
    let limits = &state.config.limits;
    let old_hash = hash_refresh_token(token);
    // Many people share an address, and every opened page refreshes: only failures count against it.
    let Some(session_id) = store::session_of_refresh_token(&state.reads, &old_hash).await? else {
        state.limiter.check("refresh_failed", &client.network(), limits.refresh_per_address).await?;
        return Err(NOT_VALID);
    };
    state.limiter.check("refresh_session", &session_id.to_string(), limits.refresh_per_session).await?;
    let mut change = Change::begin(&state.db, None).await?;
    let max_age = state.config.auth.session_max;
    let shown = store::lock_refresh_token(change.connection(), &old_hash, request_key, max_age).await?;
    let shown = shown.ok_or(NOT_VALID)?;
    if shown.account_disabled {
        return Err(ApiError::AccountDisabled);
    }
    if !shown.session_live {
        return Err(ApiError::SessionEnded);
    }
    let given = |next: RefreshToken, expires_at| {
        let access = state.tokens.issue(shown.user_id, shown.session_id, expires_at)?;
        Ok::<_, ApiError>((
            shown.user_id,
            OpenedSession { session_id: shown.session_id, access, refresh_token: next.plain },
        ))
    };
    if shown.already_used {
        let next = shown.successor.as_deref().and_then(|sealed| RefreshToken::unseal(sealed, token));
        if let Some(next) = next
            && (shown.is_same_request || shown.just_used && client.resembles(&shown.ip_address, &shown.user_agent))
            && store::is_unused(change.connection(), &next.hash).await?
        {
            if shown.repeats >= MOST_REPEATS && !shown.is_same_request {
                // By now another tab of the same browser has the answer.
                return Err(ApiError::Busy { retry_after: Duration::from_secs(1) });
            }
            store::count_repeat(change.connection(), &old_hash).await?;
            change.commit(&state.bus).await?;
            metrics::counter!("todo_refresh_answers_repeated_total").increment(1);
            tracing::info!(user_id = %shown.user_id, session_id = %shown.session_id, same_request = shown.is_same_request, "the answer to a refresh was repeated");
            return given(next, shown.expires_at);
        }
        tracing::warn!(user_id = %shown.user_id, session_id = %shown.session_id, "a used refresh token was reused: session ended");
        change.lock_users(&[shown.user_id]).await?;
        store::end_session(change.connection(), shown.user_id, shown.session_id, "token_reused").await?;
        auth::finish_ending(&state.bus, change, shown.user_id, &[shown.session_id]).await?;
        return Err(ApiError::SessionEnded);
    }
    let next = RefreshToken::generate();
    let expires_at = store::rotate_refresh_token(
        change.connection(),
        &store::Rotation {
            session_id: shown.session_id,
            old_hash: &old_hash,
            new_hash: &next.hash,
            successor: &next.seal(token),
            request_key,
            user_agent: &client.user_agent,
            ip_address: &client.address.to_string(),
            expires_at: Utc::now() + state.config.auth.session_ttl,
            max_age,
        },
    )
    .await?;
    change.commit(&state.bus).await?;
    sign_in::mark_seen(state, shown.user_id).await;
    given(next, expires_at)
}

/// Sign out
///
/// Ends the session of the bearer token, or of the refresh cookie.
#[utoipa::path(post, path = "/auth/logout", tag = "auth", security((), ("bearer" = []), ("refresh_cookie" = [])),
    responses((status = 204, description = "Signed out")))]
pub async fn logout(
    State(state): State<Parts>,
    caller: Result<Caller, ApiError>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let session = match caller {
        Ok(caller) => Some((caller.user_id, caller.session_id)),
        Err(ApiError::Unauthenticated(_) | ApiError::SessionEnded | ApiError::AccountDisabled) => {
            session_of_cookie(&state, &headers).await?
        }
        Err(error) => return Err(error),
    };
    if let Some((user_id, session_id)) = session {
        let mut change = Change::begin(&state.db, user_id).await?;
        change.lock_users(&[user_id]).await?;
        if store::end_session(change.connection(), user_id, session_id, "signed_out").await? {
            auth::finish_ending(&state.bus, change, user_id, &[session_id]).await?;
        }
    }
    let jar = CookieJar::new().add(refresh_cookie::expired(&state.config));
    Ok((StatusCode::NO_CONTENT, jar).into_response())
}

async fn session_of_cookie(state: &Parts, headers: &HeaderMap) -> Result<Option<(UserId, SessionId)>, ApiError> {
    let Some(token) = refresh_cookie::read(&state.config, headers)? else { return Ok(None) };
    let mut connection = state.db.acquire().await?;
    let hash = hash_refresh_token(&token);
    let shown = store::lock_refresh_token(&mut connection, &hash, None, state.config.auth.session_max).await?;
    Ok(shown.filter(|shown| shown.session_live).map(|shown| (shown.user_id, shown.session_id)))
}

#[derive(Deserialize, ToSchema)]
#[schema(example = json!({"grant_type": "password", "username": "lin@example.org", "password": "seven quiet lanterns"}))]
pub struct TokenRequest {
    /// `password` or `refresh_token`.
    grant_type: String,
    /// The email address.
    username: Option<String>,
    #[schema(value_type = Option<String>, format = Password)]
    password: Option<SecretString>,
    #[schema(value_type = Option<String>)]
    refresh_token: Option<SecretString>,
}

#[derive(Serialize, ToSchema)]
pub struct TokenResponse {
    access_token: String,
    #[schema(example = "bearer")]
    token_type: &'static str,
    /// Seconds.
    #[schema(example = 900)]
    expires_in: u64,
    refresh_token: String,
}

/// An error of the token endpoint (RFC 6749, section 5.2).
#[derive(Serialize, ToSchema)]
pub struct TokenError {
    #[schema(example = "invalid_grant")]
    error: &'static str,
    error_description: String,
}

/// OAuth 2.0 token endpoint
///
/// The password and refresh-token grants of RFC 6749, for API clients and Swagger UI's "Authorize". A lost answer to a refresh is repeated
/// as with `/auth/refresh`.
#[utoipa::path(post, path = "/auth/token", tag = "auth", security(()),
    params(RequestKey),
    request_body(content = TokenRequest, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, body = TokenResponse), (status = 400, body = TokenError, description = "RFC 6749, section 5.2")))]
pub async fn token(
    State(state): State<Parts>,
    client: ClientInfo,
    request_key: Result<RequestKey, ApiError>,
    headers: HeaderMap,
    form: Result<Form<TokenRequest>, ApiError>,
) -> ApiResult<Response> {
    let Ok(request_key) = request_key else {
        return Ok(token_error("invalid_request", request_key::RULE.to_owned()));
    };
    let Form(input) = match form {
        Ok(form) => form,
        Err(ApiError::Validation(errors)) => {
            let description =
                errors.first().map_or_else(String::new, |error| format!("{}: {}", error.field, error.message));
            return Ok(token_error("invalid_request", description));
        }
        Err(other) => return Err(other),
    };
    let device = Device::of(&state.config, &headers);
    let mut jar = CookieJar::new();
    let granted = match (input.grant_type.as_str(), input.username, input.password, input.refresh_token) {
        ("password", Some(username), Some(password), _) => {
            let email = with_ascii_domain(&username);
            match sign_in::check_credentials(&state, &client, &device, &email, &password).await {
                Ok(verified) => {
                    let account = sign_in::account_of(&verified.profile.email);
                    jar = jar.add(device.remember(&state.config, &state.signer, &account));
                    sign_in::open_session(&state, &client, &verified, false).await
                }
                Err(refused) => Err(refused),
            }
        }
        ("password", ..) => return Ok(token_error("invalid_request", "username and password are needed".to_owned())),
        ("refresh_token", _, _, Some(token)) => {
            rotate(&state, &client, token.expose_secret(), &request_key).await.map(|(_, session)| session)
        }
        ("refresh_token", ..) => return Ok(token_error("invalid_request", "refresh_token is needed".to_owned())),
        (other, ..) => {
            return Ok(token_error("unsupported_grant_type", format!("{other:?} is not password or refresh_token")));
        }
    };
    match granted {
        Ok(session) => {
            let body = TokenResponse {
                access_token: session.access.token,
                token_type: "bearer",
                expires_in: session.access.expires_in,
                refresh_token: session.refresh_token,
            };
            Ok((jar, [("cache-control", "no-store")], axum::Json(body)).into_response())
        }
        Err(ApiError::Unauthenticated(reason)) => Ok(token_error("invalid_grant", reason.to_string())),
        Err(ApiError::SessionEnded) => Ok(token_error("invalid_grant", "the session has ended".to_owned())),
        Err(ApiError::AccountDeletion { .. }) => {
            Ok(token_error("invalid_grant", "the account is to be deleted; sign in on the page to keep it".to_owned()))
        }
        Err(ApiError::AccountDisabled) => Ok(token_error("invalid_grant", "the account is disabled".to_owned())),
        Err(other) => Err(other),
    }
}

fn token_error(error: &'static str, mut error_description: String) -> Response {
    shorten(&mut error_description);
    let body = TokenError { error, error_description };
    (StatusCode::BAD_REQUEST, [("cache-control", "no-store")], axum::Json(body)).into_response()
}
