use chrono::{DateTime, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        RefOr, Schema,
        schema::{ObjectBuilder, SchemaType, Type},
    },
};

use super::secret::Secret;
use crate::{
    error::FieldProblem,
    events::EventKind,
    http::{bounded::BoundedVec, patch, schema::text_schema},
    id::{DeliveryId, WebhookId},
    outbox::DeliveryState,
};

/// The kind of a test message.
pub const TEST_EVENT: &str = "webhook.test";
/// Maximum number per project.
pub const MAX_PER_PROJECT: i64 = 10;
pub const MAX_URL: usize = 2000;
const MAX_EVENTS: usize = 100;

text_schema!(WebhookUrl, 1..=MAX_URL, format "uri");

/// The kinds of project events.
pub struct ProjectEvent;

impl PartialSchema for ProjectEvent {
    fn schema() -> RefOr<Schema> {
        let names = EventKind::OF_PROJECTS.map(|kind| kind.as_str());
        ObjectBuilder::new().schema_type(SchemaType::Type(Type::String)).enum_values(Some(names)).into()
    }
}

impl ToSchema for ProjectEvent {}

/// Why the server switched a webhook off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum DisabledReason {
    /// The receiver answered 410 Gone.
    Gone,
    /// Nothing was delivered for days.
    Failing,
    /// Too many messages are waiting. Those are still sent.
    Overloaded,
}

/// A URL that receives a project's events.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Webhook {
    pub id: WebhookId,
    #[schema(example = "https://hooks.example.org/todo")]
    pub url: String,
    /// The kinds of events; empty for all.
    #[schema(example = json!(["task.created", "task.updated"]))]
    pub events: Vec<String>,
    pub is_active: bool,
    pub disabled_reason: Option<DisabledReason>,
    /// The status of the last answer; null if there was none.
    #[schema(example = 200)]
    pub last_status: Option<i32>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub version: i64,
}

/// A webhook with its secret, which is shown only now.
#[derive(Serialize, ToSchema)]
pub struct WebhookWithSecret {
    #[serde(flatten)]
    pub webhook: Webhook,
    /// For verifying signatures.
    #[schema(value_type = String, example = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    pub secret: Secret,
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[schema(example = json!({"url": "https://hooks.example.org/todo", "events": ["task.created", "task.updated"]}))]
pub struct NewWebhook {
    /// Chosen by the client, so that sending it again creates no duplicate.
    #[garde(skip)]
    pub id: Option<WebhookId>,
    #[schema(value_type = WebhookUrl)]
    #[garde(length(chars, min = 1, max = MAX_URL))]
    pub url: String,
    /// The kinds of events; empty for all.
    #[serde(default)]
    #[schema(value_type = Vec<ProjectEvent>, required = false, max_items = 100)]
    #[garde(inner(custom(event_of_project)))]
    pub events: BoundedVec<String, MAX_EVENTS>,
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[schema(example = json!({"events": []}))]
pub struct WebhookPatch {
    #[serde(default, deserialize_with = "patch::not_null")]
    #[schema(value_type = Option<WebhookUrl>, nullable = false)]
    #[garde(inner(length(chars, min = 1, max = MAX_URL)))]
    pub url: Option<String>,
    #[serde(default, deserialize_with = "patch::not_null")]
    #[schema(value_type = Option<Vec<ProjectEvent>>, nullable = false, max_items = 100)]
    #[garde(inner(inner(custom(event_of_project))))]
    pub events: Option<BoundedVec<String, MAX_EVENTS>>,
    /// Switching it on again clears the reason.
    #[serde(default, deserialize_with = "patch::not_null")]
    #[schema(nullable = false)]
    #[garde(skip)]
    pub is_active: Option<bool>,
}

fn event_of_project(text: &str, _: &()) -> garde::Result {
    if EventKind::OF_PROJECTS.iter().any(|kind| kind.as_str() == text) {
        return Ok(());
    }
    Err(FieldProblem::NotProjectEvent.into())
}

/// A message to a webhook.
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookDelivery {
    /// The `webhook-id` of every attempt.
    pub id: DeliveryId,
    #[schema(example = "task.created")]
    pub event_type: String,
    pub state: DeliveryState,
    pub attempts: i32,
    pub created_at: DateTime<Utc>,
    /// While it is pending.
    pub next_attempt_at: Option<DateTime<Utc>>,
    pub sent_at: Option<DateTime<Utc>>,
    pub last_error: Option<String>,
    #[schema(example = 500)]
    pub last_status: Option<i32>,
}

/// A message with its body and attempts.
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookDeliveryDetails {
    #[serde(flatten)]
    pub delivery: WebhookDelivery,
    /// The body as sent; null once it is no longer kept, a few days after delivery.
    pub body: Option<String>,
    /// The attempts, the first one first.
    pub tries: Vec<WebhookAttempt>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookAttempt {
    pub at: DateTime<Utc>,
    pub duration_ms: i32,
    #[schema(example = 500)]
    pub status: Option<i32>,
    pub error: Option<String>,
    /// The start of the answer's body.
    pub response_excerpt: Option<String>,
}
