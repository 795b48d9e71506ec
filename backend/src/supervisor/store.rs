//! SQL of the shared interruptions.

use chrono::{DateTime, Utc};
use sqlx::PgPool;

use super::Interruptions;
use crate::id::ProcessId;

/// An interruption in another process.
pub struct Elsewhere {
    pub program: String,
    pub task: String,
    pub since: DateTime<Utc>,
    pub reason: String,
}

/// Those of other processes, the longest first. Processes that have not renewed theirs for two minutes are gone.
pub async fn elsewhere(db: &PgPool, process: ProcessId) -> sqlx::Result<Vec<Elsewhere>> {
    sqlx::query_as!(
        Elsewhere,
        r#"
        SELECT program, task, since, reason FROM background_interruptions
        WHERE process <> $1 AND seen_at > now() - interval '2 minutes'
        ORDER BY since, task
        "#,
        process
    )
    .fetch_all(db)
    .await
}

/// Replaces the interruptions of a process.
pub async fn replace(
    db: &PgPool,
    process: ProcessId,
    program: &str,
    interruptions: &Interruptions,
) -> sqlx::Result<()> {
    let tasks: Vec<String> = interruptions.keys().map(|task| (*task).to_owned()).collect();
    let since: Vec<DateTime<Utc>> = interruptions.values().map(|one| one.since).collect();
    let ends: Vec<i32> = interruptions.values().map(|one| i32::try_from(one.ends).unwrap_or(i32::MAX)).collect();
    let reasons: Vec<String> = interruptions.values().map(|one| one.reason.replace('\0', "\u{fffd}")).collect();
    sqlx::query!(
        r#"
        WITH removed AS (
            DELETE FROM background_interruptions
            WHERE (process = $1 AND task <> ALL ($3)) OR seen_at < now() - interval '1 hour'
        )
        INSERT INTO background_interruptions (process, program, task, since, ends, reason)
        SELECT $1, $2, * FROM unnest($3::text[], $4::timestamptz[], $5::integer[], $6::text[])
        ON CONFLICT (process, task) DO UPDATE SET since = excluded.since, ends = excluded.ends, reason = excluded.reason, seen_at = now()
        "#,
        process,
        program,
        &tasks,
        &since,
        &ends,
        &reasons,
    )
    .execute(db)
    .await?;
    Ok(())
}
