use chrono::{DateTime, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    id::{DeliveryId, UserId},
    outbox::{Channel, DeliveryErrorKind, DeliveryState},
};

/// Something that was sent to me, or will be.
#[derive(Debug, Serialize, ToSchema)]
pub struct OwnDelivery {
    pub id: DeliveryId,
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
    pub id: DeliveryId,
    pub channel: Channel,
    #[schema(example = "task.assigned")]
    pub kind: String,
    /// The address it goes or went to; of a webhook, the host of its URL.
    #[schema(example = "lin@example.org")]
    pub recipient: String,
    pub user_id: Option<UserId>,
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
