//! SQL of waiting webhook messages. What all channels share is in `outbox::store`.

use std::{collections::HashMap, time::Duration};

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::{PgExecutor, PgPool};
use url::Url;

use super::{
    model::DisabledReason,
    secret::Secret,
    sender::{Attempt, Outcome},
    sending::Places,
};
use crate::{
    db::interval,
    events::{Bus, Change},
    id::{ClaimId, DeliveryId, ProjectId, WebhookId},
    outbox::{Channel, store::Claimed},
};

/// The claimed messages of one webhook.
pub struct Turn {
    pub webhook_id: WebhookId,
    /// Its last message failed.
    pub is_failing: bool,
    pub messages: Vec<Claimed>,
}

/// Claims up to `each` messages of as many webhooks as there are free places, among those with due messages that are not `busy`. Webhooks
/// are chosen at random, so that none is always last, but failing ones come after the others. The index is probed webhook by webhook, so
/// long queues cost nothing here.
pub async fn claim(
    db: &PgPool,
    places: Places,
    each: i64,
    busy: &[WebhookId],
    lease: Duration,
) -> sqlx::Result<Vec<Turn>> {
    let rows = sqlx::query!(
        r#"
        WITH RECURSIVE waiting (webhook_id) AS (
            (SELECT webhook_id FROM deliveries WHERE state = 'pending' AND webhook_id IS NOT NULL ORDER BY webhook_id LIMIT 1)
            UNION ALL
            SELECT (
                SELECT d.webhook_id FROM deliveries d
                WHERE d.state = 'pending' AND d.webhook_id > w.webhook_id ORDER BY d.webhook_id LIMIT 1
            )
            FROM waiting w WHERE w.webhook_id IS NOT NULL
        ),
        candidate AS MATERIALIZED (
            SELECT w.webhook_id, hook.failing_since IS NOT NULL AS is_failing
            FROM waiting w JOIN webhooks hook ON hook.id = w.webhook_id
            WHERE w.webhook_id <> ALL ($1) AND EXISTS (
                SELECT FROM deliveries d
                WHERE d.webhook_id = w.webhook_id AND d.state = 'pending' AND d.next_attempt_at <= now()
            )
        ),
        turn AS MATERIALIZED (
            (SELECT webhook_id, is_failing FROM candidate WHERE NOT is_failing ORDER BY random() LIMIT $2)
            UNION ALL
            (SELECT webhook_id, is_failing FROM candidate WHERE is_failing ORDER BY random() LIMIT $6)
            LIMIT $2
        ),
        due AS (
            SELECT next.id, next.handing_over, turn.is_failing FROM turn CROSS JOIN LATERAL (
                SELECT d.id, d.handing_over FROM deliveries d
                WHERE d.webhook_id = turn.webhook_id AND d.state = 'pending' AND d.next_attempt_at <= now()
                ORDER BY d.next_attempt_at, d.id LIMIT $3
                FOR NO KEY UPDATE SKIP LOCKED
            ) AS next
        )
        UPDATE deliveries d
        SET claim = $4, next_attempt_at = now() + $5, handing_over = false,
            unacknowledged = unacknowledged + d.handing_over::int, unfinished_claims = unfinished_claims + 1
        FROM due WHERE d.id = due.id
        RETURNING d.webhook_id AS "webhook_id!", due.is_failing AS "is_failing!", d.id, d.claim AS "claim!", d.recipient, d.kind,
                  d.user_id, d.attempts, d.created_at, d.retried_at, due.handing_over AS answer_was_lost,
                  d.unfinished_claims
        "#,
        busy,
        i64::try_from(places.all).unwrap_or(i64::MAX),
        each,
        ClaimId::random(),
        interval(lease),
        i64::try_from(places.for_failing).unwrap_or(i64::MAX),
    )
    .fetch_all(db)
    .await?;
    let mut turns: HashMap<WebhookId, Turn> = HashMap::new();
    for row in rows {
        let turn = Turn { webhook_id: row.webhook_id, is_failing: row.is_failing, messages: Vec::new() };
        turns.entry(row.webhook_id).or_insert(turn).messages.push(Claimed {
            id: row.id,
            claim: row.claim,
            recipient: row.recipient,
            kind: row.kind,
            user_id: row.user_id,
            // Read when sending: claims may be large and wait.
            payload: Value::Null,
            attempts: row.attempts,
            created_at: row.created_at,
            retried_at: row.retried_at,
            answer_was_lost: row.answer_was_lost,
            unfinished_claims: row.unfinished_claims,
        });
    }
    Ok(turns.into_values().collect())
}

/// Queues messages that refer to events of a project, for the webhooks that it had then and that want them, with the time of the events.
/// Switches those off for which too much waits.
pub async fn insert_for_events(
    change: &mut Change,
    bus: &Bus,
    project_id: ProjectId,
    revisions: &[i64],
) -> sqlx::Result<()> {
    if revisions.is_empty() {
        return Ok(());
    }
    let queued = sqlx::query!(
        r#"
        INSERT INTO deliveries (id, event_key, recipient, channel, kind, webhook_id, event_revision, payload, created_at)
        SELECT gen_random_uuid(), 'project:' || e.topic_id || '@' || e.revision, w.id::text, $3, e.kind, w.id, e.revision,
               jsonb_build_object('id', e.data -> 'id', 'project_id', e.topic_id, 'revision', e.revision, 'actor_id', e.actor_id), e.at
        FROM events e JOIN webhooks w ON w.project_id = e.topic_id AND w.created_at <= e.at
        JOIN projects p ON p.id = w.project_id JOIN users owner ON owner.id = p.owner_id
        WHERE e.topic_id = $1 AND e.revision = ANY ($2)
          AND w.is_active AND owner.disabled_at IS NULL AND (w.events = '{}' OR e.kind = ANY (w.events))
        ORDER BY e.revision
        ON CONFLICT (event_key, recipient, channel) DO NOTHING
        "#,
        project_id,
        revisions,
        Channel::Webhook as Channel,
    )
    .execute(change.connection())
    .await?;
    if queued.rows_affected() > 0 {
        change.wake_workers();
        bus.backlog().hold_back(change.connection(), project_id).await?;
    }
    Ok(())
}

/// The URL of a webhook, and its secrets.
pub struct Target {
    pub url: String,
    pub secret: Secret,
    /// The previous one, while it still signs too.
    pub old_secret: Option<Secret>,
    pub is_active: bool,
    pub disabled_reason: Option<DisabledReason>,
    pub project_is_deleted: bool,
    pub owner_is_disabled: bool,
    pub failing_since: Option<DateTime<Utc>>,
}

impl Target {
    /// The part of the URL that non-owners may see.
    pub fn host(&self) -> String {
        Url::parse(&self.url).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()
    }
}

pub async fn find_target(db: &PgPool, webhook_id: WebhookId) -> sqlx::Result<Option<Target>> {
    sqlx::query_as!(
        Target,
        r#"
        SELECT w.url, w.secret AS "secret: Secret", CASE WHEN w.old_secret_until > now() THEN w.old_secret END AS "old_secret: Secret",
               w.is_active, w.disabled_reason AS "disabled_reason: DisabledReason", p.deleted_at IS NOT NULL AS "project_is_deleted!",
               u.disabled_at IS NOT NULL AS "owner_is_disabled!", w.failing_since
        FROM webhooks w JOIN projects p ON p.id = w.project_id JOIN users u ON u.id = p.owner_id WHERE w.id = $1
        "#,
        webhook_id
    )
    .fetch_optional(db)
    .await
}

/// A message's data: from its event, or its own. `None` if neither is kept any more.
pub async fn find_data(db: impl PgExecutor<'_>, delivery_id: DeliveryId) -> sqlx::Result<Option<Value>> {
    let data = sqlx::query_scalar!(
        r#"
        SELECT CASE WHEN d.event_revision IS NULL THEN nullif(d.payload, 'null')
                    ELSE e.data || jsonb_build_object('project_id', e.topic_id, 'revision', e.revision, 'actor_id', e.actor_id)
               END AS data
        FROM deliveries d JOIN webhooks w ON w.id = d.webhook_id
        LEFT JOIN events e ON e.topic_id = w.project_id AND e.revision = d.event_revision
        WHERE d.id = $1
        "#,
        delivery_id
    );
    Ok(data.fetch_optional(db).await?.flatten())
}

/// Records the result of an attempt. The webhook's row is updated only if it changes.
pub async fn record(
    db: &PgPool,
    webhook_id: WebhookId,
    delivery_id: DeliveryId,
    attempt: &Attempt,
) -> sqlx::Result<()> {
    let error = match &attempt.outcome {
        Outcome::Taken => None,
        Outcome::Failed { error, .. } => Some(error.to_string()),
    };
    sqlx::query!(
        r#"
        WITH told AS (
            UPDATE webhooks
            SET last_status = $6, failing_since = CASE WHEN $7::text IS NOT NULL THEN coalesce(failing_since, now()) END
            WHERE id = $1 AND (last_status IS DISTINCT FROM $6 OR (failing_since IS NULL) <> ($7::text IS NULL))
        )
        INSERT INTO webhook_attempts (delivery_id, number, at, duration_ms, status, error, response_excerpt)
        SELECT id, (SELECT coalesce(max(number), 0) + 1 FROM webhook_attempts WHERE delivery_id = $2), $3, $4, $6, $7::text, $5
        FROM deliveries WHERE id = $2
        "#,
        webhook_id,
        delivery_id,
        attempt.at,
        i32::try_from(attempt.duration.as_millis()).unwrap_or(i32::MAX),
        attempt.response_excerpt,
        attempt.status.map(i32::from),
        error,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Switches it off, with a reason shown to its owner.
pub async fn disable(db: &PgPool, webhook_id: WebhookId, reason: DisabledReason) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        UPDATE webhooks SET is_active = false, disabled_reason = $2, version = version + 1, updated_at = now()
        WHERE id = $1 AND (is_active OR disabled_reason = 'overloaded')
        "#,
        webhook_id,
        reason as DisabledReason,
    )
    .execute(db)
    .await?;
    Ok(())
}
