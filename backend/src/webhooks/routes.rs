//! The webhooks of a project, for its owner only: a URL may contain a secret.

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Deserialize;

use super::{
    guard,
    model::{MAX_PER_PROJECT, NewWebhook, Webhook, WebhookPatch, WebhookWithSecret},
    secret::Secret,
    store,
};
use crate::{
    db,
    error::{ApiError, ApiResult, FieldProblem, Resource},
    events::Change,
    http::{
        etag::{self, IfMatch},
        extract::{Json as Input, Path},
        page::Page,
    },
    id::{Id, WebhookId},
    projects::access::{Owner, ProjectAccess},
    webhooks::Parts,
};

#[derive(Deserialize)]
pub struct WebhookPath {
    webhook_id: WebhookId,
}

/// The webhooks of a project
#[utoipa::path(get, path = "/projects/{id}/webhooks", tag = "webhooks", params(("id" = Uuid, Path)),
    responses((status = 200, body = Page<Webhook>)))]
pub async fn list(State(state): State<Parts>, access: ProjectAccess<Owner>) -> ApiResult<Json<Page<Webhook>>> {
    Ok(Json(Page::whole(store::list(&state.db, access.project_id).await?)))
}

/// Register a webhook
///
/// Only this answer and that of `rotate-secret` contain the secret.
#[utoipa::path(post, path = "/projects/{id}/webhooks", tag = "webhooks", params(("id" = Uuid, Path)), request_body = NewWebhook,
    responses((status = 201, body = WebhookWithSecret), (status = 200, body = Webhook, description = "It was there already, with this id")))]
pub async fn create(
    State(state): State<Parts>,
    access: ProjectAccess<Owner>,
    Input(input): Input<NewWebhook>,
) -> ApiResult<Response> {
    let url = check_url(&state, &input.url)?;
    let id = input.id.unwrap_or_else(Id::new);
    let mut change = Change::begin(&state.db, access.caller.user_id).await?;
    access.lock(&mut change).await?;
    if let Some(existing) = store::find(change.connection(), access.project_id, id).await? {
        return Ok(answer(StatusCode::OK, &existing));
    }
    if store::count(change.connection(), access.project_id).await? >= MAX_PER_PROJECT {
        return Err(ApiError::field("url", FieldProblem::TooManyWebhooks { max: MAX_PER_PROJECT }));
    }
    let secret = Secret::random();
    let webhook = store::insert(change.connection(), access.project_id, id, &input, url.as_str(), &secret)
        .await
        .map_err(taken)?;
    change.commit(&state.bus).await?;
    Ok(answer(StatusCode::CREATED, &WebhookWithSecret { webhook, secret }))
}

fn check_url(state: &Parts, text: &str) -> ApiResult<url::Url> {
    guard::check_url(&state.config.webhooks, text).map_err(|problem| ApiError::field("url", problem))
}

fn taken(error: sqlx::Error) -> ApiError {
    db::conflict(error, &[("webhooks_pkey", "id", FieldProblem::Taken)])
}

/// One webhook
#[utoipa::path(get, path = "/projects/{id}/webhooks/{webhook_id}", tag = "webhooks",
    params(("id" = Uuid, Path), ("webhook_id" = Uuid, Path)), responses((status = 200, body = Webhook)))]
pub async fn get(
    State(state): State<Parts>,
    access: ProjectAccess<Owner>,
    Path(path): Path<WebhookPath>,
) -> ApiResult<Response> {
    let webhook = store::find(&state.db, access.project_id, path.webhook_id).await?;
    Ok(answer(StatusCode::OK, &webhook.ok_or(ApiError::NotFound(Resource::Webhook))?))
}

/// Change a webhook, or switch it on or off
#[utoipa::path(patch, path = "/projects/{id}/webhooks/{webhook_id}", tag = "webhooks",
    params(("id" = Uuid, Path), ("webhook_id" = Uuid, Path)), request_body = WebhookPatch, responses((status = 200, body = Webhook)))]
pub async fn update(
    State(state): State<Parts>,
    access: ProjectAccess<Owner>,
    Path(path): Path<WebhookPath>,
    if_match: IfMatch,
    Input(patch): Input<WebhookPatch>,
) -> ApiResult<Response> {
    let url = match patch.url.as_deref() {
        Some(url) => Some(check_url(&state, url)?),
        None => None,
    };
    let mut change = Change::begin(&state.db, access.caller.user_id).await?;
    let current = lock(&access, &mut change, path.webhook_id).await?;
    if_match.check(current.version, &current)?;
    let url = url.as_ref().map(url::Url::as_str);
    let webhook = store::update(change.connection(), current.id, &patch, url).await?;
    change.commit(&state.bus).await?;
    Ok(answer(StatusCode::OK, &webhook))
}

/// Create a new secret for a webhook
///
/// Messages are also signed with the previous one for another 24 hours, so that receivers can be updated.
#[utoipa::path(post, path = "/projects/{id}/webhooks/{webhook_id}/rotate-secret", tag = "webhooks",
    params(("id" = Uuid, Path), ("webhook_id" = Uuid, Path)), responses((status = 200, body = WebhookWithSecret)))]
pub async fn rotate_secret(
    State(state): State<Parts>,
    access: ProjectAccess<Owner>,
    Path(path): Path<WebhookPath>,
) -> ApiResult<Response> {
    let mut change = Change::begin(&state.db, access.caller.user_id).await?;
    let current = lock(&access, &mut change, path.webhook_id).await?;
    let secret = Secret::random();
    let webhook = store::rotate_secret(change.connection(), current.id, &secret).await?;
    change.commit(&state.bus).await?;
    Ok(answer(StatusCode::OK, &WebhookWithSecret { webhook, secret }))
}

/// Delete a webhook and its waiting messages
#[utoipa::path(delete, path = "/projects/{id}/webhooks/{webhook_id}", tag = "webhooks",
    params(("id" = Uuid, Path), ("webhook_id" = Uuid, Path)), responses((status = 204, description = "Deleted")))]
pub async fn delete(
    State(state): State<Parts>,
    access: ProjectAccess<Owner>,
    Path(path): Path<WebhookPath>,
    if_match: IfMatch,
) -> ApiResult<StatusCode> {
    let mut change = Change::begin(&state.db, access.caller.user_id).await?;
    let current = lock(&access, &mut change, path.webhook_id).await?;
    if_match.check(current.version, &current)?;
    store::delete(change.connection(), current.id).await?;
    change.commit(&state.bus).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The webhook, with its project locked.
pub(super) async fn lock(
    access: &ProjectAccess<Owner>,
    change: &mut Change,
    webhook_id: WebhookId,
) -> ApiResult<Webhook> {
    access.lock(change).await?;
    store::find(change.connection(), access.project_id, webhook_id).await?.ok_or(ApiError::NotFound(Resource::Webhook))
}

trait Versioned: serde::Serialize {
    fn version(&self) -> i64;
}

impl Versioned for Webhook {
    fn version(&self) -> i64 {
        self.version
    }
}

impl Versioned for WebhookWithSecret {
    fn version(&self) -> i64 {
        self.webhook.version
    }
}

fn answer(status: StatusCode, webhook: &impl Versioned) -> Response {
    etag::with((status, Json(webhook)).into_response(), &etag::of_version(webhook.version()))
}
