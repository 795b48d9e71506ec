//! Up to which moment it is known what time has brought.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{PgConnection, PgPool, Postgres, Transaction};

/// Transactions that were not committed yet when the last span was looked through show up in the next one; what comes twice
/// is the same row.
const OVERLAP: TimeDelta = TimeDelta::seconds(10);

/// A span of time that this worker alone looks through. It counts as done with the commit.
pub struct Span {
    pub from: DateTime<Utc>,
    pub until: DateTime<Utc>,
    name: &'static str,
    transaction: Transaction<'static, Postgres>,
}

/// The time since the last span, `longest` at most. `None`: another worker is at it, or there is none yet.
pub async fn next_span(
    db: &PgPool,
    name: &'static str,
    now: DateTime<Utc>,
    longest: TimeDelta,
) -> sqlx::Result<Option<Span>> {
    let mut transaction = crate::db::begin(db).await?;
    let mark = sqlx::query_scalar!("SELECT until FROM clock_marks WHERE name = $1 FOR UPDATE SKIP LOCKED", name)
        .fetch_optional(&mut *transaction)
        .await?;
    let span = mark.filter(|mark| *mark < now).map(|mark| Span {
        from: mark.max(now - longest) - OVERLAP,
        until: now,
        name,
        transaction,
    });
    Ok(span)
}

impl Span {
    pub fn connection(&mut self) -> &mut PgConnection {
        &mut self.transaction
    }

    pub async fn commit(mut self) -> sqlx::Result<()> {
        sqlx::query!("UPDATE clock_marks SET until = $2 WHERE name = $1", self.name, self.until)
            .execute(&mut *self.transaction)
            .await?;
        self.transaction.commit().await
    }
}
