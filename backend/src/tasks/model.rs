use chrono::{DateTime, NaiveDate, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};
use sqlx::FromRow;
use utoipa::ToSchema;

use crate::{
    http::{
        bounded::BoundedVec,
        instant, patch,
        schema::{ONE_LINE, PARAGRAPHS, text_schema},
        text, validate,
    },
    id::{ProjectId, TaskId, UserId},
    reminders::moment::TaskDates,
    tags::{self, model::TagName},
};

pub const MAX_TITLE: usize = 500;
pub const MAX_DESCRIPTION: usize = 20_000;
pub const MAX_TAGS: usize = 20;
/// The maximum body: the longest title, description and tags with every character escaped in six bytes are slightly shorter.
pub const MAX_BODY: usize = 128 * 1024;

text_schema!(TaskTitle, 1..=MAX_TITLE, ONE_LINE);
text_schema!(TaskDescription, 0..=MAX_DESCRIPTION, PARAGRAPHS);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Status {
    Todo,
    InProgress,
    Done,
    Cancelled,
}

/// The columns of a [`Task`], from the table `tasks` as `t`.
pub const TASK_COLUMNS: &str = "t.id, t.project_id, t.parent_id, t.title, t.description, t.status, t.priority, t.tags, \
    t.assignee_id, t.created_by, t.start_date, t.start_at, t.due_date, t.due_at, t.position, \
    t.subtasks_total, t.subtasks_done, t.completed_at, t.deleted_at, t.created_at, t.updated_at, t.version";

/// Stored as a number, because lists are sorted by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[repr(i16)]
pub enum Priority {
    None = 0,
    Low = 1,
    Medium = 2,
    High = 3,
    Urgent = 4,
}

/// Number of subtasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, FromRow, ToSchema)]
pub struct SubtaskCount {
    #[sqlx(rename = "subtasks_total")]
    pub total: i32,
    #[sqlx(rename = "subtasks_done")]
    pub done: i32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, FromRow, ToSchema)]
pub struct Task {
    pub id: TaskId,
    pub project_id: ProjectId,
    /// The parent, for a subtask.
    pub parent_id: Option<TaskId>,
    #[schema(example = "Write the report")]
    pub title: String,
    /// Markdown.
    #[schema(example = "With **figures**")]
    pub description: String,
    pub status: Status,
    pub priority: Priority,
    /// Names.
    #[schema(example = json!(["work"]))]
    pub tags: Vec<String>,
    pub assignee_id: Option<UserId>,
    pub created_by: Option<UserId>,
    /// A day without a zone.
    pub start_date: Option<NaiveDate>,
    /// An instant.
    #[serde(serialize_with = "instant::serialize_option")]
    pub start_at: Option<DateTime<Utc>>,
    /// A day without a zone.
    pub due_date: Option<NaiveDate>,
    /// An instant.
    #[serde(serialize_with = "instant::serialize_option")]
    pub due_at: Option<DateTime<Utc>>,
    /// The manual order within the project; compare byte by byte.
    pub position: String,
    #[sqlx(flatten)]
    pub subtasks: SubtaskCount,
    #[serde(serialize_with = "instant::serialize_option")]
    pub completed_at: Option<DateTime<Utc>>,
    /// When it was moved to the trash.
    #[serde(serialize_with = "instant::serialize_option")]
    pub deleted_at: Option<DateTime<Utc>>,
    #[serde(serialize_with = "instant::serialize")]
    pub created_at: DateTime<Utc>,
    #[serde(serialize_with = "instant::serialize")]
    pub updated_at: DateTime<Utc>,
    pub version: i64,
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[schema(example = json!({"title": "Write the report", "priority": "high", "tags": ["work"], "due_date": "2026-12-01"}))]
pub struct NewTask {
    /// Chosen by the client, so that sending it again creates no duplicate.
    #[garde(skip)]
    pub id: Option<TaskId>,
    #[schema(value_type = TaskTitle)]
    #[garde(length(chars, max = MAX_TITLE), custom(text::one_line))]
    pub title: String,
    #[schema(value_type = Option<TaskDescription>)]
    #[garde(inner(length(chars, max = MAX_DESCRIPTION), custom(text::paragraphs)))]
    pub description: Option<String>,
    #[garde(skip)]
    pub status: Option<Status>,
    #[garde(skip)]
    pub priority: Option<Priority>,
    /// Defaults to the Inbox, or the parent's project.
    #[garde(skip)]
    pub project_id: Option<ProjectId>,
    #[garde(skip)]
    pub parent_id: Option<TaskId>,
    #[schema(value_type = Option<Vec<TagName>>, max_items = 20)]
    #[garde(inner(inner(length(chars, max = tags::model::MAX_NAME), custom(validate::tag_name))))]
    pub tags: Option<BoundedVec<String, MAX_TAGS>>,
    #[garde(skip)]
    pub assignee_id: Option<UserId>,
    #[garde(skip)]
    pub start_date: Option<NaiveDate>,
    #[garde(skip)]
    pub start_at: Option<DateTime<Utc>>,
    #[garde(skip)]
    pub due_date: Option<NaiveDate>,
    #[garde(skip)]
    pub due_at: Option<DateTime<Utc>>,
    /// The preceding task; null for the first position, absent for the last one.
    #[serde(default, deserialize_with = "patch::nullable")]
    #[schema(value_type = Option<Uuid>)]
    #[garde(skip)]
    pub after: Option<Option<TaskId>>,
}

#[derive(Debug, Default, Deserialize, Validate, ToSchema)]
#[schema(example = json!({"status": "done"}))]
pub struct TaskPatch {
    #[serde(default, deserialize_with = "patch::not_null")]
    #[schema(value_type = Option<TaskTitle>, nullable = false)]
    #[garde(inner(length(chars, max = MAX_TITLE), custom(text::one_line)))]
    pub title: Option<String>,
    #[serde(default, deserialize_with = "patch::not_null")]
    #[schema(value_type = Option<TaskDescription>, nullable = false)]
    #[garde(inner(length(chars, max = MAX_DESCRIPTION), custom(text::paragraphs)))]
    pub description: Option<String>,
    #[serde(default, deserialize_with = "patch::not_null")]
    #[schema(nullable = false)]
    #[garde(skip)]
    pub status: Option<Status>,
    #[serde(default, deserialize_with = "patch::not_null")]
    #[schema(nullable = false)]
    #[garde(skip)]
    pub priority: Option<Priority>,
    #[serde(default, deserialize_with = "patch::not_null")]
    #[schema(nullable = false)]
    #[garde(skip)]
    pub project_id: Option<ProjectId>,
    #[serde(default, deserialize_with = "patch::nullable")]
    #[schema(value_type = Option<Uuid>)]
    #[garde(skip)]
    pub parent_id: Option<Option<TaskId>>,
    /// The complete list; see `add_tags` for a change that keeps tags added by others.
    #[serde(default, deserialize_with = "patch::not_null")]
    #[schema(value_type = Option<Vec<TagName>>, nullable = false, max_items = 20)]
    #[garde(inner(inner(length(chars, max = tags::model::MAX_NAME), custom(validate::tag_name))))]
    pub tags: Option<BoundedVec<String, MAX_TAGS>>,
    /// Tags to add to the existing ones. Not together with `tags`.
    #[serde(default, deserialize_with = "patch::not_null")]
    #[schema(value_type = Option<Vec<TagName>>, nullable = false, max_items = 20)]
    #[garde(inner(inner(length(chars, max = tags::model::MAX_NAME), custom(validate::tag_name))))]
    pub add_tags: Option<BoundedVec<String, MAX_TAGS>>,
    /// Tags to remove. Not together with `tags`.
    #[serde(default, deserialize_with = "patch::not_null")]
    #[schema(value_type = Option<Vec<TagName>>, nullable = false, max_items = 20)]
    #[garde(inner(inner(length(chars, max = tags::model::MAX_NAME), custom(validate::tag_name))))]
    pub remove_tags: Option<BoundedVec<String, MAX_TAGS>>,
    #[serde(default, deserialize_with = "patch::nullable")]
    #[schema(value_type = Option<Uuid>)]
    #[garde(skip)]
    pub assignee_id: Option<Option<UserId>>,
    #[serde(default, deserialize_with = "patch::nullable")]
    #[schema(value_type = Option<NaiveDate>)]
    #[garde(skip)]
    pub start_date: Option<Option<NaiveDate>>,
    #[serde(default, deserialize_with = "patch::nullable")]
    #[schema(value_type = Option<DateTime<Utc>>)]
    #[garde(skip)]
    pub start_at: Option<Option<DateTime<Utc>>>,
    #[serde(default, deserialize_with = "patch::nullable")]
    #[schema(value_type = Option<NaiveDate>)]
    #[garde(skip)]
    pub due_date: Option<Option<NaiveDate>>,
    #[serde(default, deserialize_with = "patch::nullable")]
    #[schema(value_type = Option<DateTime<Utc>>)]
    #[garde(skip)]
    pub due_at: Option<Option<DateTime<Utc>>>,
    /// The preceding task (same project); null for the first position.
    #[serde(default, deserialize_with = "patch::nullable")]
    #[schema(value_type = Option<Uuid>)]
    #[garde(skip)]
    pub after: Option<Option<TaskId>>,
}

impl Status {
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Todo => "todo",
            Self::InProgress => "in_progress",
            Self::Done => "done",
            Self::Cancelled => "cancelled",
        }
    }
}

impl From<&Task> for TaskDates {
    fn from(task: &Task) -> Self {
        Self { start_date: task.start_date, start_at: task.start_at, due_date: task.due_date, due_at: task.due_at }
    }
}
