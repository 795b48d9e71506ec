use crate::id::{ReminderId, TaskId};
use chrono::{DateTime, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Maximum number per person and task.
pub const MAX_PER_TASK: i64 = 20;

/// The task's date that a reminder is relative to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum RelativeTo {
    Start,
    Due,
}

/// The offset. Days are calendar days in the person's time zone, so that a day before 09:00 is 09:00 even across clock changes; minutes are
/// elapsed time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
pub struct LeadTime {
    #[garde(range(min = 0, max = 3650))]
    #[schema(minimum = 0, maximum = 3650)]
    pub days: i32,
    #[garde(range(min = 0, max = 525_600))]
    #[schema(minimum = 0, maximum = 525_600)]
    pub minutes: i32,
}

/// A reminder of the caller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Reminder {
    pub id: ReminderId,
    pub task_id: TaskId,
    /// Its instant, or null if it is relative to a date of the task.
    pub remind_at: Option<DateTime<Utc>>,
    pub relative_to: Option<RelativeTo>,
    pub before: Option<LeadTime>,
    /// null while the task has no such date. A date without a time counts as 09:00 in the person's time zone.
    pub fires_at: Option<DateTime<Utc>>,
    /// When it was last sent.
    pub fired_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
}

/// Either `remind_at`, or `relative_to` with `before`.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[schema(example = json!({"relative_to": "due", "before": {"days": 1, "minutes": 0}}))]
pub struct NewReminder {
    /// Chosen by the client, so that sending it again creates no duplicate.
    #[garde(skip)]
    pub id: Option<ReminderId>,
    #[garde(skip)]
    pub remind_at: Option<DateTime<Utc>>,
    #[garde(skip)]
    pub relative_to: Option<RelativeTo>,
    #[garde(dive)]
    pub before: Option<LeadTime>,
}
