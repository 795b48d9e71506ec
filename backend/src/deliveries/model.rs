use chrono::{DateTime, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    id::{DeliveryId, UserId},
    outbox::{Channel, DeliveryErrorKind, DeliveryState},
};

/// A message that was or will be sent to me.
#[derive(Debug, Serialize, ToSchema)]
pub struct OwnDelivery {
    pub id: DeliveryId,
    pub channel: Channel,
    #[schema(example = "task.assigned")]
    pub kind: String,
    /// Set once it was handed over.
    #[schema(example = "Ada assigned “Write the report” to you")]
    pub subject: Option<String>,
    /// The address; set once it was handed over.
    #[schema(example = "lin@example.org")]
    pub address: Option<String>,
    pub state: DeliveryState,
    pub created_at: DateTime<Utc>,
    /// Time of the next attempt; null if there is none.
    pub due_at: Option<DateTime<Utc>>,
    pub sent_at: Option<DateTime<Utc>>,
    pub attempts: i32,
    /// Why the last attempt failed.
    #[schema(example = "550 5.1.1 no such person here")]
    pub error: Option<String>,
}

/// A delivery as administrators see it.
#[derive(Debug, Serialize, ToSchema)]
pub struct AdminDelivery {
    pub id: DeliveryId,
    pub channel: Channel,
    #[schema(example = "task.assigned")]
    pub kind: String,
    /// The recipient's address; for a webhook, the host of its URL.
    #[schema(example = "lin@example.org")]
    pub recipient: String,
    pub user_id: Option<UserId>,
    pub state: DeliveryState,
    pub attempts: i32,
    /// Attempts whose answer was lost: it may have arrived.
    pub unacknowledged: i32,
    #[schema(example = "550 5.1.1 no such person here")]
    pub last_error: Option<String>,
    /// null without an error.
    pub last_error_kind: Option<DeliveryErrorKind>,
    pub created_at: DateTime<Utc>,
    /// null if it is not retried.
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
    /// Page size, default 50.
    #[garde(inner(range(min = 1, max = 200)))]
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u16>,
    /// `next_cursor` of the previous page.
    #[garde(inner(length(max = 1000)))]
    #[param(max_length = 1000, pattern = "^[A-Za-z0-9_-]*$")]
    pub cursor: Option<String>,
}

/// Which of those given up; empty means all.
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
    /// Number of retried deliveries.
    pub retried: u64,
}
