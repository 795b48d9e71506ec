//! Shortens long keys of the manual order, as one event of the project or user.
//!
//! A key gets longer with each move into the same gap (`ordering.rs`), and only keys of one gap can get too close. So only that gap's keys
//! are redistributed evenly, whatever else the project contains; the project is locked for a few rows, not for all of its tasks. The order
//! stays the same, including tasks in the trash, so relative moves keep their meaning.

use serde_json::json;
use sqlx::PgConnection;

use crate::{
    events::{Change, EventKind, Topic},
    id::{Id, ProjectId, TaskId, UserId, kind},
    ordering::{self, Gap},
    state::AppState,
};

/// Projects and people processed in one run; more follow next time.
const AT_ONCE: i64 = 20;

pub async fn run_once(state: &AppState) -> anyhow::Result<()> {
    for project_id in find_projects(state).await? {
        let mut change = Change::begin(&state.db, None).await?;
        change.lock_projects(&[project_id]).await?;
        let Some(long) = find_long_task(change.connection(), project_id).await? else { continue };
        let gap = ordering::gap_of(&long)?;
        let (ids, positions) = renew(&gap, list_tasks(change.connection(), project_id, &gap).await?)?;
        update_tasks(change.connection(), &ids, &positions).await?;
        finish(state, change, Topic::Project(project_id), ids.len()).await?;
    }
    for user_id in find_users(state).await? {
        let mut change = Change::begin(&state.db, None).await?;
        change.lock_users(&[user_id]).await?;
        let Some(long) = find_long_project(change.connection(), user_id).await? else { continue };
        let gap = ordering::gap_of(&long)?;
        let (ids, positions) = renew(&gap, list_projects(change.connection(), user_id, &gap).await?)?;
        update_projects(change.connection(), user_id, &ids, &positions).await?;
        finish(state, change, Topic::User(user_id), ids.len()).await?;
    }
    Ok(())
}

async fn finish(state: &AppState, mut change: Change, topic: Topic, rows: usize) -> anyhow::Result<()> {
    change.record(topic, EventKind::OrderRenewed, &json!({ "id": topic.id() })).await?;
    change.commit(&state.bus).await?;
    tracing::debug!(%topic, rows, "order keys were renewed");
    Ok(())
}

async fn find_projects(state: &AppState) -> sqlx::Result<Vec<ProjectId>> {
    sqlx::query_scalar!("SELECT DISTINCT project_id FROM tasks WHERE octet_length(position) > 64 LIMIT $1", AT_ONCE)
        .fetch_all(&state.db)
        .await
}

async fn find_users(state: &AppState) -> sqlx::Result<Vec<UserId>> {
    sqlx::query_scalar!(
        "SELECT DISTINCT user_id FROM project_members WHERE octet_length(position) > 64 LIMIT $1",
        AT_ONCE
    )
    .fetch_all(&state.db)
    .await
}

/// Somebody else may have been faster.
async fn find_long_task(db: &mut PgConnection, project_id: ProjectId) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar!(
        "SELECT position FROM tasks WHERE project_id = $1 AND octet_length(position) > 64 LIMIT 1",
        project_id
    )
    .fetch_optional(db)
    .await
}

async fn find_long_project(db: &mut PgConnection, user_id: UserId) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar!(
        "SELECT position FROM project_members WHERE user_id = $1 AND octet_length(position) > 64 LIMIT 1",
        user_id
    )
    .fetch_optional(db)
    .await
}

/// Rows with a key in the gap.
struct Keyed<K> {
    id: Id<K>,
    position: String,
}

/// In order. Those in the trash have a separate index.
async fn list_tasks(db: &mut PgConnection, project_id: ProjectId, gap: &Gap) -> sqlx::Result<Vec<Keyed<kind::Task>>> {
    sqlx::query_as!(
        Keyed,
        r#"
        SELECT id AS "id!: TaskId", position AS "position!" FROM (
            SELECT id, position FROM tasks
            WHERE project_id = $1 AND deleted_at IS NULL AND position > $2 COLLATE "C" AND position < $3 COLLATE "C"
            UNION ALL
            SELECT id, position FROM tasks
            WHERE project_id = $1 AND deleted_at IS NOT NULL AND position > $2 COLLATE "C" AND position < $3 COLLATE "C"
        ) AS keyed
        ORDER BY position
        "#,
        project_id,
        gap.begin,
        gap.end
    )
    .fetch_all(db)
    .await
}

/// Versions stay: an editor has not changed the position.
async fn update_tasks(db: &mut PgConnection, ids: &[TaskId], positions: &[String]) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        UPDATE tasks t SET position = new.position
        FROM unnest($1::uuid[], $2::text[]) AS new (id, position) WHERE t.id = new.id
        "#,
        ids,
        positions
    )
    .execute(db)
    .await?;
    Ok(())
}

async fn list_projects(db: &mut PgConnection, user_id: UserId, gap: &Gap) -> sqlx::Result<Vec<Keyed<kind::Project>>> {
    sqlx::query_as!(
        Keyed,
        r#"
        SELECT project_id AS id, position FROM project_members
        WHERE user_id = $1 AND position > $2 COLLATE "C" AND position < $3 COLLATE "C" ORDER BY position
        "#,
        user_id,
        gap.begin,
        gap.end
    )
    .fetch_all(db)
    .await
}

async fn update_projects(
    db: &mut PgConnection,
    user_id: UserId,
    ids: &[ProjectId],
    positions: &[String],
) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        UPDATE project_members m SET position = new.position
        FROM unnest($2::uuid[], $3::text[]) AS new (id, position) WHERE m.user_id = $1 AND m.project_id = new.id
        "#,
        user_id,
        ids,
        positions
    )
    .execute(db)
    .await?;
    Ok(())
}

/// New keys in the existing order; equal keys stay equal.
fn renew<K>(gap: &Gap, keyed: Vec<Keyed<K>>) -> anyhow::Result<(Vec<Id<K>>, Vec<String>)> {
    let groups: Vec<_> = keyed.chunk_by(|one, next| one.position == next.position).collect();
    let positions = ordering::spread(gap, groups.len())?;
    let renewed = groups.iter().zip(&positions);
    Ok(renewed.flat_map(|(group, position)| group.iter().map(|one| (one.id, position.clone()))).unzip())
}
