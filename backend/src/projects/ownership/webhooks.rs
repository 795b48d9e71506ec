//! Webhooks send on behalf of the project's owner, and pause while that account is disabled.

use crate::id::UserId;
use sqlx::PgConnection;

/// Switches off the webhooks of an account's projects; [`resume`] switches them on again.
pub async fn pause(db: &mut PgConnection, owner_id: UserId) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        UPDATE webhooks w SET is_active = false, paused_with_owner = true, version = w.version + 1, updated_at = now()
        FROM projects p WHERE p.id = w.project_id AND p.owner_id = $1 AND w.is_active
        "#,
        owner_id
    )
    .execute(db)
    .await?;
    Ok(())
}

pub async fn resume(db: &mut PgConnection, owner_id: UserId) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        UPDATE webhooks w SET is_active = true, paused_with_owner = false, version = w.version + 1, updated_at = now()
        FROM projects p WHERE p.id = w.project_id AND p.owner_id = $1 AND w.paused_with_owner
        "#,
        owner_id
    )
    .execute(db)
    .await?;
    Ok(())
}
