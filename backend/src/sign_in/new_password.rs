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

/// Sets it, ends all sessions but `kept`, and voids the links by which another could still be chosen: those that were sent, and those
/// that wait to be. Gives the sessions that ended.
pub async fn set(
    change: &mut Change,
    user_id: UserId,
    hash: &str,
    kept: Option<SessionId>,
) -> sqlx::Result<Vec<SessionId>> {
    let connection = change.connection();
    store::set_password_hash(connection, user_id, hash).await?;
    // In this order: a worker that has such a mail in hand makes its token before it is withdrawn, or not at all.
    outbox::store::withdraw(connection, user_id, AccountMail::ResetPassword.as_str()).await?;
    account_tokens::void(connection, user_id, Purpose::ResetPassword).await?;
    // Whoever knew the old password may have asked for another address.
    address_change_store::void_waiting(connection, user_id).await?;
    store::end_other_sessions(connection, user_id, kept, "password_changed").await
}
