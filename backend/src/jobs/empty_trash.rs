//! Deletes for good what has been in the trash long enough, in small steps, so that no lock is held for long.

use std::time::Duration;

use chrono::Utc;
use sqlx::PgPool;

use crate::erasure::{self, STEP};

pub async fn tasks(db: &PgPool, keep: Duration) -> sqlx::Result<u64> {
    let before = Utc::now() - keep;
    let mut total = 0;
    loop {
        let result = sqlx::query!(
            "DELETE FROM tasks WHERE id IN (SELECT id FROM tasks WHERE deleted_at < $1 ORDER BY deleted_at LIMIT $2)",
            before,
            STEP
        )
        .execute(db)
        .await?;
        total += result.rows_affected();
        if result.rows_affected() < STEP.unsigned_abs() {
            return Ok(total);
        }
    }
}

/// A project goes with its tasks, tags, members and its topic. Like every write it takes the topic first.
pub async fn projects(db: &PgPool, keep: Duration) -> sqlx::Result<u64> {
    let before = Utc::now() - keep;
    sqlx::query!(
        r#"
        WITH old AS MATERIALIZED (
            SELECT id FROM topics WHERE id IN (SELECT id FROM projects WHERE deleted_at < $1 AND NOT erasing)
            ORDER BY id FOR NO KEY UPDATE
        )
        UPDATE projects p SET erasing = true FROM old WHERE p.id = old.id AND p.deleted_at < $1
        "#,
        before
    )
    .execute(db)
    .await?;
    erasure::purge_projects(db).await
}
