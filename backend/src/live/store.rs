//! SQL of live connections. Statements about visibility always start from the user.

use chrono::{DateTime, Utc};
use sqlx::PgExecutor;

use crate::{
    events::{Topic, frame::Frame},
    id::{ProjectId, SessionId, TopicId, UserId},
};

/// A topic that a user may subscribe to, in one snapshot.
#[derive(Debug, Clone, Copy)]
pub struct OwnTopic {
    pub topic: Topic,
    pub revision: i64,
    /// For a project: when the user became a member. Earlier events are not sent.
    pub since: Option<DateTime<Utc>>,
}

/// The user's own feed and projects, read in one snapshot; empty if the session is not active.
pub async fn own_topics(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    session_id: SessionId,
) -> sqlx::Result<Vec<OwnTopic>> {
    let rows = sqlx::query!(
        r#"
        WITH own (id, since) AS (
            SELECT $1::uuid, NULL::timestamptz
            UNION ALL
            SELECT m.project_id, m.joined_at
            FROM project_members m JOIN project_access a ON a.project_id = m.project_id AND a.user_id = m.user_id
            WHERE m.user_id = $1
        )
        SELECT t.id, t.kind, t.revision, own.since
        FROM own JOIN topics t ON t.id = own.id
        WHERE EXISTS (
            SELECT FROM sessions s
            WHERE s.id = $2 AND s.user_id = $1 AND s.ended_at IS NULL AND s.expires_at > now()
        )
        "#,
        user_id,
        session_id
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| OwnTopic { topic: Topic::from_row(&row.kind, row.id), revision: row.revision, since: row.since })
        .collect())
}

/// A joined project: where to start, and as of which revision that is known.
#[derive(Debug, Clone, Copy)]
pub struct Joined {
    /// The revision at which the user joined, or the project was restored.
    pub begin: i64,
    pub revision: i64,
    pub since: DateTime<Utc>,
    pub user_revision: i64,
}

/// `None` if the user has no access (any more).
pub async fn joined(db: impl PgExecutor<'_>, user_id: UserId, project_id: ProjectId) -> sqlx::Result<Option<Joined>> {
    sqlx::query_as!(
        Joined,
        r#"
        SELECT p.revision, m.joined_at AS since, u.revision AS user_revision,
               coalesce((
                   SELECT e.revision FROM events e
                   WHERE e.topic_id = p.id
                     AND (e.kind = 'project.restored' OR e.kind = 'member.added' AND e.data ->> 'user_id' = $1::uuid::text)
                   ORDER BY e.revision DESC LIMIT 1
               ), 0) AS "begin!"
        FROM project_access a
        JOIN project_members m ON m.project_id = a.project_id AND m.user_id = a.user_id
        JOIN topics p ON p.id = a.project_id
        JOIN topics u ON u.id = a.user_id
        WHERE a.user_id = $1 AND a.project_id = $2
        "#,
        user_id,
        project_id
    )
    .fetch_optional(db)
    .await
}

/// The kept events of a topic in a range of revisions, in order.
pub async fn events(db: impl PgExecutor<'_>, topic: Topic, after: i64, until: i64) -> sqlx::Result<Vec<Frame>> {
    let rows = sqlx::query!(
        r#"
        SELECT revision, kind, data::text AS "data!", actor_id, at
        FROM events WHERE topic_id = $1 AND revision > $2 AND revision <= $3 ORDER BY revision
        "#,
        topic.id(),
        after,
        until
    )
    .fetch_all(db)
    .await?;
    Ok(rows.iter().map(|row| Frame::render(topic, row.revision, &row.kind, &row.data, row.actor_id, row.at)).collect())
}

/// The revisions of topics by id.
pub async fn revisions(db: impl PgExecutor<'_>, ids: &[TopicId]) -> sqlx::Result<Vec<(TopicId, i64)>> {
    let rows = sqlx::query!("SELECT id, revision FROM topics WHERE id = ANY($1)", ids).fetch_all(db).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.revision)).collect())
}

/// For several topics, the events after a revision, at most `limit` each; in order.
pub async fn events_of_many(
    db: impl PgExecutor<'_>,
    ids: &[TopicId],
    after: &[i64],
    limit: i64,
) -> sqlx::Result<Vec<(TopicId, Frame)>> {
    let rows = sqlx::query!(
        r#"
        SELECT topics.id, topics.kind AS topic_kind, e.revision, e.kind, e.data::text AS "data!", e.actor_id, e.at
        FROM unnest($1::uuid[], $2::bigint[]) AS t (id, after)
        JOIN topics ON topics.id = t.id
        CROSS JOIN LATERAL (
            SELECT * FROM events WHERE topic_id = t.id AND revision > t.after ORDER BY revision LIMIT $3
        ) AS e
        ORDER BY t.id, e.revision
        "#,
        ids,
        after,
        limit
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .iter()
        .map(|row| {
            let topic = Topic::from_row(&row.topic_kind, row.id);
            (row.id, Frame::render(topic, row.revision, &row.kind, &row.data, row.actor_id, row.at))
        })
        .collect())
}
