//! A task's position in the manual order of its project. The project is locked, so neighbours do not move.

use sqlx::PgConnection;

use crate::{
    error::{ApiError, FieldProblem},
    id::{ProjectId, TaskId},
    ordering,
    tasks::store,
};

/// The position after all others of a project.
pub async fn last(db: &mut PgConnection, project_id: ProjectId) -> Result<String, ApiError> {
    let lower = sqlx::query_scalar!(
        "SELECT position FROM tasks WHERE project_id = $1 AND deleted_at IS NULL ORDER BY position DESC, id DESC LIMIT 1",
        project_id
    )
    .fetch_optional(db)
    .await?;
    Ok(ordering::between(lower.as_deref(), None)?)
}

/// The position right after the task `after` (not counting `moved`, the task that is to go there).
pub async fn after(
    db: &mut PgConnection,
    project_id: ProjectId,
    moved: Option<TaskId>,
    after: Option<TaskId>,
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
pub async fn last_subtask(db: &mut PgConnection, project_id: ProjectId, parent_id: TaskId) -> Result<String, ApiError> {
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

/// `count` positions right after a given one, in order.
pub async fn many_after(
    db: &mut PgConnection,
    project_id: ProjectId,
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

/// Moves restored tasks whose positions were taken meanwhile right after them, keeping their order.
pub async fn make_unique(db: &mut PgConnection, project_id: ProjectId, ids: &[TaskId]) -> Result<(), ApiError> {
    let clashes = sqlx::query!(
        r#"
        SELECT t.id, t.position, (
            SELECT min(next.position) FROM tasks next
            WHERE next.project_id = $1 AND next.position > t.position AND next.deleted_at IS NULL
        ) AS next
        FROM tasks t
        WHERE t.id = ANY ($2) AND t.project_id = $1 AND EXISTS (
            SELECT FROM tasks other
            WHERE other.project_id = $1 AND other.position = t.position AND other.id <> t.id AND other.deleted_at IS NULL
        )
        ORDER BY t.position, t.id
        "#,
        project_id,
        ids
    )
    .fetch_all(&mut *db)
    .await?;
    let mut moved: Vec<TaskId> = Vec::with_capacity(clashes.len());
    let mut positions: Vec<String> = Vec::with_capacity(clashes.len());
    let mut place = "";
    for clash in &clashes {
        // Several at one position go one after another.
        let lower = if clash.position == place { positions.last() } else { None };
        let lower = lower.map_or(clash.position.as_str(), String::as_str);
        positions.push(ordering::between(Some(lower), clash.next.as_deref())?);
        moved.push(clash.id);
        place = &clash.position;
    }
    Ok(store::set_positions(db, &moved, &positions).await?)
}

async fn next_position(
    db: &mut PgConnection,
    project_id: ProjectId,
    moved: Option<TaskId>,
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
