//! SQL of the weekly digest.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;

use super::Week;
use crate::{
    id::{ProjectId, TaskId, UserId},
    notifications::NotificationKind,
};

/// Records a digest for the week for everyone in these time zones who wants such mails.
pub async fn add(db: &mut PgConnection, week: &str, time_zones: &[String], kind: NotificationKind) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        INSERT INTO weekly_digests (user_id, week)
        SELECT u.id, $1
        FROM users u
        LEFT JOIN notification_preferences p ON p.user_id = u.id AND p.kind = $3 AND p.channel = 'mail'
        WHERE u.time_zone = ANY($2) AND u.email_verified_at IS NOT NULL AND coalesce(p.enabled, $4)
        ON CONFLICT DO NOTHING
        "#,
        week,
        time_zones,
        kind.as_str(),
        kind.default_channels().mail,
    )
    .execute(db)
    .await?;
    Ok(())
}

pub struct Claimed {
    pub user_id: UserId,
    pub week: String,
}

/// Takes some that are waiting and marks them as queued.
pub async fn claim(db: &mut PgConnection, limit: i64) -> sqlx::Result<Vec<Claimed>> {
    sqlx::query_as!(
        Claimed,
        r#"
        UPDATE weekly_digests w SET is_waiting = false
        FROM (
            SELECT user_id, week FROM weekly_digests WHERE is_waiting ORDER BY user_id LIMIT $1
            FOR UPDATE SKIP LOCKED
        ) claimed
        WHERE w.user_id = claimed.user_id AND w.week = claimed.week
        RETURNING w.user_id, w.week
        "#,
        limit
    )
    .fetch_all(db)
    .await
}

/// A task listed in the digest.
pub struct WeekTask {
    pub section: String,
    /// Number of tasks in its section.
    pub in_section: i64,
    pub id: TaskId,
    pub title: String,
    pub project_id: ProjectId,
    pub project: String,
    pub due_date: Option<NaiveDate>,
    pub due_at: Option<DateTime<Utc>>,
}

/// The first five of each section, of the tasks that the user is responsible for.
pub async fn tasks(db: &mut PgConnection, user_id: UserId, week: &Week) -> sqlx::Result<Vec<WeekTask>> {
    sqlx::query_as!(
        WeekTask,
        r#"
        WITH mine AS (
            SELECT t.id, t.title, t.project_id, t.due_date, t.due_at, t.due_order, t.completed_at,
                   CASE WHEN t.status = 'done' THEN 'done'
                        WHEN t.due_date < $3 OR t.due_at < $2 THEN 'overdue'
                        ELSE 'due' END AS section
            FROM project_access a JOIN tasks t ON t.project_id = a.project_id
            WHERE a.user_id = $1 AND a.archived_at IS NULL AND t.deleted_at IS NULL
              AND coalesce(t.assignee_id, t.created_by) = $1
              AND CASE t.status WHEN 'done' THEN t.completed_at >= $5 AND t.completed_at < $6
                                WHEN 'cancelled' THEN false
                                ELSE t.due_date < $4 OR t.due_at < $7 END
        ),
        ranked AS (
            SELECT *, count(*) OVER (PARTITION BY section) AS in_section,
                   row_number() OVER (PARTITION BY section ORDER BY due_order, id) AS place
            FROM mine
        )
        SELECT r.section AS "section!", r.in_section AS "in_section!", r.id, r.title, r.project_id, p.name AS project,
               r.due_date, r.due_at
        FROM ranked r JOIN projects p ON p.id = r.project_id
        WHERE r.place <= 5
        ORDER BY array_position(ARRAY['overdue', 'due', 'done'], r.section), r.place
        "#,
        user_id,
        week.now,
        week.today,
        week.next_monday,
        week.last_began_at,
        week.begins_at,
        week.ends_at,
    )
    .fetch_all(db)
    .await
}
