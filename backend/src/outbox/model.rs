use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// By which way something goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Channel {
    Mail,
    Webhook,
}

impl Channel {
    pub const ALL: [Self; 2] = [Self::Mail, Self::Webhook];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Webhook => "webhook",
        }
    }
}

/// How far a delivery has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum DeliveryState {
    /// Waits for its first or next attempt.
    Pending,
    Sent,
    /// Given up; an administrator can have it tried again.
    Parked,
}

/// Which of those that are due go first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[repr(i16)]
pub enum Priority {
    /// Somebody waits for it.
    Account = 0,
    Notification = 1,
    /// To everybody.
    Announcement = 2,
}

/// Why something was not handed over.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// It is refused for good, or it cannot be written.
    #[error("{0}")]
    Permanent(String),
    /// It was not taken; it may be later.
    #[error("{0}")]
    Temporary(String),
    /// There was no connection.
    #[error("{0}")]
    Unreachable(String),
    /// The connection broke before the answer: it may have been taken.
    #[error("no answer: {0}")]
    Unacknowledged(String),
}

/// Mails that belong to an account itself. They are always sent, and to addresses that nobody has confirmed too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountMail {
    ConfirmEmail,
    ResetPassword,
    PasswordChanged,
    NewSignIn,
    /// The account is to be deleted, and until when it can be kept.
    DeletionRequested,
    /// The same, shortly before.
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
