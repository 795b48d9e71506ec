//! What members of a project are told of a change after its commit. A change writes one row for each event, whatever the number of members;
//! `notices` makes of it what each of them gets.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::id::{ProjectId, TaskId, UserId};

/// Who is told, among the members of the project; never who has done it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Audience {
    /// All members.
    pub members: bool,
    /// Those who watch the task.
    pub watchers: bool,
    /// Those who have chosen to be told of this kind, of which nobody is told by default.
    pub opted_in: bool,
    pub people: Vec<UserId>,
    /// Is told something else instead.
    pub except: Option<UserId>,
}

impl Audience {
    pub fn members() -> Self {
        Self { members: true, ..Self::default() }
    }

    pub fn person(id: UserId) -> Self {
        Self { people: vec![id], ..Self::default() }
    }
}

/// Something to tell of a project, or of a task of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PendingNotice {
    /// Of notification.
    pub kind: String,
    pub task_id: Option<TaskId>,
    pub data: Value,
    pub to: Audience,
}

/// What has become of everybody's membership.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum MembershipChange {
    Joined,
    Left,
}

/// What goes with the next event of each project.
#[derive(Debug, Default)]
pub(super) struct Pending(HashMap<ProjectId, OfProject>);

#[derive(Debug, Default)]
pub(super) struct OfProject {
    notices: Vec<PendingNotice>,
    pub membership: Option<MembershipChange>,
}

impl Pending {
    pub fn add(&mut self, project_id: ProjectId, notice: PendingNotice) {
        self.0.entry(project_id).or_default().notices.push(notice);
    }

    pub fn set_membership(&mut self, project_id: ProjectId, change: MembershipChange) {
        self.0.entry(project_id).or_default().membership = Some(change);
    }

    pub fn take(&mut self, project_id: ProjectId) -> OfProject {
        self.0.remove(&project_id).unwrap_or_default()
    }

    /// Told with no event, so never: a mistake in the program, as [`super::held`] finds others.
    pub fn complain_unless_taken(&self) {
        if !self.0.is_empty() {
            tracing::error!(pending = ?self.0, "something was to be told of a project without an event of it; please report this");
            debug_assert!(false, "told without an event: {:?}", self.0);
        }
    }
}

impl OfProject {
    /// Whether all members are told.
    pub fn concerns_members(&self) -> bool {
        self.membership.is_some() || self.notices.iter().any(|notice| notice.to.members || notice.to.opted_in)
    }

    pub fn people(&self) -> Vec<UserId> {
        self.notices.iter().flat_map(|notice| notice.to.people.iter().copied()).collect()
    }

    /// The task whose watchers are told.
    pub fn watched_task(&self) -> Option<TaskId> {
        self.notices.iter().find(|notice| notice.to.watchers).and_then(|notice| notice.task_id)
    }

    pub fn notices(&self) -> serde_json::Result<Value> {
        serde_json::to_value(&self.notices)
    }
}
