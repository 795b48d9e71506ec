//! SQL of profiles.

use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use super::model::{Language, Profile, ProfilePatch};

pub struct NewUser<'a> {
    pub id: Uuid,
    pub email: &'a str,
    pub name: &'a str,
    pub password_hash: &'a str,
    pub language: Language,
    pub time_zone: &'a str,
    pub is_admin: bool,
}

pub async fn insert(db: &mut PgConnection, user: &NewUser<'_>) -> sqlx::Result<Profile> {
    sqlx::query_as!(
        Profile,
        r#"
        INSERT INTO users (id, email, name, password_hash, language, time_zone, is_admin)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        RETURNING id, email, name, language AS "language: Language", time_zone, is_admin, version, created_at
        "#,
        user.id,
        user.email,
        user.name,
        user.password_hash,
        user.language as Language,
        user.time_zone,
        user.is_admin,
    )
    .fetch_one(db)
    .await
}

pub async fn find(db: impl PgExecutor<'_>, id: Uuid) -> sqlx::Result<Option<Profile>> {
    sqlx::query_as!(
        Profile,
        r#"SELECT id, email, name, language AS "language: Language", time_zone, is_admin, version, created_at FROM users WHERE id = $1"#,
        id
    )
    .fetch_optional(db)
    .await
}

pub async fn find_id_by_email(db: impl PgExecutor<'_>, email: &str) -> sqlx::Result<Option<Uuid>> {
    sqlx::query_scalar!("SELECT id FROM users WHERE lower(email) = lower($1)", email).fetch_optional(db).await
}

pub async fn update(db: &mut PgConnection, id: Uuid, patch: &ProfilePatch) -> sqlx::Result<Profile> {
    sqlx::query_as!(
        Profile,
        r#"
        UPDATE users
        SET name = coalesce($2, name), language = coalesce($3, language), time_zone = coalesce($4, time_zone),
            version = version + 1, updated_at = now()
        WHERE id = $1
        RETURNING id, email, name, language AS "language: Language", time_zone, is_admin, version, created_at
        "#,
        id,
        patch.name.as_deref().map(str::trim),
        patch.language as Option<Language>,
        patch.time_zone,
    )
    .fetch_one(db)
    .await
}

pub async fn set_admin(db: &mut PgConnection, id: Uuid, is_admin: bool) -> sqlx::Result<Profile> {
    sqlx::query_as!(
        Profile,
        r#"
        UPDATE users SET is_admin = $2, version = version + 1, updated_at = now() WHERE id = $1
        RETURNING id, email, name, language AS "language: Language", time_zone, is_admin, version, created_at
        "#,
        id,
        is_admin
    )
    .fetch_one(db)
    .await
}
