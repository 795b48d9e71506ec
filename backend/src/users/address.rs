//! Whom an address belongs to. Anybody can register with anybody's address, so with mail on an account has it only once the address is
//! confirmed; accounts that an administrator made are confirmed from the start. Without mail nothing can be confirmed, and accounts
//! have the addresses that they were made with. Every look-up by e-mail address that gives something to the account goes by this.

use crate::id::UserId;
use sqlx::PgExecutor;

/// The account that has the address.
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

/// The address of an account, when the account has it.
pub async fn find_of(db: impl PgExecutor<'_>, user_id: UserId, mail_is_on: bool) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar!(
        "SELECT email FROM users WHERE id = $1 AND (NOT $2 OR email_verified_at IS NOT NULL)",
        user_id,
        mail_is_on
    )
    .fetch_optional(db)
    .await
}
