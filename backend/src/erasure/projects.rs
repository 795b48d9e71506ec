//! Deletes projects permanently in steps: one may have 100,000 tasks and a million events.

use std::time::{Duration, Instant};

use sqlx::PgPool;

use crate::{db::in_steps_until, id::ProjectId};

/// How long one project is processed before the smallest one is determined again.
const TURN: Duration = Duration::from_secs(2);

/// Deletes all marked projects and returns their number. A failing one does not stop the others.
pub async fn purge_projects(db: &PgPool) -> sqlx::Result<u64> {
    let mut purge = Purge::default();
    while !purge.run(db, Instant::now() + TURN).await? {}
    purge.outcome()
}

/// The deletion of all marked projects, which can be interrupted between steps.
#[derive(Default)]
pub struct Purge {
    purged: u64,
    failed: Vec<ProjectId>,
    failure: Option<sqlx::Error>,
}

impl Purge {
    /// Runs until a deadline; returns whether nothing is left. Smallest projects first, by number of changes: a large deletion keeps nobody
    /// waiting, not even somebody who comes later.
    pub async fn run(&mut self, db: &PgPool, end: Instant) -> sqlx::Result<bool> {
        loop {
            let next = sqlx::query_scalar!(
                r#"
                SELECT p.id FROM projects p JOIN topics t ON t.id = p.id
                WHERE p.erasing AND p.id <> ALL ($1) ORDER BY t.revision, p.id LIMIT 1
                "#,
                &self.failed
            );
            let Some(id) = next.fetch_optional(db).await? else { return Ok(true) };
            match purge(db, id, end.min(Instant::now() + TURN)).await {
                Ok(is_gone) => self.purged += u64::from(is_gone),
                Err(error) => {
                    self.failed.push(id);
                    self.failure = Some(error);
                }
            }
            if end <= Instant::now() {
                return Ok(false);
            }
        }
    }

    /// How many were deleted, or why one was not.
    pub fn outcome(self) -> sqlx::Result<u64> {
        self.failure.map_or(Ok(self.purged), Err)
    }
}

/// Dependent rows go first, so that no step deletes more than it counts: subtasks before their tasks. False if time ran out.
async fn purge(db: &PgPool, id: ProjectId, end: Instant) -> sqlx::Result<bool> {
    let all = in_steps_until(end, |limit| async move {
        let done = sqlx::query!(
            "DELETE FROM notifications WHERE id IN (SELECT id FROM notifications WHERE project_id = $1 LIMIT $2)",
            id,
            limit
        );
        Ok(done.execute(db).await?.rows_affected())
    })
    .await?;
    if !all {
        return Ok(false);
    }
    let all = in_steps_until(end, |limit| async move {
        let done = sqlx::query!(
            "DELETE FROM tasks WHERE id IN (SELECT id FROM tasks WHERE project_id = $1 AND parent_id IS NOT NULL LIMIT $2)",
            id,
            limit
        );
        Ok(done.execute(db).await?.rows_affected())
    })
    .await?;
    if !all {
        return Ok(false);
    }
    let all = in_steps_until(end, |limit| async move {
        let done = sqlx::query!(
            "DELETE FROM tasks WHERE id IN (SELECT id FROM tasks WHERE project_id = $1 LIMIT $2)",
            id,
            limit
        );
        Ok(done.execute(db).await?.rows_affected())
    })
    .await?;
    if !all {
        return Ok(false);
    }
    // Oldest first; subscribers have long been told that it is gone.
    let all = in_steps_until(end, |limit| async move {
        let done = sqlx::query!(
            "DELETE FROM events WHERE (topic_id, revision) IN (SELECT topic_id, revision FROM events WHERE topic_id = $1 ORDER BY revision LIMIT $2)",
            id,
            limit
        );
        Ok(done.execute(db).await?.rows_affected())
    })
    .await?;
    if !all {
        return Ok(false);
    }
    let all = in_steps_until(end, |limit| async move {
        let done = sqlx::query!(
            "DELETE FROM deliveries WHERE id IN (SELECT d.id FROM deliveries d JOIN webhooks w ON w.id = d.webhook_id WHERE w.project_id = $1 LIMIT $2)",
            id,
            limit
        );
        Ok(done.execute(db).await?.rows_affected())
    })
    .await?;
    if !all {
        return Ok(false);
    }
    // None comes any more; then nobody holds one while the topic, which takes them along, is waited for.
    sqlx::query!("DELETE FROM pending_notices WHERE topic_id = $1", id).execute(db).await?;
    // Like every write it locks the topic first.
    sqlx::query!(
        r#"
        WITH topic AS MATERIALIZED (SELECT id FROM topics WHERE id = $1 FOR UPDATE),
        gone AS (DELETE FROM projects p USING topic WHERE p.id = topic.id AND p.erasing RETURNING p.id)
        DELETE FROM topics WHERE id IN (SELECT id FROM gone)
        "#,
        id
    )
    .execute(db)
    .await?;
    Ok(true)
}
