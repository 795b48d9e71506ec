//! Deletes old rows in steps. Each check starts at the old end of an index, so an empty one costs a few pages, whatever the table's size.
//! Conditions are repeated outside of the check: a row that changes meanwhile is checked again after waiting, only there. `now` is a
//! parameter, so that tests set the clock.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgPool;

use crate::db::in_steps;

/// How long after its end a session's refresh tokens are still recognised as reused.
const ENDED_SESSIONS: TimeDelta = TimeDelta::days(7);
const EXPIRED_TOKENS: TimeDelta = TimeDelta::days(7);
/// How long an expired invitation is shown and can be sent again.
const EXPIRED_INVITATIONS: TimeDelta = TimeDelta::days(30);
/// Long after a due notice could be repeated.
const TOLD: TimeDelta = TimeDelta::days(30);

/// Old events are not kept for reconnecting clients, which reload. Events with unsent webhook messages or pending notices stay. A count, unlike EXISTS, uses
/// the unique message index for each event and never reads all messages.
pub async fn events(db: &PgPool, before: DateTime<Utc>) -> sqlx::Result<u64> {
    in_steps(|limit| async move {
        let done = sqlx::query!(
            r#"
            DELETE FROM events WHERE (topic_id, revision) IN (
                SELECT e.topic_id, e.revision FROM events e
                WHERE e.at < $1 AND 0 = (
                    SELECT count(*) FROM deliveries d
                    WHERE d.event_key = 'project:' || e.topic_id || '@' || e.revision AND d.state <> 'sent'
                )
                AND NOT EXISTS (SELECT FROM pending_notices n WHERE n.topic_id = e.topic_id AND n.revision = e.revision)
                ORDER BY e.at LIMIT $2
            )
            "#,
            before,
            limit
        );
        Ok(done.execute(db).await?.rows_affected())
    })
    .await
}

/// Sessions some time after their end; first their refresh tokens, which may be thousands.
pub async fn sessions(db: &PgPool, now: DateTime<Utc>) -> sqlx::Result<u64> {
    let before = now - ENDED_SESSIONS;
    in_steps(|limit| async move {
        let done = sqlx::query!(
            r#"
            DELETE FROM refresh_tokens WHERE token_hash IN (
                SELECT t.token_hash FROM sessions s JOIN refresh_tokens t ON t.session_id = s.id
                WHERE least(s.ended_at, s.expires_at) < $1 LIMIT $2
            )
            "#,
            before,
            limit
        );
        Ok(done.execute(db).await?.rows_affected())
    })
    .await?;
    in_steps(|limit| async move {
        let done = sqlx::query!(
            r#"
            DELETE FROM sessions WHERE least(ended_at, expires_at) < $1 AND id IN (
                SELECT id FROM sessions WHERE least(ended_at, expires_at) < $1 ORDER BY least(ended_at, expires_at) LIMIT $2
            )
            "#,
            before,
            limit
        );
        Ok(done.execute(db).await?.rows_affected())
    })
    .await
}

/// Sent deliveries, and parked ones that nobody retried.
pub async fn deliveries(db: &PgPool, before: DateTime<Utc>) -> sqlx::Result<u64> {
    in_steps(|limit| async move {
        let done = sqlx::query!(
            r#"
            DELETE FROM deliveries WHERE created_at < $1 AND state <> 'pending' AND id IN (
                SELECT id FROM deliveries WHERE created_at < $1 AND state <> 'pending' ORDER BY created_at LIMIT $2
            )
            "#,
            before,
            limit
        );
        Ok(done.execute(db).await?.rows_affected())
    })
    .await
}

/// Expired exports; first their chunks, which may be thousands of a megabyte each.
pub async fn exports(db: &PgPool, now: DateTime<Utc>) -> sqlx::Result<u64> {
    in_steps(|limit| async move {
        let done = sqlx::query!(
            r#"
            DELETE FROM data_export_pieces WHERE (export_id, number) IN (
                SELECT p.export_id, p.number FROM data_exports e JOIN data_export_pieces p ON p.export_id = e.id
                WHERE e.expires_at < $1 LIMIT $2
            )
            "#,
            now,
            limit
        );
        Ok(done.execute(db).await?.rows_affected())
    })
    .await?;
    in_steps(|limit| async move {
        let done = sqlx::query!(
            r#"
            DELETE FROM data_exports WHERE id IN (
                SELECT id FROM data_exports WHERE expires_at < $1 ORDER BY expires_at LIMIT $2
            )
            "#,
            now,
            limit
        );
        Ok(done.execute(db).await?.rows_affected())
    })
    .await
}

/// Expired mail links.
pub async fn account_tokens(db: &PgPool, now: DateTime<Utc>) -> sqlx::Result<u64> {
    in_steps(|limit| async move {
        let done = sqlx::query!(
            r#"
            DELETE FROM account_tokens WHERE expires_at < $1 AND token_hash IN (
                SELECT token_hash FROM account_tokens WHERE expires_at < $1 ORDER BY expires_at LIMIT $2
            )
            "#,
            now - EXPIRED_TOKENS,
            limit
        );
        Ok(done.execute(db).await?.rows_affected())
    })
    .await
}

/// Bodies of delivered webhook messages that belong to no event.
pub async fn webhook_bodies(db: &PgPool, before: DateTime<Utc>) -> sqlx::Result<u64> {
    in_steps(|limit| async move {
        let done = sqlx::query!(
            r#"
            UPDATE deliveries SET payload = 'null' WHERE id IN (
                SELECT id FROM deliveries
                WHERE state = 'sent' AND webhook_id IS NOT NULL AND event_revision IS NULL AND payload <> 'null' AND sent_at < $1
                ORDER BY sent_at LIMIT $2
                FOR UPDATE SKIP LOCKED
            )
            "#,
            before,
            limit
        );
        Ok(done.execute(db).await?.rows_affected())
    })
    .await
}

/// Registrations that were not confirmed in time.
pub async fn registrations(db: &PgPool, now: DateTime<Utc>) -> sqlx::Result<u64> {
    in_steps(|limit| async move {
        let done = sqlx::query!(
            r#"
            DELETE FROM registrations WHERE expires_at < $1 AND id IN (
                SELECT id FROM registrations WHERE expires_at < $1 ORDER BY expires_at LIMIT $2
            )
            "#,
            now,
            limit
        );
        Ok(done.execute(db).await?.rows_affected())
    })
    .await
}

/// Address changes that were not confirmed in time. For others the former owner is kept as long as mails to the previous address, so that
/// account deletion finds them.
pub async fn address_changes(db: &PgPool, now: DateTime<Utc>, confirmed_before: DateTime<Utc>) -> sqlx::Result<u64> {
    in_steps(|limit| async move {
        let done = sqlx::query!(
            r#"
            DELETE FROM address_changes WHERE expires_at < $1 AND (confirmed_at IS NULL OR expires_at < $2) AND id IN (
                SELECT id FROM address_changes
                WHERE expires_at < $1 AND (confirmed_at IS NULL OR expires_at < $2) ORDER BY expires_at LIMIT $3
            )
            "#,
            now,
            confirmed_before,
            limit
        );
        Ok(done.execute(db).await?.rows_affected())
    })
    .await
}

/// Past due notices.
pub async fn due_notices(db: &PgPool, now: DateTime<Utc>) -> sqlx::Result<u64> {
    in_steps(|limit| async move {
        let done = sqlx::query!(
            r#"
            DELETE FROM due_notices WHERE ctid = ANY (ARRAY(
                SELECT ctid FROM due_notices WHERE created_at < $1 AND NOT is_waiting ORDER BY created_at LIMIT $2
            ))
            "#,
            now - TOLD,
            limit
        );
        Ok(done.execute(db).await?.rows_affected())
    })
    .await
}

/// Past weekly digests.
pub async fn weekly_digests(db: &PgPool, now: DateTime<Utc>) -> sqlx::Result<u64> {
    in_steps(|limit| async move {
        let done = sqlx::query!(
            r#"
            DELETE FROM weekly_digests WHERE (user_id, week) IN (
                SELECT user_id, week FROM weekly_digests WHERE created_at < $1 AND NOT is_waiting ORDER BY created_at LIMIT $2
            )
            "#,
            now - TOLD,
            limit
        );
        Ok(done.execute(db).await?.rows_affected())
    })
    .await
}

pub async fn notifications(db: &PgPool, before: DateTime<Utc>) -> sqlx::Result<u64> {
    in_steps(|limit| async move {
        let done = sqlx::query!(
            r#"
            DELETE FROM notifications WHERE created_at < $1 AND id IN (
                SELECT id FROM notifications WHERE created_at < $1 ORDER BY created_at LIMIT $2
            )
            "#,
            before,
            limit
        );
        Ok(done.execute(db).await?.rows_affected())
    })
    .await
}

/// Invitations some time after they expired.
pub async fn invitations(db: &PgPool, now: DateTime<Utc>) -> sqlx::Result<u64> {
    in_steps(|limit| async move {
        let done = sqlx::query!(
            r#"
            DELETE FROM invitations WHERE expires_at < $1 AND id IN (
                SELECT id FROM invitations WHERE expires_at < $1 ORDER BY expires_at LIMIT $2
            )
            "#,
            now - EXPIRED_INVITATIONS,
            limit
        );
        Ok(done.execute(db).await?.rows_affected())
    })
    .await
}
