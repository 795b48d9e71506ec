//! Limits the waiting messages of a webhook.

use sqlx::PgConnection;
use uuid::Uuid;

use super::{Event, Topic};

/// Revisions of a project between two counts of its webhooks' waiting messages. A count reads up to the limit of index entries, so each
/// write pays a small part of it; a few more messages are queued in between.
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

    /// Part of the transaction that gave the locked projects these revisions. Whether a webhook wants exactly these events does not matter:
    /// it may want only some kinds, which might never fall on such a revision.
    pub(super) async fn hold_back(&self, db: &mut PgConnection, events: &[Event]) -> sqlx::Result<()> {
        let due = events.iter().filter(|event| self.limit > 0 && event.revision % self.every == 0);
        let mut projects: Vec<Uuid> = due
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
            tracing::warn!(%webhook, limit = self.limit, "a webhook was switched off: too many waiting messages");
        }
        Ok(())
    }
}
