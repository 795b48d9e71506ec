//! What this process knows of revisions, so that a request need not ask PostgreSQL whether what it read before still holds.
//!
//! A topic is in one of these states here:
//!
//! - **unknown**: nothing is kept of it, and PostgreSQL is asked;
//! - **confirmed** at a revision: PostgreSQL or an event has said so, and that is the answer;
//! - **pending**: a write that is about to commit has announced a higher revision ([`Revisions::announce_pending`]). PostgreSQL is asked until
//!   the event says that it is there ([`Revisions::confirm`]).
//!
//! Every replica is told of a pending revision before the commit. So nobody is shown what was before a write that has been answered (but for
//! a replica that has received the message and not come to read it).
//!
//! This holds while the process is subscribed to what the others publish on Redis. One that is not, or that works without Redis, where the
//! command line could write unnoticed, knows nothing, and begins a new epoch when that is over. A Redis that hangs is noticed after two
//! seconds: for so long at most another replica can miss what is pending, and a minute at most when the writer alone has lost Redis and
//! ends before it is back.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use moka::{ops::compute::Op, sync::Cache as MokaCache};
use sha2::{Digest as _, Sha256};
use sqlx::PgExecutor;
use uuid::Uuid;

use crate::cache::{CacheMetrics, LocalCache};

pub(super) const TIME_TO_LIVE: Duration = Duration::from_secs(60);
const MAX_TOPICS: u64 = 100_000;
const MAX_USERS: u64 = 20_000;

/// SHA-256.
pub type Digest = [u8; 32];

/// Cheap to clone.
#[derive(Clone)]
pub struct Revisions(Arc<Inner>);

struct Inner {
    topics: LocalCache<Uuid, Known>,
    /// What users see. Joining and leaving a project are events of the user's own feed, so this holds while that stays.
    seen: LocalCache<Uuid, Arc<Seen>>,
    /// Odd while this process is subscribed to other replicas; higher each time that this begins or ends.
    epoch: AtomicU64,
    /// Higher with each change of what is known of any topic.
    generation: AtomicU64,
    reads: CacheMetrics,
}

#[derive(Debug, Clone, Copy, Default)]
struct Known {
    confirmed: i64,
    pending: i64,
}

struct Seen {
    feed_revision: i64,
    /// The user's feed first.
    topics: Vec<Uuid>,
    /// As it was when its revisions were last looked up.
    digest: Mutex<(Checked, Digest)>,
}

/// When reading from PostgreSQL began: what was read then may be remembered only if the subscription has held since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SubscriptionEpoch(Option<u64>);

/// When revisions were last found to be the current ones: at which generation of what is known. Mostly that is the same at two
/// requests. The default is never.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Checked(Option<(SubscriptionEpoch, u64)>);

impl Default for Revisions {
    fn default() -> Self {
        let (topics, seen) = (MokaCache::builder(), MokaCache::builder());
        Self(Arc::new(Inner {
            topics: topics.max_capacity(MAX_TOPICS).time_to_live(TIME_TO_LIVE).build_with_hasher(Default::default()),
            seen: seen.max_capacity(MAX_USERS).time_to_live(TIME_TO_LIVE).build_with_hasher(Default::default()),
            epoch: AtomicU64::new(0),
            generation: AtomicU64::new(0),
            reads: CacheMetrics::new("revisions"),
        }))
    }
}

impl Revisions {
    /// The revisions of everything that a user sees, the user's own feed and all projects of theirs, as one digest.
    pub async fn of_user(&self, db: impl PgExecutor<'_>, user_id: Uuid) -> sqlx::Result<Digest> {
        let epoch = self.epoch();
        let known = self.digest_of_user(user_id);
        self.0.reads.count(known.is_some());
        match known {
            Some(digest) => Ok(digest),
            // In a box, so that the usual case stays small.
            None => Box::pin(self.read_of_user(db, user_id, epoch)).await,
        }
    }

    async fn read_of_user(
        &self,
        db: impl PgExecutor<'_>,
        user_id: Uuid,
        epoch: SubscriptionEpoch,
    ) -> sqlx::Result<Digest> {
        let revisions = read(db, user_id).await?;
        for (id, revision) in &revisions {
            self.remember(epoch, *id, *revision);
        }
        let digest = digest(revisions.iter().copied());
        if let (Some((_, feed_revision)), true) = (revisions.first(), self.still(epoch)) {
            let topics = revisions.iter().map(|(id, _)| *id).collect();
            // Of no use until the revisions have been looked up once: what else has changed meanwhile is not known.
            let digest = Mutex::new((Checked::default(), digest));
            self.0.seen.insert(user_id, Arc::new(Seen { feed_revision: *feed_revision, topics, digest }));
        }
        Ok(digest)
    }

    fn digest_of_user(&self, user_id: Uuid) -> Option<Digest> {
        let now = self.check()?;
        let seen = self.0.seen.get(&user_id)?;
        let mut remembered = seen.digest.lock().unwrap_or_else(PoisonError::into_inner);
        if remembered.0 != now {
            if self.current(user_id)? != seen.feed_revision {
                return None;
            }
            let revisions: Option<Vec<_>> = seen.topics.iter().map(|id| Some((*id, self.current(*id)?))).collect();
            *remembered = (now, digest(revisions?.into_iter()));
        }
        Some(remembered.1)
    }

    /// The revision of a topic, when it is known.
    pub fn current(&self, topic_id: Uuid) -> Option<i64> {
        let known = self.epoch().0.and_then(|_| self.0.topics.get(&topic_id))?;
        (known.confirmed >= known.pending).then_some(known.confirmed)
    }

    /// Whether this is known to be the revision of a topic. It is looked up only when something has changed since it was last found so.
    pub fn is_current(&self, topic_id: Uuid, revision: i64, checked: &mut Checked) -> bool {
        let Some(now) = self.check() else { return false };
        let known = *checked == now || self.current(topic_id) == Some(revision);
        if known {
            *checked = now;
        }
        known
    }

    /// To be taken before revisions are looked up: what changes meanwhile makes the check old at once. None when nothing is known.
    fn check(&self) -> Option<Checked> {
        let epoch = self.epoch();
        epoch.0.map(|_| Checked(Some((epoch, self.0.generation.load(Ordering::Acquire)))))
    }

    /// To be taken before revisions are read that [`Self::remember`] is then told.
    pub fn epoch(&self) -> SubscriptionEpoch {
        let epoch = self.0.epoch.load(Ordering::Acquire);
        SubscriptionEpoch((epoch % 2 == 1).then_some(epoch))
    }

    /// What PostgreSQL has said.
    pub fn remember(&self, epoch: SubscriptionEpoch, topic_id: Uuid, revision: i64) {
        if self.still(epoch) {
            let known = |known: Known| Known { confirmed: known.confirmed.max(revision), ..known };
            self.update(topic_id, |old| Op::Put(known(old.unwrap_or_default())));
        }
    }

    fn still(&self, epoch: SubscriptionEpoch) -> bool {
        epoch.0.is_some_and(|begun| begun == self.0.epoch.load(Ordering::Acquire))
    }

    /// A write that gives the topic this revision is going to be committed.
    pub(super) fn announce_pending(&self, topic_id: Uuid, revision: i64) {
        let known = |known: Known| Known { pending: known.pending.max(revision), ..known };
        self.update(topic_id, |old| Op::Put(known(old.unwrap_or_default())));
    }

    /// It has been committed.
    pub(super) fn confirm(&self, topic_id: Uuid, revision: i64) {
        let known = |known: Known| Known { confirmed: known.confirmed.max(revision), ..known };
        self.update(topic_id, |old| old.map_or(Op::Nop, |old| Op::Put(known(old))));
    }

    fn update(&self, topic_id: Uuid, change: impl FnOnce(Option<Known>) -> Op<Known>) {
        self.0.topics.entry(topic_id).and_compute_with(|old| change(old.map(|entry| entry.into_value())));
        self.0.generation.fetch_add(1, Ordering::AcqRel);
    }

    /// From now on this process is subscribed to other replicas, or is no more.
    pub(super) fn set_subscribed(&self, is_subscribed: bool) {
        let before = self.0.epoch.load(Ordering::Acquire);
        if (before % 2 == 1) == is_subscribed {
            return;
        }
        // One task alone calls this. Nothing is known while this is even, so what is stale is gone before it is odd.
        if is_subscribed {
            self.0.topics.invalidate_all();
            self.0.seen.invalidate_all();
        }
        self.0.epoch.store(before + 1, Ordering::Release);
    }
}

fn digest(revisions: impl Iterator<Item = (Uuid, i64)>) -> Digest {
    let mut hash = Sha256::new();
    for (id, revision) in revisions {
        hash.update(id.as_bytes());
        hash.update(revision.to_le_bytes());
    }
    hash.finalize().into()
}

/// From the table, the user's own feed first.
async fn read(db: impl PgExecutor<'_>, user_id: Uuid) -> sqlx::Result<Vec<(Uuid, i64)>> {
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
pub async fn topic_exists(db: impl PgExecutor<'_>, id: Uuid) -> sqlx::Result<bool> {
    let found = sqlx::query_scalar!("SELECT 1 AS one FROM topics WHERE id = $1", id).fetch_optional(db).await?;
    Ok(found.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subscribed() -> Revisions {
        let revisions = Revisions::default();
        revisions.set_subscribed(true);
        revisions
    }

    #[test]
    fn a_revision_is_known_until_a_higher_one_is_expected_and_again_when_it_is_reached() {
        let (revisions, topic) = (subscribed(), Uuid::now_v7());
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
        let (revisions, topic) = (subscribed(), Uuid::now_v7());
        let begun = revisions.epoch();
        revisions.announce_pending(topic, 5);
        revisions.remember(begun, topic, 4);
        assert_eq!(revisions.current(topic), None);
        revisions.remember(begun, topic, 5);
        revisions.confirm(topic, 4);
        assert_eq!(revisions.current(topic), Some(5));
    }

    #[test]
    fn who_did_not_hear_for_a_while_knows_nothing() {
        let (revisions, topic) = (subscribed(), Uuid::now_v7());
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
    fn a_check_holds_until_something_is_learnt_or_not_heard() {
        let (revisions, topic) = (subscribed(), Uuid::now_v7());
        let mut checked = Checked::default();
        assert!(!revisions.is_current(topic, 4, &mut checked));
        revisions.remember(revisions.epoch(), topic, 4);
        assert!(revisions.is_current(topic, 4, &mut checked));
        revisions.remember(revisions.epoch(), Uuid::now_v7(), 1);
        assert!(revisions.is_current(topic, 4, &mut checked), "of another topic");
        revisions.announce_pending(topic, 5);
        assert!(!revisions.is_current(topic, 4, &mut checked));
        revisions.confirm(topic, 5);
        assert!(!revisions.is_current(topic, 4, &mut checked));
        assert!(revisions.is_current(topic, 5, &mut checked));
        revisions.set_subscribed(false);
        assert!(!revisions.is_current(topic, 5, &mut checked));
        revisions.set_subscribed(true);
        assert!(!revisions.is_current(topic, 5, &mut checked));
    }

    #[test]
    fn what_nobody_asked_for_is_not_kept() {
        let (revisions, topic) = (subscribed(), Uuid::now_v7());
        revisions.confirm(topic, 5);
        assert_eq!(revisions.current(topic), None);
    }
}
