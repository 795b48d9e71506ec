//! How much may wait for a webhook.

use sqlx::PgConnection;

use super::{Event, Topic};
use crate::id::ProjectId;

/// Revisions of a project between two looks at what waits for its webhooks. A look reads as many entries of an index as may wait, so
/// each write pays for a small part of it; in between a few more are queued than may wait.
const LONGEST_BETWEEN: i64 = 64;

/// Switches webhooks off for which too much waits.
#[derive(Debug, Clone, Copy)]
pub struct Backlog {
    /// Messages that may wait for a webhook; 0 for any number.
    limit: i64,
    every: i64,
}

impl Backlog {
    pub fn new(limit: u32) -> Self {
        let limit = i64::from(limit);
        Self { limit, every: (limit / LONGEST_BETWEEN).clamp(1, LONGEST_BETWEEN) }
    }

    /// Part of the transaction in which projects, which are locked, have got these revisions.
    /// Whether a webhook was told of just these does not matter: it may want only some kinds of events, and those never fall on such a
    /// revision.
    pub(super) async fn hold_back(&self, db: &mut PgConnection, events: &[Event]) -> sqlx::Result<()> {
        let due = events.iter().filter(|event| self.limit > 0 && event.revision % self.every == 0);
        let mut projects: Vec<ProjectId> = due
            .filter_map(|event| match event.topic {
                Topic::Project(id) => Some(id),
                Topic::User(_) => None,
            })
            .collect();
        projects.dedup();
        if projects.is_empty() {
            return Ok(());
        }
        let overloaded = sqlx::query_scalar!(
            r#"
            UPDATE webhooks w
            SET is_active = false, disabled_reason = 'overloaded', version = version + 1, updated_at = now()
            WHERE w.project_id = ANY($1) AND w.is_active AND $2 <= (
                SELECT count(*) FROM (
                    SELECT FROM deliveries d WHERE d.webhook_id = w.id AND d.state = 'pending' LIMIT $2
                ) AS waiting
            )
            RETURNING id
            "#,
            &projects,
            self.limit
        )
        .fetch_all(db)
        .await?;
        for webhook in overloaded {
            tracing::warn!(webhook_id = %webhook, limit = self.limit, "a webhook was switched off: too many messages wait for it");
        }
        Ok(())
    }
}
