//! Notifies a project's other members of changes.

use serde_json::{Value, json};

use super::model::{Project, Role};
use crate::{
    auth::Caller,
    error::ApiResult,
    events::{Audience, Change},
    id::{ProjectId, UserId},
    notifications::{self, Notice, notify},
};

/// The kind of change, as named in the notification texts.
#[derive(Debug, Clone, Copy)]
pub enum ProjectChange {
    Renamed,
    Archived,
    Unarchived,
    Deleted,
    Restored,
    RoleChanged,
    MemberRemoved,
}

impl ProjectChange {
    fn as_str(self) -> &'static str {
        match self {
            Self::Renamed => "renamed",
            Self::Archived => "archived",
            Self::Unarchived => "unarchived",
            Self::Deleted => "deleted",
            Self::Restored => "restored",
            Self::RoleChanged => "role_changed",
            Self::MemberRemoved => "member_removed",
        }
    }

    /// Includes the name: former members, and members of a trashed project, cannot look it up.
    fn data(self, name: &str) -> Value {
        json!({ "change": self.as_str(), "name": name })
    }
}

/// Notifies the other members of a change; stored with the next event recorded for the project.
pub fn tell_members(change: &mut Change, caller: &Caller, what: ProjectChange, project: &Project) {
    tell(change, caller, project.id, what.data(&project.name));
}

/// Notifies the other members of relevant differences to `before`.
pub fn tell_difference(change: &mut Change, caller: &Caller, before: &Project, project: &Project) {
    if before.name != project.name {
        let mut data = ProjectChange::Renamed.data(&project.name);
        data["from"] = json!(before.name);
        tell(change, caller, project.id, data);
    }
    match (before.archived_at, project.archived_at) {
        (None, Some(_)) => tell_members(change, caller, ProjectChange::Archived, project),
        (Some(_), None) => tell_members(change, caller, ProjectChange::Unarchived, project),
        _ => {}
    }
}

/// Notifies one member of a change of their membership.
pub async fn tell_member(
    change: &mut Change,
    caller: &Caller,
    user_id: UserId,
    what: ProjectChange,
    (project, role): (&Project, Role),
) -> ApiResult<()> {
    let mut data = what.data(&project.name);
    data["role"] = json!(role);
    Ok(notify(change, user_id, Notice::project_changed(caller, project.id, data)).await?)
}

fn tell(change: &mut Change, caller: &Caller, project_id: ProjectId, data: Value) {
    notifications::tell(change, Notice::project_changed(caller, project_id, data), Audience::members());
}
