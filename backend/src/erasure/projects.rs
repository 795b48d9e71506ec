//! Deletes projects for good, in steps: one may have 100,000 tasks and a million events.

use sqlx::PgPool;
use uuid::Uuid;

use super::STEP;

/// All that are to go. Any number of workers may do it at once.
pub async fn purge_projects(db: &PgPool) -> sqlx::Result<u64> {
    let ids = sqlx::query_scalar!("SELECT id FROM projects WHERE erasing ORDER BY id LIMIT 1000").fetch_all(db).await?;
    for id in &ids {
        purge(db, *id).await?;
    }
    Ok(ids.len() as u64)
}

async fn purge(db: &PgPool, id: Uuid) -> sqlx::Result<()> {
    while rows(
        sqlx::query!("DELETE FROM tasks WHERE id IN (SELECT id FROM tasks WHERE project_id = $1 LIMIT $2)", id, STEP)
            .execute(db)
            .await?,
    ) == STEP
    {}
    // From the oldest on; those who still follow the project have long been told that it is gone.
    while rows(
        sqlx::query!(
            "DELETE FROM events WHERE (topic_id, revision) IN (SELECT topic_id, revision FROM events WHERE topic_id = $1 ORDER BY revision LIMIT $2)",
            id,
            STEP
        )
        .execute(db)
        .await?,
    ) == STEP
    {}
    while rows(
        sqlx::query!(
            "DELETE FROM deliveries WHERE id IN (SELECT d.id FROM deliveries d JOIN webhooks w ON w.id = d.webhook_id WHERE w.project_id = $1 LIMIT $2)",
            id,
            STEP
        )
        .execute(db)
        .await?,
    ) == STEP
    {}
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

fn rows(result: sqlx::postgres::PgQueryResult) -> i64 {
    result.rows_affected().try_into().unwrap_or(STEP)
}
