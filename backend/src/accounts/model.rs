use chrono::{DateTime, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    http::text,
    id::{ProjectId, UserId},
    projects::model::Role,
};

/// An account as administrators see it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Account {
    pub id: UserId,
    #[schema(example = "lin@example.org")]
    pub email: String,
    #[schema(example = "Lin")]
    pub name: String,
    pub is_admin: bool,
    pub email_verified_at: Option<DateTime<Utc>>,
    /// When it was disabled.
    pub disabled_at: Option<DateTime<Utc>>,
    /// The reason given by the administrator.
    pub disabled_reason: Option<String>,
    pub created_at: DateTime<Utc>,
    /// Up to a quarter of an hour late; null if nobody has signed in yet.
    pub last_seen_at: Option<DateTime<Utc>>,
}

/// An account with its details.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AccountDetails {
    #[serde(flatten)]
    pub account: Account,
    /// Active sessions.
    pub sessions: i64,
    /// Projects it owns, without the Inbox and the trash.
    pub projects_owned: i64,
    /// How many of them have other members.
    pub projects_shared: i64,
    /// The first 50 shared projects. Each needs a new owner before the account can be deleted.
    pub shared_projects: Vec<SharedProject>,
}

/// A project with other members.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = AccountProject)]
pub struct SharedProject {
    pub id: ProjectId,
    #[schema(example = "Spring release")]
    pub name: String,
    /// Possible owners: editors first, then by length of membership; at most 50.
    #[schema(value_type = Vec<Candidate>)]
    pub candidates: sqlx::types::Json<Vec<Candidate>>,
}

/// A possible owner of the project.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Candidate {
    pub id: UserId,
    #[schema(example = "Lin")]
    pub name: String,
    #[schema(example = "lin@example.org")]
    pub email: String,
    pub role: Role,
}

#[derive(Debug, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AccountFilter {
    /// Part of the name or the address.
    #[garde(inner(length(chars, max = 100)))]
    pub q: Option<String>,
    /// Page size, default 50.
    #[garde(inner(range(min = 1, max = 200)))]
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u16>,
    /// `next_cursor` of the previous page.
    #[garde(inner(length(max = 1000)))]
    pub cursor: Option<String>,
}

#[derive(Debug, Default, Deserialize, Validate, ToSchema)]
#[schema(example = json!({"reason": "Left the company"}))]
pub struct Disabling {
    /// Visible to other administrators, not to the person.
    #[garde(inner(length(chars, max = 200), custom(text::one_line)))]
    pub reason: Option<String>,
}
