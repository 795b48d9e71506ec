//! People who may not invite a user.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgExecutor};

use super::model::Blocked;
use crate::{id::UserId, notifications::model::Person};

/// The limit per person; the list is always complete.
pub const MOST: i64 = 500;

pub async fn list(db: impl PgExecutor<'_>, user_id: UserId) -> sqlx::Result<Vec<Blocked>> {
    struct Row {
        id: UserId,
        name: String,
        created_at: DateTime<Utc>,
    }
    let rows = sqlx::query_as!(
        Row,
        r#"
        SELECT u.id, u.name, b.created_at FROM invitation_blocks b JOIN users u ON u.id = b.blocked_id
        WHERE b.user_id = $1 ORDER BY b.created_at DESC, u.id LIMIT $2
        "#,
        user_id,
        MOST
    )
    .fetch_all(db)
    .await?;
    let blocked = |row: Row| Blocked { person: Person { id: row.id, name: row.name }, created_at: row.created_at };
    Ok(rows.into_iter().map(blocked).collect())
}

pub async fn contains(db: impl PgExecutor<'_>, user_id: UserId, blocked_id: UserId) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM invitation_blocks WHERE user_id = $1 AND blocked_id = $2) AS "is_blocked!""#,
        user_id,
        blocked_id
    )
    .fetch_one(db)
    .await
}

/// False at [`MOST`] entries; the user's feed is locked.
pub async fn insert(db: &mut PgConnection, user_id: UserId, blocked_id: UserId) -> sqlx::Result<bool> {
    if contains(&mut *db, user_id, blocked_id).await? {
        return Ok(true);
    }
    let result = sqlx::query!(
        r#"
        INSERT INTO invitation_blocks (user_id, blocked_id)
        SELECT $1, $2 WHERE (SELECT count(*) FROM invitation_blocks WHERE user_id = $1) < $3
        "#,
        user_id,
        blocked_id,
        MOST
    )
    .execute(db)
    .await?;
    Ok(result.rows_affected() == 1)
}

pub async fn delete(db: &mut PgConnection, user_id: UserId, blocked_id: UserId) -> sqlx::Result<bool> {
    let result =
        sqlx::query!("DELETE FROM invitation_blocks WHERE user_id = $1 AND blocked_id = $2", user_id, blocked_id)
            .execute(db)
            .await?;
    Ok(result.rows_affected() == 1)
}
