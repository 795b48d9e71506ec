use chrono::{DateTime, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use super::kind::NotificationKind;
use crate::id::{NotificationId, ProjectId, TaskId, UserId};

/// The object of a notification, with its display data.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Person {
    pub id: UserId,
    #[schema(example = "Lin")]
    pub name: String,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TaskReference {
    pub id: TaskId,
    #[schema(example = "Write the report")]
    pub title: String,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProjectReference {
    pub id: ProjectId,
    #[schema(example = "Spring release")]
    pub name: String,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Notification {
    pub id: NotificationId,
    pub kind: NotificationKind,
    pub actor: Option<Person>,
    pub task: Option<TaskReference>,
    pub project: Option<ProjectReference>,
    /// Kind-specific data, such as `{"from": "todo", "to": "done"}`.
    #[schema(value_type = Object)]
    pub data: Value,
    pub created_at: DateTime<Utc>,
    pub read_at: Option<DateTime<Utc>>,
}

impl Notification {
    /// Everything it references, plus kind-specific data: the values for mail texts.
    pub fn named(&self) -> Value {
        let mut named = json!({
            "actor": self.actor.as_ref().map(|actor| &actor.name),
            // For finding the name when the person's account is deleted.
            "actor_id": self.actor.as_ref().map(|actor| actor.id),
            "project": self.project.as_ref().map(|project| &project.name),
            "project_id": self.project.as_ref().map(|project| project.id),
            "task": self.task.as_ref().map(|task| &task.title),
            "task_id": self.task.as_ref().map(|task| task.id),
        });
        if let (Some(named), Some(data)) = (named.as_object_mut(), self.data.as_object()) {
            named.extend(data.clone());
        }
        named
    }
}

#[derive(Debug, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct NotificationFilter {
    /// Only unread ones.
    #[serde(default)]
    #[garde(skip)]
    #[param(required = false)]
    pub unread: bool,
    /// Page size, default 50.
    #[garde(inner(range(min = 1, max = 200)))]
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u16>,
    /// `next_cursor` of the previous page.
    #[garde(inner(length(max = 1000)))]
    #[param(max_length = 1000, pattern = "^[A-Za-z0-9_-]*$")]
    pub cursor: Option<String>,
}

/// Number of unread notifications.
#[derive(Serialize, ToSchema)]
pub struct UnreadCount {
    pub unread: i64,
    /// The revision of my own topic in the same snapshot: events up to it are included.
    pub revision: i64,
}
