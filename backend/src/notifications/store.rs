//! SQL of notifications.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgExecutor};

use super::{
    Notice, NotificationKind,
    model::{Notification, Person, ProjectReference, TaskReference, UnreadCount},
};
use crate::{
    http::page::NewestFirst,
    id::{Id, NotificationId, ProjectId, TaskId, UserId, kind},
};

struct Row {
    id: NotificationId,
    kind: NotificationKind,
    actor_id: Option<UserId>,
    actor_name: Option<String>,
    task_id: Option<TaskId>,
    task_title: Option<String>,
    project_id: Option<ProjectId>,
    project_name: Option<String>,
    data: serde_json::Value,
    created_at: DateTime<Utc>,
    read_at: Option<DateTime<Utc>>,
}

impl From<Row> for Notification {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            actor: row.actor_id.zip(row.actor_name).map(|(id, name)| Person { id, name }),
            task: row.task_id.zip(row.task_title).map(|(id, title)| TaskReference { id, title }),
            project: row.project_id.zip(row.project_name).map(|(id, name)| ProjectReference { id, name }),
            data: row.data,
            created_at: row.created_at,
            read_at: row.read_at,
        }
    }
}

/// The recipient of a notification.
pub struct Told<'a> {
    pub user_id: UserId,
    pub notice: &'a Notice,
    /// Whether the notification stays in their list.
    pub is_kept: bool,
}

/// The wire format of these notices for their recipients, in the same order.
pub async fn insert(db: &mut PgConnection, told: &[Told<'_>]) -> sqlx::Result<Vec<Notification>> {
    if told.is_empty() {
        return Ok(Vec::new());
    }
    let id_of = |one: &Told| one.notice.origin.map_or_else(Id::new, |origin| origin.notification_id(one.user_id));
    let ids: Vec<NotificationId> = told.iter().map(id_of).collect();
    let at: Vec<Option<DateTime<Utc>>> = told.iter().map(|one| one.notice.origin.map(|origin| origin.at)).collect();
    let users: Vec<UserId> = told.iter().map(|one| one.user_id).collect();
    let kinds: Vec<String> = told.iter().map(|one| one.notice.kind.as_str().to_owned()).collect();
    let actors: Vec<Option<UserId>> = told.iter().map(|one| one.notice.actor_id).collect();
    let projects: Vec<Option<ProjectId>> = told.iter().map(|one| one.notice.project_id).collect();
    let tasks: Vec<Option<TaskId>> = told.iter().map(|one| one.notice.task_id).collect();
    let data: Vec<serde_json::Value> = told.iter().map(|one| one.notice.data.clone()).collect();
    let kept: Vec<bool> = told.iter().map(|one| one.is_kept).collect();
    let rows = sqlx::query_as!(
        Row,
        r#"
        WITH n AS MATERIALIZED (
            SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::uuid[], $6::uuid[], $7::jsonb[], $8::boolean[],
                                 $9::timestamptz[])
            WITH ORDINALITY AS n (id, user_id, kind, actor_id, project_id, task_id, data, is_kept, at, place)
        ),
        kept AS (
            INSERT INTO notifications (id, user_id, kind, actor_id, project_id, task_id, data, created_at)
            SELECT id, user_id, kind, actor_id, project_id, task_id, data, coalesce(at, now()) FROM n WHERE is_kept
        )
        SELECT n.id AS "id!", n.kind AS "kind!: NotificationKind", n.actor_id, a.name AS "actor_name?", n.task_id,
               t.title AS "task_title?", n.project_id, p.name AS "project_name?", n.data AS "data!",
               coalesce(n.at, now()) AS "created_at!", NULL::timestamptz AS read_at
        FROM n
        LEFT JOIN users a ON a.id = n.actor_id
        LEFT JOIN tasks t ON t.id = n.task_id
        LEFT JOIN projects p ON p.id = n.project_id
        ORDER BY n.place
        "#,
        &ids,
        &users,
        &kinds,
        &actors as &[Option<UserId>],
        &projects as &[Option<ProjectId>],
        &tasks as &[Option<TaskId>],
        &data,
        &kept,
        &at as &[Option<DateTime<Utc>>],
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Notification::from).collect())
}

/// Newest first. Referenced objects are included only while the user may see them.
pub async fn list(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    unread: bool,
    after: Option<&NewestFirst<kind::Notification>>,
    limit: i64,
) -> sqlx::Result<Vec<Notification>> {
    let rows = sqlx::query_as!(
        Row,
        r#"
        SELECT n.id, n.kind AS "kind: NotificationKind", n.actor_id, a.name AS "actor_name?", n.task_id,
               t.title AS "task_title?", n.project_id, p.name AS "project_name?", n.data, n.created_at, n.read_at
        FROM notifications n
        LEFT JOIN users a ON a.id = n.actor_id
        LEFT JOIN project_access m ON m.project_id = n.project_id AND m.user_id = n.user_id
        LEFT JOIN projects p ON p.id = m.project_id
        LEFT JOIN tasks t ON t.id = n.task_id AND t.project_id = m.project_id AND t.deleted_at IS NULL
        WHERE n.user_id = $1 AND (NOT $2 OR n.read_at IS NULL)
          AND ($3::timestamptz IS NULL OR (n.created_at, n.id) < ($3, $4))
        ORDER BY n.created_at DESC, n.id DESC
        LIMIT $5
        "#,
        user_id,
        unread,
        after.map(|cursor| cursor.created_at),
        after.map(|cursor| cursor.id),
        limit
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Notification::from).collect())
}

pub async fn count_unread(db: impl PgExecutor<'_>, user_id: UserId) -> sqlx::Result<UnreadCount> {
    sqlx::query_as!(
        UnreadCount,
        r#"
        SELECT (SELECT count(*) FROM notifications WHERE user_id = $1 AND read_at IS NULL) AS "unread!", revision
        FROM topics WHERE id = $1
        "#,
        user_id
    )
    .fetch_one(db)
    .await
}

/// Marks one as read. `None`: not the user's; otherwise whether it was unread.
pub async fn mark_read(db: &mut PgConnection, user_id: UserId, id: NotificationId) -> sqlx::Result<Option<bool>> {
    sqlx::query_scalar!(
        r#"
        WITH marked AS (
            UPDATE notifications SET read_at = now() WHERE id = $2 AND user_id = $1 AND read_at IS NULL RETURNING id
        )
        SELECT EXISTS (SELECT FROM marked) AS "was_unread!" FROM notifications WHERE id = $2 AND user_id = $1
        "#,
        user_id,
        id
    )
    .fetch_optional(db)
    .await
}

/// Marks all as read and returns how many were unread.
pub async fn mark_all_read(db: &mut PgConnection, user_id: UserId) -> sqlx::Result<u64> {
    let result =
        sqlx::query!("UPDATE notifications SET read_at = now() WHERE user_id = $1 AND read_at IS NULL", user_id)
            .execute(db)
            .await?;
    Ok(result.rows_affected())
}

/// Stores a notification without task and project for each of these users.
pub async fn insert_for_each(
    db: &mut PgConnection,
    kind: NotificationKind,
    notifications: &[(UserId, Notification)],
) -> sqlx::Result<()> {
    let users: Vec<UserId> = notifications.iter().map(|(user_id, _)| *user_id).collect();
    let ids: Vec<NotificationId> = notifications.iter().map(|(_, one)| one.id).collect();
    let data: Vec<serde_json::Value> = notifications.iter().map(|(_, one)| one.data.clone()).collect();
    sqlx::query!(
        r#"
        INSERT INTO notifications (id, user_id, kind, data)
        SELECT n.id, n.user_id, $4, n.data FROM unnest($1::uuid[], $2::uuid[], $3::jsonb[]) AS n (id, user_id, data)
        "#,
        &ids,
        &users,
        &data,
        kind.as_str(),
    )
    .execute(db)
    .await?;
    Ok(())
}
