//! Deletes projects for good, in steps: one may have 100,000 tasks and a million events.

use sqlx::PgPool;
use uuid::Uuid;

use crate::db::in_steps;

/// All that are to go; gives how many those were. One that cannot be deleted keeps no other.
pub async fn purge_projects(db: &PgPool) -> sqlx::Result<u64> {
    let ids = sqlx::query_scalar!("SELECT id FROM projects WHERE erasing ORDER BY id LIMIT 1000").fetch_all(db).await?;
    let mut purged = 0;
    let mut failure = Ok(());
    for id in ids {
        match purge(db, id).await {
            Ok(()) => purged += 1,
            Err(error) => failure = Err(error),
        }
    }
    failure.map(|()| purged)
}

/// What hangs on rows of the project goes first, so that no step takes along more than it counts: subtasks before their tasks.
async fn purge(db: &PgPool, id: Uuid) -> sqlx::Result<()> {
    in_steps(|limit| async move {
        let done = sqlx::query!(
            "DELETE FROM notifications WHERE id IN (SELECT id FROM notifications WHERE project_id = $1 LIMIT $2)",
            id,
            limit
        );
        Ok(done.execute(db).await?.rows_affected())
    })
    .await?;
    in_steps(|limit| async move {
        let done = sqlx::query!(
            "DELETE FROM tasks WHERE id IN (SELECT id FROM tasks WHERE project_id = $1 AND parent_id IS NOT NULL LIMIT $2)",
            id,
            limit
        );
        Ok(done.execute(db).await?.rows_affected())
    })
    .await?;
    in_steps(|limit| async move {
        let done = sqlx::query!(
            "DELETE FROM tasks WHERE id IN (SELECT id FROM tasks WHERE project_id = $1 LIMIT $2)",
            id,
            limit
        );
        Ok(done.execute(db).await?.rows_affected())
    })
    .await?;
    // From the oldest on; those who still follow the project have long been told that it is gone.
    in_steps(|limit| async move {
        let done = sqlx::query!(
            "DELETE FROM events WHERE (topic_id, revision) IN (SELECT topic_id, revision FROM events WHERE topic_id = $1 ORDER BY revision LIMIT $2)",
            id,
            limit
        );
        Ok(done.execute(db).await?.rows_affected())
    })
    .await?;
    in_steps(|limit| async move {
        let done = sqlx::query!(
            "DELETE FROM deliveries WHERE id IN (SELECT d.id FROM deliveries d JOIN webhooks w ON w.id = d.webhook_id WHERE w.project_id = $1 LIMIT $2)",
            id,
            limit
        );
        Ok(done.execute(db).await?.rows_affected())
    })
    .await?;
    // Like every write it takes the topic first.
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
    Ok(())
}
