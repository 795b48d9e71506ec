//! SQL of the outbox for its readers: sent, waiting and given-up deliveries.

use sqlx::PgExecutor;

use super::model::{AdminDelivery, AdminDeliveryFilter, OwnDelivery, RetryRequest};
use crate::{
    http::page::NewestFirst,
    id::{DeliveryId, UserId, kind},
    outbox::{Channel, DeliveryErrorKind, model::DeliveryState},
};

/// Deliveries to one user, newest first.
pub async fn list_own(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    after: Option<&NewestFirst<kind::Delivery>>,
    limit: i64,
) -> sqlx::Result<Vec<OwnDelivery>> {
    sqlx::query_as!(
        OwnDelivery,
        r#"
        SELECT id, channel AS "channel: Channel", kind, subject, address, state AS "state: DeliveryState", created_at,
               CASE WHEN state = 'pending' THEN next_attempt_at END AS due_at, sent_at, attempts, last_error AS error
        FROM deliveries
        WHERE user_id = $1 AND ($2::timestamptz IS NULL OR (created_at, id) < ($2, $3))
        ORDER BY created_at DESC, id DESC
        LIMIT $4
        "#,
        user_id,
        after.map(|cursor| cursor.created_at),
        after.map(|cursor| cursor.id),
        limit
    )
    .fetch_all(db)
    .await
}

/// All deliveries, newest first.
pub async fn list(
    db: impl PgExecutor<'_>,
    filter: &AdminDeliveryFilter,
    after: Option<&NewestFirst<kind::Delivery>>,
    limit: i64,
) -> sqlx::Result<Vec<AdminDelivery>> {
    sqlx::query_as!(
        AdminDelivery,
        r#"
        SELECT d.id, d.channel AS "channel: Channel", d.kind, coalesce(d.address, u.email, w.host, d.recipient) AS "recipient!",
               d.user_id, d.state AS "state: DeliveryState", d.attempts, d.unacknowledged, d.last_error,
               d.last_error AS "last_error_kind: DeliveryErrorKind", d.created_at,
               CASE WHEN d.state = 'pending' THEN d.next_attempt_at END AS next_attempt_at, d.sent_at
        FROM deliveries d
        LEFT JOIN users u ON u.id = d.user_id
        LEFT JOIN LATERAL (
            SELECT substring(url FROM '^[a-z]+://(?:[^/?#]*@)?([^/?#]+)') AS host FROM webhooks WHERE id = d.webhook_id
        ) w ON true
        WHERE ($1::text IS NULL OR d.state = $1) AND ($2::text IS NULL OR d.channel = $2)
          AND ($3::text IS NULL OR d.kind = $3) AND ($4::timestamptz IS NULL OR (d.created_at, d.id) < ($4, $5))
        ORDER BY d.created_at DESC, d.id DESC
        LIMIT $6
        "#,
        filter.state as Option<DeliveryState>,
        filter.channel as Option<Channel>,
        filter.kind,
        after.map(|cursor| cursor.created_at),
        after.map(|cursor| cursor.id),
        limit
    )
    .fetch_all(db)
    .await
}

pub async fn find(db: impl PgExecutor<'_>, id: DeliveryId) -> sqlx::Result<Option<AdminDelivery>> {
    sqlx::query_as!(
        AdminDelivery,
        r#"
        SELECT d.id, d.channel AS "channel: Channel", d.kind, coalesce(d.address, u.email, w.host, d.recipient) AS "recipient!",
               d.user_id, d.state AS "state: DeliveryState", d.attempts, d.unacknowledged, d.last_error,
               d.last_error AS "last_error_kind: DeliveryErrorKind", d.created_at,
               CASE WHEN d.state = 'pending' THEN d.next_attempt_at END AS next_attempt_at, d.sent_at
        FROM deliveries d
        LEFT JOIN users u ON u.id = d.user_id
        LEFT JOIN LATERAL (
            SELECT substring(url FROM '^[a-z]+://(?:[^/?#]*@)?([^/?#]+)') AS host FROM webhooks WHERE id = d.webhook_id
        ) w ON true
        WHERE d.id = $1
        "#,
        id
    )
    .fetch_optional(db)
    .await
}

/// Retries a parked delivery as if it were new; false if it was not parked.
pub async fn retry(db: impl PgExecutor<'_>, id: DeliveryId) -> sqlx::Result<bool> {
    let result = sqlx::query!(
        r#"
        UPDATE deliveries SET state = 'pending', attempts = 0, unfinished_claims = 0, next_attempt_at = now(), retried_at = now()
        WHERE id = $1 AND state = 'parked'
        "#,
        id
    )
    .execute(db)
    .await?;
    Ok(result.rows_affected() == 1)
}

/// The same for all matching parked deliveries; returns their number.
pub async fn retry_all(db: impl PgExecutor<'_>, which: &RetryRequest) -> sqlx::Result<u64> {
    let result = sqlx::query!(
        r#"
        UPDATE deliveries SET state = 'pending', attempts = 0, unfinished_claims = 0, next_attempt_at = now(), retried_at = now()
        WHERE state = 'parked' AND ($1::text IS NULL OR kind = $1) AND ($2::text IS NULL OR channel = $2)
        "#,
        which.kind,
        which.channel as Option<Channel>,
    )
    .execute(db)
    .await?;
    Ok(result.rows_affected())
}

/// The error of the newest parked delivery.
pub async fn last_reason(db: impl PgExecutor<'_>) -> sqlx::Result<Option<String>> {
    let reason = sqlx::query_scalar!(
        "SELECT last_error FROM deliveries WHERE state = 'parked' ORDER BY created_at DESC, id DESC LIMIT 1"
    );
    Ok(reason.fetch_optional(db).await?.flatten())
}
