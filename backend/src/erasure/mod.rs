//! Deleted for good is gone: what was told of a thing, or of a person, loses its texts too. Triggers queue things in the transaction that
//! deletes them, whatever deletes them; here a worker goes through the queue. Every step is a transaction of its own, bounded, and can be
//! done again, so a worker may be killed at any moment.

mod person;
mod projects;
mod tag_names;
mod told;

use std::time::Duration;

use sqlx::PgPool;
use uuid::Uuid;

pub use person::forget_person;
pub use projects::purge_projects;

/// So many things are looked for at once.
const THINGS: i64 = 500;
/// After this no transaction is left that had read a thing before it was deleted.
const CHECK_AGAIN: Duration = Duration::from_secs(120);

/// Things that were deleted, with their kind and the moment, in the same places. Clients choose ids, so an id alone says nothing: a tag can
/// have that of somebody else's task.
struct Gone {
    rows: Vec<i64>,
    kinds: Vec<String>,
    ids: Vec<Uuid>,
    deleted_at: Vec<chrono::DateTime<chrono::Utc>>,
}

impl Gone {
    fn ids_of(&self, kind: &str) -> Vec<String> {
        let things = self.kinds.iter().zip(&self.ids);
        things.filter(|(one, _)| *one == kind).map(|(_, id)| id.to_string()).collect()
    }

    /// `kind:id`, as `mentioned_things` names them.
    fn things(&self) -> Vec<String> {
        self.kinds.iter().zip(&self.ids).map(|(kind, id)| format!("{kind}:{id}")).collect()
    }
}

/// Deletes projects for good that are to be, and takes the texts of what was deleted out of all that was told of it. Gives how many
/// things that were.
pub async fn run_once(db: &PgPool) -> sqlx::Result<u64> {
    purge_projects(db).await?;
    work_off(db, CHECK_AGAIN).await
}

/// Goes through the queue; those that were done `again_after` ago are done once more.
pub async fn work_off(db: &PgPool, again_after: Duration) -> sqlx::Result<u64> {
    let mut total = 0;
    loop {
        let gone = waiting(db, again_after).await?;
        if gone.rows.is_empty() {
            return Ok(total);
        }
        tag_names::scrub(db, &gone).await?;
        told::scrub(db, &gone).await?;
        settle(db, &gone.rows, again_after).await?;
        total += gone.rows.len() as u64;
    }
}

async fn waiting(db: &PgPool, again_after: Duration) -> sqlx::Result<Gone> {
    let rows = sqlx::query!(
        r#"
        SELECT id, kind, thing_id, deleted_at FROM erasures
        WHERE checked_at IS NULL OR checked_at < now() - $2::interval
        ORDER BY id LIMIT $1
        "#,
        THINGS,
        crate::deliveries::store::interval(again_after),
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

/// Those done for the second time are forgotten; when another goes through the queue too, only those that were done long enough ago.
async fn settle(db: &PgPool, rows: &[i64], again_after: Duration) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        WITH again AS (DELETE FROM erasures WHERE id = ANY($1) AND checked_at < now() - $2::interval RETURNING id)
        UPDATE erasures SET checked_at = now()
        WHERE id = ANY($1) AND checked_at IS NULL AND id NOT IN (SELECT id FROM again)
        "#,
        rows,
        crate::deliveries::store::interval(again_after),
    )
    .execute(db)
    .await?;
    Ok(())
}
