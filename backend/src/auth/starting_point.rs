//! Where a client begins: how far its topics have come before it reads anything else.

use std::collections::HashMap;

use serde::Serialize;
use sqlx::PgExecutor;
use utoipa::ToSchema;

use crate::{events::Topic, id::UserId};

/// Read in one snapshot, before everything else in the answer that carries it: whatever is asked for afterwards is at least as new. So a
/// WebSocket that names these revisions is told everything that answers read since may lack.
#[derive(Debug, Serialize, ToSchema)]
pub struct StartingPoint {
    /// My topics, each with its revision, as `ready` of the WebSocket names them.
    #[schema(value_type = HashMap<String, i64>, example = json!({"user:0192f3a4-5b6c-7d8e-9f00-112233445566": 7}))]
    pub topics: HashMap<Topic, i64>,
    /// As of the revision of my own topic that is named here.
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
