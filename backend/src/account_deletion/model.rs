use chrono::{DateTime, Utc};
use garde::Validate;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    auth::password::Password,
    http::bounded::BoundedVec,
    id::{ProjectId, UserId},
    projects::model::Role,
};

/// More than anybody owns.
pub const MAX_PROJECTS: usize = 1000;

/// The consequences of deleting my account.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeletionPreview {
    /// The grace period in days.
    #[schema(example = 14)]
    pub days: u64,
    /// Shared projects that I own; I choose what happens to each.
    pub shared_projects: Vec<OwnedProject>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct OwnedProject {
    pub id: ProjectId,
    #[schema(example = "Spring release")]
    pub name: String,
    /// Possible new owners, the longest-standing editor first.
    pub members: Vec<PossibleHeir>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct PossibleHeir {
    pub user_id: UserId,
    #[schema(example = "Lin")]
    pub name: String,
    pub role: Role,
}

#[derive(Deserialize, Validate, ToSchema)]
#[schema(example = json!({"password": "my present password", "projects": []}))]
pub struct DeletionRequest {
    /// My password.
    #[garde(skip)]
    #[schema(value_type = Password)]
    pub password: SecretString,
    /// What happens to each shared project that I own.
    #[garde(skip)]
    #[schema(value_type = Vec<Succession>, max_items = 1000)]
    pub projects: BoundedVec<Succession, MAX_PROJECTS>,
}

/// What happens to a project: a member inherits it, or it is deleted with the account.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct Succession {
    pub project_id: ProjectId,
    /// null: delete it with the account.
    pub heir_id: Option<UserId>,
}

/// When the account will be deleted.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeletionDate {
    pub due_at: DateTime<Utc>,
}
