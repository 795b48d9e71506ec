//! Stores up to which time has been checked.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{PgConnection, PgPool, Postgres, Transaction};

/// Transactions that were uncommitted during the last check are found by the next one; duplicates are the same row.
const OVERLAP: TimeDelta = TimeDelta::seconds(10);

/// A time span that only this worker checks. It counts as done with the commit.
pub struct Span {
    pub from: DateTime<Utc>,
    pub until: DateTime<Utc>,
    name: &'static str,
    transaction: Transaction<'static, Postgres>,
}

/// The time since the last span, at most `longest`. `None`: another worker has it, or there is none yet.
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
