//! Gathers what waits for digests.

use sqlx::PgPool;

use crate::notifications::digests::store;

/// So many people's mails are gathered in one transaction.
const BATCH: i64 = 200;

/// Queues the digests that are due, and says how many. Any number of workers may do it at once.
pub async fn gather(db: &PgPool) -> sqlx::Result<u64> {
    let mut total = 0;
    loop {
        let gathered = store::gather(db, BATCH).await?;
        total += gathered;
        if gathered == 0 {
            return Ok(total);
        }
    }
}
