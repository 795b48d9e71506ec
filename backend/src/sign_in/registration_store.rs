//! SQL of registrations that wait for confirmation.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgExecutor};

use crate::{
    auth::LOST_ANSWER,
    id::RegistrationId,
    users::model::{Language, Profile},
};

pub struct Registration {
    pub id: RegistrationId,
    pub email: String,
    pub name: String,
    pub password_hash: String,
    pub language: Language,
    pub time_zone: String,
}

pub async fn insert(db: &mut PgConnection, registration: &Registration, expires_at: DateTime<Utc>) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        INSERT INTO registrations (id, email, name, password_hash, language, time_zone, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        "#,
        registration.id,
        registration.email,
        registration.name,
        registration.password_hash,
        registration.language as Language,
        registration.time_zone,
        expires_at,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// A registration with a valid link.
pub async fn find(db: impl PgExecutor<'_>, id: RegistrationId) -> sqlx::Result<Option<Registration>> {
    sqlx::query_as!(
        Registration,
        r#"
        SELECT id, email, name, password_hash, language AS "language: Language", time_zone
        FROM registrations WHERE id = $1 AND used_at IS NULL AND expires_at > now()
        "#,
        id
    )
    .fetch_optional(db)
    .await
}

/// One used just now, if the answer may have been lost.
pub async fn find_just_used(db: impl PgExecutor<'_>, id: RegistrationId) -> sqlx::Result<Option<Registration>> {
    sqlx::query_as!(
        Registration,
        r#"
        SELECT id, email, name, password_hash, language AS "language: Language", time_zone
        FROM registrations WHERE id = $1 AND used_at IS NOT NULL AND expires_at > now()
        "#,
        id
    )
    .fetch_optional(db)
    .await
}

/// Uses it and deletes all others for the address: what somebody else has chosen must not follow what its owner has confirmed. It is kept
/// while the answer may have been lost. False if it was no longer valid.
pub async fn consume(db: &mut PgConnection, registration: &Registration) -> sqlx::Result<bool> {
    let used = sqlx::query!(
        r#"
        UPDATE registrations SET used_at = now(), expires_at = now() + make_interval(secs => $2)
        WHERE id = $1 AND used_at IS NULL AND expires_at > now()
        "#,
        registration.id,
        LOST_ANSWER.as_secs_f64(),
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "DELETE FROM registrations WHERE lower(email) = lower($1) AND id <> $2",
        registration.email,
        registration.id
    )
    .execute(db)
    .await?;
    Ok(used.rows_affected() == 1)
}

/// The account of an address created just now and unchanged since, if the answer may have been lost.
pub async fn find_just_made(db: impl PgExecutor<'_>, email: &str) -> sqlx::Result<Option<Profile>> {
    sqlx::query_as!(
        Profile,
        r#"
        SELECT id, email, name, language AS "language: Language", time_zone, is_admin, email_verified_at, version, created_at
        FROM users WHERE lower(email) = lower($1) AND version = 1 AND created_at > now() - make_interval(secs => $2)
        "#,
        email,
        LOST_ANSWER.as_secs_f64(),
    )
    .fetch_optional(db)
    .await
}

/// The address has an account: no registration is needed any more.
pub async fn void(db: &mut PgConnection, email: &str) -> sqlx::Result<()> {
    sqlx::query!("DELETE FROM registrations WHERE lower(email) = lower($1)", email).execute(db).await?;
    Ok(())
}
