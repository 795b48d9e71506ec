//! SQL of accounts' credentials, sessions and refresh tokens.

use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgExecutor, PgPool};

use super::session_memory::LiveSession;
use crate::{
    id::{SessionId, UserId},
    local_time::zone_of,
    users::model::{Language, Profile},
};

/// An account, and the hash its password is compared with.
pub struct Credentials {
    pub profile: Profile,
    pub password_hash: String,
    pub is_disabled: bool,
}

pub async fn find_credentials(db: impl PgExecutor<'_>, email: &str) -> sqlx::Result<Option<Credentials>> {
    let found = sqlx::query!(
        r#"
        SELECT id, email, name, language AS "language: Language", time_zone, is_admin, email_verified_at, version, created_at,
               password_hash, disabled_at IS NOT NULL AS "is_disabled!"
        FROM users WHERE lower(email) = lower($1)
        "#,
        email
    )
    .fetch_optional(db)
    .await?;
    Ok(found.map(|found| Credentials {
        profile: Profile {
            id: found.id,
            email: found.email,
            name: found.name,
            language: found.language,
            time_zone: found.time_zone,
            is_admin: found.is_admin,
            email_verified_at: found.email_verified_at,
            version: found.version,
            created_at: found.created_at,
        },
        password_hash: found.password_hash,
        is_disabled: found.is_disabled,
    }))
}

pub async fn find_password_hash(db: impl PgExecutor<'_>, user_id: UserId) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar!("SELECT password_hash FROM users WHERE id = $1", user_id).fetch_optional(db).await
}

pub async fn set_password_hash(db: &mut PgConnection, user_id: UserId, hash: &str) -> sqlx::Result<()> {
    sqlx::query!("UPDATE users SET password_hash = $2, updated_at = now() WHERE id = $1", user_id, hash)
        .execute(db)
        .await?;
    Ok(())
}

/// A session, active or not.
pub struct FoundSession {
    pub session: LiveSession,
    pub is_live: bool,
    pub account_disabled: bool,
}

pub async fn find_session(db: impl PgExecutor<'_>, session_id: SessionId) -> sqlx::Result<Option<FoundSession>> {
    let found = sqlx::query!(
        r#"
        SELECT s.user_id, u.time_zone, u.is_admin, s.expires_at, t.revision,
               s.ended_at IS NULL AND s.expires_at > now() AS "is_live!", u.disabled_at IS NOT NULL AS "account_disabled!"
        FROM sessions s JOIN users u ON u.id = s.user_id JOIN topics t ON t.id = u.id
        WHERE s.id = $1
        "#,
        session_id
    )
    .fetch_optional(db)
    .await?;
    Ok(found.map(|found| FoundSession {
        session: LiveSession {
            user_id: found.user_id,
            time_zone: zone_of(&found.time_zone),
            is_admin: found.is_admin,
            expires_at: found.expires_at,
            revision: found.revision,
        },
        is_live: found.is_live,
        account_disabled: found.account_disabled,
    }))
}

/// Records that the account was used, at most every ten minutes. A separate statement, so that no transaction holds the account's row.
pub async fn mark_seen(db: impl PgExecutor<'_>, user_id: UserId) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        UPDATE users SET last_seen_at = now()
        WHERE id = $1 AND (last_seen_at IS NULL OR last_seen_at < now() - interval '10 minutes')
        "#,
        user_id
    )
    .execute(db)
    .await?;
    Ok(())
}

pub struct NewSession<'a> {
    pub id: SessionId,
    pub user_id: UserId,
    pub user_agent: &'a str,
    pub ip_address: &'a str,
    pub expires_at: DateTime<Utc>,
    pub refresh_token_hash: &'a [u8],
    /// The hash that the user's password was compared with.
    pub password_hash: &'a str,
}

/// Locks the user's feed, opens the session unless the password has changed or the account was disabled (`None`), and records the device.
/// Returns whether the device is new for the account.
pub async fn insert_session(db: &mut PgConnection, session: &NewSession<'_>) -> sqlx::Result<Option<bool>> {
    // A password change locks the feed too. Both rows are locked, so their state after it is what counts.
    sqlx::query_scalar!(
        r#"
        WITH account AS (
            SELECT u.id FROM topics t JOIN users u ON u.id = t.id
            WHERE t.id = $2 AND u.password_hash = $7 AND u.disabled_at IS NULL
            FOR NO KEY UPDATE OF t FOR SHARE OF u
        ),
        session AS (
            INSERT INTO sessions (id, user_id, user_agent, ip_address, expires_at)
            SELECT $1, id, $3, $4, $5 FROM account
            RETURNING id, user_id
        ),
        token AS (INSERT INTO refresh_tokens (token_hash, session_id) SELECT $6, id FROM session),
        device AS (
            INSERT INTO known_devices (user_id, device)
            SELECT user_id, regexp_replace($3, '[0-9._]+', '', 'g') FROM session
            ON CONFLICT DO NOTHING
            RETURNING device
        )
        SELECT EXISTS (SELECT FROM device) AND EXISTS (SELECT FROM known_devices WHERE user_id = $2) AS "is_new_device!"
        FROM session
        "#,
        session.id,
        session.user_id,
        session.user_agent,
        session.ip_address,
        session.expires_at,
        session.refresh_token_hash,
        session.password_hash,
    )
    .fetch_optional(db)
    .await
}

/// How long the answer to a refresh is repeated for a client that looks like the first: it can get lost, but somebody with a copied token
/// could also ask for it (RFC 9700, section 4.14.2). A page without an answer retries immediately.
const LOST_REFRESH: Duration = Duration::from_secs(20);
/// The same with the same key: in between, a phone may sleep or switch networks.
const NAMED_REFRESH: Duration = Duration::from_secs(3600);

/// A presented refresh token and its session.
pub struct ShownToken {
    pub session_id: SessionId,
    pub user_id: UserId,
    pub already_used: bool,
    /// Encrypted; only for a token replaced within [`NAMED_REFRESH`].
    pub successor: Option<Vec<u8>>,
    /// It was replaced within [`LOST_REFRESH`].
    pub just_used: bool,
    /// It was replaced by a request with the same key as now.
    pub is_same_request: bool,
    /// How often the successor was repeated.
    pub repeats: i16,
    /// Of the session's last user.
    pub ip_address: String,
    pub user_agent: String,
    pub session_live: bool,
    pub account_disabled: bool,
    /// Of the session.
    pub expires_at: DateTime<Utc>,
}

/// The session of a refresh token, whether or not either is still valid.
pub async fn session_of_refresh_token(db: impl PgExecutor<'_>, hash: &[u8]) -> sqlx::Result<Option<SessionId>> {
    sqlx::query_scalar!("SELECT session_id FROM refresh_tokens WHERE token_hash = $1", hash).fetch_optional(db).await
}

/// Locks the token's row, so that of two concurrent requests only one is first. A session lasts at most `max_age`.
pub async fn lock_refresh_token(
    db: &mut PgConnection,
    hash: &[u8],
    request_key: Option<&[u8]>,
    max_age: Duration,
) -> sqlx::Result<Option<ShownToken>> {
    // A separate statement: after waiting for the lock, the session must be read as it is then, and a waiting statement would continue with
    // the state of other tables from before.
    sqlx::query!("SELECT FROM refresh_tokens WHERE token_hash = $1 FOR UPDATE", hash).execute(&mut *db).await?;
    sqlx::query_as!(
        ShownToken,
        r#"
        SELECT t.session_id, s.user_id,
               t.used_at IS NOT NULL AS "already_used!",
               CASE WHEN t.used_at > now() - make_interval(secs => $4) THEN t.successor END AS "successor",
               coalesce(t.used_at > now() - make_interval(secs => $3), false) AS "just_used!",
               coalesce(t.request_key_hash = $5, false) AS "is_same_request!",
               t.repeats, s.ip_address, s.user_agent,
               s.expires_at,
               s.ended_at IS NULL AND s.expires_at > now() AND s.created_at + make_interval(secs => $2) > now()
                   AS "session_live!",
               u.disabled_at IS NOT NULL AS "account_disabled!"
        FROM refresh_tokens t JOIN sessions s ON s.id = t.session_id JOIN users u ON u.id = s.user_id
        WHERE t.token_hash = $1
        "#,
        hash,
        max_age.as_secs_f64(),
        LOST_REFRESH.as_secs_f64(),
        NAMED_REFRESH.as_secs_f64(),
        request_key,
    )
    .fetch_optional(db)
    .await
}

/// Records that the answer to this token was repeated.
pub async fn count_repeat(db: &mut PgConnection, hash: &[u8]) -> sqlx::Result<()> {
    sqlx::query!("UPDATE refresh_tokens SET repeats = repeats + 1 WHERE token_hash = $1", hash).execute(db).await?;
    Ok(())
}

/// Whether this token is still unused.
pub async fn is_unused(db: &mut PgConnection, hash: &[u8]) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM refresh_tokens WHERE token_hash = $1 AND used_at IS NULL) AS "unused!""#,
        hash
    )
    .fetch_one(db)
    .await
}

pub struct Rotation<'a> {
    pub session_id: SessionId,
    pub old_hash: &'a [u8],
    pub new_hash: &'a [u8],
    /// The new token, encrypted with the old one.
    pub successor: &'a [u8],
    pub request_key: Option<&'a [u8]>,
    pub user_agent: &'a str,
    pub ip_address: &'a str,
    /// Unless the session is too old by then.
    pub expires_at: DateTime<Utc>,
    /// The maximum age of a session.
    pub max_age: Duration,
}

/// Returns the session's new expiry.
pub async fn rotate_refresh_token(db: &mut PgConnection, rotation: &Rotation<'_>) -> sqlx::Result<DateTime<Utc>> {
    sqlx::query_scalar!(
        r#"
        WITH used AS (UPDATE refresh_tokens SET used_at = now(), successor = $8, request_key_hash = $9 WHERE token_hash = $2 RETURNING session_id),
        session AS (
            UPDATE sessions SET last_used_at = now(), user_agent = $4, ip_address = $5,
                expires_at = least($6, created_at + make_interval(secs => $7))
            WHERE id = $1 RETURNING expires_at
        ),
        next AS (INSERT INTO refresh_tokens (token_hash, session_id) SELECT $3, session_id FROM used)
        SELECT expires_at FROM session
        "#,
        rotation.session_id,
        rotation.old_hash,
        rotation.new_hash,
        rotation.user_agent,
        rotation.ip_address,
        rotation.expires_at,
        rotation.max_age.as_secs_f64(),
        rotation.successor,
        rotation.request_key,
    )
    .fetch_one(db)
    .await
}

pub struct SessionRow {
    pub id: SessionId,
    pub user_agent: String,
    pub ip_address: String,
    pub created_at: DateTime<Utc>,
    pub last_used_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
}

pub async fn list_live_sessions(db: &PgPool, user_id: UserId) -> sqlx::Result<Vec<SessionRow>> {
    sqlx::query_as!(
        SessionRow,
        r#"
        SELECT id, user_agent, ip_address, created_at, last_used_at, expires_at FROM sessions
        WHERE user_id = $1 AND ended_at IS NULL AND expires_at > now()
        ORDER BY last_used_at DESC, id
        "#,
        user_id
    )
    .fetch_all(db)
    .await
}

/// Ends one session of a user; false if there is no such active session.
pub async fn end_session(
    db: &mut PgConnection,
    user_id: UserId,
    session_id: SessionId,
    reason: &str,
) -> sqlx::Result<bool> {
    let result = sqlx::query!(
        "UPDATE sessions SET ended_at = now(), end_reason = $3 WHERE id = $2 AND user_id = $1 AND ended_at IS NULL",
        user_id,
        session_id,
        reason
    )
    .execute(db)
    .await?;
    Ok(result.rows_affected() == 1)
}

/// Maximum number of sessions that one sign-in ends; a user with far too many gets rid of some each time.
const MOST_MAKING_ROOM: i64 = 20;

/// Ends the least recently used sessions of a user, so that `most` remain including the kept one. Returns their ids.
pub async fn make_room(
    db: &mut PgConnection,
    user_id: UserId,
    kept: SessionId,
    most: u32,
) -> sqlx::Result<Vec<SessionId>> {
    sqlx::query_scalar!(
        r#"
        UPDATE sessions SET ended_at = now(), end_reason = 'made_room'
        WHERE id IN (
            SELECT id FROM sessions WHERE user_id = $1 AND ended_at IS NULL AND expires_at > now() AND id <> $2
            ORDER BY last_used_at DESC, id DESC OFFSET $3 LIMIT $4
        )
        RETURNING id
        "#,
        user_id,
        kept,
        i64::from(most) - 1,
        MOST_MAKING_ROOM
    )
    .fetch_all(db)
    .await
}

/// Ends all sessions of a user except one, and returns their ids.
pub async fn end_other_sessions(
    db: &mut PgConnection,
    user_id: UserId,
    kept: Option<SessionId>,
    reason: &str,
) -> sqlx::Result<Vec<SessionId>> {
    sqlx::query_scalar!(
        r#"
        UPDATE sessions SET ended_at = now(), end_reason = $3
        WHERE user_id = $1 AND ended_at IS NULL AND ($2::uuid IS NULL OR id <> $2)
        RETURNING id
        "#,
        user_id,
        kept,
        reason
    )
    .fetch_all(db)
    .await
}
