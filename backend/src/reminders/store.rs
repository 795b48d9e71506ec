//! SQL of reminders.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::{PgConnection, PgExecutor};

use super::{
    model::{LeadTime, RelativeTo, Reminder},
    moment::{Target, TaskDates},
};
use crate::id::{ProjectId, ReminderId, TaskId, UserId};

struct Row {
    id: ReminderId,
    task_id: TaskId,
    remind_at: Option<DateTime<Utc>>,
    relative_to: Option<RelativeTo>,
    before_days: Option<i32>,
    before_minutes: Option<i32>,
    fires_at: Option<DateTime<Utc>>,
    fired_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
}

impl From<Row> for Reminder {
    fn from(row: Row) -> Self {
        let before = row.before_days.zip(row.before_minutes).map(|(days, minutes)| LeadTime { days, minutes });
        Self {
            id: row.id,
            task_id: row.task_id,
            remind_at: row.remind_at,
            relative_to: row.relative_to,
            before,
            fires_at: row.fires_at,
            fired_at: row.fired_at,
            created_at: row.created_at,
        }
    }
}

/// The user's reminders of a task, the next one first.
pub async fn list(db: impl PgExecutor<'_>, user_id: UserId, task_id: TaskId) -> sqlx::Result<Vec<Reminder>> {
    let rows = sqlx::query_as!(
        Row,
        r#"
        SELECT id, task_id, remind_at, relative_to AS "relative_to: RelativeTo", before_days, before_minutes, fires_at,
               fired_at, created_at
        FROM reminders WHERE task_id = $2 AND user_id = $1
        ORDER BY fires_at, id
        "#,
        user_id,
        task_id
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Reminder::from).collect())
}

pub async fn exists(db: impl PgExecutor<'_>, id: ReminderId) -> sqlx::Result<bool> {
    Ok(sqlx::query_scalar!("SELECT 1 AS one FROM reminders WHERE id = $1", id).fetch_optional(db).await?.is_some())
}

pub async fn insert(
    db: &mut PgConnection,
    id: ReminderId,
    user_id: UserId,
    task_id: TaskId,
    target: Target,
    fires_at: DateTime<Utc>,
) -> sqlx::Result<Reminder> {
    let (remind_at, relative_to, before) = match target {
        Target::At(at) => (Some(at), None, None),
        Target::Before(relative_to, lead) => (None, Some(relative_to), Some(lead)),
    };
    let row = sqlx::query_as!(
        Row,
        r#"
        INSERT INTO reminders (id, user_id, task_id, remind_at, relative_to, before_days, before_minutes, fires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        RETURNING id, task_id, remind_at, relative_to AS "relative_to: RelativeTo", before_days, before_minutes,
                  fires_at, fired_at, created_at
        "#,
        id,
        user_id,
        task_id,
        remind_at,
        relative_to as Option<RelativeTo>,
        before.map(|lead| lead.days),
        before.map(|lead| lead.minutes),
        fires_at,
    )
    .fetch_one(db)
    .await?;
    Ok(row.into())
}

/// Whether it existed.
pub async fn delete(db: &mut PgConnection, user_id: UserId, task_id: TaskId, id: ReminderId) -> sqlx::Result<bool> {
    let result =
        sqlx::query!("DELETE FROM reminders WHERE id = $3 AND task_id = $2 AND user_id = $1", user_id, task_id, id)
            .execute(db)
            .await?;
    Ok(result.rows_affected() == 1)
}

/// A reminder relative to a date, with everything that determines its time.
pub struct Relative {
    pub id: ReminderId,
    pub user_id: UserId,
    pub relative_to: RelativeTo,
    pub before: LeadTime,
    pub fires_at: Option<DateTime<Utc>>,
    pub dates: TaskDates,
    pub time_zone: String,
}

/// The relative reminders of one task, for all users, or of one user, for all tasks.
#[derive(Clone, Copy)]
pub enum Whose {
    Task(TaskId),
    User(UserId),
}

pub async fn list_relative(db: &mut PgConnection, whose: Whose) -> sqlx::Result<Vec<Relative>> {
    let (task_id, user_id) = match whose {
        Whose::Task(id) => (Some(id), None),
        Whose::User(id) => (None, Some(id)),
    };
    let rows = sqlx::query!(
        r#"
        SELECT r.id, r.user_id, r.relative_to AS "relative_to!: RelativeTo", r.before_days AS "before_days!",
               r.before_minutes AS "before_minutes!", r.fires_at, u.time_zone,
               t.start_date, t.start_at, t.due_date, t.due_at
        FROM reminders r JOIN tasks t ON t.id = r.task_id JOIN users u ON u.id = r.user_id
        WHERE r.relative_to IS NOT NULL AND (r.task_id = $1 OR r.user_id = $2)
        ORDER BY r.user_id, r.id
        "#,
        task_id,
        user_id
    )
    .fetch_all(db)
    .await?;
    let relative = rows.into_iter().map(|row| Relative {
        id: row.id,
        user_id: row.user_id,
        relative_to: row.relative_to,
        before: LeadTime { days: row.before_days, minutes: row.before_minutes },
        fires_at: row.fires_at,
        dates: TaskDates {
            start_date: row.start_date,
            start_at: row.start_at,
            due_date: row.due_date,
            due_at: row.due_at,
        },
        time_zone: row.time_zone,
    });
    Ok(relative.collect())
}

/// Sets new times. Reminders that have fired or were skipped wait again only if the new time is in the future.
pub async fn set_moments(
    db: &mut PgConnection,
    ids: &[ReminderId],
    fires_at: &[Option<DateTime<Utc>>],
    now: DateTime<Utc>,
) -> sqlx::Result<Vec<Reminder>> {
    let rows = sqlx::query_as!(
        Row,
        r#"
        UPDATE reminders r
        SET fires_at = moved.fires_at, is_waiting = is_waiting OR coalesce(moved.fires_at > $3, false)
        FROM unnest($1::uuid[], $2::timestamptz[]) AS moved (id, fires_at) WHERE r.id = moved.id
        RETURNING r.id, r.task_id, r.remind_at, r.relative_to AS "relative_to: RelativeTo", r.before_days, r.before_minutes,
                  r.fires_at, r.fired_at, r.created_at
        "#,
        ids,
        fires_at as &[Option<DateTime<Utc>>],
        now
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Reminder::from).collect())
}

/// Whose reminders depend on a date of the task, in the order of their ids, and whether they are members of its project.
pub async fn users_with_relative(
    db: &mut PgConnection,
    project_id: ProjectId,
    task_id: TaskId,
) -> sqlx::Result<Vec<(UserId, bool)>> {
    let rows = sqlx::query!(
        r#"
        SELECT DISTINCT r.user_id, m.user_id IS NOT NULL AS "is_member!"
        FROM reminders r LEFT JOIN project_members m ON m.project_id = $1 AND m.user_id = r.user_id
        WHERE r.task_id = $2 AND r.relative_to IS NOT NULL
        ORDER BY r.user_id
        "#,
        project_id,
        task_id
    );
    Ok(rows.fetch_all(db).await?.into_iter().map(|row| (row.user_id, row.is_member)).collect())
}

/// Users with due reminders, oldest first, except the given ones; users may repeat. In the order of the index of waiting reminders: with
/// any other order the planner may scan all reminders.
pub async fn users_with_due(
    db: impl PgExecutor<'_>,
    now: DateTime<Utc>,
    but_for: &[UserId],
    limit: i64,
) -> sqlx::Result<Vec<UserId>> {
    sqlx::query_scalar!(
        r#"
        SELECT user_id FROM reminders WHERE is_waiting AND fires_at <= $1 AND user_id <> ALL($2)
        ORDER BY fires_at LIMIT $3
        "#,
        now,
        but_for,
        limit
    )
    .fetch_all(db)
    .await
}

/// A reminder that is due.
pub struct Due {
    pub id: ReminderId,
    pub fires_at: DateTime<Utc>,
    pub task_id: TaskId,
    pub project_id: ProjectId,
    pub due_date: Option<NaiveDate>,
    pub due_at: Option<DateTime<Utc>>,
    /// Whether the task is still open and visible to the user.
    pub is_wanted: bool,
}

/// Takes a user's due reminders; those being changed or deleted are left for later.
pub async fn claim_due(
    db: &mut PgConnection,
    user_id: UserId,
    now: DateTime<Utc>,
    limit: i64,
) -> sqlx::Result<Vec<Due>> {
    sqlx::query_as!(
        Due,
        r#"
        SELECT r.id, r.fires_at AS "fires_at!", r.task_id, t.project_id, t.due_date, t.due_at,
               t.status IN ('todo', 'in_progress') AND t.deleted_at IS NULL AND EXISTS (
                   SELECT FROM project_access a
                   WHERE a.project_id = t.project_id AND a.user_id = r.user_id AND a.archived_at IS NULL
               ) AS "is_wanted!"
        FROM reminders r JOIN tasks t ON t.id = r.task_id
        WHERE r.user_id = $1 AND r.is_waiting AND r.fires_at <= $2
        ORDER BY r.fires_at, r.id LIMIT $3
        FOR UPDATE OF r SKIP LOCKED
        FOR KEY SHARE OF t SKIP LOCKED
        "#,
        user_id,
        now,
        limit
    )
    .fetch_all(db)
    .await
}

pub async fn pass_over(db: &mut PgConnection, ids: &[ReminderId]) -> sqlx::Result<()> {
    sqlx::query!("UPDATE reminders SET is_waiting = false WHERE id = ANY($1)", ids).execute(db).await?;
    Ok(())
}

pub async fn set_fired(db: &mut PgConnection, ids: &[ReminderId], now: DateTime<Utc>) -> sqlx::Result<Vec<Reminder>> {
    let rows = sqlx::query_as!(
        Row,
        r#"
        UPDATE reminders SET is_waiting = false, fired_at = $2 WHERE id = ANY($1)
        RETURNING id, task_id, remind_at, relative_to AS "relative_to: RelativeTo", before_days, before_minutes,
                  fires_at, fired_at, created_at
        "#,
        ids,
        now
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Reminder::from).collect())
}
