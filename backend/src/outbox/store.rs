//! SQL of the outbox.

use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool};

use super::{Channel, MailToEach, NewDelivery, Priority, Recipient};
use crate::{
    config::Rate,
    db::{in_steps, interval},
    id::{ClaimId, DeliveryId, UserId},
};

/// Queues it, unless this event was already queued for the recipient.
pub async fn insert(db: &mut PgConnection, channel: Channel, delivery: &NewDelivery<'_>) -> sqlx::Result<()> {
    let (recipient, user_id) = match delivery.to {
        Recipient::User(id) => (id.to_string(), Some(id)),
        Recipient::Address(address) => (address.to_owned(), None),
    };
    sqlx::query!(
        r#"
        INSERT INTO deliveries (id, event_key, recipient, channel, kind, user_id, payload, next_attempt_at, priority)
        VALUES ($1, $2, $3, $4, $5, $6, $7, coalesce($8, now()), $9)
        ON CONFLICT (event_key, recipient, channel) DO NOTHING
        "#,
        DeliveryId::new(),
        delivery.event_key,
        recipient,
        channel as Channel,
        delivery.kind,
        user_id,
        delivery.payload,
        delivery.due_at,
        delivery.priority as Priority,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Queues them, except those queued before. If a mail of the same kind about the same task is waiting for the same user and was never
/// claimed, the newer replaces it and keeps its time, so many changes postpone nothing.
pub async fn insert_for_each(db: &mut PgConnection, mails: &MailToEach<'_>) -> sqlx::Result<()> {
    let mut rows = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (user_id, (payload, due_at)) in &mails.mails {
        rows.0.push(DeliveryId::new());
        rows.1.push(*user_id);
        rows.2.push(payload.clone());
        rows.3.push(*due_at);
    }
    let (ids, users, payloads, due) = rows;
    // The channel is a literal where it selects rows: a generic plan could not use the index of waiting mails.
    sqlx::query!(
        r#"
        WITH mail AS MATERIALIZED (
            SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::jsonb[], $4::timestamptz[]) AS m (id, user_id, payload, due_at)
        ),
        waiting AS (
            SELECT d.id, mail.payload
            FROM mail JOIN deliveries d ON d.user_id = mail.user_id AND d.kind = $7 AND d.payload ->> 'task_id' = mail.payload ->> 'task_id'
            WHERE d.state = 'pending' AND d.channel = 'mail' AND d.claim IS NULL AND d.attempts = 0
            FOR UPDATE OF d SKIP LOCKED
        ),
        replaced AS (
            UPDATE deliveries d SET payload = waiting.payload, created_at = now()
            FROM waiting WHERE d.id = waiting.id
            RETURNING d.user_id
        )
        INSERT INTO deliveries (id, event_key, recipient, channel, kind, user_id, payload, next_attempt_at, priority)
        SELECT m.id, $5, m.user_id::text, $6, $7, m.user_id, m.payload, coalesce(m.due_at, now()), $8
        FROM mail m WHERE m.user_id NOT IN (SELECT user_id FROM replaced)
        ON CONFLICT (event_key, recipient, channel) DO NOTHING
        "#,
        &ids,
        &users,
        &payloads,
        &due as &[Option<DateTime<Utc>>],
        mails.event_key,
        Channel::Mail as Channel,
        mails.kind,
        mails.priority as Priority,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Cancels mails whose reason no longer exists, including parked ones, which could be retried. A worker holding one notices before it sends
/// it.
pub async fn withdraw(db: &mut PgConnection, user_id: UserId, kind: &str) -> sqlx::Result<()> {
    // Each part has its own index of rows in that state.
    sqlx::query!(
        r#"
        WITH account AS (SELECT id, lower(email) AS address FROM users WHERE id = $1),
        waiting AS (
            SELECT d.id FROM deliveries d, account a
            WHERE d.state = 'pending' AND d.channel = $3 AND d.priority = $4 AND d.kind = $2
              AND (d.user_id = a.id OR d.recipient = a.address)
            UNION ALL
            SELECT d.id FROM deliveries d, account a
            WHERE d.state = 'parked' AND d.kind = $2 AND (d.user_id = a.id OR d.recipient = a.address)
        )
        DELETE FROM deliveries WHERE id IN (SELECT id FROM waiting)
        "#,
        user_id,
        kind,
        Channel::Mail as Channel,
        Priority::Account as Priority,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// A delivery leased by this worker.
#[derive(Debug, Clone)]
pub struct Claimed {
    pub id: DeliveryId,
    pub claim: ClaimId,
    pub recipient: String,
    pub kind: String,
    pub user_id: Option<UserId>,
    pub payload: serde_json::Value,
    pub attempts: i32,
    pub created_at: DateTime<Utc>,
    /// When an administrator retried it.
    pub retried_at: Option<DateTime<Utc>>,
    /// The previous worker died while sending it: it may have arrived.
    pub answer_was_lost: bool,
    /// Number of claims since its last result, including this one.
    pub unfinished_claims: i32,
}

/// Claims due deliveries of a channel, by priority. Those being claimed by others are skipped.
pub async fn claim(db: &PgPool, channel: Channel, limit: i64, lease: Duration) -> sqlx::Result<Vec<Claimed>> {
    sqlx::query_as!(
        Claimed,
        r#"
        WITH due AS (
            SELECT id, handing_over FROM deliveries
            WHERE channel = $4 AND state = 'pending' AND next_attempt_at <= now()
            ORDER BY priority, next_attempt_at, id LIMIT $1
            FOR NO KEY UPDATE SKIP LOCKED
        )
        UPDATE deliveries d
        SET claim = $2, next_attempt_at = now() + $3, handing_over = false,
            unacknowledged = unacknowledged + d.handing_over::int, unfinished_claims = unfinished_claims + 1
        FROM due WHERE d.id = due.id
        RETURNING d.id, d.claim AS "claim!", d.recipient, d.kind, d.user_id, d.payload, d.attempts, d.created_at, d.retried_at,
                  due.handing_over AS answer_was_lost, d.unfinished_claims
        "#,
        limit,
        ClaimId::random(),
        interval(lease),
        channel as Channel,
    )
    .fetch_all(db)
    .await
}

/// What the recipient sees in their list of deliveries.
pub struct Shown<'a> {
    /// The user whose list it is in.
    pub user_id: Option<UserId>,
    /// None if it is in nobody's list: it may name a person.
    pub subject: Option<&'a str>,
    pub address: &'a str,
}

/// Records that it is being sent and renews the lease; false if the lease has expired and somebody else has it.
pub async fn begin(db: &PgPool, delivery: &Claimed, shown: &Shown<'_>, lease: Duration) -> sqlx::Result<bool> {
    let result = sqlx::query!(
        r#"
        UPDATE deliveries
        SET handing_over = true, attempts = attempts + 1, next_attempt_at = now() + $3, subject = $4, address = $5,
            user_id = coalesce(user_id, $6)
        WHERE id = $1 AND claim = $2 AND state = 'pending'
        "#,
        delivery.id,
        delivery.claim,
        interval(lease),
        shown.subject,
        shown.address,
        shown.user_id,
    )
    .execute(db)
    .await?;
    Ok(result.rows_affected() == 1)
}

pub async fn mark_sent(db: &PgPool, delivery: &Claimed) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        UPDATE deliveries SET state = 'sent', sent_at = now(), claim = NULL, handing_over = false, unfinished_claims = 0, last_error = NULL
        WHERE id = $1 AND claim = $2
        "#,
        delivery.id,
        delivery.claim,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The kind of failure.
pub struct Failure<'a> {
    pub error: &'a str,
    /// Whether the other side may have received it.
    pub unacknowledged: bool,
    /// When it is retried; `None` parks it.
    pub again_in: Option<Duration>,
}

pub async fn mark_failed(db: &PgPool, delivery: &Claimed, failure: &Failure<'_>) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        UPDATE deliveries
        SET state = CASE WHEN $3::interval IS NULL THEN 'parked' ELSE 'pending' END,
            next_attempt_at = now() + coalesce($3, '0'::interval), last_error = $4, claim = NULL, handing_over = false,
            unfinished_claims = 0, unacknowledged = unacknowledged + $5::boolean::int
        WHERE id = $1 AND claim = $2
        "#,
        delivery.id,
        delivery.claim,
        failure.again_in.map(interval),
        without_nul(failure.error),
        failure.unacknowledged,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Parks it in any state. If it was being sent, the other side may have received it.
pub async fn give_up(db: &PgPool, delivery: &Claimed, reason: &str) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        UPDATE deliveries
        SET state = 'parked', last_error = $3, claim = NULL, handing_over = false, unfinished_claims = 0,
            unacknowledged = unacknowledged + handing_over::int
        WHERE id = $1 AND claim = $2 AND state = 'pending'
        "#,
        delivery.id,
        delivery.claim,
        without_nul(reason),
    )
    .execute(db)
    .await?;
    Ok(())
}

/// PostgreSQL cannot store NUL, and the other side may have sent one.
fn without_nul(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

/// Releases unstarted claims.
pub async fn release(db: &PgPool, delivery: &Claimed, due_in: Duration) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE deliveries SET claim = NULL, unfinished_claims = 0, next_attempt_at = now() + $3 WHERE id = $1 AND claim = $2",
        delivery.id,
        delivery.claim,
        interval(due_in),
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Deletes one without a recipient.
pub async fn discard(db: &PgPool, delivery: &Claimed) -> sqlx::Result<()> {
    sqlx::query!("DELETE FROM deliveries WHERE id = $1 AND claim = $2", delivery.id, delivery.claim)
        .execute(db)
        .await?;
    Ok(())
}

/// Deletes the user's waiting mails of a kind, except one being sent.
pub async fn drop_unwanted(db: &mut PgConnection, user_id: UserId, kind: &str) -> sqlx::Result<()> {
    sqlx::query!(
        "DELETE FROM deliveries WHERE user_id = $1 AND kind = $2 AND channel = $3 AND state = 'pending' AND NOT handing_over",
        user_id,
        kind,
        Channel::Mail as Channel,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Deletes mails that have been waiting since before.
pub async fn drop_waiting_mails(db: &PgPool, before: DateTime<Utc>) -> sqlx::Result<u64> {
    in_steps(|limit| async move {
        let done = sqlx::query!(
            r#"
            DELETE FROM deliveries WHERE id IN (
                SELECT id FROM deliveries WHERE channel = $1 AND state = 'pending' AND next_attempt_at < $2 LIMIT $3
            )
            "#,
            Channel::Mail as Channel,
            before,
            limit,
        );
        Ok(done.execute(db).await?.rows_affected())
    })
    .await
}

/// A rate-limited group of mails to a user: those caused by time, or those caused by others.
pub struct Share<'a> {
    pub user_id: UserId,
    /// The kinds that nobody else causes.
    pub own_kinds: &'a [&'a str],
    pub is_own: bool,
}

/// When the user may be sent another mail of the group, if not now.
pub async fn next_in_share(db: &PgPool, share: &Share<'_>, limit: Rate) -> sqlx::Result<Option<DateTime<Utc>>> {
    let next = sqlx::query_scalar!(
        r#"
        SELECT sent_at + $5::interval AS "next!" FROM deliveries
        WHERE user_id = $1 AND state = 'sent' AND sent_at > now() - $5::interval AND (kind = ANY ($2)) = $3
        ORDER BY sent_at DESC OFFSET $4 LIMIT 1
        "#,
        share.user_id,
        share.own_kinds as &[&str],
        share.is_own,
        i64::from(limit.count) - 1,
        interval(limit.window),
    );
    next.fetch_optional(db).await
}

/// Postpones everything waiting in a group, including unsent claims, in one statement, so that they are not claimed and released one by one
/// before others' mails.
pub async fn put_off(db: &PgPool, share: &Share<'_>, until: DateTime<Utc>) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        UPDATE deliveries SET claim = NULL, unfinished_claims = 0, next_attempt_at = $4
        WHERE user_id = $1 AND channel = $5 AND state = 'pending' AND NOT handing_over AND next_attempt_at < $4
          AND priority <> $6 AND (kind = ANY ($2)) = $3
        "#,
        share.user_id,
        share.own_kinds as &[&str],
        share.is_own,
        until,
        Channel::Mail as Channel,
        Priority::Account as Priority,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Number of deliveries of a channel in a state.
pub struct Count {
    pub channel: String,
    pub state: String,
    pub count: i64,
}

/// Waiting and parked deliveries.
pub async fn count_unsent(db: &PgPool) -> sqlx::Result<Vec<Count>> {
    sqlx::query_as!(
        Count,
        r#"
        SELECT channel AS "channel!", state AS "state!", count(*) AS "count!" FROM deliveries WHERE state = 'pending' GROUP BY channel, state
        UNION ALL
        SELECT channel, state, count(*) FROM deliveries WHERE state = 'parked' GROUP BY channel, state
        "#
    )
    .fetch_all(db)
    .await
}
