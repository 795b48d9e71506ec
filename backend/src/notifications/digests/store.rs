//! SQL of digests.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::{PgConnection, PgExecutor, PgPool};

use super::{Frequency, Schedule};
use crate::{
    db::in_steps,
    id::{DeliveryId, DigestItemId, Id, UserId},
    notifications::NotificationKind,
    outbox::Channel,
};

pub async fn schedule(db: impl PgExecutor<'_>, user_id: UserId) -> sqlx::Result<Option<Schedule>> {
    sqlx::query_as!(
        Schedule,
        r#"SELECT frequency AS "frequency: Frequency", at_time AS at FROM digests WHERE user_id = $1"#,
        user_id
    )
    .fetch_optional(db)
    .await
}

/// Waiting items move to the next digest after the change; without a digest they are sent immediately.
pub async fn set_schedule(
    db: &mut PgConnection,
    user_id: UserId,
    schedule: Option<&Schedule>,
    next: DateTime<Utc>,
) -> sqlx::Result<()> {
    match schedule {
        None => sqlx::query!("DELETE FROM digests WHERE user_id = $1", user_id).execute(&mut *db).await?,
        Some(schedule) => {
            sqlx::query!(
                r#"
                INSERT INTO digests (user_id, frequency, at_time) VALUES ($1, $2, $3)
                ON CONFLICT (user_id) DO UPDATE SET frequency = excluded.frequency, at_time = excluded.at_time
                "#,
                user_id,
                schedule.frequency as Frequency,
                schedule.at,
            )
            .execute(&mut *db)
            .await?
        }
    };
    sqlx::query!(
        "UPDATE digest_items SET due_at = $2 WHERE user_id = $1 AND delivery_id IS NULL AND due_at <> $2",
        user_id,
        next
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The same item for each of these users, with its due time.
pub async fn insert_items(
    db: &mut PgConnection,
    kind: NotificationKind,
    payload: &Value,
    items: &[(UserId, DateTime<Utc>)],
) -> sqlx::Result<()> {
    if items.is_empty() {
        return Ok(());
    }
    let ids: Vec<DigestItemId> = items.iter().map(|_| Id::new()).collect();
    let users: Vec<UserId> = items.iter().map(|(user_id, _)| *user_id).collect();
    let due: Vec<DateTime<Utc>> = items.iter().map(|(_, due_at)| *due_at).collect();
    sqlx::query!(
        r#"
        INSERT INTO digest_items (id, user_id, kind, payload, due_at)
        SELECT i.id, i.user_id, $4, $5, i.due_at
        FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) AS i (id, user_id, due_at)
        "#,
        &ids,
        &users,
        &due,
        kind.as_str(),
        payload,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Creates a delivery from all due items of up to `limit` people, and returns the number of items. Users whose feed is locked, usually by
/// another worker doing the same, are skipped: locks on the items alone would let two workers split one person's digest.
pub async fn gather(db: &PgPool, limit: i64) -> sqlx::Result<u64> {
    let result = sqlx::query!(
        r#"
        WITH reader AS MATERIALIZED (
            SELECT id FROM topics
            WHERE id IN (
                SELECT user_id FROM digest_items WHERE delivery_id IS NULL AND due_at <= now()
                ORDER BY due_at LIMIT $1::bigint * 100
            )
            ORDER BY id LIMIT $1
            FOR NO KEY UPDATE SKIP LOCKED
        ),
        due AS MATERIALIZED (
            SELECT i.id, i.user_id FROM reader JOIN digest_items i ON i.user_id = reader.id
            WHERE i.delivery_id IS NULL AND i.due_at <= now()
            FOR UPDATE OF i SKIP LOCKED
        ),
        digest AS MATERIALIZED (
            SELECT gen_random_uuid() AS id, user_id, min(id::text) AS first, count(*) AS count
            FROM due GROUP BY user_id
        ),
        queued AS (
            INSERT INTO deliveries (id, event_key, recipient, channel, kind, user_id, payload)
            SELECT id, 'digest:' || first, user_id, $2, $3, user_id, jsonb_build_object('count', count) FROM digest
            RETURNING id
        )
        UPDATE digest_items i SET delivery_id = digest.id
        FROM due JOIN digest USING (user_id) JOIN queued ON queued.id = digest.id
        WHERE i.id = due.id
        "#,
        limit,
        Channel::Mail as Channel,
        NotificationKind::DigestNews.as_str(),
    )
    .execute(db)
    .await?;
    Ok(result.rows_affected())
}

/// Removes waiting items of a kind from the user's next digest; for digests themselves, all.
pub async fn drop_unwanted(db: &mut PgConnection, user_id: UserId, kind: NotificationKind) -> sqlx::Result<()> {
    sqlx::query!(
        "DELETE FROM digest_items WHERE user_id = $1 AND delivery_id IS NULL AND (kind = $2 OR $3)",
        user_id,
        kind.as_str(),
        kind == NotificationKind::DigestNews,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Removes items that were due before `before` and never collected.
pub async fn drop_waiting(db: &PgPool, before: DateTime<Utc>) -> sqlx::Result<u64> {
    in_steps(|limit| async move {
        let done = sqlx::query!(
            r#"
            DELETE FROM digest_items WHERE id IN (
                SELECT id FROM digest_items WHERE delivery_id IS NULL AND due_at < $1 ORDER BY due_at LIMIT $2
            )
            "#,
            before,
            limit
        );
        Ok(done.execute(db).await?.rows_affected())
    })
    .await
}

pub struct Item {
    pub kind: String,
    pub payload: Value,
    pub created_at: DateTime<Utc>,
}

/// The oldest first.
pub async fn items(db: &PgPool, delivery_id: DeliveryId, limit: i64) -> sqlx::Result<Vec<Item>> {
    sqlx::query_as!(
        Item,
        "SELECT kind, payload, created_at FROM digest_items WHERE delivery_id = $1 ORDER BY id LIMIT $2",
        delivery_id,
        limit
    )
    .fetch_all(db)
    .await
}
