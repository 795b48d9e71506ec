//! SQL of account deletions.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgExecutor, PgPool};

use super::model::{OwnedProject, PossibleHeir, Succession};
use crate::{
    id::{ProjectId, UserId},
    projects::model::Role,
};

/// The shared projects of an owner with their other members; projects in the trash are deleted with the account.
pub async fn shared_projects(db: impl PgExecutor<'_>, owner_id: UserId) -> sqlx::Result<Vec<OwnedProject>> {
    let rows = sqlx::query!(
        r#"
        SELECT p.id, p.name AS project_name, u.id AS user_id, u.name, m.role AS "role: Role"
        FROM projects p
        JOIN project_members m ON m.project_id = p.id AND m.user_id <> p.owner_id
        JOIN users u ON u.id = m.user_id
        WHERE p.owner_id = $1 AND p.deleted_at IS NULL AND NOT p.erasing
        ORDER BY p.id, m.role = 'editor' DESC, m.joined_at, u.id
        "#,
        owner_id
    )
    .fetch_all(db)
    .await?;
    let mut projects: Vec<OwnedProject> = Vec::new();
    for row in rows {
        let heir = PossibleHeir { user_id: row.user_id, name: row.name, role: row.role };
        match projects.last_mut().filter(|project| project.id == row.id) {
            Some(project) => project.members.push(heir),
            None => projects.push(OwnedProject { id: row.id, name: row.project_name, members: vec![heir] }),
        }
    }
    Ok(projects)
}

pub async fn insert(
    db: &mut PgConnection,
    user_id: UserId,
    due_at: DateTime<Utc>,
    projects: &[Succession],
) -> sqlx::Result<()> {
    sqlx::query!("INSERT INTO account_deletions (user_id, due_at) VALUES ($1, $2)", user_id, due_at)
        .execute(&mut *db)
        .await?;
    let ids: Vec<ProjectId> = projects.iter().map(|one| one.project_id).collect();
    let heirs: Vec<Option<UserId>> = projects.iter().map(|one| one.heir_id).collect();
    sqlx::query!(
        r#"
        INSERT INTO account_deletion_projects (project_id, owner_id, heir_id)
        SELECT given.project_id, $1, given.heir_id FROM unnest($2::uuid[], $3::uuid[]) AS given (project_id, heir_id)
        ON CONFLICT (project_id) DO UPDATE
        SET owner_id = excluded.owner_id, heir_id = excluded.heir_id, declined_at = NULL
        "#,
        user_id,
        &ids,
        &heirs as &[Option<UserId>],
    )
    .execute(db)
    .await?;
    Ok(())
}

pub struct Deletion {
    pub due_at: DateTime<Utc>,
    pub begun_at: Option<DateTime<Utc>>,
}

pub async fn find(db: impl PgExecutor<'_>, user_id: UserId) -> sqlx::Result<Option<Deletion>> {
    sqlx::query_as!(Deletion, "SELECT due_at, begun_at FROM account_deletions WHERE user_id = $1", user_id)
        .fetch_optional(db)
        .await
}

/// Projects with a pending offer because their owner is leaving, each with the member.
pub async fn open_offers(db: impl PgExecutor<'_>, owner_id: UserId) -> sqlx::Result<Vec<(ProjectId, UserId)>> {
    let rows = sqlx::query!(
        r#"
        SELECT d.project_id, d.heir_id AS "heir_id!"
        FROM account_deletion_projects d JOIN projects p ON p.id = d.project_id AND p.transfer_to = d.heir_id
        WHERE d.owner_id = $1 ORDER BY d.project_id
        "#,
        owner_id
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.project_id, row.heir_id)).collect())
}

/// Cancels the deletion.
pub async fn withdraw(db: &mut PgConnection, user_id: UserId) -> sqlx::Result<()> {
    sqlx::query!("DELETE FROM account_deletions WHERE user_id = $1 AND begun_at IS NULL", user_id).execute(db).await?;
    Ok(())
}

/// Accounts whose grace period is over or whose erasure has started.
pub async fn due(db: &PgPool, limit: i64) -> sqlx::Result<Vec<UserId>> {
    sqlx::query_scalar!(
        "SELECT user_id FROM account_deletions WHERE due_at <= now() OR begun_at IS NOT NULL ORDER BY due_at LIMIT $1",
        limit
    )
    .fetch_all(db)
    .await
}

/// Some accounts that are due soon and have not been warned yet.
pub async fn to_warn(db: &PgPool, limit: i64) -> sqlx::Result<Vec<UserId>> {
    sqlx::query_scalar!(
        r#"
        SELECT user_id FROM account_deletions
        WHERE warned_at IS NULL AND begun_at IS NULL AND due_at < now() + interval '2 days'
          AND requested_at < now() - interval '1 day'
        ORDER BY due_at LIMIT $1
        "#,
        limit
    )
    .fetch_all(db)
    .await
}

/// `None` if another worker did it or the deletion was cancelled.
pub async fn mark_warned(db: &mut PgConnection, user_id: UserId) -> sqlx::Result<Option<DateTime<Utc>>> {
    sqlx::query_scalar!(
        "UPDATE account_deletions SET warned_at = now() WHERE user_id = $1 AND warned_at IS NULL AND begun_at IS NULL RETURNING due_at",
        user_id
    )
    .fetch_optional(db)
    .await
}

/// The point of no return. False if the deletion was cancelled or postponed.
pub async fn begin_due(db: &mut PgConnection, user_id: UserId) -> sqlx::Result<bool> {
    let begun = sqlx::query!(
        r#"
        UPDATE account_deletions SET begun_at = coalesce(begun_at, now())
        WHERE user_id = $1 AND (due_at <= now() OR begun_at IS NOT NULL)
        "#,
        user_id
    );
    Ok(begun.execute(db).await?.rows_affected() > 0)
}

/// The same, immediately and without a request.
pub async fn begin(db: &mut PgConnection, user_id: UserId) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        INSERT INTO account_deletions (user_id, due_at, begun_at) SELECT id, now(), now() FROM users WHERE id = $1
        ON CONFLICT (user_id) DO UPDATE SET begun_at = coalesce(account_deletions.begun_at, now())
        "#,
        user_id
    )
    .execute(db)
    .await?;
    Ok(())
}
