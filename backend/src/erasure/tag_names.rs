//! Task events contain the names of the task's tags. This removes the names of deleted tags from them.

use chrono::{DateTime, Utc};
use sqlx::PgPool;

use super::Gone;
use crate::id::ProjectId;

/// Events processed per transaction.
const REVISIONS: i64 = 2000;

/// The names of a project's deleted tags, with the revisions of the affected events.
struct Names {
    project_id: ProjectId,
    names: Vec<String>,
    deleted_at: DateTime<Utc>,
    first: i64,
    last: i64,
}

/// Runs before the tag events themselves, which contain the names, are erased.
pub(super) async fn scrub(db: &PgPool, gone: &Gone) -> sqlx::Result<()> {
    for of_project in find(db, gone).await? {
        let mut from = of_project.first;
        while from <= of_project.last {
            scrub_events(db, &of_project, from, from + REVISIONS).await?;
            from += REVISIONS;
        }
    }
    Ok(())
}

/// Except names that another tag of the project has by now.
async fn find(db: &PgPool, gone: &Gone) -> sqlx::Result<Vec<Names>> {
    sqlx::query_as!(
        Names,
        r#"
        SELECT e.topic_id AS "project_id: ProjectId", array_agg(DISTINCT e.data ->> 'name') AS "names!", max(gone.deleted_at) AS "deleted_at!",
               (SELECT min(revision) FROM events WHERE topic_id = e.topic_id) AS "first!",
               (SELECT max(revision) FROM events WHERE topic_id = e.topic_id) AS "last!"
        FROM unnest($1::uuid[], $2::timestamptz[], $3::text[]) AS gone (id, deleted_at, kind)
        JOIN events e ON e.data ->> 'id' = gone.id::text AND e.data ->> 'id' IS NOT NULL AND e.at <= gone.deleted_at
        WHERE gone.kind = 'tag' AND e.kind IN ('tag.created', 'tag.updated', 'tag.deleted') AND e.data ->> 'name' <> ''
          AND NOT EXISTS (SELECT FROM tags t WHERE t.project_id = e.topic_id AND t.name = e.data ->> 'name')
        GROUP BY e.topic_id
        "#,
        &gone.ids,
        &gone.deleted_at,
        &gone.kinds,
    )
    .fetch_all(db)
    .await
}

async fn scrub_events(db: &PgPool, of_project: &Names, from: i64, before: i64) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        WITH scrubbed AS (
            UPDATE events SET data = jsonb_set(data, '{tags}', (data -> 'tags') - $4::text[])
            WHERE topic_id = $1 AND revision >= $2 AND revision < $3 AND at <= $5 AND kind LIKE 'task.%' AND data -> 'tags' ?| $4::text[]
            RETURNING 'project:' || topic_id || '@' || revision AS key
        )
        UPDATE webhook_attempts a SET response_excerpt = NULL, error = NULL
        FROM scrubbed JOIN deliveries d ON d.event_key = scrubbed.key AND d.channel = 'webhook' WHERE a.delivery_id = d.id
        "#,
        of_project.project_id,
        from,
        before,
        &of_project.names,
        of_project.deleted_at,
    )
    .execute(db)
    .await?;
    Ok(())
}
