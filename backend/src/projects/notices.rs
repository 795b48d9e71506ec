//! Who is told of a change of a project: its other members.

use serde_json::{Value, json};
use uuid::Uuid;

use super::model::{Project, Role};
use crate::{
    auth::Caller,
    error::ApiResult,
    events::{Audience, Change},
    notifications::{self, Notice, notify},
};

/// What was done with a project, as the texts of the notification name it.
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

    /// The name is told too: who is no longer a member, or whose project is in the trash, cannot look it up.
    fn data(self, name: &str) -> Value {
        json!({ "change": self.as_str(), "name": name })
    }
}

/// Tells the other members what was done, with the event of the project that is recorded next.
pub fn tell_members(change: &mut Change, caller: &Caller, what: ProjectChange, project: &Project) {
    tell(change, caller, project.id, what.data(&project.name));
}

/// Tells the other members what of `before` is another now, as far as it matters to them.
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

/// Tells one member what was done with their membership.
pub async fn tell_member(
    change: &mut Change,
    caller: &Caller,
    user_id: Uuid,
    what: ProjectChange,
    (project, role): (&Project, Role),
) -> ApiResult<()> {
    let mut data = what.data(&project.name);
    data["role"] = json!(role);
    Ok(notify(change, user_id, Notice::project_changed(caller, project.id, data)).await?)
}

fn tell(change: &mut Change, caller: &Caller, project_id: Uuid, data: Value) {
    notifications::tell(change, Notice::project_changed(caller, project_id, data), Audience::members());
}
