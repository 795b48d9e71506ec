//! Who owns an address. Anybody can register with anybody's address, so with mail on an account owns it only once it is confirmed; accounts
//! created by an administrator are confirmed from the start. Without mail nothing can be confirmed, and accounts own the addresses they
//! were created with. Every lookup by address that grants something follows this rule.

use crate::id::UserId;
use sqlx::PgExecutor;

/// The account that owns the address.
pub async fn find_owner(db: impl PgExecutor<'_>, email: &str, mail_is_on: bool) -> sqlx::Result<Option<UserId>> {
    sqlx::query_scalar!(
        r#"
        SELECT id FROM users
        WHERE lower(email) = lower($1) AND (NOT $2 OR email_verified_at IS NOT NULL)
          AND NOT EXISTS (SELECT FROM account_deletions d WHERE d.user_id = users.id AND d.begun_at IS NOT NULL)
        "#,
        email,
        mail_is_on
    )
    .fetch_optional(db)
    .await
}

/// An account's address, if the account owns it.
pub async fn find_of(db: impl PgExecutor<'_>, user_id: UserId, mail_is_on: bool) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar!(
        "SELECT email FROM users WHERE id = $1 AND (NOT $2 OR email_verified_at IS NOT NULL)",
        user_id,
        mail_is_on
    )
    .fetch_optional(db)
    .await
}
