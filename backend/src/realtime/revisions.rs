//! What this process knows of revisions, so that a request need not ask PostgreSQL whether what it read before still holds.
//!
//! Just before a write commits, it says to every replica which revisions are to come ([`Revisions::expect`]); after the
//! commit the events say that they have ([`Revisions::reach`]). A revision is known as long as no higher one is expected; in
//! between, and when in doubt, PostgreSQL is asked. So nobody is shown what was before a write that has been answered (but for a
//! replica that has received the word and not come to read it).
//!
//! This holds while the replicas hear each other through Redis: who does not (or works without Redis, where the command line
//! could write unheard) knows nothing, and begins anew when that is over. A Redis that hangs is noticed after two seconds;
//! for so long at most another replica can miss what is expected, and a minute at most when the writer alone has lost Redis
//! and ends before it is back.

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
use uuid::Uuid;

use crate::cache::{Memory, ReadCounter};

pub(super) const TIME_TO_LIVE: Duration = Duration::from_secs(60);
const MAX_TOPICS: u64 = 100_000;
const MAX_USERS: u64 = 20_000;

/// SHA-256.
pub type Digest = [u8; 32];

/// Cheap to clone.
#[derive(Clone)]
pub struct Revisions(Arc<Inner>);

struct Inner {
    topics: Memory<Uuid, Known>,
    /// What users see. Joining and leaving a project are events of the user's own feed, so this holds while that stays.
    seen: Memory<Uuid, Arc<Seen>>,
    /// Odd while other replicas are heard; higher each time that this begins or ends.
    hearing: AtomicU64,
    reads: ReadCounter,
}

#[derive(Debug, Clone, Copy, Default)]
struct Known {
    reached: i64,
    expected: i64,
}

/// All that a user sees, when it was last looked up.
struct Seen {
    /// The user's feed first.
    revisions: Vec<(Uuid, i64)>,
    digest: Digest,
}

impl Seen {
    fn of(revisions: Vec<(Uuid, i64)>) -> Self {
        let digest = digest(&revisions);
        Self { revisions, digest }
    }
}

/// When reading from PostgreSQL began: what was read then may be remembered only if everything since has been heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hearing(Option<u64>);

impl Default for Revisions {
    fn default() -> Self {
        let (topics, seen) = (MokaCache::builder(), MokaCache::builder());
        Self(Arc::new(Inner {
            topics: topics.max_capacity(MAX_TOPICS).time_to_live(TIME_TO_LIVE).build_with_hasher(Default::default()),
            seen: seen.max_capacity(MAX_USERS).time_to_live(TIME_TO_LIVE).build_with_hasher(Default::default()),
            hearing: AtomicU64::new(0),
            reads: ReadCounter::new("revisions"),
        }))
    }
}

impl Revisions {
    /// The revisions of everything that a user sees, the user's own feed and all projects of theirs, as one digest.
    pub async fn of_user(&self, db: impl PgExecutor<'_>, user_id: Uuid) -> sqlx::Result<Digest> {
        let hearing = self.hearing();
        let known = self.digest_of_user(user_id);
        self.0.reads.count(known.is_some());
        match known {
            Some(digest) => Ok(digest),
            // In a box, so that the usual case stays small.
            None => Box::pin(self.read_of_user(db, user_id, hearing)).await,
        }
    }

    async fn read_of_user(&self, db: impl PgExecutor<'_>, user_id: Uuid, hearing: Hearing) -> sqlx::Result<Digest> {
        let revisions = read(db, user_id).await?;
        for (id, revision) in &revisions {
            self.remember(hearing, *id, *revision);
        }
        let seen = Seen::of(revisions);
        let digest = seen.digest;
        if self.still(hearing) && !seen.revisions.is_empty() {
            self.0.seen.insert(user_id, Arc::new(seen));
        }
        Ok(digest)
    }

    fn digest_of_user(&self, user_id: Uuid) -> Option<Digest> {
        let seen = self.0.seen.get(&user_id)?;
        let current: Option<Vec<_>> = seen.revisions.iter().map(|(id, _)| Some((*id, self.current(*id)?))).collect();
        let current = current?;
        if current == seen.revisions {
            return Some(seen.digest);
        }
        // With another revision of their feed, the user may see other projects.
        if current.first() != seen.revisions.first() {
            return None;
        }
        let seen = Seen::of(current);
        let digest = seen.digest;
        self.0.seen.insert(user_id, Arc::new(seen));
        Some(digest)
    }

    /// The revision of a topic, when it is known.
    pub fn current(&self, topic_id: Uuid) -> Option<i64> {
        let known = self.hearing().0.and_then(|_| self.0.topics.get(&topic_id))?;
        (known.reached >= known.expected).then_some(known.reached)
    }

    /// To be taken before revisions are read that [`Self::remember`] is then told.
    pub fn hearing(&self) -> Hearing {
        let hearing = self.0.hearing.load(Ordering::Acquire);
        Hearing((hearing % 2 == 1).then_some(hearing))
    }

    /// What PostgreSQL has said.
    pub fn remember(&self, hearing: Hearing, topic_id: Uuid, revision: i64) {
        if self.still(hearing) {
            let known = |known: Known| Known { reached: known.reached.max(revision), ..known };
            self.update(topic_id, |old| Op::Put(known(old.unwrap_or_default())));
        }
    }

    fn still(&self, hearing: Hearing) -> bool {
        hearing.0.is_some_and(|begun| begun == self.0.hearing.load(Ordering::Acquire))
    }

    /// A write that gives the topic this revision is going to be committed.
    pub(super) fn expect(&self, topic_id: Uuid, revision: i64) {
        let known = |known: Known| Known { expected: known.expected.max(revision), ..known };
        self.update(topic_id, |old| Op::Put(known(old.unwrap_or_default())));
    }

    /// It has been committed.
    pub(super) fn reach(&self, topic_id: Uuid, revision: i64) {
        let known = |known: Known| Known { reached: known.reached.max(revision), ..known };
        self.update(topic_id, |old| old.map_or(Op::Nop, |old| Op::Put(known(old))));
    }

    fn update(&self, topic_id: Uuid, change: impl FnOnce(Option<Known>) -> Op<Known>) {
        self.0.topics.entry(topic_id).and_compute_with(|old| change(old.map(|entry| entry.into_value())));
    }

    /// From now on this process hears other replicas, or hears them no more.
    pub(super) fn set_hearing(&self, hears: bool) {
        let before = self.0.hearing.load(Ordering::Acquire);
        if (before % 2 == 1) == hears {
            return;
        }
        // One task alone calls this. Nothing is known while this is even, so what is stale is gone before it is odd.
        if hears {
            self.0.topics.invalidate_all();
            self.0.seen.invalidate_all();
        }
        self.0.hearing.store(before + 1, Ordering::Release);
    }
}

fn digest(revisions: &[(Uuid, i64)]) -> Digest {
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

    fn hearing() -> Revisions {
        let revisions = Revisions::default();
        revisions.set_hearing(true);
        revisions
    }

    #[test]
    fn a_revision_is_known_until_a_higher_one_is_expected_and_again_when_it_is_reached() {
        let (revisions, topic) = (hearing(), Uuid::now_v7());
        assert_eq!(revisions.current(topic), None);
        revisions.remember(revisions.hearing(), topic, 4);
        assert_eq!(revisions.current(topic), Some(4));
        revisions.expect(topic, 5);
        assert_eq!(revisions.current(topic), None);
        revisions.reach(topic, 5);
        assert_eq!(revisions.current(topic), Some(5));
    }

    #[test]
    fn what_was_read_before_a_commit_is_not_taken_for_what_is_after_it() {
        let (revisions, topic) = (hearing(), Uuid::now_v7());
        let begun = revisions.hearing();
        revisions.expect(topic, 5);
        revisions.remember(begun, topic, 4);
        assert_eq!(revisions.current(topic), None);
        revisions.remember(begun, topic, 5);
        revisions.reach(topic, 4);
        assert_eq!(revisions.current(topic), Some(5));
    }

    #[test]
    fn who_did_not_hear_for_a_while_knows_nothing() {
        let (revisions, topic) = (hearing(), Uuid::now_v7());
        let begun = revisions.hearing();
        revisions.remember(begun, topic, 4);
        revisions.set_hearing(false);
        assert_eq!(revisions.current(topic), None);
        revisions.remember(revisions.hearing(), topic, 4);
        revisions.set_hearing(true);
        assert_eq!(revisions.current(topic), None);
        revisions.remember(begun, topic, 4);
        assert_eq!(revisions.current(topic), None, "read before the gap");
    }

    #[test]
    fn what_a_user_sees_is_known_while_each_of_its_revisions_is() {
        let (revisions, user, project) = (hearing(), Uuid::now_v7(), Uuid::now_v7());
        let learn = |of_user, of_project| {
            let read = vec![(user, of_user), (project, of_project)];
            read.iter().for_each(|(id, revision)| revisions.remember(revisions.hearing(), *id, *revision));
            revisions.0.seen.insert(user, Arc::new(Seen::of(read)));
        };
        assert_eq!(revisions.digest_of_user(user), None);
        learn(7, 4);
        let first = revisions.digest_of_user(user).expect("known");
        assert_eq!(revisions.digest_of_user(user), Some(first));
        revisions.expect(Uuid::now_v7(), 1);
        assert_eq!(revisions.digest_of_user(user), Some(first), "something that they do not see");
        revisions.expect(project, 5);
        assert_eq!(revisions.digest_of_user(user), None);
        revisions.reach(project, 5);
        let second = revisions.digest_of_user(user).expect("known");
        assert_ne!(second, first);
        assert_eq!(revisions.digest_of_user(user), Some(second));
        revisions.expect(user, 8);
        revisions.reach(user, 8);
        assert_eq!(revisions.digest_of_user(user), None, "they may have joined a project");
        learn(8, 5);
        assert!(revisions.digest_of_user(user).is_some());
        revisions.set_hearing(false);
        assert_eq!(revisions.digest_of_user(user), None);
        revisions.set_hearing(true);
        assert_eq!(revisions.digest_of_user(user), None);
    }

    #[test]
    fn what_nobody_asked_for_is_not_kept() {
        let (revisions, topic) = (hearing(), Uuid::now_v7());
        revisions.reach(topic, 5);
        assert_eq!(revisions.current(topic), None);
    }
}
