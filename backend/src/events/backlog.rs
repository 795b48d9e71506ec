//! Limits the waiting messages of a webhook.

use sqlx::PgConnection;

use crate::id::ProjectId;

/// Switches off webhooks with too many waiting messages.
#[derive(Debug, Clone, Copy)]
pub struct Backlog {
    /// Messages that may wait for a webhook; 0: unlimited.
    limit: i64,
}

impl Backlog {
    pub fn new(limit: u32) -> Self {
        Self { limit: i64::from(limit) }
    }

    /// Part of the transaction in which messages for webhooks of a project were queued. Reads as many entries of an index as may wait.
    pub async fn hold_back(&self, db: &mut PgConnection, project_id: ProjectId) -> sqlx::Result<()> {
        if self.limit == 0 {
            return Ok(());
        }
        let overloaded = sqlx::query_scalar!(
            r#"
            UPDATE webhooks w
            SET is_active = false, disabled_reason = 'overloaded', version = version + 1, updated_at = now()
            WHERE w.project_id = $1 AND w.is_active AND $2 <= (
                SELECT count(*) FROM (
                    SELECT FROM deliveries d WHERE d.webhook_id = w.id AND d.state = 'pending' LIMIT $2
                ) AS waiting
            )
            RETURNING id
            "#,
            project_id,
            self.limit
        )
        .fetch_all(db)
        .await?;
        for webhook in overloaded {
            tracing::warn!(webhook_id = %webhook, limit = self.limit, "a webhook was switched off: too many waiting messages");
        }
        Ok(())
    }
}
