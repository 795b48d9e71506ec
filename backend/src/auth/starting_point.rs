//! The client's starting point: the revisions of its topics before it reads anything else.

use std::collections::HashMap;

use serde::Serialize;
use sqlx::PgExecutor;
use utoipa::ToSchema;

use crate::{events::Topic, id::UserId};

/// Read in one snapshot before the rest of the answer, so everything requested later is at least as new. A WebSocket that sends these
/// revisions receives everything that such answers may lack.
#[derive(Debug, Serialize, ToSchema)]
pub struct StartingPoint {
    /// My topics with their revisions, as in `ready` of the WebSocket.
    #[schema(value_type = HashMap<String, i64>, example = json!({"user:0192f3a4-5b6c-7d8e-9f00-112233445566": 7}))]
    pub topics: HashMap<Topic, i64>,
    /// As of the revision of my own topic given here.
    pub unread_notifications: i64,
}

pub async fn read(db: impl PgExecutor<'_>, user_id: UserId) -> sqlx::Result<StartingPoint> {
    let rows = sqlx::query!(
        r#"
        WITH own (id) AS (
            SELECT $1::uuid
            UNION ALL
            SELECT project_id FROM project_access WHERE user_id = $1
        )
        SELECT t.id, t.kind, t.revision,
               (SELECT count(*) FROM notifications WHERE user_id = $1 AND read_at IS NULL) AS "unread!"
        FROM own JOIN topics t ON t.id = own.id
        "#,
        user_id
    )
    .fetch_all(db)
    .await?;
    Ok(StartingPoint {
        unread_notifications: rows.first().map_or(0, |row| row.unread),
        topics: rows.iter().map(|row| (Topic::from_row(&row.kind, row.id), row.revision)).collect(),
    })
}
