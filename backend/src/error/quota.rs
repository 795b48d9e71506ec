use std::time::Duration;

use serde::Serialize;
use utoipa::ToSchema;

/// What a quota limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum QuotaKind {
    ProjectsPerUser,
    MembersPerProject,
    TagsPerProject,
    TasksPerProject,
    MegabytesPerDay,
}

/// Why a change was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema, thiserror::Error)]
#[error("a quota of {limit} is reached: {kind:?}")]
pub struct QuotaExceeded {
    #[serde(rename = "name")]
    pub kind: QuotaKind,
    /// The limit.
    #[schema(example = 500)]
    pub limit: u32,
    /// Seconds until a retry is worthwhile, if it changes by itself.
    #[serde(skip)]
    pub retry_after: Option<Duration>,
}

impl QuotaExceeded {
    pub fn detail(&self) -> String {
        let limit = self.limit;
        match self.kind {
            QuotaKind::ProjectsPerUser => format!("An account has {limit} projects at most; delete one first."),
            QuotaKind::MembersPerProject => format!("A project has {limit} members at most; remove one first."),
            QuotaKind::TagsPerProject => format!("A project has {limit} tags at most; delete one first."),
            QuotaKind::TasksPerProject => {
                format!("A project has {limit} tasks at most; delete some, or use another project.")
            }
            QuotaKind::MegabytesPerDay => {
                format!("An account writes {limit} MB a day at most; deleting is possible, and the rest tomorrow.")
            }
        }
    }
}
