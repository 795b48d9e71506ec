//! Mails about the account itself.

use crate::{
    config::Config,
    events::Change,
    id::{DeliveryId, UserId},
    outbox::{NewDelivery, Priority, Recipient, queue_mail},
};

/// Mails about the account itself. They are always sent, even to unconfirmed addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountMail {
    ConfirmEmail,
    ResetPassword,
    PasswordChanged,
    NewSignIn,
    /// The account will be deleted, and until when that can be cancelled.
    DeletionRequested,
    /// The same, as a reminder shortly before.
    DeletionSoon,
}

impl AccountMail {
    pub const ALL: [Self; 6] = [
        Self::ConfirmEmail,
        Self::ResetPassword,
        Self::PasswordChanged,
        Self::NewSignIn,
        Self::DeletionRequested,
        Self::DeletionSoon,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::ConfirmEmail => "account.confirm_email",
            Self::ResetPassword => "account.reset_password",
            Self::PasswordChanged => "security.password_changed",
            Self::NewSignIn => "security.new_sign_in",
            Self::DeletionRequested => "account.deletion_requested",
            Self::DeletionSoon => "account.deletion_soon",
        }
    }

    pub fn of_kind(kind: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == kind)
    }
}

/// Queues an account mail; does nothing when mail is off.
pub async fn queue_account_mail(
    config: &Config,
    change: &mut Change,
    user_id: UserId,
    mail: AccountMail,
    payload: serde_json::Value,
) -> sqlx::Result<()> {
    if config.mail.is_none() {
        return Ok(());
    }
    let event_key = format!("{}:{}", mail.as_str(), DeliveryId::new());
    let to = Recipient::User(user_id);
    let (kind, priority) = (mail.as_str(), Priority::Account);
    queue_mail(change, &NewDelivery { event_key, to, kind, payload, due_at: None, priority }).await
}
