use chrono::{DateTime, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::error_kind::DeliveryErrorKind;

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

/// Something that was sent to me, or will be.
#[derive(Debug, Serialize, ToSchema)]
pub struct OwnDelivery {
    pub id: Uuid,
    pub channel: Channel,
    #[schema(example = "task.assigned")]
    pub kind: String,
    /// Known once it was handed over.
    #[schema(example = "Ada assigned “Write the report” to you")]
    pub subject: Option<String>,
    /// Where it went; known once it was handed over.
    #[schema(example = "lin@example.org")]
    pub address: Option<String>,
    pub state: DeliveryState,
    pub created_at: DateTime<Utc>,
    /// When it is tried next; null when it is not.
    pub due_at: Option<DateTime<Utc>>,
    pub sent_at: Option<DateTime<Utc>>,
    pub attempts: i32,
    /// Why the last attempt has failed.
    #[schema(example = "550 5.1.1 no such person here")]
    pub error: Option<String>,
}

/// A delivery as those see it who look after the installation.
#[derive(Debug, Serialize, ToSchema)]
pub struct AdminDelivery {
    pub id: Uuid,
    pub channel: Channel,
    #[schema(example = "task.assigned")]
    pub kind: String,
    /// The address it goes or went to; of a webhook, the host of its URL.
    #[schema(example = "lin@example.org")]
    pub recipient: String,
    pub user_id: Option<Uuid>,
    pub state: DeliveryState,
    pub attempts: i32,
    /// Attempts whose answer was lost: it may have arrived then already.
    pub unacknowledged: i32,
    #[schema(example = "550 5.1.1 no such person here")]
    pub last_error: Option<String>,
    /// null without an error.
    pub last_error_kind: Option<DeliveryErrorKind>,
    pub created_at: DateTime<Utc>,
    /// null when it is not tried again.
    pub next_attempt_at: Option<DateTime<Utc>>,
    pub sent_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Default, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AdminDeliveryFilter {
    #[garde(skip)]
    pub state: Option<DeliveryState>,
    #[garde(skip)]
    pub channel: Option<Channel>,
    #[garde(inner(length(max = 100)))]
    #[param(max_length = 100, pattern = r"^[^\u0000]*$")]
    pub kind: Option<String>,
    /// How many, 50 when absent.
    #[garde(inner(range(min = 1, max = 200)))]
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u16>,
    /// `next_cursor` of the page before.
    #[garde(inner(length(max = 1000)))]
    #[param(max_length = 1000, pattern = "^[A-Za-z0-9_-]*$")]
    pub cursor: Option<String>,
}

/// Which of those that were given up; all when it says nothing.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[schema(example = json!({"kind": "task.assigned"}))]
pub struct RetryRequest {
    #[garde(inner(length(max = 100)))]
    #[schema(max_length = 100, pattern = r"^[^\u0000]*$")]
    pub kind: Option<String>,
    #[garde(skip)]
    pub channel: Option<Channel>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Retried {
    /// How many are tried again.
    pub retried: u64,
}
