//! SQL of announcements.

use chrono::{DateTime, Utc};
use sqlx::{PgExecutor, types::Json};
use uuid::Uuid;

use super::model::{Announcement, AnnouncementCursor, AnnouncementTexts};
use crate::notifications::model::Person;

struct Row {
    id: Uuid,
    texts: Json<AnnouncementTexts>,
    author_id: Option<Uuid>,
    author_name: Option<String>,
    created_at: DateTime<Utc>,
    recipients: Option<i64>,
    reached: i64,
    finished_at: Option<DateTime<Utc>>,
}

impl From<Row> for Announcement {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            texts: row.texts.0,
            created_by: row.author_id.zip(row.author_name).map(|(id, name)| Person { id, name }),
            created_at: row.created_at,
            recipients: row.recipients,
            reached: row.reached,
            finished_at: row.finished_at,
        }
    }
}

/// Writes it down for the workers; false when there is one with this id.
pub async fn insert(
    db: impl PgExecutor<'_>,
    id: Uuid,
    texts: &AnnouncementTexts,
    created_by: Option<Uuid>,
) -> sqlx::Result<bool> {
    let result = sqlx::query!(
        "INSERT INTO announcements (id, texts, created_by) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING",
        id,
        Json(texts) as Json<&AnnouncementTexts>,
        created_by,
    )
    .execute(db)
    .await?;
    Ok(result.rows_affected() == 1)
}

pub async fn find(db: impl PgExecutor<'_>, id: Uuid) -> sqlx::Result<Option<Announcement>> {
    let row = sqlx::query_as!(
        Row,
        r#"
        SELECT a.id, a.texts AS "texts: Json<AnnouncementTexts>", u.id AS "author_id?", u.name AS "author_name?",
               a.created_at, a.recipients, a.reached, a.finished_at
        FROM announcements a LEFT JOIN users u ON u.id = a.created_by
        WHERE a.id = $1
        "#,
        id
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(Announcement::from))
}

/// Newest first.
pub async fn list(
    db: impl PgExecutor<'_>,
    after: Option<&AnnouncementCursor>,
    limit: i64,
) -> sqlx::Result<Vec<Announcement>> {
    let rows = sqlx::query_as!(
        Row,
        r#"
        SELECT a.id, a.texts AS "texts: Json<AnnouncementTexts>", u.id AS "author_id?", u.name AS "author_name?",
               a.created_at, a.recipients, a.reached, a.finished_at
        FROM announcements a LEFT JOIN users u ON u.id = a.created_by
        WHERE $1::timestamptz IS NULL OR (a.created_at, a.id) < ($1, $2)
        ORDER BY a.created_at DESC, a.id DESC
        LIMIT $3
        "#,
        after.map(|cursor| cursor.created_at),
        after.map(|cursor| cursor.id),
        limit
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Announcement::from).collect())
}
