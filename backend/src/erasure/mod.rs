//! Permanent deletion: events and messages about a deleted object or person lose its texts too. Triggers queue objects in the deleting
//! transaction, whatever deletes them; a worker processes the queue here. Every step is a separate, bounded, idempotent transaction, so a
//! worker may be killed at any time.

mod person;
mod projects;
mod tag_names;
mod told;

use crate::id::ThingId;
use std::time::{Duration, Instant};

use sqlx::PgPool;

pub use person::forget_person;
pub use projects::{Purge, purge_projects};

/// Objects processed at once, and as many that are checked again.
const THINGS: i64 = 500;
/// How long one object is processed before the others have their turn.
const TURN: Duration = Duration::from_secs(2);
/// After this time no transaction is left that had read an object before its deletion.
const CHECK_AGAIN: Duration = Duration::from_secs(120);

/// Deleted objects with their kind and time, in parallel arrays. Clients choose ids, so an id alone is ambiguous: a tag can have the id of
/// somebody else's task.
struct Gone {
    rows: Vec<i64>,
    kinds: Vec<String>,
    ids: Vec<ThingId>,
    deleted_at: Vec<chrono::DateTime<chrono::Utc>>,
}

impl Gone {
    fn ids_of(&self, kind: &str) -> Vec<String> {
        let things = self.kinds.iter().zip(&self.ids);
        things.filter(|(one, _)| *one == kind).map(|(_, id)| id.to_string()).collect()
    }

    /// `kind:id`, as in `mentioned_things`.
    fn things(&self) -> Vec<String> {
        self.kinds.iter().zip(&self.ids).map(|(kind, id)| format!("{kind}:{id}")).collect()
    }
}

/// Deletes projects marked for deletion and erases deleted texts everywhere, taking turns so that neither waits for all of the other.
/// Returns the number of objects.
pub async fn run_once(db: &PgPool) -> sqlx::Result<u64> {
    let (mut purge, mut total) = (Purge::default(), 0);
    loop {
        let all_purged = purge.run(db, Instant::now() + TURN).await?;
        let (things, all_done) = work_off_until(db, CHECK_AGAIN, Instant::now() + TURN).await?;
        total += things;
        if all_purged && all_done {
            purge.outcome()?;
            return Ok(total);
        }
    }
}

/// Processes the queue; objects done `again_after` ago are processed once more.
pub async fn work_off(db: &PgPool, again_after: Duration) -> sqlx::Result<u64> {
    let mut total = 0;
    loop {
        let (things, is_done) = work_off_until(db, again_after, Instant::now() + TURN).await?;
        total += things;
        if is_done {
            return Ok(total);
        }
    }
}

/// The same until a deadline, for at least a few hundred objects; returns their number and whether the queue is empty.
pub async fn work_off_until(db: &PgPool, again_after: Duration, end: Instant) -> sqlx::Result<(u64, bool)> {
    let mut total = 0;
    loop {
        let gone = waiting(db, again_after).await?;
        if gone.rows.is_empty() {
            return Ok((total, true));
        }
        tag_names::scrub(db, &gone).await?;
        told::scrub(db, &gone).await?;
        settle(db, &gone.rows, again_after).await?;
        total += gone.rows.len() as u64;
        if end <= Instant::now() {
            return Ok((total, false));
        }
    }
}

/// Owners take turns, so that nobody waits for everything that somebody else has deleted.
async fn waiting(db: &PgPool, again_after: Duration) -> sqlx::Result<Gone> {
    let rows = sqlx::query!(
        r#"
        (SELECT id AS "id!", kind AS "kind!", thing_id AS "thing_id!: ThingId", deleted_at AS "deleted_at!"
         FROM erasures WHERE checked_at IS NULL ORDER BY turn, id LIMIT $1)
        UNION ALL
        (SELECT id, kind, thing_id, deleted_at FROM erasures
         WHERE checked_at < now() - $2::interval ORDER BY checked_at, id LIMIT $1)
        "#,
        THINGS,
        crate::db::interval(again_after),
    )
    .fetch_all(db)
    .await?;
    let mut gone = Gone { rows: Vec::new(), kinds: Vec::new(), ids: Vec::new(), deleted_at: Vec::new() };
    for row in rows {
        gone.rows.push(row.id);
        gone.kinds.push(row.kind);
        gone.ids.push(row.thing_id);
        gone.deleted_at.push(row.deleted_at);
    }
    Ok(gone)
}

/// Objects done twice are removed from the queue; if another worker processes it too, only those done long enough ago.
async fn settle(db: &PgPool, rows: &[i64], again_after: Duration) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        WITH again AS (DELETE FROM erasures WHERE id = ANY($1) AND checked_at < now() - $2::interval RETURNING id)
        UPDATE erasures SET checked_at = now()
        WHERE id = ANY($1) AND checked_at IS NULL AND id NOT IN (SELECT id FROM again)
        "#,
        rows,
        crate::db::interval(again_after),
    )
    .execute(db)
    .await?;
    Ok(())
}
