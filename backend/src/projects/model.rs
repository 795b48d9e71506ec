use chrono::{DateTime, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    http::{
        patch,
        schema::{Color, ONE_LINE, text_schema},
        text, validate,
    },
    id::{ProjectId, UserId},
};

pub const DEFAULT_COLOR: &str = "#3b82f6";
pub const DEFAULT_ICON: &str = "dot";
const MAX_NAME: usize = 100;
const MAX_ICON: usize = 32;

text_schema!(ProjectName, 1..=MAX_NAME, ONE_LINE);
text_schema!(ProjectIcon, 1..=MAX_ICON, ONE_LINE);

/// A member's role; each includes the previous ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Role {
    /// Sees everything, changes nothing.
    Viewer,
    /// Changes tasks and tags.
    Editor,
    /// Changes the project and its members.
    Owner,
}

/// Roles that can be given to a member; a project always has one owner.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GrantedRole {
    Viewer,
    Editor,
}

impl From<GrantedRole> for Role {
    fn from(role: GrantedRole) -> Self {
        match role {
            GrantedRole::Viewer => Self::Viewer,
            GrantedRole::Editor => Self::Editor,
        }
    }
}

/// A project as seen by one of its members.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Project {
    pub id: ProjectId,
    #[schema(example = "Spring release")]
    pub name: String,
    #[schema(example = "#3b82f6")]
    pub color: String,
    #[schema(example = "rocket")]
    pub icon: String,
    pub is_inbox: bool,
    pub owner_id: UserId,
    /// The member to whom the owner has offered the project.
    pub transfer_to: Option<UserId>,
    pub role: Role,
    /// My own order of projects; compare byte by byte.
    pub position: String,
    pub member_count: i64,
    /// Tasks to do or in progress, without subtasks, like the project's list.
    pub open_tasks: i64,
    pub archived_at: Option<DateTime<Utc>>,
    pub deleted_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub version: i64,
}

/// The part of a project that is the same for all members, as in its events.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SharedProject {
    pub id: ProjectId,
    pub name: String,
    pub color: String,
    pub icon: String,
    pub is_inbox: bool,
    pub owner_id: UserId,
    pub transfer_to: Option<UserId>,
    pub member_count: i64,
    pub archived_at: Option<DateTime<Utc>>,
    pub deleted_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub version: i64,
}

impl From<Project> for SharedProject {
    fn from(project: Project) -> Self {
        Self {
            id: project.id,
            name: project.name,
            color: project.color,
            icon: project.icon,
            is_inbox: project.is_inbox,
            owner_id: project.owner_id,
            transfer_to: project.transfer_to,
            member_count: project.member_count,
            archived_at: project.archived_at,
            deleted_at: project.deleted_at,
            created_at: project.created_at,
            updated_at: project.updated_at,
            version: project.version,
        }
    }
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[schema(example = json!({"name": "Spring release", "color": "#3b82f6", "icon": "rocket"}))]
pub struct NewProject {
    /// Chosen by the client, so that sending it again creates no duplicate.
    #[garde(skip)]
    pub id: Option<ProjectId>,
    #[schema(value_type = ProjectName)]
    #[garde(length(chars, max = MAX_NAME), custom(text::one_line))]
    pub name: String,
    #[schema(value_type = Option<Color>)]
    #[garde(inner(custom(validate::hex_color)))]
    pub color: Option<String>,
    #[schema(value_type = Option<ProjectIcon>)]
    #[garde(inner(length(chars, max = MAX_ICON), custom(text::one_line)))]
    pub icon: Option<String>,
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[schema(example = json!({"name": "Summer release"}))]
pub struct ProjectPatch {
    #[serde(default, deserialize_with = "patch::not_null")]
    #[schema(value_type = Option<ProjectName>, nullable = false)]
    #[garde(inner(length(chars, max = MAX_NAME), custom(text::one_line)))]
    pub name: Option<String>,
    #[serde(default, deserialize_with = "patch::not_null")]
    #[schema(value_type = Option<Color>, nullable = false)]
    #[garde(inner(custom(validate::hex_color)))]
    pub color: Option<String>,
    #[serde(default, deserialize_with = "patch::not_null")]
    #[schema(value_type = Option<ProjectIcon>, nullable = false)]
    #[garde(inner(length(chars, max = MAX_ICON), custom(text::one_line)))]
    pub icon: Option<String>,
    #[serde(default, deserialize_with = "patch::not_null")]
    #[schema(nullable = false)]
    #[garde(skip)]
    pub archived: Option<bool>,
    /// The preceding project in my own order; null for the first position.
    #[serde(default, deserialize_with = "patch::nullable")]
    #[schema(value_type = Option<Uuid>)]
    #[garde(skip)]
    pub after: Option<Option<ProjectId>>,
}

impl ProjectPatch {
    /// Whether it changes shared data.
    pub fn is_shared(&self) -> bool {
        self.name.is_some() || self.color.is_some() || self.icon.is_some() || self.archived.is_some()
    }
}

#[derive(Debug, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ProjectFilter {
    /// Whether to include archived projects.
    #[garde(skip)]
    #[serde(default)]
    #[param(required = false)]
    pub archived: bool,
}

/// A member of a project.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Member {
    pub user_id: UserId,
    #[schema(example = "Lin")]
    pub name: String,
    /// For the owner and the member themselves; null for others, in events and for webhooks.
    #[schema(example = "lin@example.org")]
    pub email: Option<String>,
    pub role: Role,
    pub joined_at: DateTime<Utc>,
}

impl Member {
    /// As visible to all members and in events.
    pub fn shared(&self) -> Self {
        Self { email: None, ..self.clone() }
    }
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
pub struct MemberPatch {
    #[garde(skip)]
    pub role: GrantedRole,
}
