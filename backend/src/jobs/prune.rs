//! Takes away what is too old to be asked for, in small steps, so that no lock is held for long.

use std::time::Duration;

use chrono::Utc;
use sqlx::PgPool;

const STEP: i64 = 5000;

/// Events older than this are no longer kept for clients that reconnect; those reload. The newest of a topic stays, and those of which
/// webhooks are still to be told. A count, unlike EXISTS, asks the unique index of messages for each event, and never reads all messages.
pub async fn events(db: &PgPool, keep: Duration) -> sqlx::Result<u64> {
    let before = Utc::now() - keep;
    let mut total = 0;
    loop {
        let result = sqlx::query!(
            r#"
            DELETE FROM events WHERE (topic_id, revision) IN (
                SELECT e.topic_id, e.revision FROM events e JOIN topics t ON t.id = e.topic_id
                WHERE e.at < $1 AND e.revision < t.revision AND 0 = (
                    SELECT count(*) FROM deliveries d
                    WHERE d.event_key = 'project:' || e.topic_id || '@' || e.revision AND d.state <> 'sent'
                )
                LIMIT $2
            )
            "#,
            before,
            STEP
        )
        .execute(db)
        .await?;
        total += result.rows_affected();
        if result.rows_affected() < STEP.unsigned_abs() {
            return Ok(total);
        }
    }
}

/// Sessions a week after their end, with all their refresh tokens: so long a replayed one is still recognised.
pub async fn sessions(db: &PgPool) -> sqlx::Result<u64> {
    let result = sqlx::query!("DELETE FROM sessions WHERE least(ended_at, expires_at) < now() - interval '7 days'")
        .execute(db)
        .await?;
    Ok(result.rows_affected())
}

/// What was sent, and what was parked and nobody has asked for since; and tokens that work no more.
pub async fn deliveries(db: &PgPool, keep: Duration) -> sqlx::Result<u64> {
    let before = Utc::now() - keep;
    sqlx::query!("DELETE FROM account_tokens WHERE expires_at < now() - interval '7 days'").execute(db).await?;
    let result =
        sqlx::query!("DELETE FROM deliveries WHERE created_at < $1 AND state <> 'pending'", before).execute(db).await?;
    Ok(result.rows_affected())
}

/// Bodies of messages that webhooks have taken, where they are no event's.
pub async fn webhook_bodies(db: &PgPool, keep: Duration) -> sqlx::Result<u64> {
    let before = Utc::now() - keep;
    let mut total = 0;
    loop {
        let result = sqlx::query!(
            r#"
            UPDATE deliveries SET payload = 'null' WHERE id IN (
                SELECT id FROM deliveries
                WHERE state = 'sent' AND webhook_id IS NOT NULL AND event_revision IS NULL AND payload <> 'null' AND sent_at < $1
                ORDER BY sent_at LIMIT $2
                FOR UPDATE SKIP LOCKED
            )
            "#,
            before,
            STEP
        )
        .execute(db)
        .await?;
        total += result.rows_affected();
        if result.rows_affected() < STEP.unsigned_abs() {
            return Ok(total);
        }
    }
}

/// Registrations that nobody has confirmed in time.
pub async fn registrations(db: &PgPool) -> sqlx::Result<u64> {
    Ok(sqlx::query!("DELETE FROM registrations WHERE expires_at < now()").execute(db).await?.rows_affected())
}

/// Changes of address that were not confirmed in time; of others is known, for as long as mails to the address of before are kept, whose it
/// was, so that an account's end finds them.
pub async fn address_changes(db: &PgPool, keep: Duration) -> sqlx::Result<u64> {
    let before = Utc::now() - keep;
    let result = sqlx::query!(
        "DELETE FROM address_changes WHERE expires_at < CASE WHEN confirmed_at IS NULL THEN now() ELSE $1 END",
        before
    )
    .execute(db)
    .await?;
    Ok(result.rows_affected())
}

/// Who was told what is due, and in which weeks: long after nobody would be told of it again.
pub async fn told(db: &PgPool) -> sqlx::Result<u64> {
    let due = sqlx::query!("DELETE FROM due_notices WHERE created_at < now() - interval '30 days' AND NOT is_waiting")
        .execute(db)
        .await?;
    let weekly =
        sqlx::query!("DELETE FROM weekly_digests WHERE created_at < now() - interval '30 days' AND NOT is_waiting")
            .execute(db)
            .await?;
    Ok(due.rows_affected() + weekly.rows_affected())
}

pub async fn notifications(db: &PgPool, keep: Duration) -> sqlx::Result<u64> {
    let before = Utc::now() - keep;
    let result = sqlx::query!("DELETE FROM notifications WHERE created_at < $1", before).execute(db).await?;
    Ok(result.rows_affected())
}

/// Invitations a while after they have expired: so long they are shown, and can be sent again.
pub async fn invitations(db: &PgPool) -> sqlx::Result<u64> {
    let result =
        sqlx::query!("DELETE FROM invitations WHERE expires_at < now() - interval '30 days'").execute(db).await?;
    Ok(result.rows_affected())
}
