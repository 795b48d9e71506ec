//! Limits the waiting messages of a webhook.

use sqlx::PgConnection;
use uuid::Uuid;

/// Revisions of a project between two looks at what waits for its webhooks. A look reads as many entries of an index as may wait; in
/// between a few more are queued than may wait.
const LONGEST_BETWEEN: i64 = 64;

/// Switches off webhooks with too many waiting messages.
#[derive(Debug, Clone, Copy)]
pub struct Backlog {
    /// Messages that may wait for a webhook; 0: unlimited.
    limit: i64,
    every: i64,
}

impl Backlog {
    pub fn new(limit: u32) -> Self {
        let limit = i64::from(limit);
        Self { limit, every: (limit / LONGEST_BETWEEN).clamp(1, LONGEST_BETWEEN) }
    }

    /// Part of the transaction in which messages of these revisions of a project are queued.
    pub async fn hold_back(&self, db: &mut PgConnection, project_id: Uuid, revisions: &[i64]) -> sqlx::Result<()> {
        if self.limit == 0 || !revisions.iter().any(|revision| revision % self.every == 0) {
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
