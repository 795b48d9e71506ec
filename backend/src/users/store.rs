//! SQL of profiles.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use sqlx::{PgConnection, PgExecutor};

use crate::{id::UserId, local_time::zone_of};

use super::model::{Language, Profile, ProfilePatch};

pub struct NewUser<'a> {
    pub id: UserId,
    pub email: &'a str,
    pub name: &'a str,
    pub password_hash: &'a str,
    pub language: Language,
    pub time_zone: &'a str,
    pub is_admin: bool,
    /// Whether the address is confirmed.
    pub is_confirmed: bool,
}

pub async fn insert(db: &mut PgConnection, user: &NewUser<'_>) -> sqlx::Result<Profile> {
    sqlx::query_as!(
        Profile,
        r#"
        INSERT INTO users (id, email, name, password_hash, language, time_zone, is_admin, email_verified_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, CASE WHEN $8 THEN now() END)
        RETURNING id, email, name, language AS "language: Language", time_zone, is_admin, email_verified_at, version, created_at
        "#,
        user.id,
        user.email,
        user.name,
        user.password_hash,
        user.language as Language,
        user.time_zone,
        user.is_admin,
        user.is_confirmed,
    )
    .fetch_one(db)
    .await
}

pub async fn find(db: impl PgExecutor<'_>, id: UserId) -> sqlx::Result<Option<Profile>> {
    sqlx::query_as!(
        Profile,
        r#"SELECT id, email, name, language AS "language: Language", time_zone, is_admin, email_verified_at, version, created_at FROM users WHERE id = $1"#,
        id
    )
    .fetch_optional(db)
    .await
}

pub async fn language(db: impl PgExecutor<'_>, id: UserId) -> sqlx::Result<Language> {
    sqlx::query_scalar!(r#"SELECT language AS "language: Language" FROM users WHERE id = $1"#, id).fetch_one(db).await
}

/// An account being erased is not found any more: nothing new may name it.
pub async fn find_id_by_email(db: impl PgExecutor<'_>, email: &str) -> sqlx::Result<Option<UserId>> {
    sqlx::query_scalar!(
        r#"
        SELECT id FROM users
        WHERE lower(email) = lower($1)
          AND NOT EXISTS (SELECT FROM account_deletions d WHERE d.user_id = users.id AND d.begun_at IS NOT NULL)
        "#,
        email
    )
    .fetch_optional(db)
    .await
}

pub async fn update(db: &mut PgConnection, id: UserId, patch: &ProfilePatch) -> sqlx::Result<Profile> {
    sqlx::query_as!(
        Profile,
        r#"
        UPDATE users
        SET name = coalesce($2, name), language = coalesce($3, language), time_zone = coalesce($4, time_zone),
            version = version + 1, updated_at = now()
        WHERE id = $1
        RETURNING id, email, name, language AS "language: Language", time_zone, is_admin, email_verified_at, version, created_at
        "#,
        id,
        patch.name.as_deref().map(str::trim),
        patch.language as Option<Language>,
        patch.time_zone,
    )
    .fetch_one(db)
    .await
}

pub async fn set_admin(db: &mut PgConnection, id: UserId, is_admin: bool) -> sqlx::Result<Profile> {
    sqlx::query_as!(
        Profile,
        r#"
        UPDATE users SET is_admin = $2, version = version + 1, updated_at = now() WHERE id = $1
        RETURNING id, email, name, language AS "language: Language", time_zone, is_admin, email_verified_at, version, created_at
        "#,
        id,
        is_admin
    )
    .fetch_one(db)
    .await
}

/// Whether an administrator has disabled the account; false when there is none.
pub async fn is_disabled(db: impl PgExecutor<'_>, id: UserId) -> sqlx::Result<bool> {
    let disabled = sqlx::query_scalar!(r#"SELECT disabled_at IS NOT NULL AS "disabled!" FROM users WHERE id = $1"#, id);
    Ok(disabled.fetch_optional(db).await?.unwrap_or(false))
}

/// Whether the account is about to be deleted or being erased.
pub async fn is_to_be_deleted(db: impl PgExecutor<'_>, id: UserId) -> sqlx::Result<bool> {
    sqlx::query_scalar!(r#"SELECT EXISTS (SELECT FROM account_deletions WHERE user_id = $1) AS "exists!""#, id)
        .fetch_one(db)
        .await
}

/// A mail's recipient.
#[derive(Debug, Clone)]
pub struct Addressee {
    pub id: UserId,
    pub email: String,
    pub name: String,
    pub language: Language,
    pub time_zone: String,
    pub email_verified_at: Option<DateTime<Utc>>,
}

impl Addressee {
    pub fn zone(&self) -> Tz {
        zone_of(&self.time_zone)
    }
}

pub async fn find_addressee(db: impl PgExecutor<'_>, id: UserId) -> sqlx::Result<Option<Addressee>> {
    sqlx::query_as!(
        Addressee,
        r#"SELECT id, email, name, language AS "language: Language", time_zone, email_verified_at FROM users WHERE id = $1"#,
        id
    )
    .fetch_optional(db)
    .await
}

/// Confirms the address: a mail to it has arrived.
pub async fn set_email_verified(db: &mut PgConnection, id: UserId) -> sqlx::Result<Profile> {
    sqlx::query_as!(
        Profile,
        r#"
        UPDATE users
        SET email_verified_at = coalesce(email_verified_at, now()), version = version + 1, updated_at = now()
        WHERE id = $1
        RETURNING id, email, name, language AS "language: Language", time_zone, is_admin, email_verified_at, version, created_at
        "#,
        id
    )
    .fetch_one(db)
    .await
}

/// Changes the account's address, confirmed or not.
pub async fn set_email(db: &mut PgConnection, id: UserId, email: &str, is_confirmed: bool) -> sqlx::Result<Profile> {
    sqlx::query_as!(
        Profile,
        r#"
        UPDATE users
        SET email = $2, email_verified_at = CASE WHEN $3 THEN now() END, version = version + 1, updated_at = now()
        WHERE id = $1
        RETURNING id, email, name, language AS "language: Language", time_zone, is_admin, email_verified_at, version, created_at
        "#,
        id,
        email,
        is_confirmed,
    )
    .fetch_one(db)
    .await
}

/// Locks every administrator, so that two cannot demote each other concurrently, and returns those who can sign in. They are read after the
/// lock in a separate statement: rows that somebody else had locked but not changed are not re-evaluated (PostgreSQL documentation, "Read
/// Committed Isolation Level").
pub async fn lock_administrators(db: &mut PgConnection) -> sqlx::Result<Vec<UserId>> {
    sqlx::query!("SELECT id FROM users WHERE is_admin ORDER BY id FOR NO KEY UPDATE").fetch_all(&mut *db).await?;
    sqlx::query_scalar!(
        r#"
        SELECT id FROM users
        WHERE is_admin AND disabled_at IS NULL AND NOT EXISTS (SELECT FROM account_deletions d WHERE d.user_id = users.id)
        ORDER BY id
        "#
    )
    .fetch_all(db)
    .await
}
