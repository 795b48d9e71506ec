//! What a person is told of: a row written in the transaction of what it tells of, with an event on the person's feed.

pub mod model;
pub mod routes;
pub mod store;

use serde_json::json;
use uuid::Uuid;

use crate::{
    auth::Caller,
    projects::model::Role,
    realtime::{Change, EventKind, Topic},
    tasks::model::Status,
};

pub use model::NotificationKind;

/// Something to tell somebody.
pub struct Notice {
    kind: NotificationKind,
    actor_id: Uuid,
    project_id: Uuid,
    task_id: Option<Uuid>,
    data: serde_json::Value,
}

impl Notice {
    pub fn member_added(actor: &Caller, project_id: Uuid, role: Role) -> Self {
        Self {
            kind: NotificationKind::ProjectMemberAdded,
            actor_id: actor.user_id,
            project_id,
            task_id: None,
            data: json!({ "role": role }),
        }
    }

    pub fn task_assigned(actor: &Caller, project_id: Uuid, task_id: Uuid) -> Self {
        Self {
            kind: NotificationKind::TaskAssigned,
            actor_id: actor.user_id,
            project_id,
            task_id: Some(task_id),
            data: json!({}),
        }
    }

    pub fn status_changed(actor: &Caller, project_id: Uuid, task_id: Uuid, from: Status, to: Status) -> Self {
        Self {
            kind: NotificationKind::TaskStatusChanged,
            actor_id: actor.user_id,
            project_id,
            task_id: Some(task_id),
            data: json!({ "from": from, "to": to }),
        }
    }
}

/// Tells `user_id`, unless it is what they did themselves.
pub async fn notify(change: &mut Change, user_id: Uuid, notice: Notice) -> anyhow::Result<()> {
    if user_id == notice.actor_id {
        return Ok(());
    }
    let notification = store::insert(change.connection(), user_id, &notice).await?;
    change.record(Topic::User(user_id), EventKind::NotificationCreated, &notification).await
}
