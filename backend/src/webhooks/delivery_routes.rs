//! A webhook's messages, and resending them.

use axum::{Json, extract::State, http::StatusCode};
use chrono::Utc;
use serde::Deserialize;
use serde_json::{Value, json};
use sqlx::PgExecutor;

use super::{
    log, message,
    model::{Webhook, WebhookDelivery, WebhookDeliveryDetails},
    queue, routes, store,
};
use crate::{
    config::Retention,
    error::{ApiError, ApiResult, FieldProblem, Resource},
    events::Change,
    http::{
        extract::{Path, Query},
        page::{self, DEFAULT_LIMIT, NewestFirst, Page, PageQuery},
    },
    id::{DeliveryId, Id, WebhookId, kind},
    projects::access::{Owner, ProjectAccess},
    webhooks::Parts,
};

#[derive(Deserialize)]
pub struct WebhookPath {
    webhook_id: WebhookId,
}

#[derive(Deserialize)]
pub struct DeliveryPath {
    webhook_id: WebhookId,
    delivery_id: DeliveryId,
}

/// Messages of a webhook, newest first
#[utoipa::path(get, path = "/projects/{id}/webhooks/{webhook_id}/deliveries", tag = "webhooks",
    params(("id" = Uuid, Path), ("webhook_id" = Uuid, Path), PageQuery), responses((status = 200, body = Page<WebhookDelivery>)))]
pub async fn list(
    State(state): State<Parts>,
    access: ProjectAccess<Owner>,
    Path(path): Path<WebhookPath>,
    Query(filter): Query<PageQuery>,
) -> ApiResult<Json<Page<WebhookDelivery>>> {
    let webhook = find_webhook(&state, &access, path.webhook_id).await?;
    let after: Option<NewestFirst<kind::Delivery>> = filter.cursor.as_deref().map(page::decode_cursor).transpose()?;
    let limit = filter.limit.unwrap_or(DEFAULT_LIMIT);
    let items =
        log::list(&state.db, webhook.id, after.as_ref(), i64::from(limit) + 1).await.map_err(page::cursor_error)?;
    Ok(Json(Page::cut(items, limit, |last| NewestFirst { created_at: last.created_at, id: last.id })))
}

/// One message with its body and attempts
#[utoipa::path(get, path = "/projects/{id}/webhooks/{webhook_id}/deliveries/{delivery_id}", tag = "webhooks",
    params(("id" = Uuid, Path), ("webhook_id" = Uuid, Path), ("delivery_id" = Uuid, Path)),
    responses((status = 200, body = WebhookDeliveryDetails)))]
pub async fn get(
    State(state): State<Parts>,
    access: ProjectAccess<Owner>,
    Path(path): Path<DeliveryPath>,
) -> ApiResult<Json<WebhookDeliveryDetails>> {
    let webhook = find_webhook(&state, &access, path.webhook_id).await?;
    let not_found = || ApiError::NotFound(Resource::Delivery);
    let delivery = log::find(&state.db, webhook.id, path.delivery_id).await?.ok_or_else(not_found)?;
    let body = match find_kept_data(&state.db, &state.config.retention, &delivery).await? {
        Some(data) => Some(message::body(&delivery.event_type, delivery.created_at, &data)?),
        None => None,
    };
    let tries = log::list_attempts(&state.db, delivery.id).await?;
    Ok(Json(WebhookDeliveryDetails { delivery, body, tries }))
}

/// Send a test message (`webhook.test`)
#[utoipa::path(post, path = "/projects/{id}/webhooks/{webhook_id}/test", tag = "webhooks",
    params(("id" = Uuid, Path), ("webhook_id" = Uuid, Path)), responses((status = 202, body = WebhookDelivery)))]
pub async fn test(
    State(state): State<Parts>,
    access: ProjectAccess<Owner>,
    Path(path): Path<WebhookPath>,
) -> ApiResult<(StatusCode, Json<WebhookDelivery>)> {
    let (mut change, webhook) = begin_send(&state, &access, path.webhook_id).await?;
    let id = Id::new();
    let data = json!({ "project_id": access.project_id, "actor_id": access.caller.user_id, "webhook_id": webhook.id });
    log::insert_test(change.connection(), webhook.id, id, &data).await?;
    commit_send(&state, change, webhook.id, id).await
}

/// Resend a message with the same `webhook-id`
///
/// As long as its body is kept; a few days after delivery the answer is 409.
#[utoipa::path(post, path = "/projects/{id}/webhooks/{webhook_id}/deliveries/{delivery_id}/send-again", tag = "webhooks",
    params(("id" = Uuid, Path), ("webhook_id" = Uuid, Path), ("delivery_id" = Uuid, Path)),
    responses((status = 202, body = WebhookDelivery)))]
pub async fn send_again(
    State(state): State<Parts>,
    access: ProjectAccess<Owner>,
    Path(path): Path<DeliveryPath>,
) -> ApiResult<(StatusCode, Json<WebhookDelivery>)> {
    let (mut change, webhook) = begin_send(&state, &access, path.webhook_id).await?;
    let delivery = log::find(change.connection(), webhook.id, path.delivery_id).await?;
    let delivery = delivery.ok_or(ApiError::NotFound(Resource::Delivery))?;
    if find_kept_data(change.connection(), &state.config.retention, &delivery).await?.is_none() {
        return Err(ApiError::Conflict { field: "body", problem: FieldProblem::BodyNotKept });
    }
    log::send_again(change.connection(), delivery.id).await?;
    commit_send(&state, change, webhook.id, delivery.id).await
}

/// A message's contents. A few days after delivery they are hidden, even if the event is still kept for clients.
async fn find_kept_data(
    db: impl PgExecutor<'_>,
    retention: &Retention,
    delivery: &WebhookDelivery,
) -> sqlx::Result<Option<Value>> {
    if delivery.sent_at.is_some_and(|at| Utc::now() - retention.webhook_bodies > at) {
        return Ok(None);
    }
    queue::find_data(db, delivery.id).await
}

async fn find_webhook(state: &Parts, access: &ProjectAccess<Owner>, webhook_id: WebhookId) -> ApiResult<Webhook> {
    store::find(&state.db, access.project_id, webhook_id).await?.ok_or(ApiError::NotFound(Resource::Webhook))
}

/// An enabled webhook, for a user below the limit of manual messages.
async fn begin_send(
    state: &Parts,
    access: &ProjectAccess<Owner>,
    webhook_id: WebhookId,
) -> ApiResult<(Change, Webhook)> {
    let limit = state.config.limits.webhook_sends_per_user;
    state.limiter.check("webhook", &access.caller.user_id.to_string(), limit).await?;
    let mut change = Change::begin(&state.db, access.caller.user_id).await?;
    let webhook = routes::lock(access, &mut change, webhook_id).await?;
    if !webhook.is_active {
        return Err(ApiError::Conflict { field: "is_active", problem: FieldProblem::WebhookOff });
    }
    Ok((change, webhook))
}

async fn commit_send(
    state: &Parts,
    mut change: Change,
    webhook_id: WebhookId,
    id: DeliveryId,
) -> ApiResult<(StatusCode, Json<WebhookDelivery>)> {
    let delivery =
        log::find(change.connection(), webhook_id, id).await?.ok_or(ApiError::NotFound(Resource::Delivery))?;
    change.wake_workers();
    change.commit(&state.bus).await?;
    Ok((StatusCode::ACCEPTED, Json(delivery)))
}
