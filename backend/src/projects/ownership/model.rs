use garde::Validate;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Debug, Deserialize, Validate, ToSchema)]
pub struct NewOwner {
    /// A member of the project.
    #[garde(skip)]
    pub user_id: Uuid,
}
