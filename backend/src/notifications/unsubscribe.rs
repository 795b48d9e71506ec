//! Unsubscribing from one kind of mail without signing in: the signed link names the user and the kind.

use axum::{Json, extract::State, http::StatusCode};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{kind::NotificationKind, preferences, unsubscribe_keys};
use crate::{
    db,
    error::{ApiError, ApiResult, Resource},
    http::{extract::Query, schema::LinkToken},
    id::UserId,
    notifications::Parts,
    signer::Signer,
};

const PURPOSE: &str = "unsubscribe";

/// [`unsubscribe_keys::keep`] must have run before it is sent.
pub fn token(signer: &Signer, user_id: UserId, kind: NotificationKind) -> String {
    let subject = format!("{user_id}:{}", kind.as_str());
    let signature = signer.unsubscribe_token(PURPOSE, subject.as_bytes());
    format!("{}.{signature}", URL_SAFE_NO_PAD.encode(subject))
}

/// The token's contents and signature; untrusted until verified.
fn split(token: &str) -> Option<(Vec<u8>, &str)> {
    let (subject, signature) = token.split_once('.')?;
    Some((URL_SAFE_NO_PAD.decode(subject).ok()?, signature))
}

fn parse(subject: Vec<u8>) -> Option<(UserId, NotificationKind)> {
    let subject = String::from_utf8(subject).ok()?;
    let (user_id, kind) = subject.split_once(':')?;
    Some((user_id.parse().ok()?, NotificationKind::of_text(kind)?))
}

#[derive(Debug, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct UnsubscribeQuery {
    /// From the link in the mail.
    #[garde(length(max = 500))]
    #[param(value_type = LinkToken)]
    token: String,
}

#[derive(Serialize, ToSchema)]
pub struct Subscription {
    kind: NotificationKind,
    /// Whether mails of the kind are sent.
    mail: bool,
}

async fn find(state: &Parts, query: &UnsubscribeQuery) -> ApiResult<(UserId, NotificationKind)> {
    const NOT_FOUND: ApiError = ApiError::NotFound(Resource::Subscription);
    let (subject, signature) = split(&query.token).ok_or(NOT_FOUND)?;
    if !unsubscribe_keys::verify(state, PURPOSE, &subject, signature).await? {
        return Err(NOT_FOUND);
    }
    parse(subject).filter(|(_, kind)| !kind.mail_is_fixed()).ok_or(NOT_FOUND)
}

/// What an unsubscribe link is about
#[utoipa::path(get, path = "/unsubscribe", tag = "notifications", security(()), params(UnsubscribeQuery),
    responses((status = 200, body = Subscription), (status = 404, description = "Not a valid link")))]
pub async fn show(State(state): State<Parts>, Query(query): Query<UnsubscribeQuery>) -> ApiResult<Json<Subscription>> {
    let (user_id, kind) = find(&state, &query).await?;
    let choices = preferences::choices(&state.db, user_id).await?;
    let chosen = choices.iter().find(|one| one.kind == kind.as_str() && one.channel == "mail");
    Ok(Json(Subscription { kind, mail: chosen.map_or(kind.default_channels().mail, |one| one.enabled) }))
}

/// Unsubscribe from one kind of mail, without signing in
///
/// Called by mail programs with one click (RFC 8058); the token is from the mail's link.
#[utoipa::path(post, path = "/unsubscribe", tag = "notifications", security(()), params(UnsubscribeQuery),
    responses((status = 204, description = "No more mails of this kind"), (status = 404, description = "Not a valid link")))]
pub async fn unsubscribe(State(state): State<Parts>, Query(query): Query<UnsubscribeQuery>) -> ApiResult<StatusCode> {
    let (user_id, kind) = find(&state, &query).await?;
    let mut transaction = db::begin(&state.db).await?;
    if crate::users::store::find_addressee(&mut *transaction, user_id).await?.is_some() {
        preferences::choose(&mut transaction, user_id, kind, "mail", false).await?;
        db::commit(transaction).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}
