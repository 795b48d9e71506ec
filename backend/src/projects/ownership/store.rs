//! SQL of project ownership and offers.

use crate::id::{ProjectId, UserId};
use sqlx::{PgConnection, PgExecutor};

pub struct Ownership {
    pub owner_id: UserId,
    /// The member with the offer.
    pub transfer_to: Option<UserId>,
    pub is_inbox: bool,
}

/// `None` if there is no such project, or it is in the trash.
pub async fn find(db: impl PgExecutor<'_>, project_id: ProjectId) -> sqlx::Result<Option<Ownership>> {
    sqlx::query_as!(
        Ownership,
        "SELECT owner_id, transfer_to, is_inbox FROM projects WHERE id = $1 AND deleted_at IS NULL",
        project_id
    )
    .fetch_optional(db)
    .await
}

pub async fn set_offer(db: &mut PgConnection, project_id: ProjectId, to: UserId) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE projects SET transfer_to = $2, version = version + 1, updated_at = now() WHERE id = $1",
        project_id,
        to
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Like [`set_offer`], for each project and its member.
pub async fn set_offers(db: &mut PgConnection, offers: &[(ProjectId, UserId)]) -> sqlx::Result<()> {
    let (projects, members): (Vec<ProjectId>, Vec<UserId>) = offers.iter().copied().unzip();
    sqlx::query!(
        r#"
        UPDATE projects p SET transfer_to = given.member_id, version = p.version + 1, updated_at = now()
        FROM unnest($1::uuid[], $2::uuid[]) AS given (project_id, member_id) WHERE p.id = given.project_id
        "#,
        &projects,
        &members
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Ends those of the given offers that are still open, and returns their projects.
pub async fn end_offers(db: &mut PgConnection, offers: &[(ProjectId, UserId)]) -> sqlx::Result<Vec<ProjectId>> {
    let (projects, members): (Vec<ProjectId>, Vec<UserId>) = offers.iter().copied().unzip();
    sqlx::query_scalar!(
        r#"
        UPDATE projects p SET transfer_to = NULL, version = p.version + 1, updated_at = now()
        FROM unnest($1::uuid[], $2::uuid[]) AS given (project_id, member_id)
        WHERE p.id = given.project_id AND p.transfer_to = given.member_id
        RETURNING p.id
        "#,
        &projects,
        &members
    )
    .fetch_all(db)
    .await
}

/// Ends the offer to `to`, or any offer; false if there is none.
pub async fn end_offer(db: &mut PgConnection, project_id: ProjectId, to: Option<UserId>) -> sqlx::Result<bool> {
    let result = sqlx::query!(
        r#"
        UPDATE projects SET transfer_to = NULL, version = version + 1, updated_at = now()
        WHERE id = $1 AND transfer_to IS NOT NULL AND ($2::uuid IS NULL OR transfer_to = $2)
        "#,
        project_id,
        to
    )
    .execute(db)
    .await?;
    Ok(result.rows_affected() == 1)
}

/// The project's open invitations pass to the new owner: they are valid only while their inviter owns the project. Their links change,
/// because the previous owner knew the old ones.
pub async fn set_owner(db: &mut PgConnection, project_id: ProjectId, owner_id: UserId) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE projects SET owner_id = $2, transfer_to = NULL, version = version + 1, updated_at = now() WHERE id = $1",
        project_id,
        owner_id
    )
    .execute(&mut *db)
    .await?;
    // Off since the previous owner's account was disabled. That owner chose their URLs: the new one reviews them before they are on.
    sqlx::query!(
        r#"
        UPDATE webhooks SET paused_with_owner = false, version = version + 1, updated_at = now()
        WHERE project_id = $1 AND paused_with_owner
        "#,
        project_id
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "UPDATE invitations SET invited_by = $2, nonce = uuid_send(gen_random_uuid()) WHERE project_id = $1 AND accepted_at IS NULL",
        project_id,
        owner_id
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The chosen heir declines the project.
pub async fn decline_inheritance(db: &mut PgConnection, project_id: ProjectId, heir_id: UserId) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE account_deletion_projects SET declined_at = now() WHERE project_id = $1 AND heir_id = $2",
        project_id,
        heir_id
    )
    .execute(db)
    .await?;
    Ok(())
}
