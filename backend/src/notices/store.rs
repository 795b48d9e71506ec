//! SQL of pending notices.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::{PgConnection, PgExecutor, PgPool};

use crate::{
    db::{in_steps, interval},
    events::MembershipChange,
    id::{ProjectId, UserId},
};

/// The notices of one project event.
pub struct Row {
    pub project_id: ProjectId,
    pub revision: i64,
    pub at: DateTime<Utc>,
    pub actor_id: Option<UserId>,
    /// Unparsed, so that an unreadable row does not block other projects.
    pub notices: Value,
    pub membership: Option<MembershipChange>,
    pub webhooks_queued: bool,
    pub last_user_id: Option<UserId>,
    pub is_due: bool,
}

/// Claims a project with a due row for the duration of the transaction, by locking its first row: nobody processes later rows before that one.
/// Then reads the rows in a second statement, which sees what the previous holder of the lock has written.
pub async fn claim(db: &mut PgConnection, limit: i64) -> sqlx::Result<Vec<Row>> {
    let head = sqlx::query!(
        r#"
        SELECT n.topic_id, n.revision FROM pending_notices n
        WHERE n.parked_at IS NULL AND n.next_attempt_at <= now() AND NOT EXISTS (
            SELECT FROM pending_notices earlier
            WHERE earlier.topic_id = n.topic_id AND earlier.revision < n.revision AND earlier.parked_at IS NULL
        )
        ORDER BY n.next_attempt_at, n.topic_id, n.revision LIMIT 1
        FOR UPDATE SKIP LOCKED
        "#
    )
    .fetch_optional(&mut *db)
    .await?;
    let Some(head) = head else { return Ok(Vec::new()) };
    let mut rows = sqlx::query_as!(
        Row,
        r#"
        SELECT topic_id AS project_id, revision, at, actor_id, notices,
               membership AS "membership: MembershipChange", webhooks_queued, last_user_id, next_attempt_at <= now() AS "is_due!"
        FROM pending_notices
        WHERE topic_id = $1 AND revision >= $2 AND parked_at IS NULL
        ORDER BY revision LIMIT $3
        "#,
        head.topic_id,
        head.revision,
        limit
    )
    .fetch_all(db)
    .await?;
    // A row that waits for its next attempt holds back the later ones.
    rows.truncate(rows.iter().take_while(|row| row.is_due).count());
    Ok(rows)
}

/// Saves the progress: `done` rows are finished, and `begun` is the row in progress with the last person notified.
pub async fn advance(
    db: &mut PgConnection,
    project_id: ProjectId,
    done: &[i64],
    begun: Option<(i64, UserId)>,
) -> sqlx::Result<()> {
    if !done.is_empty() {
        sqlx::query!("DELETE FROM pending_notices WHERE topic_id = $1 AND revision = ANY ($2)", project_id, done)
            .execute(&mut *db)
            .await?;
    }
    if let Some((revision, last_user_id)) = begun {
        // Behind the other waiting rows, so that small projects do not wait for large ones.
        sqlx::query!(
            r#"
            UPDATE pending_notices SET last_user_id = $3, webhooks_queued = true, next_attempt_at = now(), attempts = 0
            WHERE topic_id = $1 AND revision = $2
            "#,
            project_id,
            revision,
            last_user_id
        )
        .execute(db)
        .await?;
    }
    Ok(())
}

/// Records a failed attempt and returns the number of attempts so far.
pub async fn count_attempt(db: &PgPool, project_id: ProjectId, revision: i64, error: &str) -> sqlx::Result<i32> {
    let attempts = sqlx::query_scalar!(
        r#"
        UPDATE pending_notices SET attempts = attempts + 1, last_error = $3 WHERE topic_id = $1 AND revision = $2 RETURNING attempts
        "#,
        project_id,
        revision,
        error.replace('\0', "\u{fffd}")
    );
    Ok(attempts.fetch_optional(db).await?.unwrap_or_default())
}

/// Schedules the next attempt; `None` parks the row.
pub async fn put_off(
    db: &PgPool,
    project_id: ProjectId,
    revision: i64,
    again_in: Option<Duration>,
) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        UPDATE pending_notices
        SET next_attempt_at = now() + coalesce($3, '0'::interval), parked_at = CASE WHEN $3::interval IS NULL THEN now() END
        WHERE topic_id = $1 AND revision = $2
        "#,
        project_id,
        revision,
        again_in.map(interval)
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Queues all parked rows again and returns their number.
pub async fn retry_all(db: impl PgExecutor<'_>) -> sqlx::Result<u64> {
    let result = sqlx::query!(
        "UPDATE pending_notices SET parked_at = NULL, attempts = 0, next_attempt_at = now() WHERE parked_at IS NOT NULL"
    );
    Ok(result.execute(db).await?.rows_affected())
}

/// Numbers of waiting and parked rows, and the error of the last parked one.
pub struct Counts {
    pub pending: i64,
    pub parked: i64,
    pub last_error: Option<String>,
}

pub async fn count(db: impl PgExecutor<'_>) -> sqlx::Result<Counts> {
    sqlx::query_as!(
        Counts,
        r#"
        SELECT (SELECT count(*) FROM pending_notices WHERE parked_at IS NULL) AS "pending!",
               (SELECT count(*) FROM pending_notices WHERE parked_at IS NOT NULL) AS "parked!",
               (SELECT last_error FROM pending_notices WHERE parked_at IS NOT NULL ORDER BY parked_at DESC LIMIT 1) AS last_error
        "#
    )
    .fetch_one(db)
    .await
}

/// Deletes rows that were parked before that time and never retried.
pub async fn prune(db: &PgPool, before: DateTime<Utc>) -> sqlx::Result<u64> {
    in_steps(|limit| async move {
        let done = sqlx::query!(
            r#"
            DELETE FROM pending_notices WHERE parked_at < $1 AND (topic_id, revision) IN (
                SELECT topic_id, revision FROM pending_notices WHERE parked_at < $1 ORDER BY parked_at LIMIT $2
            )
            "#,
            before,
            limit
        );
        Ok(done.execute(db).await?.rows_affected())
    })
    .await
}
