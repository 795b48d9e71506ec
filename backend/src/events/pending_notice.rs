//! Notices that are sent to members of a project after the commit of a change. A change writes one row per event, whatever the number of
//! members; `notices` turns it into what each of them receives.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::id::{ProjectId, TaskId, UserId};

/// Which members of the project are notified; the actor never is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Audience {
    /// All members.
    pub members: bool,
    /// The task's watchers.
    pub watchers: bool,
    /// Members who have opted in to this kind, which is off by default.
    pub opted_in: bool,
    pub people: Vec<UserId>,
    /// A person who gets another notice instead.
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

/// A notice about a project or one of its tasks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PendingNotice {
    /// The kind of notification.
    pub kind: String,
    pub task_id: Option<TaskId>,
    pub data: Value,
    pub to: Audience,
}

/// A change that affects all memberships of a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum MembershipChange {
    Joined,
    Left,
}

/// What will be stored with the next event of each project.
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

    /// Reports notices that no event has taken, so nobody would get them: a bug, like those that [`super::held`] finds.
    pub fn complain_unless_taken(&self) {
        if !self.0.is_empty() {
            tracing::error!(pending = ?self.0, "a notice of a project has no event; please report this");
            debug_assert!(false, "a notice without an event: {:?}", self.0);
        }
    }
}

impl OfProject {
    /// Whether all members are candidates.
    pub fn concerns_members(&self) -> bool {
        self.membership.is_some() || self.notices.iter().any(|notice| notice.to.members || notice.to.opted_in)
    }

    pub fn people(&self) -> Vec<UserId> {
        self.notices.iter().flat_map(|notice| notice.to.people.iter().copied()).collect()
    }

    /// The task whose watchers are notified.
    pub fn watched_task(&self) -> Option<TaskId> {
        self.notices.iter().find(|notice| notice.to.watchers).and_then(|notice| notice.task_id)
    }

    pub fn notices(&self) -> serde_json::Result<Value> {
        serde_json::to_value(&self.notices)
    }
}
