use crate::id::UserId;
use garde::Validate;
use serde::Deserialize;
use utoipa::ToSchema;

#[derive(Debug, Deserialize, Validate, ToSchema)]
pub struct NewOwner {
    /// A member of the project.
    #[garde(skip)]
    pub user_id: UserId,
}
