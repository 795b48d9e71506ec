//! Revisions as the key of what is read: as long as they stay, so does every list made from these topics.

use sqlx::PgExecutor;
use uuid::Uuid;

/// The revisions of everything that a user sees, as one text: the user's own feed and all projects of theirs.
pub async fn of_user(db: impl PgExecutor<'_>, user_id: Uuid) -> sqlx::Result<String> {
    let revisions = sqlx::query_scalar!(
        r#"
        SELECT string_agg(t.id::text || '=' || t.revision, ',' ORDER BY t.id) AS "revisions"
        FROM topics t
        WHERE t.id IN (SELECT $1::uuid UNION ALL SELECT project_id FROM project_members WHERE user_id = $1)
        "#,
        user_id
    )
    .fetch_one(db)
    .await?;
    Ok(revisions.unwrap_or_default())
}

/// Whether a project or user has this id.
pub async fn topic_exists(db: impl PgExecutor<'_>, id: Uuid) -> sqlx::Result<bool> {
    let found = sqlx::query_scalar!("SELECT 1 AS one FROM topics WHERE id = $1", id).fetch_optional(db).await?;
    Ok(found.is_some())
}
