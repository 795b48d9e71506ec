//! What happens to the projects of a deleted account.

use serde_json::json;
use sqlx::PgExecutor;

use crate::{
    account_deletion::Parts,
    events::{Change, EventKind},
    id::{ProjectId, UserId},
    notifications::OwnershipStep,
    projects::{member_store, ownership},
};

/// Shared projects get a new owner or are deleted; unshared ones are deleted. One transaction each.
pub async fn all(state: &Parts, user_id: UserId) -> anyhow::Result<()> {
    let owned = sqlx::query_scalar!("SELECT id FROM projects WHERE owner_id = $1 AND NOT erasing ORDER BY id", user_id)
        .fetch_all(&state.db)
        .await?;
    for project_id in owned {
        let mut change = Change::begin(&state.db, None).await?;
        change.lock_projects(&[project_id]).await?;
        let members = member_store::list_ids(change.connection(), project_id).await?;
        change.lock_users(&members).await?;
        let heir = heir(change.connection(), project_id, user_id).await?;
        match heir {
            Some(heir) => {
                ownership::inherit(&mut change, project_id, heir).await?;
                ownership::tell(&mut change, heir, None, project_id, OwnershipStep::Received).await?;
            }
            None => give_up(&mut change, project_id, &members).await?,
        }
        change.commit(&state.bus).await?;
        if let Some(heir) = heir {
            ownership::log_new_owner(project_id, user_id, heir);
        }
    }
    Ok(())
}

/// The chosen heir, unless they declined; otherwise the longest-standing editor, then viewer; nobody if the project is to be deleted with
/// the account. Accounts that are disabled or about to be deleted come last, which is better than losing the others' data.
async fn heir(db: impl PgExecutor<'_>, project_id: ProjectId, owner_id: UserId) -> sqlx::Result<Option<UserId>> {
    sqlx::query_scalar!(
        r#"
        SELECT m.user_id
        FROM projects p JOIN project_members m ON m.project_id = p.id
        JOIN users u ON u.id = m.user_id
        LEFT JOIN account_deletions asked ON asked.user_id = $2
        LEFT JOIN account_deletion_projects d ON d.project_id = p.id AND d.owner_id = $2
        WHERE p.id = $1 AND p.owner_id = $2 AND p.deleted_at IS NULL AND NOT p.is_inbox AND m.user_id <> $2
          AND NOT (d.project_id IS NOT NULL AND d.heir_id IS NULL)
          -- Who has joined since was not there to be thought of.
          AND (d.project_id IS NOT NULL OR asked.requested_at IS NULL OR m.joined_at <= asked.requested_at)
          AND (d.heir_id IS DISTINCT FROM m.user_id OR d.declined_at IS NULL)
          AND NOT EXISTS (SELECT FROM account_deletions other WHERE other.user_id = m.user_id AND other.begun_at IS NOT NULL)
        ORDER BY EXISTS (SELECT FROM account_deletions other WHERE other.user_id = m.user_id), u.disabled_at IS NOT NULL,
                 (coalesce(d.heir_id, p.transfer_to) IS NOT DISTINCT FROM m.user_id) DESC, (m.role = 'editor') DESC, m.joined_at, m.user_id
        LIMIT 1
        "#,
        project_id,
        owner_id
    )
    .fetch_optional(db)
    .await
}

/// Hides it; a worker deletes it in steps.
async fn give_up(change: &mut Change, project_id: ProjectId, members: &[UserId]) -> anyhow::Result<()> {
    sqlx::query!(
        r#"
        UPDATE projects
        SET erasing = true, deleted_at = CASE WHEN NOT is_inbox THEN coalesce(deleted_at, now()) END, transfer_to = NULL,
            version = version + 1
        WHERE id = $1
        "#,
        project_id
    )
    .execute(change.connection())
    .await?;
    let left: Vec<_> = members.iter().map(|member| (*member, json!({ "id": project_id }))).collect();
    change.record_for_users(EventKind::ProjectLeft, &left)
}
