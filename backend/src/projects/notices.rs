//! Who is told of a change of a project: its other members.

use serde_json::{Value, json};

use super::{
    member_store,
    model::{Project, Role},
};
use crate::{
    auth::Caller,
    error::ApiResult,
    events::Change,
    id::{ProjectId, UserId},
    notifications::{Notice, notify, notify_each},
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

/// Tells the other members what was done.
pub async fn tell_members(
    change: &mut Change,
    caller: &Caller,
    what: ProjectChange,
    project: &Project,
) -> ApiResult<()> {
    tell(change, caller, project.id, &what.data(&project.name)).await
}

/// Tells the other members what of `before` is another now, as far as it matters to them.
pub async fn tell_difference(
    change: &mut Change,
    caller: &Caller,
    before: &Project,
    project: &Project,
) -> ApiResult<()> {
    if before.name != project.name {
        let mut data = ProjectChange::Renamed.data(&project.name);
        data["from"] = json!(before.name);
        tell(change, caller, project.id, &data).await?;
    }
    match (before.archived_at, project.archived_at) {
        (None, Some(_)) => tell_members(change, caller, ProjectChange::Archived, project).await,
        (Some(_), None) => tell_members(change, caller, ProjectChange::Unarchived, project).await,
        _ => Ok(()),
    }
}

/// Tells one member what was done with their membership.
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

async fn tell(change: &mut Change, caller: &Caller, project_id: ProjectId, data: &Value) -> ApiResult<()> {
    let members = member_store::list_ids(change.connection(), project_id).await?;
    // In one go, so that two writes never hold some of them each.
    change.lock_users(&members).await?;
    Ok(notify_each(change, &members, &Notice::project_changed(caller, project_id, data.clone())).await?)
}
