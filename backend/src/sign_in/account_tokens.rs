//! Tokens of mail links: stored as a SHA-256, single-use and limited in time.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{PgConnection, PgExecutor};

use crate::{
    auth::{LOST_ANSWER, token::hash_refresh_token as hash},
    id::{DeliveryId, UserId},
    users::store::Addressee,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    ResetPassword,
    ConfirmEmail,
}

impl Purpose {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ResetPassword => "reset_password",
            Self::ConfirmEmail => "confirm_email",
        }
    }

    pub fn lifetime(self) -> TimeDelta {
        match self {
            Self::ResetPassword => TimeDelta::hours(1),
            Self::ConfirmEmail => TimeDelta::days(7),
        }
    }
}

/// Activates the token of a mail, unless it was cancelled; the row is locked, so that it cannot be cancelled now. A resent mail has the
/// same token.
pub async fn remember(
    db: impl PgExecutor<'_>,
    token: &str,
    purpose: Purpose,
    addressee: &Addressee,
    delivery_id: DeliveryId,
    expires_at: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        WITH mail AS (SELECT id FROM deliveries WHERE id = $6 FOR SHARE)
        INSERT INTO account_tokens (token_hash, user_id, purpose, email, expires_at) SELECT $1, $2, $3, $4, $5 FROM mail
        ON CONFLICT (token_hash) DO NOTHING
        "#,
        &hash(token)[..],
        addressee.id,
        purpose.as_str(),
        addressee.email,
        expires_at,
        delivery_id,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Revokes the user's unused tokens.
pub async fn void(db: &mut PgConnection, user_id: UserId, purpose: Purpose) -> sqlx::Result<()> {
    sqlx::query!(
        "DELETE FROM account_tokens WHERE user_id = $1 AND purpose = $2 AND used_at IS NULL",
        user_id,
        purpose.as_str()
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The token's user, if it is valid and the address is still the account's.
pub async fn find(db: impl PgExecutor<'_>, token: &str, purpose: Purpose) -> sqlx::Result<Option<UserId>> {
    sqlx::query_scalar!(
        r#"
        SELECT t.user_id FROM account_tokens t JOIN users u ON u.id = t.user_id AND lower(u.email) = lower(t.email)
        WHERE t.token_hash = $1 AND t.purpose = $2 AND t.used_at IS NULL AND t.expires_at > now()
        "#,
        &hash(token)[..],
        purpose.as_str(),
    )
    .fetch_optional(db)
    .await
}

/// The token's user, if it was used just now: the answer may have been lost.
pub async fn find_just_used(db: impl PgExecutor<'_>, token: &str, purpose: Purpose) -> sqlx::Result<Option<UserId>> {
    sqlx::query_scalar!(
        r#"
        SELECT t.user_id FROM account_tokens t JOIN users u ON u.id = t.user_id AND lower(u.email) = lower(t.email)
        WHERE t.token_hash = $1 AND t.purpose = $2 AND t.used_at > now() - make_interval(secs => $3)
        "#,
        &hash(token)[..],
        purpose.as_str(),
        LOST_ANSWER.as_secs_f64(),
    )
    .fetch_optional(db)
    .await
}

/// Uses the token and revokes the user's other tokens for the same purpose; false if it was no longer valid.
pub async fn consume(db: &mut PgConnection, token: &str, purpose: Purpose) -> sqlx::Result<bool> {
    let result = sqlx::query!(
        r#"
        WITH used AS (
            UPDATE account_tokens SET used_at = now()
            WHERE token_hash = $1 AND purpose = $2 AND used_at IS NULL AND expires_at > now()
            RETURNING user_id
        ),
        others AS (
            DELETE FROM account_tokens t USING used
            WHERE t.user_id = used.user_id AND t.purpose = $2 AND t.token_hash <> $1
        )
        SELECT user_id FROM used
        "#,
        &hash(token)[..],
        purpose.as_str(),
    )
    .fetch_optional(db)
    .await?;
    Ok(result.is_some())
}
