//! SQL of tags and their assignments.

use sqlx::{PgConnection, PgExecutor};

use super::model::{Tag, TagCursor, TagPatch, color_of};
use crate::{
    id::{Id, ProjectId, TagId, TaskId, UserId},
    projects::model::Role,
};

/// A page of the tags of one project, or of all projects of a user, project by project, so that nothing off the page is sorted.
pub async fn list(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    project_id: Option<ProjectId>,
    after: Option<&TagCursor>,
    limit: i64,
) -> sqlx::Result<Vec<Tag>> {
    sqlx::query_as!(
        Tag,
        r#"
        SELECT g.id, g.project_id, g.name, g.color, g.version
        FROM project_access a JOIN tags g ON g.project_id = a.project_id
        WHERE a.user_id = $1 AND ($2::uuid IS NULL OR a.project_id = $2)
          AND ($3::uuid IS NULL OR a.project_id >= $3 AND (g.project_id, lower(g.name), g.id) > ($3, lower($4::text), $5::uuid))
        ORDER BY a.project_id, lower(g.name), g.id
        LIMIT $6
        "#,
        user_id,
        project_id,
        after.map(|after| after.project_id),
        after.map(|after| after.name.as_str()),
        after.map(|after| after.id),
        limit,
    )
    .fetch_all(db)
    .await
}

/// A tag in a project of the user, with the user's role there.
pub async fn find(db: impl PgExecutor<'_>, user_id: UserId, id: TagId) -> sqlx::Result<Option<(Tag, Role)>> {
    let row = sqlx::query!(
        r#"
        SELECT g.id, g.project_id, g.name, g.color, g.version, a.role AS "role!: Role"
        FROM tags g JOIN project_access a ON a.project_id = g.project_id
        WHERE g.id = $2 AND a.user_id = $1
        "#,
        user_id,
        id
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| {
        let tag =
            Tag { id: row.id, project_id: row.project_id, name: row.name, color: row.color, version: row.version };
        (tag, row.role)
    }))
}

pub async fn exists(db: impl PgExecutor<'_>, id: TagId) -> sqlx::Result<bool> {
    Ok(sqlx::query_scalar!("SELECT 1 AS one FROM tags WHERE id = $1", id).fetch_optional(db).await?.is_some())
}

pub async fn insert(
    db: &mut PgConnection,
    id: TagId,
    project_id: ProjectId,
    name: &str,
    color: Option<&str>,
) -> sqlx::Result<Tag> {
    sqlx::query_as!(
        Tag,
        r#"
        INSERT INTO tags (id, project_id, name, color) VALUES ($1, $2, $3, lower($4))
        RETURNING id, project_id, name, color, version
        "#,
        id,
        project_id,
        name.trim(),
        color.unwrap_or_else(|| color_of(name))
    )
    .fetch_one(db)
    .await
}

/// A renamed tag affects every task that has it, so a trigger gives those a new version too. Returns their number.
pub async fn update(db: &mut PgConnection, id: TagId, patch: &TagPatch) -> sqlx::Result<(Tag, u64)> {
    let touched = if patch.name.is_some() { count_tasks(db, id).await? } else { 0 };
    let tag = sqlx::query_as!(
        Tag,
        r#"
        UPDATE tags SET name = coalesce($2, name), color = coalesce(lower($3), color), version = version + 1
        WHERE id = $1
        RETURNING id, project_id, name, color, version
        "#,
        id,
        patch.name.as_deref().map(str::trim),
        patch.color
    )
    .fetch_one(db)
    .await?;
    Ok((tag, touched))
}

/// Returns the number of tasks that lose it; a trigger gives them a new version.
pub async fn delete(db: &mut PgConnection, id: TagId) -> sqlx::Result<u64> {
    let touched = count_tasks(db, id).await?;
    sqlx::query!("DELETE FROM tags WHERE id = $1", id).execute(db).await?;
    Ok(touched)
}

async fn count_tasks(db: &mut PgConnection, id: TagId) -> sqlx::Result<u64> {
    let count =
        sqlx::query_scalar!(r#"SELECT count(*) AS "count!" FROM task_tags WHERE tag_id = $1"#, id).fetch_one(db);
    Ok(count.await?.unsigned_abs())
}

/// A tag's name and colour on a task.
pub struct TaskTag {
    pub task_id: TaskId,
    pub name: String,
    pub color: String,
}

/// Removes all tags from these tasks and returns them.
pub async fn detach(db: &mut PgConnection, task_ids: &[TaskId]) -> sqlx::Result<Vec<TaskTag>> {
    sqlx::query_as!(
        TaskTag,
        r#"
        DELETE FROM task_tags tt USING tags g
        WHERE tt.task_id = ANY($1) AND g.id = tt.tag_id
        RETURNING tt.task_id, g.name, g.color
        "#,
        task_ids
    )
    .fetch_all(db)
    .await
}

/// Assigns tags to tasks of a project by name; creates missing tags and returns them.
pub async fn attach(db: &mut PgConnection, project_id: ProjectId, tags: &[TaskTag]) -> sqlx::Result<Vec<Tag>> {
    if tags.is_empty() {
        return Ok(Vec::new());
    }
    let task_ids: Vec<TaskId> = tags.iter().map(|tag| tag.task_id).collect();
    let names: Vec<String> = tags.iter().map(|tag| tag.name.trim().to_owned()).collect();
    let colors: Vec<String> = tags.iter().map(|tag| tag.color.clone()).collect();
    let ids: Vec<TagId> = tags.iter().map(|_| Id::new()).collect();
    let created = sqlx::query_as!(
        Tag,
        r#"
        INSERT INTO tags (id, project_id, name, color)
        SELECT new.id, $1, new.name, new.color FROM unnest($2::uuid[], $3::text[], $4::text[]) AS new (id, name, color)
        ON CONFLICT (project_id, name_key(name)) DO NOTHING
        RETURNING id, project_id, name, color, version
        "#,
        project_id,
        &ids,
        &names,
        &colors
    )
    .fetch_all(&mut *db)
    .await?;
    sqlx::query!(
        r#"
        INSERT INTO task_tags (task_id, tag_id, project_id)
        SELECT wanted.task_id, g.id, $1
        FROM unnest($2::uuid[], $3::text[]) AS wanted (task_id, name)
        JOIN tags g ON g.project_id = $1 AND name_key(g.name) = name_key(wanted.name)
        ON CONFLICT DO NOTHING
        "#,
        project_id,
        &task_ids,
        &names
    )
    .execute(db)
    .await?;
    Ok(created)
}
