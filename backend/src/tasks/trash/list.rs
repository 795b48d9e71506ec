//! SQL of the trash.

use crate::id::{TaskId, UserId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::{PgConnection, PgExecutor};

#[derive(Serialize, Deserialize)]
pub struct TrashCursor {
    pub deleted_at: DateTime<Utc>,
    pub id: TaskId,
}

/// Ids of deleted tasks, newest first; a subtask deleted with its parent is not listed separately.
pub async fn list_ids(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    after: Option<&TrashCursor>,
    limit: i64,
) -> sqlx::Result<Vec<TaskId>> {
    sqlx::query_scalar!(
        r#"
        SELECT t.id FROM project_access a JOIN tasks t ON t.project_id = a.project_id
        LEFT JOIN tasks parent ON parent.id = t.parent_id
        WHERE a.user_id = $1 AND t.deleted_at IS NOT NULL AND parent.deleted_at IS DISTINCT FROM t.deleted_at
          AND ($2::timestamptz IS NULL OR (t.deleted_at, t.id) < ($2, $3))
        ORDER BY t.deleted_at DESC, t.id DESC
        LIMIT $4
        "#,
        user_id,
        after.map(|cursor| cursor.deleted_at),
        after.map(|cursor| cursor.id),
        limit
    )
    .fetch_all(db)
    .await
}

/// Moves a task and its subtasks to the trash, with the same time. Returns the ids of the subtasks.
pub async fn move_to_trash(db: &mut PgConnection, id: TaskId) -> sqlx::Result<Vec<TaskId>> {
    let ids = sqlx::query_scalar!(
        r#"
        UPDATE tasks SET deleted_at = now(), version = version + 1, updated_at = now()
        WHERE (id = $1 OR parent_id = $1) AND deleted_at IS NULL
        RETURNING id
        "#,
        id
    )
    .fetch_all(db)
    .await?;
    Ok(ids.into_iter().filter(|deleted| *deleted != id).collect())
}

/// Restores a task with the subtasks deleted with it. A subtask whose parent is still in the trash becomes a top-level task. Returns all
/// restored ids.
pub async fn restore(db: &mut PgConnection, id: TaskId, deleted_at: DateTime<Utc>) -> sqlx::Result<Vec<TaskId>> {
    sqlx::query_scalar!(
        r#"
        UPDATE tasks t
        SET deleted_at = NULL, version = version + 1, updated_at = now(),
            parent_id = CASE WHEN t.id = $1 AND EXISTS (
                SELECT FROM tasks p WHERE p.id = t.parent_id AND p.deleted_at IS NOT NULL
            ) THEN NULL ELSE t.parent_id END
        WHERE t.id = $1 OR (t.parent_id = $1 AND t.deleted_at = $2)
        RETURNING id
        "#,
        id,
        deleted_at
    )
    .fetch_all(db)
    .await
}

/// Permanently deletes a task with the subtasks deleted with it. A subtask deleted earlier stays there as a top-level task.
pub async fn purge(db: &mut PgConnection, id: TaskId) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        UPDATE tasks t SET parent_id = NULL FROM tasks parent
        WHERE t.parent_id = $1 AND parent.id = $1 AND t.deleted_at <> parent.deleted_at
        "#,
        id
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!("DELETE FROM tasks WHERE id = $1", id).execute(db).await?;
    Ok(())
}
