//! SQL of webhooks.

use sqlx::{PgConnection, PgExecutor};

use super::{
    model::{DisabledReason, NewWebhook, Webhook, WebhookPatch},
    secret::Secret,
};
use crate::id::{ProjectId, WebhookId};

pub async fn list(db: impl PgExecutor<'_>, project_id: ProjectId) -> sqlx::Result<Vec<Webhook>> {
    sqlx::query_as!(
        Webhook,
        r#"
        SELECT id, url, events, is_active, disabled_reason AS "disabled_reason: DisabledReason", last_status,
               created_at, updated_at, version
        FROM webhooks WHERE project_id = $1 ORDER BY created_at, id
        "#,
        project_id
    )
    .fetch_all(db)
    .await
}

pub async fn find(db: impl PgExecutor<'_>, project_id: ProjectId, id: WebhookId) -> sqlx::Result<Option<Webhook>> {
    sqlx::query_as!(
        Webhook,
        r#"
        SELECT id, url, events, is_active, disabled_reason AS "disabled_reason: DisabledReason", last_status,
               created_at, updated_at, version
        FROM webhooks WHERE project_id = $1 AND id = $2
        "#,
        project_id,
        id
    )
    .fetch_optional(db)
    .await
}

pub async fn count(db: impl PgExecutor<'_>, project_id: ProjectId) -> sqlx::Result<i64> {
    sqlx::query_scalar!(r#"SELECT count(*) AS "count!" FROM webhooks WHERE project_id = $1"#, project_id)
        .fetch_one(db)
        .await
}

pub async fn insert(
    db: &mut PgConnection,
    project_id: ProjectId,
    id: WebhookId,
    webhook: &NewWebhook,
    url: &str,
    secret: &Secret,
) -> sqlx::Result<Webhook> {
    sqlx::query_as!(
        Webhook,
        r#"
        INSERT INTO webhooks (id, project_id, url, events, secret) VALUES ($1, $2, $3, $4, $5)
        RETURNING id, url, events, is_active, disabled_reason AS "disabled_reason: DisabledReason", last_status,
                  created_at, updated_at, version
        "#,
        id,
        project_id,
        url,
        &webhook.events[..],
        secret.as_bytes(),
    )
    .fetch_one(db)
    .await
}

/// Switching it on resets earlier failures. When its owner switches it off, there is no other reason.
pub async fn update(
    db: &mut PgConnection,
    id: WebhookId,
    patch: &WebhookPatch,
    url: Option<&str>,
) -> sqlx::Result<Webhook> {
    sqlx::query_as!(
        Webhook,
        r#"
        UPDATE webhooks
        SET url = coalesce($2, url), events = coalesce($3, events), is_active = coalesce($4, is_active),
            disabled_reason = CASE WHEN $4::boolean IS NULL THEN disabled_reason END,
            failing_since = CASE WHEN $4 OR $2 IS NOT NULL THEN NULL ELSE failing_since END,
            version = version + 1, updated_at = now()
        WHERE id = $1
        RETURNING id, url, events, is_active, disabled_reason AS "disabled_reason: DisabledReason", last_status,
                  created_at, updated_at, version
        "#,
        id,
        url,
        patch.events.as_deref(),
        patch.is_active,
    )
    .fetch_one(db)
    .await
}

/// The new secret signs from now on; so does the previous one for another 24 hours.
pub async fn rotate_secret(db: &mut PgConnection, id: WebhookId, secret: &Secret) -> sqlx::Result<Webhook> {
    sqlx::query_as!(
        Webhook,
        r#"
        UPDATE webhooks
        SET old_secret = secret, old_secret_until = now() + interval '24 hours', secret = $2,
            version = version + 1, updated_at = now()
        WHERE id = $1
        RETURNING id, url, events, is_active, disabled_reason AS "disabled_reason: DisabledReason", last_status,
                  created_at, updated_at, version
        "#,
        id,
        secret.as_bytes(),
    )
    .fetch_one(db)
    .await
}

/// Its waiting messages are deleted with it.
pub async fn delete(db: &mut PgConnection, id: WebhookId) -> sqlx::Result<()> {
    sqlx::query!("DELETE FROM webhooks WHERE id = $1", id).execute(db).await?;
    Ok(())
}
