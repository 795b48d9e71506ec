//! One mail a day or a week instead of single ones. What is told is written down with what it tells of; when it is due, a
//! worker gathers all that waits for a person into one delivery.

mod schedule;
pub mod store;

use chrono::Utc;
use chrono_tz::Tz;
use serde_json::Value;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

pub use self::schedule::{Frequency, Schedule};
use crate::notifications::NotificationKind;

/// So many people's mails are gathered in one transaction.
const BATCH: i64 = 200;

/// Lets a mail wait for the person's next digest.
pub async fn add(
    db: &mut PgConnection,
    user_id: Uuid,
    kind: NotificationKind,
    payload: &Value,
    schedule: &Schedule,
    zone: Tz,
) -> sqlx::Result<()> {
    store::insert_item(db, user_id, kind, payload, schedule.next(Utc::now(), zone)).await
}

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
