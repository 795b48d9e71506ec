//! SQL of due notices. Responsible for a task is its assignee, or its creator if nobody is assigned; members only.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::{PgConnection, PgExecutor};

use crate::{
    id::{ProjectId, TaskId, UserId},
    notifications::NotificationKind,
};

/// Records who is to be notified of open tasks due at an instant after `from` and up to `until`.
pub async fn add_due_at(
    db: &mut PgConnection,
    kind: NotificationKind,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        INSERT INTO due_notices (task_id, user_id, kind, due_at)
        SELECT t.id, m.user_id, $1, t.due_at
        FROM tasks t
        JOIN projects p ON p.id = t.project_id AND p.deleted_at IS NULL AND p.archived_at IS NULL
        JOIN project_members m ON m.project_id = t.project_id AND m.user_id = coalesce(t.assignee_id, t.created_by)
        WHERE t.deleted_at IS NULL AND t.due_order <> 'infinity' AND t.due_order > $2 AND t.due_order <= $3
          AND t.due_at IS NOT NULL AND t.status IN ('todo', 'in_progress')
        ORDER BY t.id
        ON CONFLICT DO NOTHING
        "#,
        kind as NotificationKind,
        from,
        until
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The same for open tasks due on a day, for responsible people in these time zones (or one user only).
pub async fn add_due_on(
    db: &mut PgConnection,
    kind: NotificationKind,
    day: NaiveDate,
    time_zones: &[String],
    user_id: Option<UserId>,
) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        INSERT INTO due_notices (task_id, user_id, kind, due_date)
        SELECT t.id, m.user_id, $1, t.due_date
        FROM tasks t
        JOIN projects p ON p.id = t.project_id AND p.deleted_at IS NULL AND p.archived_at IS NULL
        JOIN project_members m ON m.project_id = t.project_id AND m.user_id = coalesce(t.assignee_id, t.created_by)
        JOIN users u ON u.id = m.user_id AND u.time_zone = ANY($3)
        WHERE t.deleted_at IS NULL AND t.due_order <> 'infinity'
          AND t.due_order = ($2::date + 1)::timestamp AT TIME ZONE 'UTC' AND t.due_date = $2
          AND t.status IN ('todo', 'in_progress') AND ($4::uuid IS NULL OR m.user_id = $4)
        ORDER BY t.id
        ON CONFLICT DO NOTHING
        "#,
        kind as NotificationKind,
        day,
        time_zones,
        user_id
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Users with pending notices, ordered by id, after the given one.
pub async fn users_to_tell(db: impl PgExecutor<'_>, after: UserId, limit: i64) -> sqlx::Result<Vec<UserId>> {
    sqlx::query_scalar!(
        "SELECT DISTINCT user_id FROM due_notices WHERE is_waiting AND user_id > $1 ORDER BY user_id LIMIT $2",
        after,
        limit
    )
    .fetch_all(db)
    .await
}

/// A task that a user is to be notified of.
pub struct DueNotice {
    pub task_id: TaskId,
    pub project_id: ProjectId,
    pub kind: NotificationKind,
    pub due_date: Option<NaiveDate>,
    pub due_at: Option<DateTime<Utc>>,
    pub time_zone: String,
    /// Whether it is still open, due then, and the user's.
    pub stands: bool,
}

/// Marks the user's pending notices as done and returns them.
pub async fn claim(db: &mut PgConnection, user_id: UserId, limit: i64) -> sqlx::Result<Vec<DueNotice>> {
    sqlx::query_as!(
        DueNotice,
        r#"
        WITH claimed AS (
            SELECT n.task_id, t.project_id, n.kind, n.due_date, n.due_at, t.due_order, u.time_zone,
                   t.deleted_at IS NULL AND t.status IN ('todo', 'in_progress')
                   AND coalesce(t.assignee_id, t.created_by) = n.user_id
                   AND t.due_date IS NOT DISTINCT FROM n.due_date AND t.due_at IS NOT DISTINCT FROM n.due_at
                   AND EXISTS (
                       SELECT FROM project_access a
                       WHERE a.project_id = t.project_id AND a.user_id = n.user_id AND a.archived_at IS NULL
                   ) AS stands
            FROM due_notices n JOIN tasks t ON t.id = n.task_id JOIN users u ON u.id = n.user_id
            WHERE n.user_id = $1 AND n.is_waiting
            ORDER BY t.due_order, t.id LIMIT $2
            FOR UPDATE OF n SKIP LOCKED
            FOR KEY SHARE OF t SKIP LOCKED
        ),
        settled AS (
            UPDATE due_notices n SET is_waiting = false FROM claimed c
            WHERE n.user_id = $1 AND n.task_id = c.task_id AND n.kind = c.kind
              AND n.due_date IS NOT DISTINCT FROM c.due_date AND n.due_at IS NOT DISTINCT FROM c.due_at
        )
        SELECT task_id, project_id, kind AS "kind: NotificationKind", due_date, due_at, time_zone,
               coalesce(stands, false) AS "stands!"
        FROM claimed ORDER BY due_order, task_id
        "#,
        user_id,
        limit
    )
    .fetch_all(db)
    .await
}
