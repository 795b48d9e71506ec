//! A new password, however it is set.

use super::{
    account_tokens::{self, Purpose},
    address_change_store,
};
use crate::{
    auth::{AccountMail, store},
    events::Change,
    id::{SessionId, UserId},
    outbox,
};

/// Sets it, ends all sessions except `kept`, and invalidates links to choose another password, both sent and waiting ones. Returns the
/// ended sessions.
pub async fn set(
    change: &mut Change,
    user_id: UserId,
    hash: &str,
    kept: Option<SessionId>,
) -> sqlx::Result<Vec<SessionId>> {
    let connection = change.connection();
    store::set_password_hash(connection, user_id, hash).await?;
    // In this order: a worker holding such a mail creates its token before it is cancelled, or not at all.
    outbox::store::withdraw(connection, user_id, AccountMail::ResetPassword.as_str()).await?;
    account_tokens::void(connection, user_id, Purpose::ResetPassword).await?;
    // Whoever knew the old password may have requested another address.
    address_change_store::void_waiting(connection, user_id).await?;
    store::end_other_sessions(connection, user_id, kept, "password_changed").await
}
