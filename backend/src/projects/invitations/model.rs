use chrono::{DateTime, Utc};
use garde::Validate;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::token::Seal;
use crate::{
    http::{
        email,
        schema::{EmailAddress, LinkToken},
    },
    id::{InvitationId, ProjectId},
    notifications::model::Person,
    projects::model::{GrantedRole, Role},
};

/// An invitation to become a member.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Invitation {
    pub id: InvitationId,
    /// The invited address, for those who may invite; null for others.
    #[schema(example = "lin@example.org")]
    pub email: Option<String>,
    pub role: Role,
    pub invited_by: Person,
    /// The link, for those who may invite; null for others.
    #[schema(example = "https://todo.example.org/invitations/accept?token=aBcD…")]
    pub url: Option<String>,
    pub created_at: DateTime<Utc>,
    /// After that the link is invalid until the invitation is sent again.
    pub expires_at: DateTime<Utc>,
    /// The input of its links; never exposed.
    #[serde(skip)]
    pub seal: Seal,
}

/// A project's open invitations.
#[derive(Debug, Serialize, ToSchema)]
pub struct Invitations {
    pub items: Vec<Invitation>,
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[schema(example = json!({"email": "lin@example.org", "role": "editor"}))]
pub struct NewInvitation {
    /// Chosen by the client, so that sending it again creates no duplicate.
    #[garde(skip)]
    pub id: Option<InvitationId>,
    #[serde(deserialize_with = "email::deserialize")]
    #[schema(value_type = EmailAddress)]
    #[garde(email, length(max = 254))]
    pub email: String,
    #[garde(skip)]
    pub role: GrantedRole,
}

#[derive(Debug, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct InvitationQuery {
    /// From the link.
    #[garde(length(max = 500))]
    #[param(value_type = LinkToken)]
    pub token: String,
}

#[derive(Deserialize, Validate, ToSchema)]
#[schema(example = json!({"token": "aBcD…"}))]
pub struct Acceptance {
    /// From the link.
    #[garde(skip)]
    #[schema(value_type = LinkToken)]
    pub token: SecretString,
}

/// The target of an invitation.
#[derive(Debug, Serialize, ToSchema)]
pub struct InvitationPreview {
    #[schema(example = "Spring release")]
    pub project_name: String,
    #[schema(example = "Ada")]
    pub inviter_name: String,
    /// The invited address.
    #[schema(example = "lin@example.org")]
    pub email: String,
    pub role: Role,
    pub expires_at: DateTime<Utc>,
}

/// The project joined through the invitation.
#[derive(Debug, Serialize, ToSchema)]
pub struct Accepted {
    pub project_id: ProjectId,
}

/// An invitation to my address.
#[derive(Debug, Serialize, ToSchema)]
pub struct OwnInvitation {
    pub id: InvitationId,
    #[schema(example = "Spring release")]
    pub project_name: String,
    pub invited_by: Person,
    pub role: Role,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[schema(example = json!({"block": true}))]
pub struct Answer {
    /// Whether to block the inviter.
    #[serde(default)]
    #[garde(skip)]
    pub block: bool,
}

/// A blocked person.
#[derive(Debug, Serialize, ToSchema)]
pub struct Blocked {
    pub person: Person,
    pub created_at: DateTime<Utc>,
}
