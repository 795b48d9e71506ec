use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The channel of a delivery.
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

/// The state of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum DeliveryState {
    /// Waiting for its first or next attempt.
    Pending,
    Sent,
    /// Given up; an administrator can retry it.
    Parked,
}

/// The priority among due deliveries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[repr(i16)]
pub enum Priority {
    /// Somebody is waiting for it.
    Account = 0,
    Notification = 1,
    /// Bulk mail.
    Announcement = 2,
}

/// Why something was not delivered.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// Refused permanently, or it cannot be rendered.
    #[error("{0}")]
    Permanent(String),
    /// Not accepted; may succeed later.
    #[error("{0}")]
    Temporary(String),
    /// No connection.
    #[error("{0}")]
    Unreachable(String),
    /// The connection broke before the answer: it may have been accepted.
    #[error("no answer: {0}")]
    Unacknowledged(String),
}
