//! SQL of address changes, from the request until the old address can no longer be restored.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgExecutor};

use crate::{
    auth::LOST_ANSWER,
    id::{AddressChangeId, UserId},
};

pub async fn insert(
    db: &mut PgConnection,
    id: AddressChangeId,
    user_id: UserId,
    new_email: &str,
    expires_at: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO address_changes (id, user_id, new_email, expires_at) VALUES ($1, $2, $3, $4)",
        id,
        user_id,
        new_email,
        expires_at
    )
    .execute(db)
    .await?;
    Ok(())
}

/// A change that can be confirmed.
pub struct Waiting {
    pub user_id: UserId,
    pub new_email: String,
}

pub async fn find_waiting(db: impl PgExecutor<'_>, id: AddressChangeId) -> sqlx::Result<Option<Waiting>> {
    sqlx::query_as!(
        Waiting,
        r#"
        SELECT user_id, new_email FROM address_changes
        WHERE id = $1 AND confirmed_at IS NULL AND expires_at > now()
        "#,
        id
    )
    .fetch_optional(db)
    .await
}

/// Unused links of all changes of the user.
pub async fn void_waiting(db: &mut PgConnection, user_id: UserId) -> sqlx::Result<()> {
    sqlx::query!("DELETE FROM address_changes WHERE user_id = $1 AND confirmed_at IS NULL", user_id)
        .execute(db)
        .await?;
    Ok(())
}

/// Starts the period in which the old address can be restored, until `expires_at`. False if the link was no longer valid.
pub async fn confirm(
    db: &mut PgConnection,
    id: AddressChangeId,
    old_email: &str,
    expires_at: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let result = sqlx::query!(
        r#"
        UPDATE address_changes SET confirmed_at = now(), old_email = $2, expires_at = $3
        WHERE id = $1 AND confirmed_at IS NULL AND expires_at > now()
        "#,
        id,
        old_email,
        expires_at
    )
    .execute(db)
    .await?;
    Ok(result.rows_affected() == 1)
}

/// A change whose old address can be restored.
pub struct Confirmed {
    pub user_id: UserId,
    pub old_email: String,
    pub new_email: String,
}

pub async fn find_confirmed(db: impl PgExecutor<'_>, id: AddressChangeId) -> sqlx::Result<Option<Confirmed>> {
    sqlx::query_as!(
        Confirmed,
        r#"
        SELECT user_id, old_email AS "old_email!", new_email FROM address_changes
        WHERE id = $1 AND confirmed_at IS NOT NULL AND taken_back_at IS NULL AND expires_at > now()
        "#,
        id
    )
    .fetch_optional(db)
    .await
}

/// Whether this user has just confirmed it, and the answer may have been lost.
pub async fn was_just_confirmed(db: impl PgExecutor<'_>, id: AddressChangeId, user_id: UserId) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"
        SELECT EXISTS (
            SELECT FROM address_changes
            WHERE id = $1 AND user_id = $2 AND taken_back_at IS NULL AND confirmed_at > now() - make_interval(secs => $3)
        ) AS "just!"
        "#,
        id,
        user_id,
        LOST_ANSWER.as_secs_f64(),
    )
    .fetch_one(db)
    .await
}

/// The address just restored by it, if the answer may have been lost.
pub async fn find_just_taken_back(db: impl PgExecutor<'_>, id: AddressChangeId) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar!(
        r#"
        SELECT old_email AS "old_email!" FROM address_changes
        WHERE id = $1 AND taken_back_at > now() - make_interval(secs => $2)
        "#,
        id,
        LOST_ANSWER.as_secs_f64(),
    )
    .fetch_optional(db)
    .await
}

/// Uses it and cancels the user's later changes: whoever made them has no say any more. Earlier ones stay, since an older address may be
/// restored too. False if the link was no longer valid.
pub async fn take_back(db: &mut PgConnection, user_id: UserId, id: AddressChangeId) -> sqlx::Result<bool> {
    let used = sqlx::query!(
        r#"
        UPDATE address_changes SET taken_back_at = now(), expires_at = now() + make_interval(secs => $2)
        WHERE id = $1 AND confirmed_at IS NOT NULL AND taken_back_at IS NULL AND expires_at > now()
        "#,
        id,
        LOST_ANSWER.as_secs_f64(),
    )
    .execute(&mut *db)
    .await?;
    // Ids are made by the server and ordered by time.
    sqlx::query!("DELETE FROM address_changes WHERE user_id = $1 AND id > $2", user_id, id).execute(db).await?;
    Ok(used.rows_affected() == 1)
}
