//! SQL of who owns a project and to whom it is offered.

use crate::id::{ProjectId, UserId};
use sqlx::{PgConnection, PgExecutor};

pub struct Ownership {
    pub owner_id: UserId,
    /// The member to whom the project is offered.
    pub transfer_to: Option<UserId>,
    pub is_inbox: bool,
}

/// `None` when there is no such project, or it is in the trash.
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

/// As [`set_offer`], of each of these projects to its member.
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

/// Ends those of these offers that still stand, each of a project to a member, and gives their projects.
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

/// Ends the offer to `to`, or to whomever it is; false when there is none.
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

/// The project's open invitations are the new owner's too: they are good only while who invites owns it. Their links are new: who had them
/// before may be who is to go.
pub async fn set_owner(db: &mut PgConnection, project_id: ProjectId, owner_id: UserId) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE projects SET owner_id = $2, transfer_to = NULL, version = version + 1, updated_at = now() WHERE id = $1",
        project_id,
        owner_id
    )
    .execute(&mut *db)
    .await?;
    // Off since the account of the owner until now is disabled. They lead to where that owner chose: the new one looks before they are on.
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

/// The member who was to get the project, since its owner's account is to be deleted, does not want it.
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
