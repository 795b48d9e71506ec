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

/// Somebody who is asked to become a member.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Invitation {
    pub id: InvitationId,
    /// Who is invited, for those who may invite; null for others.
    #[schema(example = "lin@example.org")]
    pub email: Option<String>,
    pub role: Role,
    pub invited_by: Person,
    /// The link, for those who may invite; null for others.
    #[schema(example = "https://todo.example.org/invitations/accept?token=aBcD…")]
    pub url: Option<String>,
    pub created_at: DateTime<Utc>,
    /// After that the link does not work, until it is sent again.
    pub expires_at: DateTime<Utc>,
    /// What its links are made from; nobody's to see.
    #[serde(skip)]
    pub seal: Seal,
}

/// The invitations to a project that nobody has accepted yet.
#[derive(Debug, Serialize, ToSchema)]
pub struct Invitations {
    pub items: Vec<Invitation>,
}

#[derive(Debug, Deserialize, Validate, ToSchema)]
#[schema(example = json!({"email": "lin@example.org", "role": "editor"}))]
pub struct NewInvitation {
    /// Made by the client, so that sending it again makes no second invitation.
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

/// What an invitation is to.
#[derive(Debug, Serialize, ToSchema)]
pub struct InvitationPreview {
    #[schema(example = "Spring release")]
    pub project_name: String,
    #[schema(example = "Ada")]
    pub inviter_name: String,
    /// Who was invited.
    #[schema(example = "lin@example.org")]
    pub email: String,
    pub role: Role,
    pub expires_at: DateTime<Utc>,
}

/// Where the invitation has led.
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
    /// Whether the person who has invited is not to reach me any more.
    #[serde(default)]
    #[garde(skip)]
    pub block: bool,
}

/// Somebody whose invitations do not reach me.
#[derive(Debug, Serialize, ToSchema)]
pub struct Blocked {
    pub person: Person,
    pub created_at: DateTime<Utc>,
}
