//! Quotas. A change of projects is checked as a whole, just before its commit and under its locks: its events say what it has added, so
//! everything that adds something counts (including restoring, moving and accepting invitations), and concurrent changes cannot exceed a
//! quota together. The session quota is enforced where sessions are opened, by ending the oldest.
//!
//! A count stops one above its quota and uses an index. Most changes need no count: for tasks, which may be many, the number at a revision
//! is remembered, and each later revision has added at most one.

mod bytes;
mod store;

use std::collections::{BTreeMap, BTreeSet};

use moka::sync::Cache;
use sqlx::PgConnection;

use self::bytes::WrittenBytes;
use crate::{
    cache::Redis,
    config::QuotaConfig,
    db::Refusal,
    error::{QuotaExceeded, QuotaKind},
    id::{ProjectId, UserId},
};

/// What a change has added; a user's projects under the user, the rest under the project.
#[derive(Debug, Default)]
pub struct Added {
    /// The new revisions of projects that gained tasks.
    pub tasks: BTreeMap<ProjectId, i64>,
    pub tags: BTreeSet<ProjectId>,
    pub members: BTreeSet<ProjectId>,
    pub projects: BTreeSet<UserId>,
    /// By its author.
    pub bytes: u64,
    /// The same, counted afterwards: these refuse nothing themselves.
    pub unrefused_bytes: u64,
}

pub struct Quotas {
    config: QuotaConfig,
    written: WrittenBytes,
    /// The number of a project's tasks at a revision.
    tasks: Cache<ProjectId, (i64, i64)>,
}

/// Projects whose task counts are cached: a few hundred kilobytes.
const REMEMBERED: u64 = 10_000;

impl Quotas {
    pub fn new(config: QuotaConfig, redis: Option<Redis>) -> Self {
        let written = WrittenBytes::new(config.megabytes_per_day, redis);
        Self { config, written, tasks: Cache::new(REMEMBERED) }
    }

    /// Refuses a change that has added too much. The topics are locked, and `db` is in the transaction.
    pub async fn check(&self, db: &mut PgConnection, author: Option<UserId>, added: &Added) -> Result<(), Refusal> {
        let QuotaConfig { projects_per_user, members_per_project, tags_per_project, tasks_per_project, .. } =
            self.config;
        for user_id in added.projects.iter().filter(|_| projects_per_user > 0) {
            let count = store::count_projects(db, *user_id, above(projects_per_user)).await?;
            refuse(QuotaKind::ProjectsPerUser, count, projects_per_user)?;
        }
        for project_id in added.members.iter().filter(|_| members_per_project > 0) {
            let count = store::count_members(db, *project_id, above(members_per_project)).await?;
            refuse(QuotaKind::MembersPerProject, count, members_per_project)?;
        }
        for project_id in added.tags.iter().filter(|_| tags_per_project > 0) {
            let count = store::count_tags(db, *project_id, above(tags_per_project)).await?;
            refuse(QuotaKind::TagsPerProject, count, tags_per_project)?;
        }
        for (project_id, revision) in added.tasks.iter().filter(|_| tasks_per_project > 0) {
            let count = self.tasks_at_most(db, *project_id, *revision).await?;
            refuse(QuotaKind::TasksPerProject, count, tasks_per_project)?;
        }
        if let Some(author) = author {
            self.written.add(author, added.bytes).await?;
            self.written.count(author, added.unrefused_bytes).await;
        }
        Ok(())
    }

    /// Counts what somebody has caused to be written, however much that is.
    pub async fn count_bytes(&self, author: UserId, bytes: u64) {
        self.written.count(author, bytes).await;
    }

    /// An upper bound for a project's tasks at this revision, the next one; exact if above the limit.
    async fn tasks_at_most(&self, db: &mut PgConnection, project_id: ProjectId, revision: i64) -> sqlx::Result<i64> {
        let limit = self.config.tasks_per_project;
        if let Some((count, at)) = self.tasks.get(&project_id) {
            let most = count + (revision - at);
            // A lower revision than seen before: the database was restored.
            if at <= revision && most <= i64::from(limit) {
                return Ok(most);
            }
        }
        let count = store::count_tasks(db, project_id, above(limit)).await?;
        self.tasks.insert(project_id, (count, revision));
        Ok(count)
    }
}

fn above(limit: u32) -> i64 {
    i64::from(limit) + 1
}

fn refuse(kind: QuotaKind, count: i64, limit: u32) -> Result<(), QuotaExceeded> {
    if count <= i64::from(limit) {
        return Ok(());
    }
    Err(QuotaExceeded { kind, limit, retry_after: None })
}
