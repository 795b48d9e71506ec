//! SQL of announcements.

use chrono::{DateTime, NaiveTime, Utc};
use sqlx::{PgConnection, PgExecutor, types::Json};

use super::model::{Announcement, AnnouncementTexts};
use crate::{
    http::page::NewestFirst,
    id::{AnnouncementId, UserId, kind},
    notifications::{NotificationKind, model::Person},
    users::model::Language,
};

struct Row {
    id: AnnouncementId,
    texts: Json<AnnouncementTexts>,
    author_id: Option<UserId>,
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

/// Queues it for the workers; false if the id exists already.
pub async fn insert(
    db: impl PgExecutor<'_>,
    id: AnnouncementId,
    texts: &AnnouncementTexts,
    created_by: Option<UserId>,
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

pub async fn find(db: impl PgExecutor<'_>, id: AnnouncementId) -> sqlx::Result<Option<Announcement>> {
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
    after: Option<&NewestFirst<kind::Announcement>>,
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

/// An announcement being sent, with its progress.
pub struct Walk {
    pub id: AnnouncementId,
    pub texts: Json<AnnouncementTexts>,
    pub created_at: DateTime<Utc>,
    pub last_user_id: Option<UserId>,
    pub recipients: Option<i64>,
    /// The transaction's time.
    pub now: DateTime<Utc>,
}

/// Locks the oldest unfinished announcement until the end of the transaction.
pub async fn claim(db: &mut PgConnection) -> sqlx::Result<Option<Walk>> {
    sqlx::query_as!(
        Walk,
        r#"
        SELECT id, texts AS "texts: Json<AnnouncementTexts>", created_at, last_user_id, recipients, now() AS "now!"
        FROM announcements WHERE finished_at IS NULL
        ORDER BY created_at, id LIMIT 1
        FOR NO KEY UPDATE SKIP LOCKED
        "#
    )
    .fetch_optional(db)
    .await
}

pub async fn count_recipients(db: &mut PgConnection, walk: &Walk) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE announcements SET recipients = (SELECT count(*) FROM users WHERE created_at <= $2) WHERE id = $1",
        walk.id,
        walk.created_at
    )
    .execute(db)
    .await?;
    Ok(())
}

/// A recipient with the data that decides how to notify them.
pub struct Reader {
    pub id: UserId,
    pub language: Language,
    pub time_zone: String,
    pub is_confirmed: bool,
    pub in_app: Option<bool>,
    pub mail: Option<bool>,
    pub quiet_from: Option<NaiveTime>,
    pub quiet_until: Option<NaiveTime>,
}

/// The next users who existed when it was written.
pub async fn next_readers(db: &mut PgConnection, walk: &Walk, limit: i64) -> sqlx::Result<Vec<Reader>> {
    sqlx::query_as!(
        Reader,
        r#"
        SELECT u.id, u.language AS "language: Language", u.time_zone, u.email_verified_at IS NOT NULL AS "is_confirmed!",
               a.enabled AS "in_app?", m.enabled AS "mail?", q.quiet_from AS "quiet_from?", q.quiet_until AS "quiet_until?"
        FROM (
            SELECT * FROM users WHERE ($1::uuid IS NULL OR id > $1) AND created_at <= $2 ORDER BY id LIMIT $3
        ) u
        LEFT JOIN notification_preferences a ON a.user_id = u.id AND a.kind = $4 AND a.channel = 'in_app'
        LEFT JOIN notification_preferences m ON m.user_id = u.id AND m.kind = $4 AND m.channel = 'mail'
        LEFT JOIN quiet_hours q ON q.user_id = u.id
        ORDER BY u.id
        "#,
        walk.last_user_id,
        walk.created_at,
        limit,
        NotificationKind::SystemAnnouncement.as_str(),
    )
    .fetch_all(db)
    .await
}

/// Saves the progress; `told` is in processing order.
pub async fn advance(db: &mut PgConnection, id: AnnouncementId, told: &[UserId], is_last: bool) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        UPDATE announcements
        SET last_user_id = coalesce($2, last_user_id), reached = reached + $3, finished_at = CASE WHEN $4 THEN now() END
        WHERE id = $1
        "#,
        id,
        told.last(),
        i64::try_from(told.len()).unwrap_or(i64::MAX),
        is_last,
    )
    .execute(db)
    .await?;
    Ok(())
}
