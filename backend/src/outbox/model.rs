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
