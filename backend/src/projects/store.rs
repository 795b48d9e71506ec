//! SQL of projects. Reads start from the caller.

use sqlx::{PgConnection, PgExecutor};

use super::model::{DEFAULT_COLOR, NewProject, Project, ProjectPatch, Role, SharedProject};
use crate::{
    events::{Change, Topic},
    id::{Id, ProjectId, UserId},
    ordering,
};

/// All projects of a user outside the trash; the Inbox first, then in the user's order.
pub async fn list(db: impl PgExecutor<'_>, user_id: UserId, archived: bool) -> sqlx::Result<Vec<Project>> {
    sqlx::query_as!(
        Project,
        r#"
        SELECT p.id, p.name, p.color, p.icon, p.is_inbox, p.owner_id, m.role AS "role: Role", m.position,
               (SELECT count(*) FROM project_members c WHERE c.project_id = p.id) AS "member_count!",
               (SELECT count(*) FROM tasks t WHERE t.project_id = p.id AND t.deleted_at IS NULL
                AND t.parent_id IS NULL AND t.status IN ('todo', 'in_progress')) AS "open_tasks!",
               p.archived_at, p.deleted_at, p.created_at, p.updated_at, p.version, p.transfer_to
        FROM project_members m JOIN projects p ON p.id = m.project_id
        WHERE m.user_id = $1 AND p.deleted_at IS NULL AND (p.archived_at IS NULL OR $2)
        ORDER BY p.is_inbox DESC, m.position, p.id
        "#,
        user_id,
        archived
    )
    .fetch_all(db)
    .await
}

/// A project as a member sees it. In the trash only its owner sees it; `None` for others.
pub async fn find(db: impl PgExecutor<'_>, user_id: UserId, id: ProjectId) -> sqlx::Result<Option<Project>> {
    sqlx::query_as!(
        Project,
        r#"
        SELECT p.id, p.name, p.color, p.icon, p.is_inbox, p.owner_id, m.role AS "role: Role", m.position,
               (SELECT count(*) FROM project_members c WHERE c.project_id = p.id) AS "member_count!",
               (SELECT count(*) FROM tasks t WHERE t.project_id = p.id AND t.deleted_at IS NULL
                AND t.parent_id IS NULL AND t.status IN ('todo', 'in_progress')) AS "open_tasks!",
               p.archived_at, p.deleted_at, p.created_at, p.updated_at, p.version, p.transfer_to
        FROM project_members m JOIN projects p ON p.id = m.project_id
        WHERE m.user_id = $1 AND p.id = $2 AND (p.deleted_at IS NULL OR m.role = 'owner' AND NOT p.erasing)
        "#,
        user_id,
        id
    )
    .fetch_optional(db)
    .await
}

/// The shared view of these projects, ordered by id.
pub async fn list_shared(db: impl PgExecutor<'_>, ids: &[ProjectId]) -> sqlx::Result<Vec<SharedProject>> {
    sqlx::query_as!(
        SharedProject,
        r#"
        SELECT p.id, p.name, p.color, p.icon, p.is_inbox, p.owner_id, p.transfer_to,
               (SELECT count(*) FROM project_members c WHERE c.project_id = p.id) AS "member_count!",
               p.archived_at, p.deleted_at, p.created_at, p.updated_at, p.version
        FROM projects p WHERE p.id = ANY ($1) ORDER BY p.id
        "#,
        ids
    )
    .fetch_all(db)
    .await
}

/// An active project as seen by each of these members, ordered by id. Counts that they share are computed once.
pub async fn list_for_members(
    db: &mut PgConnection,
    id: ProjectId,
    members: &[UserId],
) -> sqlx::Result<Vec<(UserId, Project)>> {
    let members = sqlx::query!(
        r#"
        SELECT m.user_id, m.role AS "role: Role", m.position FROM project_members m JOIN projects p ON p.id = m.project_id
        WHERE m.project_id = $1 AND m.user_id = ANY ($2) AND p.deleted_at IS NULL ORDER BY m.user_id
        "#,
        id,
        members
    )
    .fetch_all(&mut *db)
    .await?;
    let Some(first) = members.first() else { return Ok(Vec::new()) };
    let Some(project) = find(db, first.user_id, id).await? else { return Ok(Vec::new()) };
    let theirs = members
        .into_iter()
        .map(|member| (member.user_id, Project { role: member.role, position: member.position, ..project.clone() }));
    Ok(theirs.collect())
}

/// The projects in the trash of their owner.
pub async fn list_trash(db: impl PgExecutor<'_>, user_id: UserId) -> sqlx::Result<Vec<Project>> {
    sqlx::query_as!(
        Project,
        r#"
        SELECT p.id, p.name, p.color, p.icon, p.is_inbox, p.owner_id, m.role AS "role: Role", m.position,
               (SELECT count(*) FROM project_members c WHERE c.project_id = p.id) AS "member_count!",
               0::bigint AS "open_tasks!",
               p.archived_at, p.deleted_at, p.created_at, p.updated_at, p.version, p.transfer_to
        FROM project_members m JOIN projects p ON p.id = m.project_id
        WHERE m.user_id = $1 AND m.role = 'owner' AND p.deleted_at IS NOT NULL AND NOT p.erasing
        ORDER BY p.deleted_at DESC, p.id
        "#,
        user_id
    )
    .fetch_all(db)
    .await
}

/// Inserts a project with its owner, last in the owner's order.
pub async fn insert(
    db: &mut PgConnection,
    owner_id: UserId,
    id: ProjectId,
    project: &NewProject,
) -> anyhow::Result<()> {
    let last = sqlx::query_scalar!("SELECT max(position) FROM project_members WHERE user_id = $1", owner_id)
        .fetch_one(&mut *db)
        .await?;
    let position = ordering::between(last.as_deref(), None)?;
    insert_row(db, owner_id, id, project, false, &position).await?;
    Ok(())
}

async fn insert_row(
    db: &mut PgConnection,
    owner_id: UserId,
    id: ProjectId,
    project: &NewProject,
    is_inbox: bool,
    position: &str,
) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO projects (id, owner_id, name, color, icon, is_inbox) VALUES ($1, $2, $3, lower($4), $5, $6)",
        id,
        owner_id,
        project.name.trim(),
        project.color.as_deref().unwrap_or(DEFAULT_COLOR),
        project.icon.as_deref().unwrap_or(super::model::DEFAULT_ICON),
        is_inbox,
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "INSERT INTO project_members (project_id, user_id, role, position) VALUES ($1, $2, 'owner', $3)",
        id,
        owner_id,
        position,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Every user has an Inbox from the start. Clients show its name in the user's language.
pub async fn insert_inbox(change: &mut Change, owner_id: UserId) -> anyhow::Result<()> {
    let id = Id::new();
    let inbox = NewProject { id: None, name: "Inbox".to_owned(), color: None, icon: Some("inbox".to_owned()) };
    insert_row(change.connection(), owner_id, id, &inbox, true, &ordering::between(None, None)?).await?;
    change.create_topic(Topic::Project(id)).await?;
    Ok(())
}

pub async fn find_inbox_id(db: impl PgExecutor<'_>, user_id: UserId) -> sqlx::Result<ProjectId> {
    sqlx::query_scalar!("SELECT id FROM projects WHERE owner_id = $1 AND is_inbox", user_id).fetch_one(db).await
}

/// Changes shared data.
pub async fn update(db: &mut PgConnection, id: ProjectId, patch: &ProjectPatch) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        UPDATE projects
        SET name = coalesce($2, name), color = coalesce(lower($3), color), icon = coalesce($4, icon),
            archived_at = CASE WHEN $5::boolean IS NULL THEN archived_at WHEN $5 THEN coalesce(archived_at, now()) END,
            version = version + 1, updated_at = now()
        WHERE id = $1
        "#,
        id,
        patch.name.as_deref().map(str::trim),
        patch.color,
        patch.icon,
        patch.archived,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Moves a project to the trash, where no offer of it remains, or restores it; false if it was there already.
pub async fn set_deleted(db: &mut PgConnection, id: ProjectId, deleted: bool) -> sqlx::Result<bool> {
    let result = sqlx::query!(
        r#"
        UPDATE projects
        SET deleted_at = CASE WHEN $2 THEN now() END, transfer_to = NULL, version = version + 1, updated_at = now()
        WHERE id = $1 AND (deleted_at IS NULL) = $2 AND NOT erasing
        "#,
        id,
        deleted
    )
    .execute(db)
    .await?;
    Ok(result.rows_affected() == 1)
}

/// Moves a project in one member's order: after another one of theirs, or to the front. False if `after` is not theirs.
pub async fn move_in_order(
    db: &mut PgConnection,
    user_id: UserId,
    id: ProjectId,
    after: Option<ProjectId>,
) -> anyhow::Result<bool> {
    let lower = match after {
        None => None,
        Some(after) => {
            let found = sqlx::query_scalar!(
                "SELECT position FROM project_members WHERE user_id = $1 AND project_id = $2 AND project_id <> $3",
                user_id,
                after,
                id
            )
            .fetch_optional(&mut *db)
            .await?;
            let Some(position) = found else { return Ok(false) };
            Some(position)
        }
    };
    let upper = sqlx::query_scalar!(
        r#"
        SELECT min(position) FROM project_members
        WHERE user_id = $1 AND project_id <> $2 AND ($3::text IS NULL OR position > $3 COLLATE "C")
        "#,
        user_id,
        id,
        lower
    )
    .fetch_one(&mut *db)
    .await?;
    let position = ordering::between(lower.as_deref(), upper.as_deref())?;
    sqlx::query!(
        "UPDATE project_members SET position = $3 WHERE user_id = $1 AND project_id = $2",
        user_id,
        id,
        position
    )
    .execute(db)
    .await?;
    Ok(true)
}
