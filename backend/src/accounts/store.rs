//! SQL of account administration.

use sqlx::{PgConnection, PgExecutor, types::Json};

use super::model::{Account, Candidate, SharedProject};
use crate::id::{ProjectId, UserId};

/// Newest first: ids are ordered by time. A search scans all accounts, about a second per million.
pub async fn list(
    db: impl PgExecutor<'_>,
    q: Option<&str>,
    before: Option<UserId>,
    limit: i64,
) -> sqlx::Result<Vec<Account>> {
    sqlx::query_as!(
        Account,
        r#"
        SELECT id, email, name, is_admin, email_verified_at, disabled_at, disabled_reason, created_at, last_seen_at
        FROM users
        WHERE ($1::uuid IS NULL OR id < $1)
          AND ($2::text IS NULL OR strpos(text_fold(email), text_fold($2)) > 0 OR strpos(text_loose(name), text_loose($2)) > 0)
        ORDER BY id DESC
        LIMIT $3
        "#,
        before,
        q,
        limit
    )
    .fetch_all(db)
    .await
}

pub async fn find(db: impl PgExecutor<'_>, id: UserId) -> sqlx::Result<Option<Account>> {
    sqlx::query_as!(
        Account,
        r#"
        SELECT id, email, name, is_admin, email_verified_at, disabled_at, disabled_reason, created_at, last_seen_at
        FROM users WHERE id = $1
        "#,
        id
    )
    .fetch_optional(db)
    .await
}

pub struct Counts {
    pub sessions: i64,
    pub projects_owned: i64,
    pub projects_shared: i64,
}

pub async fn count(db: impl PgExecutor<'_>, id: UserId) -> sqlx::Result<Counts> {
    sqlx::query_as!(
        Counts,
        r#"
        SELECT (SELECT count(*) FROM sessions WHERE user_id = $1 AND ended_at IS NULL AND expires_at > now()) AS "sessions!",
               count(*) AS "projects_owned!",
               count(*) FILTER (WHERE EXISTS
                   (SELECT FROM project_members o WHERE o.project_id = p.id AND o.user_id <> $1)) AS "projects_shared!"
        FROM project_members m JOIN projects p ON p.id = m.project_id
        WHERE m.user_id = $1 AND m.role = 'owner' AND NOT p.is_inbox AND p.deleted_at IS NULL
        "#,
        id
    )
    .fetch_one(db)
    .await
}

/// An owner's projects with other members, by name.
pub async fn list_shared_projects(
    db: impl PgExecutor<'_>,
    owner_id: UserId,
    limit: i64,
    candidates: i64,
) -> sqlx::Result<Vec<SharedProject>> {
    sqlx::query_as!(
        SharedProject,
        r#"
        SELECT p.id, p.name, c.candidates AS "candidates!: Json<Vec<Candidate>>"
        FROM project_members m
        JOIN projects p ON p.id = m.project_id
        CROSS JOIN LATERAL (
            SELECT jsonb_agg(jsonb_build_object('id', o.id, 'name', o.name, 'email', o.email, 'role', o.role)) AS candidates
            FROM (
                SELECT u.id, u.name, u.email, o.role FROM project_members o JOIN users u ON u.id = o.user_id
                WHERE o.project_id = p.id AND o.user_id <> $1
                ORDER BY u.disabled_at IS NOT NULL, o.role, o.joined_at, u.id
                LIMIT $3
            ) o
        ) c
        WHERE m.user_id = $1 AND m.role = 'owner' AND NOT p.is_inbox AND p.deleted_at IS NULL AND c.candidates IS NOT NULL
        ORDER BY lower(p.name), p.id
        LIMIT $2
        "#,
        owner_id,
        limit,
        candidates
    )
    .fetch_all(db)
    .await
}

/// False if there is no such account. Disabling again replaces the reason.
pub async fn set_disabled(db: &mut PgConnection, id: UserId, reason: Option<&str>) -> sqlx::Result<bool> {
    let result = sqlx::query!(
        r#"
        UPDATE users SET disabled_at = coalesce(disabled_at, now()), disabled_reason = $2, updated_at = now() WHERE id = $1
        "#,
        id,
        reason
    )
    .execute(db)
    .await?;
    Ok(result.rows_affected() == 1)
}

/// False if there is no such account.
pub async fn set_enabled(db: &mut PgConnection, id: UserId) -> sqlx::Result<bool> {
    let result = sqlx::query!(
        "UPDATE users SET disabled_at = NULL, disabled_reason = NULL, updated_at = now() WHERE id = $1",
        id
    )
    .execute(db)
    .await?;
    Ok(result.rows_affected() == 1)
}

/// Active projects of which the account is a member but not the owner.
pub async fn list_memberships(db: impl PgExecutor<'_>, user_id: UserId) -> sqlx::Result<Vec<ProjectId>> {
    sqlx::query_scalar!(
        r#"
        SELECT m.project_id FROM project_members m JOIN projects p ON p.id = m.project_id
        WHERE m.user_id = $1 AND m.role <> 'owner' AND p.deleted_at IS NULL
        ORDER BY m.project_id
        "#,
        user_id
    )
    .fetch_all(db)
    .await
}

/// All projects owned by an account, in locking order.
pub async fn list_owned(db: impl PgExecutor<'_>, user_id: UserId) -> sqlx::Result<Vec<ProjectId>> {
    sqlx::query_scalar!("SELECT id FROM projects WHERE owner_id = $1 ORDER BY id", user_id).fetch_all(db).await
}

/// Deletes the account with its own unshared projects and all their topics. Tasks that it created in other projects stay, without a
/// creator.
pub async fn delete(db: &mut PgConnection, id: UserId) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        WITH own AS (DELETE FROM projects WHERE owner_id = $1 RETURNING id)
        DELETE FROM topics WHERE id IN (SELECT id FROM own)
        "#,
        id
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!("DELETE FROM users WHERE id = $1", id).execute(&mut *db).await?;
    sqlx::query!("DELETE FROM topics WHERE id = $1", id).execute(db).await?;
    Ok(())
}
