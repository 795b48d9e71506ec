//! SQL that removes a person from what others were sent. There is no index for this, so the tables are scanned page by page, one
//! transaction each.

use crate::id::{Id, UserId};
use sqlx::PgPool;

const PAGE: i64 = 5000;

struct Person {
    id: UserId,
    email: String,
    name: String,
}

/// Everything others have that names the person. Nothing new can appear: their sessions have ended.
pub async fn forget_person(db: &PgPool, user_id: UserId) -> sqlx::Result<()> {
    let person = sqlx::query_as!(Person, "SELECT id, email, name FROM users WHERE id = $1", user_id);
    let Some(person) = person.fetch_optional(db).await? else { return Ok(()) };
    digest_items(db, &person).await?;
    // With the account's address at that time.
    sqlx::query!("DELETE FROM invitations WHERE accepted_by = $1", person.id).execute(db).await?;
    for email in former_addresses(db, &person).await? {
        let before = Person { id: person.id, email, name: person.name.clone() };
        forget_address(db, &before).await?;
    }
    forget_address(db, &person).await
}

/// The account's former addresses, unless somebody else has one by now.
async fn former_addresses(db: &PgPool, person: &Person) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar!(
        r#"
        SELECT DISTINCT c.old_email AS "old_email!" FROM address_changes c
        WHERE c.user_id = $1 AND c.old_email IS NOT NULL
          AND NOT EXISTS (SELECT FROM users u WHERE lower(u.email) = lower(c.old_email))
        "#,
        person.id
    )
    .fetch_all(db)
    .await
}

async fn forget_address(db: &PgPool, person: &Person) -> sqlx::Result<()> {
    events(db, person).await?;
    deliveries(db, person).await?;
    sqlx::query!("DELETE FROM invitations WHERE lower(email) = lower($1)", person.email).execute(db).await?;
    sqlx::query!("DELETE FROM registrations WHERE lower(email) = lower($1)", person.email).execute(db).await?;
    Ok(())
}

async fn events(db: &PgPool, person: &Person) -> sqlx::Result<()> {
    let mut after = (Id::nil(), -1);
    loop {
        let last = sqlx::query!(
            r#"
            WITH page AS MATERIALIZED (
                SELECT topic_id, revision, lower(data::text) AS text FROM events
                WHERE (topic_id, revision) > ($1, $2) ORDER BY topic_id, revision LIMIT $3
            ),
            named AS (
                UPDATE events e SET data = without_person(e.data, $4, $5)
                FROM page WHERE e.topic_id = page.topic_id AND e.revision = page.revision
                  AND (strpos(page.text, $4) > 0 OR strpos(page.text, lower($5)) > 0)
                  AND e.data <> without_person(e.data, $4, $5)
                RETURNING 'project:' || e.topic_id || '@' || e.revision AS key
            ),
            answers AS (
                UPDATE webhook_attempts a SET response_excerpt = NULL, error = NULL
                FROM named JOIN deliveries d ON d.event_key = named.key AND d.channel = 'webhook' WHERE a.delivery_id = d.id
            )
            SELECT topic_id, revision FROM page ORDER BY topic_id DESC, revision DESC LIMIT 1
            "#,
            after.0,
            after.1,
            PAGE,
            person.id.to_string(),
            person.email,
        )
        .fetch_optional(db)
        .await?;
        match last {
            Some(last) => after = (last.topic_id, last.revision),
            None => return Ok(()),
        }
    }
}

/// Mails to their address are deleted. Sent mails about them to others lose their texts; waiting ones are sent without the name.
async fn deliveries(db: &PgPool, person: &Person) -> sqlx::Result<()> {
    let mut after = Id::nil();
    loop {
        let last = sqlx::query_scalar!(
            r#"
            WITH page AS MATERIALIZED (SELECT id FROM deliveries WHERE id > $1 ORDER BY id LIMIT $2),
            theirs AS (
                DELETE FROM deliveries d USING page
                WHERE d.id = page.id AND (lower(d.recipient) IN ($3, lower($4)) OR lower(d.address) = lower($4))
            ),
            named AS (
                UPDATE deliveries d
                SET payload = CASE WHEN d.channel = 'webhook' THEN without_person(d.payload, $3, $4)
                                   WHEN d.state = 'sent' THEN '{}' ELSE d.payload || '{"actor": ""}' END,
                    subject = NULL
                FROM page
                WHERE d.id = page.id AND lower(d.recipient) NOT IN ($3, lower($4)) AND lower(d.address) IS DISTINCT FROM lower($4)
                  AND (d.channel = 'webhook' AND d.payload <> without_person(d.payload, $3, $4)
                       OR d.channel = 'mail' AND coalesce(d.payload ->> 'actor_id' = $3, d.payload ->> 'actor' = $5, false))
                RETURNING d.id
            ),
            answers AS (UPDATE webhook_attempts a SET response_excerpt = NULL, error = NULL FROM named WHERE a.delivery_id = named.id)
            SELECT id FROM page ORDER BY id DESC LIMIT 1
            "#,
            after,
            PAGE,
            person.id.to_string(),
            person.email,
            person.name,
        )
        .fetch_optional(db)
        .await?;
        match last {
            Some(last) => after = last,
            None => return Ok(()),
        }
    }
}

async fn digest_items(db: &PgPool, person: &Person) -> sqlx::Result<()> {
    let mut after = Id::nil();
    loop {
        let last = sqlx::query_scalar!(
            r#"
            WITH page AS MATERIALIZED (SELECT id FROM digest_items WHERE id > $1 ORDER BY id LIMIT $2),
            named AS (
                UPDATE digest_items i SET payload = i.payload || '{"actor": ""}'
                FROM page
                WHERE i.id = page.id AND coalesce(i.payload ->> 'actor_id' = $3, i.payload ->> 'actor' = $4, false)
            )
            SELECT id FROM page ORDER BY id DESC LIMIT 1
            "#,
            after,
            PAGE,
            person.id.to_string(),
            person.name,
        )
        .fetch_optional(db)
        .await?;
        match last {
            Some(last) => after = last,
            None => return Ok(()),
        }
    }
}
