//! SQL of notifications.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use super::{
    Notice, NotificationKind,
    model::{Notification, Person, ProjectReference, TaskReference, UnreadCount},
};
use crate::http::page::NewestFirst;

struct Row {
    id: Uuid,
    kind: NotificationKind,
    actor_id: Option<Uuid>,
    actor_name: Option<String>,
    task_id: Option<Uuid>,
    task_title: Option<String>,
    project_id: Option<Uuid>,
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

/// What the notice looks like to the user; it is kept only when it is to be `kept`.
pub async fn insert(db: &mut PgConnection, user_id: Uuid, notice: &Notice, kept: bool) -> sqlx::Result<Notification> {
    let row = sqlx::query_as!(
        Row,
        r#"
        WITH n AS (
            SELECT $1::uuid AS id, $2::uuid AS user_id, $3::text AS kind, $4::uuid AS actor_id, $5::uuid AS project_id,
                   $6::uuid AS task_id, $7::jsonb AS data
        ),
        kept AS (
            INSERT INTO notifications (id, user_id, kind, actor_id, project_id, task_id, data)
            SELECT id, user_id, kind, actor_id, project_id, task_id, data FROM n WHERE $8
        )
        SELECT n.id AS "id!", n.kind AS "kind!: NotificationKind", n.actor_id, a.name AS "actor_name?", n.task_id,
               t.title AS "task_title?", n.project_id, p.name AS "project_name?", n.data AS "data!",
               now() AS "created_at!", NULL::timestamptz AS read_at
        FROM n
        LEFT JOIN users a ON a.id = n.actor_id
        LEFT JOIN tasks t ON t.id = n.task_id
        LEFT JOIN projects p ON p.id = n.project_id
        "#,
        Uuid::now_v7(),
        user_id,
        notice.kind as NotificationKind,
        notice.actor_id,
        notice.project_id,
        notice.task_id,
        notice.data,
        kept,
    )
    .fetch_one(db)
    .await?;
    Ok(row.into())
}

/// What the notice looks like to whoever is told of it.
pub async fn show(db: &mut PgConnection, notice: &Notice) -> sqlx::Result<Notification> {
    let row = sqlx::query_as!(
        Row,
        r#"
        WITH n AS (
            SELECT $1::uuid AS id, $2::text AS kind, $3::uuid AS actor_id, $4::uuid AS project_id, $5::uuid AS task_id, $6::jsonb AS data
        )
        SELECT n.id AS "id!", n.kind AS "kind!: NotificationKind", n.actor_id, a.name AS "actor_name?", n.task_id,
               t.title AS "task_title?", n.project_id, p.name AS "project_name?", n.data AS "data!",
               now() AS "created_at!", NULL::timestamptz AS read_at
        FROM n
        LEFT JOIN users a ON a.id = n.actor_id
        LEFT JOIN tasks t ON t.id = n.task_id
        LEFT JOIN projects p ON p.id = n.project_id
        "#,
        Uuid::now_v7(),
        notice.kind as NotificationKind,
        notice.actor_id,
        notice.project_id,
        notice.task_id,
        notice.data,
    )
    .fetch_one(db)
    .await?;
    Ok(row.into())
}

/// Keeps the notice for each of these users, under the ids given.
pub async fn insert_each(
    db: &mut PgConnection,
    notice: &Notice,
    notifications: &[(Uuid, Notification)],
) -> sqlx::Result<()> {
    let users: Vec<Uuid> = notifications.iter().map(|(user_id, _)| *user_id).collect();
    let ids: Vec<Uuid> = notifications.iter().map(|(_, one)| one.id).collect();
    sqlx::query!(
        r#"
        INSERT INTO notifications (id, user_id, kind, actor_id, project_id, task_id, data)
        SELECT n.id, n.user_id, $3, $4, $5, $6, $7 FROM unnest($1::uuid[], $2::uuid[]) AS n (id, user_id)
        "#,
        &ids,
        &users,
        notice.kind.as_str(),
        notice.actor_id,
        notice.project_id,
        notice.task_id,
        notice.data,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Newest first. What a notification names is shown only while the user may see it.
pub async fn list(
    db: impl PgExecutor<'_>,
    user_id: Uuid,
    unread: bool,
    after: Option<&NewestFirst>,
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

pub async fn count_unread(db: impl PgExecutor<'_>, user_id: Uuid) -> sqlx::Result<UnreadCount> {
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

/// Marks one as read. `None`: not the user's; otherwise whether it was unread before.
pub async fn mark_read(db: &mut PgConnection, user_id: Uuid, id: Uuid) -> sqlx::Result<Option<bool>> {
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

/// Marks all as read and says how many were not.
pub async fn mark_all_read(db: &mut PgConnection, user_id: Uuid) -> sqlx::Result<u64> {
    let result =
        sqlx::query!("UPDATE notifications SET read_at = now() WHERE user_id = $1 AND read_at IS NULL", user_id)
            .execute(db)
            .await?;
    Ok(result.rows_affected())
}

/// Keeps a notification for each of these users, of things that name no task and no project.
pub async fn insert_for_each(
    db: &mut PgConnection,
    kind: NotificationKind,
    notifications: &[(Uuid, Notification)],
) -> sqlx::Result<()> {
    let users: Vec<Uuid> = notifications.iter().map(|(user_id, _)| *user_id).collect();
    let ids: Vec<Uuid> = notifications.iter().map(|(_, one)| one.id).collect();
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
