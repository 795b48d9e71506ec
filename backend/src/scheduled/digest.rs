//! Collects digests.

use sqlx::PgPool;

use crate::notifications::digests::store;

/// People whose mails are collected in one transaction.
const BATCH: i64 = 200;

/// Queues the due digests and returns their number. Any number of workers may do this concurrently.
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
