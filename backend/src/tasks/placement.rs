//! Where a task stands in the manual order of its project. The project is locked, so neighbours stay where they are.

use sqlx::PgConnection;
use uuid::Uuid;

use super::{model::Task, store};
use crate::{
    error::{ApiError, FieldProblem},
    ordering,
};

/// The place after all others of a project.
pub async fn last(db: &mut PgConnection, project_id: Uuid) -> Result<String, ApiError> {
    let lower = sqlx::query_scalar!(
        "SELECT position FROM tasks WHERE project_id = $1 AND deleted_at IS NULL ORDER BY position DESC, id DESC LIMIT 1",
        project_id
    )
    .fetch_optional(db)
    .await?;
    Ok(ordering::between(lower.as_deref(), None)?)
}

/// The place right after the task `after` (not counting `moved`, the task that is to go there).
pub async fn after(
    db: &mut PgConnection,
    project_id: Uuid,
    moved: Option<Uuid>,
    after: Option<Uuid>,
) -> Result<String, ApiError> {
    let lower = match after {
        None => None,
        Some(after) if Some(after) == moved => return Err(ApiError::field("after", FieldProblem::SameTask)),
        Some(after) => Some(
            sqlx::query_scalar!(
                "SELECT position FROM tasks WHERE project_id = $1 AND id = $2 AND deleted_at IS NULL",
                project_id,
                after
            )
            .fetch_optional(&mut *db)
            .await?
            .ok_or_else(|| ApiError::field("after", FieldProblem::NotInProject))?,
        ),
    };
    let upper = next_position(db, project_id, moved, lower.as_deref()).await?;
    Ok(ordering::between(lower.as_deref(), upper.as_deref())?)
}

/// After the last of a parent's subtasks.
pub async fn last_subtask(db: &mut PgConnection, project_id: Uuid, parent_id: Uuid) -> Result<String, ApiError> {
    let last = sqlx::query_scalar!(
        "SELECT max(position) FROM tasks WHERE parent_id = $1 AND project_id = $2 AND deleted_at IS NULL",
        parent_id,
        project_id
    )
    .fetch_one(&mut *db)
    .await?;
    let Some(last) = last else { return self::last(db, project_id).await };
    let upper = next_position(db, project_id, None, Some(&last)).await?;
    Ok(ordering::between(Some(&last), upper.as_deref())?)
}

/// Places for `count` tasks right after a position, in order.
pub async fn many_after(
    db: &mut PgConnection,
    project_id: Uuid,
    position: &str,
    count: usize,
) -> Result<Vec<String>, ApiError> {
    let upper = next_position(db, project_id, None, Some(position)).await?;
    let mut positions: Vec<String> = Vec::with_capacity(count);
    for _ in 0..count {
        let lower = positions.last().map_or(position, String::as_str);
        positions.push(ordering::between(Some(lower), upper.as_deref())?);
    }
    Ok(positions)
}

/// Moves a task that came back to a place that was taken meanwhile to the one right after it.
pub async fn make_unique(db: &mut PgConnection, task: &Task) -> Result<(), ApiError> {
    let taken = sqlx::query_scalar!(
        r#"
        SELECT EXISTS (
            SELECT FROM tasks WHERE project_id = $1 AND position = $2 AND id <> $3 AND deleted_at IS NULL
        ) AS "taken!"
        "#,
        task.project_id,
        task.position,
        task.id
    )
    .fetch_one(&mut *db)
    .await?;
    if taken {
        let free = many_after(db, task.project_id, &task.position, 1).await?;
        store::set_position(db, task.id, free.first().map_or("", String::as_str)).await?;
    }
    Ok(())
}

async fn next_position(
    db: &mut PgConnection,
    project_id: Uuid,
    moved: Option<Uuid>,
    lower: Option<&str>,
) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar!(
        r#"
        SELECT position FROM tasks
        WHERE project_id = $1 AND position > coalesce($3, '') COLLATE "C" AND ($2::uuid IS NULL OR id <> $2)
          AND deleted_at IS NULL
        ORDER BY position LIMIT 1
        "#,
        project_id,
        moved,
        lower
    )
    .fetch_optional(db)
    .await
}
