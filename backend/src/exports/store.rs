//! SQL of exports.

use std::time::Duration;

use anyhow::ensure;
use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::{AssertSqlSafe, PgConnection, PgExecutor, PgPool};

use super::{KEPT, contents::Part};
use crate::{
    db::interval,
    id::{ExportId, UserId},
};

/// A worker not heard of for this long is considered dead.
const LEASE: Duration = Duration::from_secs(120);
/// After that many failures there is no retry.
const MAX_ATTEMPTS: i16 = 3;

pub struct Row {
    pub id: ExportId,
    pub state: String,
    pub progress: i16,
    pub size: i64,
    pub created_at: DateTime<Utc>,
    pub expires_at: Option<DateTime<Utc>>,
}

/// The person's export, unless it has expired.
pub async fn find(db: impl PgExecutor<'_>, user_id: UserId) -> sqlx::Result<Option<Row>> {
    sqlx::query_as!(
        Row,
        r#"
        SELECT id, state, progress, size, created_at, expires_at FROM data_exports
        WHERE user_id = $1 AND (expires_at IS NULL OR expires_at > now())
        "#,
        user_id
    )
    .fetch_optional(db)
    .await
}

/// Requests a new export, replacing the previous one unless that is still being created; returns whether it did.
pub async fn request(db: &mut PgConnection, user_id: UserId) -> sqlx::Result<bool> {
    sqlx::query!("DELETE FROM data_exports WHERE user_id = $1 AND state IN ('ready', 'failed')", user_id)
        .execute(&mut *db)
        .await?;
    let result = sqlx::query!(
        "INSERT INTO data_exports (id, user_id) VALUES ($1, $2) ON CONFLICT (user_id) DO NOTHING",
        ExportId::new(),
        user_id
    )
    .execute(db)
    .await?;
    Ok(result.rows_affected() == 1)
}

/// An export that this worker is creating.
#[derive(Debug, Clone)]
pub struct Claim {
    pub id: ExportId,
    pub user_id: UserId,
    /// Distinguishes this attempt from earlier ones.
    pub attempt: i16,
}

/// Claims the oldest waiting export, or one whose worker has died, and removes its partial data.
pub async fn claim(db: &PgPool) -> sqlx::Result<Option<Claim>> {
    sqlx::query_as!(
        Claim,
        r#"
        WITH next AS (
            SELECT id FROM data_exports
            WHERE state = 'waiting' OR state = 'running' AND claimed_until < now()
            ORDER BY created_at LIMIT 1 FOR UPDATE SKIP LOCKED
        ),
        cleared AS (DELETE FROM data_export_pieces p USING next WHERE p.export_id = next.id)
        UPDATE data_exports e
        SET state = 'running', progress = 0, size = 0, attempts = attempts + 1, claimed_until = now() + $1::interval
        FROM next WHERE e.id = next.id
        RETURNING e.id, e.user_id, e.attempts AS attempt
        "#,
        interval(LEASE)
    )
    .fetch_optional(db)
    .await
}

/// The stored part of an archive.
#[derive(Debug, Default)]
pub struct Stored {
    pieces: i32,
    pub bytes: i64,
}

/// Fails if another worker has taken over.
pub async fn add_piece(db: &PgPool, claim: &Claim, stored: &mut Stored, bytes: &[u8]) -> anyhow::Result<()> {
    let result = sqlx::query!(
        r#"
        WITH mine AS (
            UPDATE data_exports SET claimed_until = now() + $5::interval
            WHERE id = $1 AND state = 'running' AND attempts = $2 RETURNING id
        )
        INSERT INTO data_export_pieces (export_id, number, bytes) SELECT id, $3, $4 FROM mine
        "#,
        claim.id,
        claim.attempt,
        stored.pieces,
        bytes,
        interval(LEASE),
    )
    .execute(db)
    .await?;
    ensure!(result.rows_affected() == 1, "somebody else makes this export by now");
    stored.pieces += 1;
    stored.bytes += i64::try_from(bytes.len())?;
    Ok(())
}

pub async fn set_progress(db: &PgPool, claim: &Claim, percent: i16) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        UPDATE data_exports SET progress = $3, claimed_until = now() + $4::interval
        WHERE id = $1 AND state = 'running' AND attempts = $2
        "#,
        claim.id,
        claim.attempt,
        percent,
        interval(LEASE),
    )
    .execute(db)
    .await?;
    Ok(())
}

/// False if another worker has taken over, or the person is gone.
pub async fn finish(db: &mut PgConnection, claim: &Claim, size: i64) -> sqlx::Result<bool> {
    let result = sqlx::query!(
        r#"
        UPDATE data_exports
        SET state = 'ready', progress = 100, size = $3, claimed_until = NULL, expires_at = now() + $4::interval
        WHERE id = $1 AND state = 'running' AND attempts = $2
        "#,
        claim.id,
        claim.attempt,
        size,
        interval(KEPT),
    )
    .execute(db)
    .await?;
    Ok(result.rows_affected() == 1)
}

/// It is retried a few times.
pub async fn give_back(db: &PgPool, claim: &Claim) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        UPDATE data_exports
        SET state = CASE WHEN attempts < $3 THEN 'waiting' ELSE 'failed' END, claimed_until = NULL,
            expires_at = CASE WHEN attempts < $3 THEN NULL ELSE now() + $4::interval END
        WHERE id = $1 AND state = 'running' AND attempts = $2
        "#,
        claim.id,
        claim.attempt,
        MAX_ATTEMPTS,
        interval(KEPT),
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The next rows of a file after a key, each with its key.
pub async fn page(
    db: &PgPool,
    part: &Part,
    user_id: UserId,
    after: &str,
    limit: i64,
) -> sqlx::Result<Vec<(String, Value)>> {
    // The SQL is constant (contents.rs).
    let statement = format!("/* exports::store::page */ {}", part.statement());
    sqlx::query_as(AssertSqlSafe(statement)).bind(user_id).bind(after).bind(limit).fetch_all(db).await
}

/// A chunk of the person's archive; `None` after the last one.
pub async fn piece(db: &PgPool, export_id: ExportId, number: i32) -> sqlx::Result<Option<Vec<u8>>> {
    sqlx::query_scalar!("SELECT bytes FROM data_export_pieces WHERE export_id = $1 AND number = $2", export_id, number)
        .fetch_optional(db)
        .await
}
