//! SQL of the search table. Whoever writes a task's text writes its lexemes too; for other writers (an earlier server, a bulk move) the
//! database generates lexemes, which the worker replaces.

use sqlx::{PgConnection, PgPool};

use super::lexemes;
use crate::id::{ProjectId, TaskId};

/// Tasks reindexed per transaction.
const BATCH: i64 = 200;

/// Call before writing the task itself, so that the trigger for other writers is skipped.
pub async fn put(
    db: &mut PgConnection,
    task_id: TaskId,
    project_id: ProjectId,
    title: &str,
    description: &str,
) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        INSERT INTO task_search (task_id, project_id, vector, source)
        VALUES ($1, $2, replace($3, '~', search_project_key($2))::tsvector, search_source($2, $4, $5))
        ON CONFLICT (task_id) DO UPDATE
        SET project_id = excluded.project_id, vector = excluded.vector, source = excluded.source
        "#,
        task_id,
        project_id,
        lexemes::vector(title, description),
        title,
        description,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Reindexes tasks of other writers, starting after `after`; returns the last one, or none when done. Can run concurrently and resume after
/// an interruption.
pub async fn index_next(db: &PgPool, after: TaskId) -> anyhow::Result<Option<TaskId>> {
    let mut transaction = crate::db::begin(db).await?;
    let waiting = sqlx::query!(
        r#"
        SELECT s.task_id, t.project_id, t.title, t.description
        FROM task_search s JOIN tasks t ON t.id = s.task_id
        WHERE s.source IS NULL AND s.task_id > $1 ORDER BY s.task_id LIMIT $2 FOR UPDATE OF s SKIP LOCKED
        "#,
        after,
        BATCH
    )
    .fetch_all(&mut *transaction)
    .await?;
    let Some(last) = waiting.last().map(|task| task.task_id) else { return Ok(None) };
    let ids: Vec<_> = waiting.iter().map(|task| task.task_id).collect();
    let projects: Vec<_> = waiting.iter().map(|task| task.project_id).collect();
    let titles: Vec<_> = waiting.iter().map(|task| task.title.clone()).collect();
    let descriptions: Vec<_> = waiting.iter().map(|task| task.description.clone()).collect();
    let vectors = tokio::task::spawn_blocking(move || {
        waiting.iter().map(|task| lexemes::vector(&task.title, &task.description)).collect::<Vec<_>>()
    })
    .await?;
    // A task that has changed since it was read is left for the next run.
    sqlx::query!(
        r#"
        UPDATE task_search s
        SET project_id = new.project_id, vector = replace(new.vector, '~', search_project_key(new.project_id))::tsvector,
            source = search_source(new.project_id, new.title, new.description)
        FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[])
            AS new (task_id, project_id, title, description, vector)
        JOIN tasks t ON t.id = new.task_id
            AND t.project_id = new.project_id AND t.title = new.title AND t.description = new.description
        WHERE s.task_id = new.task_id
        "#,
        &ids,
        &projects,
        &titles,
        &descriptions,
        &vectors,
    )
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(Some(last))
}
