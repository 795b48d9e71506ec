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

/// Nobody owns so many shared projects.
pub const MAX_PROJECTS: usize = 1000;

/// What the end of my account would mean.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeletionPreview {
    /// For so many days after the request the account can be kept.
    #[schema(example = 14)]
    pub days: u64,
    /// Projects that I own and share, for each of which I say what becomes of it.
    pub shared_projects: Vec<OwnedProject>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct OwnedProject {
    pub id: ProjectId,
    #[schema(example = "Spring release")]
    pub name: String,
    /// Who it can be handed over to, the longest-standing editor first.
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
    /// Mine, once more.
    #[garde(skip)]
    #[schema(value_type = Password)]
    pub password: SecretString,
    /// What becomes of each project that I own and share.
    #[garde(skip)]
    #[schema(value_type = Vec<Succession>, max_items = 1000)]
    pub projects: BoundedVec<Succession, MAX_PROJECTS>,
}

/// What becomes of a project: a member gets it, or it is deleted with the account.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct Succession {
    pub project_id: ProjectId,
    /// null: it is deleted with the account.
    pub heir_id: Option<UserId>,
}

/// When an account is going to be deleted.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeletionDate {
    pub due_at: DateTime<Utc>,
}
