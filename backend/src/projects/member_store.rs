//! SQL of a project's members.

use sqlx::{PgConnection, PgExecutor};

use super::model::{Member, Role};
use crate::{
    id::{ProjectId, UserId},
    ordering,
};

/// As visible to `reader`: all email addresses for the owner, otherwise only their own.
pub async fn list(db: impl PgExecutor<'_>, project_id: ProjectId, reader: UserId) -> sqlx::Result<Vec<Member>> {
    sqlx::query_as!(
        Member,
        r#"
        SELECT m.user_id, u.name, m.role AS "role: Role", m.joined_at,
               CASE WHEN u.id = $2 OR r.role = 'owner' THEN u.email END AS email
        FROM project_members m JOIN users u ON u.id = m.user_id
        LEFT JOIN project_members r ON r.project_id = m.project_id AND r.user_id = $2
        WHERE m.project_id = $1
        ORDER BY m.joined_at, m.user_id
        "#,
        project_id,
        reader
    )
    .fetch_all(db)
    .await
}

/// With the address, for the owner only.
pub async fn find(db: impl PgExecutor<'_>, project_id: ProjectId, user_id: UserId) -> sqlx::Result<Option<Member>> {
    sqlx::query_as!(
        Member,
        r#"
        SELECT m.user_id, u.name, u.email AS "email?", m.role AS "role: Role", m.joined_at
        FROM project_members m JOIN users u ON u.id = m.user_id
        WHERE m.project_id = $1 AND m.user_id = $2
        "#,
        project_id,
        user_id
    )
    .fetch_optional(db)
    .await
}

/// Whether the address belongs to a member. A single statement in every case.
pub async fn has_address(db: impl PgExecutor<'_>, project_id: ProjectId, email: &str) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"
        SELECT EXISTS (
            SELECT FROM project_members m JOIN users u ON u.id = m.user_id
            WHERE m.project_id = $1 AND lower(u.email) = lower($2)
        ) AS "is_member!"
        "#,
        project_id,
        email
    )
    .fetch_one(db)
    .await
}

/// The ids of all members, in locking order.
pub async fn list_ids(db: impl PgExecutor<'_>, project_id: ProjectId) -> sqlx::Result<Vec<UserId>> {
    sqlx::query_scalar!("SELECT user_id FROM project_members WHERE project_id = $1 ORDER BY user_id", project_id)
        .fetch_all(db)
        .await
}

/// Adds a member, with the project last in the member's own order.
pub async fn insert(db: &mut PgConnection, project_id: ProjectId, user_id: UserId, role: Role) -> anyhow::Result<()> {
    let last = sqlx::query_scalar!("SELECT max(position) FROM project_members WHERE user_id = $1", user_id)
        .fetch_one(&mut *db)
        .await?;
    let position = ordering::between(last.as_deref(), None)?;
    sqlx::query!(
        "INSERT INTO project_members (project_id, user_id, role, position) VALUES ($1, $2, $3, $4)",
        project_id,
        user_id,
        role as Role,
        position
    )
    .execute(db)
    .await?;
    Ok(())
}

pub async fn update_role(
    db: &mut PgConnection,
    project_id: ProjectId,
    user_id: UserId,
    role: Role,
) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE project_members SET role = $3 WHERE project_id = $1 AND user_id = $2",
        project_id,
        user_id,
        role as Role
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Removes a member and unassigns the project's tasks.
pub async fn remove(db: &mut PgConnection, project_id: ProjectId, user_id: UserId) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        UPDATE tasks SET assignee_id = NULL, version = version + 1, updated_at = now()
        WHERE project_id = $1 AND assignee_id = $2
        "#,
        project_id,
        user_id
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!("DELETE FROM project_members WHERE project_id = $1 AND user_id = $2", project_id, user_id)
        .execute(db)
        .await?;
    Ok(())
}
