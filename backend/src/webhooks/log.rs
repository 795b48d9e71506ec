//! SQL of the delivery log.

use serde_json::Value;
use sqlx::{PgConnection, PgExecutor};

use super::model::{TEST_EVENT, WebhookAttempt, WebhookDelivery};
use crate::{
    http::page::NewestFirst,
    id::{DeliveryId, WebhookId, kind},
    outbox::{Channel, DeliveryState},
};

/// Newest first.
pub async fn list(
    db: impl PgExecutor<'_>,
    webhook_id: WebhookId,
    after: Option<&NewestFirst<kind::Delivery>>,
    limit: i64,
) -> sqlx::Result<Vec<WebhookDelivery>> {
    sqlx::query_as!(
        WebhookDelivery,
        r#"
        SELECT d.id, d.kind AS event_type, d.state AS "state: DeliveryState", d.attempts, d.created_at,
               CASE WHEN d.state = 'pending' THEN d.next_attempt_at END AS next_attempt_at, d.sent_at, d.last_error,
               last.status AS "last_status?"
        FROM deliveries d
        LEFT JOIN LATERAL (
            SELECT a.status FROM webhook_attempts a WHERE a.delivery_id = d.id ORDER BY a.number DESC LIMIT 1
        ) AS last ON true
        WHERE d.webhook_id = $1 AND ($2::timestamptz IS NULL OR (d.created_at, d.id) < ($2, $3))
        ORDER BY d.created_at DESC, d.id DESC LIMIT $4
        "#,
        webhook_id,
        after.map(|cursor| cursor.created_at),
        after.map(|cursor| cursor.id),
        limit
    )
    .fetch_all(db)
    .await
}

pub async fn find(
    db: impl PgExecutor<'_>,
    webhook_id: WebhookId,
    id: DeliveryId,
) -> sqlx::Result<Option<WebhookDelivery>> {
    sqlx::query_as!(
        WebhookDelivery,
        r#"
        SELECT d.id, d.kind AS event_type, d.state AS "state: DeliveryState", d.attempts, d.created_at,
               CASE WHEN d.state = 'pending' THEN d.next_attempt_at END AS next_attempt_at, d.sent_at, d.last_error,
               (SELECT a.status FROM webhook_attempts a WHERE a.delivery_id = d.id ORDER BY a.number DESC LIMIT 1)
               AS "last_status?"
        FROM deliveries d WHERE d.webhook_id = $1 AND d.id = $2
        "#,
        webhook_id,
        id
    )
    .fetch_optional(db)
    .await
}

/// The attempts of a message, the first one first.
pub async fn list_attempts(db: impl PgExecutor<'_>, delivery_id: DeliveryId) -> sqlx::Result<Vec<WebhookAttempt>> {
    sqlx::query_as!(
        WebhookAttempt,
        r#"
        SELECT at, duration_ms, status, error, response_excerpt FROM webhook_attempts
        WHERE delivery_id = $1 ORDER BY number
        "#,
        delivery_id
    )
    .fetch_all(db)
    .await
}

pub async fn insert_test(
    db: &mut PgConnection,
    webhook_id: WebhookId,
    id: DeliveryId,
    data: &Value,
) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        INSERT INTO deliveries (id, event_key, recipient, channel, kind, webhook_id, payload)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        "#,
        id,
        format!("{TEST_EVENT} {id}"),
        webhook_id.to_string(),
        Channel::Webhook as Channel,
        TEST_EVENT,
        webhook_id,
        data,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Makes it due now, whatever its state; one being sent is left alone.
pub async fn send_again(db: &mut PgConnection, id: DeliveryId) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        UPDATE deliveries SET state = 'pending', sent_at = NULL, unfinished_claims = 0, next_attempt_at = now(), retried_at = now()
        WHERE id = $1 AND claim IS NULL
        "#,
        id
    )
    .execute(db)
    .await?;
    Ok(())
}
