//! Notifications: a row written in the transaction of its cause, with an event on the person's feed, and a mail if they want one.

pub mod digests;
mod kind;
pub mod model;
mod notify_batch;
mod notify_each;
mod origin;
pub mod preference_routes;
pub mod preferences;
pub mod quiet_hours;
pub mod routes;
pub mod store;
pub mod unsubscribe;
pub mod unsubscribe_keys;

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use serde_json::json;
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

use self::unsubscribe_keys::KeptKeys;
use crate::{
    auth::Caller,
    config::Config,
    events::{Bus, Change},
    http::client_address::ClientInfo,
    id::{InvitationId, ProjectId, TaskId, UserId},
    signer::Signer,
};

pub use kind::NotificationKind;
pub use notify_batch::notify_batch;
pub use notify_each::notify_each;
pub use origin::{Origin, tell};

/// The parts of the process state that this feature uses.
#[derive(Clone)]
pub struct Parts {
    pub db: PgPool,
    pub bus: Bus,
    pub config: Arc<Config>,
    pub signer: Arc<Signer>,
    pub unsubscribe_keys: Arc<KeptKeys>,
    pub draining: CancellationToken,
}

/// A step of an ownership transfer, as seen by its recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OwnershipStep {
    /// The owner offers the reader the project.
    Offered,
    /// The member asked by the reader is now the owner.
    Accepted,
    Declined,
    /// The reader is now the owner, without having been asked.
    Received,
    /// An administrator has replaced the reader as the owner.
    HandedOver,
    /// The owner's account will be deleted at a given time; then the reader becomes the owner, unless they decline.
    Inherits,
}

/// A notification to send.
pub struct Notice {
    kind: NotificationKind,
    /// `None`: caused by nobody in particular.
    actor_id: Option<UserId>,
    project_id: Option<ProjectId>,
    task_id: Option<TaskId>,
    data: serde_json::Value,
    /// Of what event it tells, when that is told after its commit.
    origin: Option<Origin>,
}

impl Notice {
    fn of_task(
        kind: NotificationKind,
        actor: &Caller,
        project_id: ProjectId,
        task_id: TaskId,
        data: serde_json::Value,
    ) -> Self {
        Self {
            kind,
            actor_id: Some(actor.user_id),
            project_id: Some(project_id),
            task_id: Some(task_id),
            data,
            origin: None,
        }
    }

    /// The data contains the project's name: the reader is not a member and cannot look it up later.
    pub fn invited(actor_id: UserId, invitation_id: InvitationId, project_name: &str, role: &impl Serialize) -> Self {
        Self {
            kind: NotificationKind::ProjectInvited,
            actor_id: Some(actor_id),
            project_id: None,
            task_id: None,
            data: json!({ "invitation_id": invitation_id, "project": project_name, "role": role }),
            origin: None,
        }
    }

    /// `data` contains the change and the project's name.
    pub fn project_changed(actor: &Caller, project_id: ProjectId, data: serde_json::Value) -> Self {
        Self {
            kind: NotificationKind::ProjectChanged,
            actor_id: Some(actor.user_id),
            project_id: Some(project_id),
            task_id: None,
            data,
            origin: None,
        }
    }

    pub fn ownership(actor_id: Option<UserId>, project_id: ProjectId, step: OwnershipStep) -> Self {
        Self {
            kind: NotificationKind::ProjectOwnership,
            actor_id,
            project_id: Some(project_id),
            task_id: None,
            data: json!({ "step": step }),
            origin: None,
        }
    }

    /// The reader becomes the owner at that time, when the owner's account is deleted.
    pub fn inheritance(actor_id: UserId, project_id: ProjectId, at: DateTime<Utc>) -> Self {
        let mut notice = Self::ownership(Some(actor_id), project_id, OwnershipStep::Inherits);
        notice.data["at"] = json!(at);
        notice
    }

    /// The person's data export is available until then.
    pub fn export_ready(until: DateTime<Utc>) -> Self {
        let data = json!({ "at": until, "export": true });
        Self {
            kind: NotificationKind::ExportReady,
            actor_id: None,
            project_id: None,
            task_id: None,
            data,
            origin: None,
        }
    }

    pub fn task_added(actor: &Caller, project_id: ProjectId, task_id: TaskId) -> Self {
        Self::of_task(NotificationKind::ProjectTaskAdded, actor, project_id, task_id, json!({}))
    }

    pub fn task_assigned(actor: &Caller, project_id: ProjectId, task_id: TaskId) -> Self {
        Self::of_task(NotificationKind::TaskAssigned, actor, project_id, task_id, json!({}))
    }

    pub fn status_changed<S: Serialize>(
        actor: &Caller,
        project_id: ProjectId,
        task_id: TaskId,
        from: S,
        to: S,
    ) -> Self {
        let data = json!({ "from": from, "to": to });
        Self::of_task(NotificationKind::TaskStatusChanged, actor, project_id, task_id, data)
    }

    /// `from` and `to` are a day, an instant, or nothing.
    pub fn due_changed(
        actor: &Caller,
        project_id: ProjectId,
        task_id: TaskId,
        from: Option<&str>,
        to: Option<&str>,
    ) -> Self {
        let data = json!({ "from": from, "to": to });
        Self::of_task(NotificationKind::TaskDueChanged, actor, project_id, task_id, data)
    }

    /// A reminder for the instant `at`.
    pub fn reminder(project_id: ProjectId, task_id: TaskId, at: DateTime<Utc>, late: bool, due: DayOrInstant) -> Self {
        let mut data = due_data(due);
        data["at"] = json!(at);
        data["late"] = json!(late);
        Self::of_time(NotificationKind::TaskReminder, project_id, task_id, data)
    }

    /// A task that is due soon, or overdue.
    pub fn due(kind: NotificationKind, project_id: ProjectId, task_id: TaskId, due: DayOrInstant) -> Self {
        Self::of_time(kind, project_id, task_id, due_data(due))
    }

    fn of_time(kind: NotificationKind, project_id: ProjectId, task_id: TaskId, data: serde_json::Value) -> Self {
        Self { kind, actor_id: None, project_id: Some(project_id), task_id: Some(task_id), data, origin: None }
    }

    /// A security notice, with its origin.
    pub fn security(kind: NotificationKind, client: &ClientInfo) -> Self {
        let data =
            json!({ "at": Utc::now(), "ip_address": client.address.to_canonical(), "user_agent": client.user_agent });
        Self { kind, actor_id: None, project_id: None, task_id: None, data, origin: None }
    }

    pub fn data(&self) -> &serde_json::Value {
        &self.data
    }
}

/// A due date: a day, an instant, or neither.
pub type DayOrInstant = (Option<NaiveDate>, Option<DateTime<Utc>>);

fn due_data(due: DayOrInstant) -> serde_json::Value {
    match due {
        (Some(day), _) => json!({ "due_date": day }),
        (None, Some(at)) => json!({ "due_at": at }),
        (None, None) => json!({}),
    }
}

/// Notifies `user_id` by their chosen channels, unless it is their own action.
pub async fn notify(change: &mut Change, user_id: UserId, notice: Notice) -> anyhow::Result<()> {
    notify_each(change, &[user_id], &notice).await
}
