//! The current revisions of topics as known to this process, so that a request need not ask PostgreSQL whether cached data is still valid.
//!
//! States of a topic, each kept for a minute after it was last changed:
//!
//! | state | `confirmed`, `pending` | [`Revisions::current`] |
//! | --- | --- | --- |
//! | unknown | no entry | `None`: PostgreSQL is asked |
//! | pending | `confirmed < pending`: a write is about to commit, or its event is on the way | `None` |
//! | current | `confirmed >= pending` | `confirmed` |
//!
//! Transitions:
//!
//! - `announce_pending`: a writer announces to all replicas the revision that it is about to commit. Any state → pending.
//! - `confirm`: the event of that revision has arrived. Pending → current, if no higher one is pending. Unknown stays unknown: topics
//!   nobody has asked for are not stored.
//! - A failed write after its announcement leaves its topic pending: PostgreSQL is asked until the next write, or for a minute.
//! - `remember`: read from PostgreSQL. Unknown → current; pending → current, if it is the pending revision.
//! - A minute passes, or there are too many topics: any state → unknown.
//!
//! States of the process: subscribed to other replicas, or not (never without Redis: the command line could write unheard). Each subscribed
//! period is a [`SubscriptionEpoch`].
//!
//! Invariants:
//!
//! 1. `confirmed` and `pending` of an entry never decrease, so reordered messages do no harm.
//! 2. A write is announced before it is committed, and committed before it is answered. So data read before an answered write is no longer
//!    current in any replica that has processed the announcement.
//! 3. While the process is not subscribed, every topic is unknown; everything is cleared before it subscribes again.
//! 4. Data read in one epoch is not stored in another: an announcement may have been missed in between.
//!
//! Limits: a replica serves the previous state while an announcement is unread in its socket. A hanging Redis is detected after two
//! seconds; so a replica can miss a pending write for at most two seconds, or for a minute if only the writer has lost Redis and dies
//! before reconnecting.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use moka::{ops::compute::Op, sync::Cache as MokaCache};
use sha2::{Digest as _, Sha256};
use sqlx::PgExecutor;

use crate::{
    cache::{CacheMetrics, LocalCache},
    id::{TopicId, UserId},
};

pub(super) const TIME_TO_LIVE: Duration = Duration::from_secs(60);
const MAX_TOPICS: u64 = 100_000;
const MAX_USERS: u64 = 20_000;

/// SHA-256.
pub type Digest = [u8; 32];

/// Cheap to clone.
#[derive(Clone)]
pub struct Revisions(Arc<Inner>);

struct Inner {
    topics: LocalCache<TopicId, TopicState>,
    /// What users see. Joining and leaving a project are events of the user's own feed, so this is valid while that is unchanged.
    seen: LocalCache<UserId, Arc<Seen>>,
    /// Odd while subscribed; incremented at each start and end.
    epoch: AtomicU64,
    reads: CacheMetrics,
}

#[derive(Debug, Clone, Copy, Default)]
struct TopicState {
    confirmed: i64,
    pending: i64,
}

/// All topics visible to a user, as last read.
struct Seen {
    /// The user's feed first.
    revisions: Vec<(TopicId, i64)>,
    digest: Digest,
}

impl Seen {
    fn of(revisions: Vec<(TopicId, i64)>) -> Self {
        let digest = digest(&revisions);
        Self { revisions, digest }
    }
}

/// The subscribed period in which something was read from PostgreSQL; `None` outside of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SubscriptionEpoch(Option<u64>);

impl Default for Revisions {
    fn default() -> Self {
        let (topics, seen) = (MokaCache::builder(), MokaCache::builder());
        Self(Arc::new(Inner {
            topics: topics.max_capacity(MAX_TOPICS).time_to_live(TIME_TO_LIVE).build_with_hasher(Default::default()),
            seen: seen.max_capacity(MAX_USERS).time_to_live(TIME_TO_LIVE).build_with_hasher(Default::default()),
            epoch: AtomicU64::new(0),
            reads: CacheMetrics::new("revisions"),
        }))
    }
}

impl Revisions {
    /// The revisions of everything visible to a user, that is their feed and all their projects, as one digest.
    pub async fn of_user(&self, db: impl PgExecutor<'_>, user_id: UserId) -> sqlx::Result<Digest> {
        let epoch = self.epoch();
        let known = self.digest_of_user(user_id);
        self.0.reads.count(known.is_some());
        match known {
            Some(digest) => Ok(digest),
            // Boxed, so that the common case stays small.
            None => Box::pin(self.read_of_user(db, user_id, epoch)).await,
        }
    }

    async fn read_of_user(
        &self,
        db: impl PgExecutor<'_>,
        user_id: UserId,
        epoch: SubscriptionEpoch,
    ) -> sqlx::Result<Digest> {
        let revisions = read(db, user_id).await?;
        for (id, revision) in &revisions {
            self.remember(epoch, *id, *revision);
        }
        let seen = Seen::of(revisions);
        let digest = seen.digest;
        if self.is_now(epoch) && !seen.revisions.is_empty() {
            self.0.seen.insert(user_id, Arc::new(seen));
        }
        Ok(digest)
    }

    fn digest_of_user(&self, user_id: UserId) -> Option<Digest> {
        let seen = self.0.seen.get(&user_id)?;
        if seen.revisions.iter().all(|(id, revision)| self.current(*id) == Some(*revision)) {
            return Some(seen.digest);
        }
        let current: Option<Vec<_>> = seen.revisions.iter().map(|(id, _)| Some((*id, self.current(*id)?))).collect();
        let current = current?;
        // With another revision of their feed, the user may see other projects.
        if current.first() != seen.revisions.first() {
            return None;
        }
        let seen = Seen::of(current);
        let digest = seen.digest;
        self.0.seen.insert(user_id, Arc::new(seen));
        Some(digest)
    }

    /// The current revision of a topic, if known.
    pub fn current(&self, topic_id: TopicId) -> Option<i64> {
        let state = self.epoch().0.and_then(|_| self.0.topics.get(&topic_id))?;
        (state.confirmed >= state.pending).then_some(state.confirmed)
    }

    /// Take this before reading revisions for [`Self::remember`].
    pub fn epoch(&self) -> SubscriptionEpoch {
        let epoch = self.0.epoch.load(Ordering::Acquire);
        SubscriptionEpoch((epoch % 2 == 1).then_some(epoch))
    }

    fn is_now(&self, epoch: SubscriptionEpoch) -> bool {
        epoch.0.is_some_and(|began| began == self.0.epoch.load(Ordering::Acquire))
    }

    /// Stores revisions read from PostgreSQL.
    pub fn remember(&self, epoch: SubscriptionEpoch, topic_id: TopicId, revision: i64) {
        if self.is_now(epoch) {
            self.change(topic_id, |state| Op::Put(state.unwrap_or_default().confirmed(revision)));
        }
    }

    /// A write with this revision of the topic is about to commit.
    pub(super) fn announce_pending(&self, topic_id: TopicId, revision: i64) {
        self.change(topic_id, |state| Op::Put(state.unwrap_or_default().announced(revision)));
    }

    /// It has been committed.
    pub(super) fn confirm(&self, topic_id: TopicId, revision: i64) {
        self.change(topic_id, |state| state.map_or(Op::Nop, |state| Op::Put(state.confirmed(revision))));
    }

    fn change(&self, topic_id: TopicId, change: impl FnOnce(Option<TopicState>) -> Op<TopicState>) {
        self.0.topics.entry(topic_id).and_compute_with(|old| change(old.map(|entry| entry.into_value())));
    }

    /// The process starts or stops receiving from other replicas. Called by one task only.
    pub(super) fn set_subscribed(&self, subscribed: bool) {
        if self.epoch().0.is_some() == subscribed {
            return;
        }
        // Nothing is stored while the epoch is even, so stale entries are removed before it becomes odd.
        if subscribed {
            self.0.topics.invalidate_all();
            self.0.seen.invalidate_all();
        }
        self.0.epoch.fetch_add(1, Ordering::AcqRel);
    }
}

impl TopicState {
    fn confirmed(self, revision: i64) -> Self {
        Self { confirmed: self.confirmed.max(revision), ..self }
    }

    fn announced(self, revision: i64) -> Self {
        Self { pending: self.pending.max(revision), ..self }
    }
}

fn digest(revisions: &[(TopicId, i64)]) -> Digest {
    let mut hash = Sha256::new();
    for (id, revision) in revisions {
        hash.update(id.as_bytes());
        hash.update(revision.to_le_bytes());
    }
    hash.finalize().into()
}

/// From the table, the user's own feed first.
async fn read(db: impl PgExecutor<'_>, user_id: UserId) -> sqlx::Result<Vec<(TopicId, i64)>> {
    let rows = sqlx::query!(
        r#"
        SELECT id, revision
        FROM topics
        WHERE id IN (SELECT $1::uuid UNION ALL SELECT project_id FROM project_members WHERE user_id = $1)
        ORDER BY id <> $1, id
        "#,
        user_id
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.revision)).collect())
}

/// Whether a project or user has this id.
pub async fn topic_exists(db: impl PgExecutor<'_>, id: TopicId) -> sqlx::Result<bool> {
    let found = sqlx::query_scalar!("SELECT 1 AS one FROM topics WHERE id = $1", id).fetch_optional(db).await?;
    Ok(found.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Id;

    fn subscribed() -> Revisions {
        let revisions = Revisions::default();
        revisions.set_subscribed(true);
        revisions
    }

    #[test]
    fn a_revision_is_known_until_a_higher_one_is_pending_and_again_when_it_is_confirmed() {
        let (revisions, topic) = (subscribed(), Id::new());
        assert_eq!(revisions.current(topic), None);
        revisions.remember(revisions.epoch(), topic, 4);
        assert_eq!(revisions.current(topic), Some(4));
        revisions.announce_pending(topic, 5);
        assert_eq!(revisions.current(topic), None);
        revisions.confirm(topic, 5);
        assert_eq!(revisions.current(topic), Some(5));
    }

    #[test]
    fn what_was_read_before_a_commit_is_not_taken_for_what_is_after_it() {
        let (revisions, topic) = (subscribed(), Id::new());
        let begun = revisions.epoch();
        revisions.announce_pending(topic, 5);
        revisions.remember(begun, topic, 4);
        assert_eq!(revisions.current(topic), None);
        revisions.remember(begun, topic, 5);
        revisions.confirm(topic, 4);
        assert_eq!(revisions.current(topic), Some(5));
    }

    #[test]
    fn whoever_was_not_subscribed_for_a_while_knows_nothing() {
        let (revisions, topic) = (subscribed(), Id::new());
        let begun = revisions.epoch();
        revisions.remember(begun, topic, 4);
        revisions.set_subscribed(false);
        assert_eq!(revisions.current(topic), None);
        revisions.remember(revisions.epoch(), topic, 4);
        revisions.set_subscribed(true);
        assert_eq!(revisions.current(topic), None);
        revisions.remember(begun, topic, 4);
        assert_eq!(revisions.current(topic), None, "read before the gap");
    }

    #[test]
    fn what_a_user_sees_is_known_while_each_of_its_revisions_is() {
        let (revisions, user_id, project) = (subscribed(), Id::new(), Id::new());
        let user = TopicId::from(user_id);
        let learn = |of_user, of_project| {
            let read = vec![(user, of_user), (project, of_project)];
            read.iter().for_each(|(id, revision)| revisions.remember(revisions.epoch(), *id, *revision));
            revisions.0.seen.insert(user_id, Arc::new(Seen::of(read)));
        };
        assert_eq!(revisions.digest_of_user(user_id), None);
        learn(7, 4);
        let first = revisions.digest_of_user(user_id).expect("known");
        assert_eq!(revisions.digest_of_user(user_id), Some(first));
        revisions.announce_pending(Id::new(), 1);
        assert_eq!(revisions.digest_of_user(user_id), Some(first), "something that they do not see");
        revisions.announce_pending(project, 5);
        assert_eq!(revisions.digest_of_user(user_id), None);
        revisions.confirm(project, 5);
        let second = revisions.digest_of_user(user_id).expect("known");
        assert_ne!(second, first);
        assert_eq!(revisions.digest_of_user(user_id), Some(second));
        revisions.announce_pending(user, 8);
        revisions.confirm(user, 8);
        assert_eq!(revisions.digest_of_user(user_id), None, "they may have joined a project");
        learn(8, 5);
        assert!(revisions.digest_of_user(user_id).is_some());
        revisions.set_subscribed(false);
        assert_eq!(revisions.digest_of_user(user_id), None);
        revisions.set_subscribed(true);
        assert_eq!(revisions.digest_of_user(user_id), None);
    }

    #[test]
    fn what_nobody_asked_for_is_not_kept() {
        let (revisions, topic) = (subscribed(), Id::new());
        revisions.confirm(topic, 5);
        assert_eq!(revisions.current(topic), None);
    }
}
