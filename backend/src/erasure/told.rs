//! SQL that erases the texts of deleted objects from events and messages. Ids, kinds and revisions stay, so that reconnecting clients catch
//! up without a gap; texts become empty, so that readers still find the expected fields.

use sqlx::PgPool;

use super::Gone;
use crate::db::in_steps;

pub(super) async fn scrub(db: &PgPool, gone: &Gone) -> sqlx::Result<()> {
    in_steps(|limit| events_of(db, gone, limit)).await?;
    in_steps(|limit| notified(db, gone, limit)).await?;
    in_steps(|limit| invited(db, gone, limit)).await?;
    in_steps(|limit| webhook_messages(db, gone, limit)).await?;
    in_steps(|limit| mails(db, gone, limit)).await?;
    in_steps(|limit| digest_lines(db, gone, limit)).await?;
    Ok(())
}

/// Events with the object itself, the webhook messages created from them, and the receivers' answers.
async fn events_of(db: &PgPool, gone: &Gone, limit: i64) -> sqlx::Result<u64> {
    let scrubbed: i64 = sqlx::query_scalar!(
        r#"
        WITH found AS MATERIALIZED (
            SELECT e.topic_id, e.revision
            FROM unnest($1::uuid[], $2::timestamptz[], $4::text[]) AS gone (id, deleted_at, kind)
            JOIN events e ON e.data ->> 'id' = gone.id::text AND e.data ->> 'id' IS NOT NULL AND e.at <= gone.deleted_at
              AND split_part(e.kind, '.', 1) = gone.kind
            WHERE e.data ->> 'title' <> '' OR e.data ->> 'name' <> '' OR e.data ->> 'email' <> ''
            LIMIT $3
        ),
        scrubbed AS (
            UPDATE events e SET data = without_texts(e.data)
            FROM found WHERE e.topic_id = found.topic_id AND e.revision = found.revision
            RETURNING 'project:' || e.topic_id || '@' || e.revision AS key
        ),
        sent AS (
            UPDATE deliveries d SET payload = without_texts(d.payload)
            FROM scrubbed WHERE d.event_key = scrubbed.key AND d.channel = 'webhook'
            RETURNING d.id
        ),
        answers AS (
            UPDATE webhook_attempts a SET response_excerpt = NULL, error = NULL FROM sent WHERE a.delivery_id = sent.id
        )
        SELECT count(*) AS "count!" FROM scrubbed
        "#,
        &gone.ids,
        &gone.deleted_at,
        limit,
        &gone.kinds,
    )
    .fetch_one(db)
    .await?;
    Ok(scrubbed.unsigned_abs())
}

/// Events that notified somebody of it.
async fn notified(db: &PgPool, gone: &Gone, limit: i64) -> sqlx::Result<u64> {
    let (tasks, projects) = (gone.ids_of("task"), gone.ids_of("project"));
    let ids = [tasks.as_slice(), &projects].concat();
    let result = sqlx::query!(
        r#"
        WITH found AS MATERIALIZED (
            SELECT topic_id, revision FROM events
            WHERE kind = 'notification.created' AND at <= $2
              AND ARRAY[data #>> '{task,id}', data #>> '{project,id}', data #>> '{actor,id}'] && $1
              AND (data #>> '{task,id}' = ANY($4) OR data #>> '{project,id}' = ANY($5))
            LIMIT $3
        )
        UPDATE events e
        SET data = e.data || '{"task": null}'
            || CASE WHEN e.data #>> '{project,id}' = ANY($5)
               THEN jsonb_build_object('project', NULL, 'data', without_texts(e.data -> 'data')) ELSE '{}' END
        FROM found WHERE e.topic_id = found.topic_id AND e.revision = found.revision
        "#,
        &ids,
        gone.deleted_at.iter().max(),
        limit,
        &tasks,
        &projects,
    )
    .execute(db)
    .await?;
    Ok(result.rows_affected())
}

/// What an invitation contained, which is the project's name: in the app and in events.
async fn invited(db: &PgPool, gone: &Gone, limit: i64) -> sqlx::Result<u64> {
    let ids = gone.ids_of("invitation");
    let events = sqlx::query!(
        r#"
        WITH found AS MATERIALIZED (
            SELECT topic_id, revision FROM events
            WHERE kind = 'notification.created' AND data #>> '{data,invitation_id}' = ANY($1) AND data #>> '{data,invitation_id}' IS NOT NULL
              AND at <= $2
              AND data #>> '{data,project}' <> ''
            LIMIT $3
        )
        UPDATE events e SET data = jsonb_set(e.data, '{data,project}', '""')
        FROM found WHERE e.topic_id = found.topic_id AND e.revision = found.revision
        "#,
        &ids,
        gone.deleted_at.iter().max(),
        limit,
    )
    .execute(db)
    .await?;
    let notifications = sqlx::query!(
        r#"
        WITH found AS MATERIALIZED (
            SELECT id FROM notifications
            WHERE kind = 'project.invited' AND data ->> 'invitation_id' = ANY($1) AND created_at <= $2 AND data ->> 'project' <> ''
            LIMIT $3
        )
        UPDATE notifications n SET data = n.data || '{"project": ""}' FROM found WHERE n.id = found.id
        "#,
        &ids,
        gone.deleted_at.iter().max(),
        limit,
    )
    .execute(db)
    .await?;
    Ok(events.rows_affected().max(notifications.rows_affected()))
}

/// Webhook messages whose events are no longer kept, and the receivers' answers.
async fn webhook_messages(db: &PgPool, gone: &Gone, limit: i64) -> sqlx::Result<u64> {
    let found: i64 = sqlx::query_scalar!(
        r#"
        WITH found AS MATERIALIZED (
            SELECT d.id
            FROM unnest($1::uuid[], $2::timestamptz[], $4::text[]) AS gone (id, deleted_at, kind)
            JOIN deliveries d ON d.channel = 'webhook' AND d.payload ->> 'id' = gone.id::text AND d.created_at <= gone.deleted_at
              AND split_part(d.kind, '.', 1) = gone.kind
            WHERE d.payload ->> 'title' <> '' OR d.payload ->> 'name' <> '' OR d.payload ->> 'email' <> ''
               OR EXISTS (SELECT FROM webhook_attempts a WHERE a.delivery_id = d.id AND a.response_excerpt IS NOT NULL)
            LIMIT $3
        ),
        answers AS (
            UPDATE webhook_attempts a SET response_excerpt = NULL, error = NULL FROM found WHERE a.delivery_id = found.id
        ),
        scrubbed AS (UPDATE deliveries d SET payload = without_texts(d.payload) FROM found WHERE d.id = found.id)
        SELECT count(*) AS "count!" FROM found
        "#,
        &gone.ids,
        &gone.deleted_at,
        limit,
        &gone.kinds,
    )
    .fetch_one(db)
    .await?;
    Ok(found.unsigned_abs())
}

/// Waiting mails are not sent, or sent without the object if they contain several. Sent ones keep only the fact that they were sent.
async fn mails(db: &PgPool, gone: &Gone, limit: i64) -> sqlx::Result<u64> {
    let ids: Vec<String> = gone.ids.iter().map(ToString::to_string).collect();
    let things = gone.things();
    let found: i64 = sqlx::query_scalar!(
        r#"
        WITH found AS MATERIALIZED (
            SELECT d.id, d.state, others.things
            FROM deliveries d, LATERAL (
                SELECT jsonb_agg(thing) AS things FROM jsonb_path_query(d.payload, '$.things[*]') AS thing
                WHERE NOT mentioned_things(thing) && $4
            ) AS others
            WHERE d.channel = 'mail' AND mentioned_ids(d.payload) && $1 AND mentioned_things(d.payload) && $4 AND d.created_at <= $2
            LIMIT $3
        ),
        dropped AS (
            DELETE FROM deliveries d USING found f WHERE d.id = f.id AND f.state <> 'sent' AND f.things IS NULL
        ),
        scrubbed AS (
            UPDATE deliveries d
            SET payload = CASE
                    WHEN f.state = 'sent' THEN '{}'
                    -- As one thing is written (notifications/together.rs); the overview of the week is always a list.
                    WHEN jsonb_array_length(f.things) = 1 AND d.kind <> 'digest.weekly' THEN f.things -> 0 || '{"count": 1}'
                    ELSE d.payload || jsonb_build_object('things', f.things, 'count', jsonb_array_length(f.things))
                END,
                subject = NULL, last_error = NULL
            FROM found f WHERE d.id = f.id AND (f.state = 'sent' OR f.things IS NOT NULL)
        )
        SELECT count(*) AS "count!" FROM found
        "#,
        &ids,
        gone.deleted_at.iter().max(),
        limit,
        &things,
    )
    .fetch_one(db)
    .await?;
    Ok(found.unsigned_abs())
}

/// Digest items, waiting or sent. A waiting digest without items is not sent.
async fn digest_lines(db: &PgPool, gone: &Gone, limit: i64) -> sqlx::Result<u64> {
    let ids: Vec<String> = gone.ids.iter().map(ToString::to_string).collect();
    let things = gone.things();
    let found: i64 = sqlx::query_scalar!(
        r#"
        WITH found AS MATERIALIZED (
            SELECT id, delivery_id FROM digest_items
            WHERE mentioned_ids(payload) && $1 AND mentioned_things(payload) && $4 AND created_at <= $2 LIMIT $3
        ),
        taken AS (DELETE FROM digest_items i USING found WHERE i.id = found.id),
        shorter AS (
            SELECT delivery_id, count(*) AS lines FROM found WHERE delivery_id IS NOT NULL GROUP BY delivery_id
        ),
        dropped AS (
            DELETE FROM deliveries d USING shorter s
            WHERE d.id = s.delivery_id AND d.state <> 'sent' AND (d.payload ->> 'count')::bigint <= s.lines
        ),
        counted AS (
            UPDATE deliveries d SET payload = jsonb_build_object('count', (d.payload ->> 'count')::bigint - s.lines)
            FROM shorter s WHERE d.id = s.delivery_id AND d.state <> 'sent' AND (d.payload ->> 'count')::bigint > s.lines
        )
        SELECT count(*) AS "count!" FROM found
        "#,
        &ids,
        gone.deleted_at.iter().max(),
        limit,
        &things,
    )
    .fetch_one(db)
    .await?;
    Ok(found.unsigned_abs())
}
