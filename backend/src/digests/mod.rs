//! One mail a day or a week instead of single ones. What is told is written down with what it tells of; when it is due, a
//! worker gathers all that waits for a person into one delivery.

mod schedule;
pub mod store;

use sqlx::PgPool;

pub use self::schedule::{Frequency, Schedule};

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
