//! SQL of invitations.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgExecutor, PgPool};

use super::{
    model::{Invitation, OwnInvitation},
    token::Seal,
};
use crate::{
    id::{InvitationId, ProjectId, UserId},
    notifications::model::Person,
    projects::model::Role,
    users::model::Language,
};

struct Row {
    id: InvitationId,
    email: String,
    role: Role,
    inviter_id: UserId,
    inviter_name: String,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    nonce: Option<Vec<u8>>,
}

impl From<Row> for Invitation {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            seal: Seal { nonce: row.nonce, email: row.email.clone() },
            email: Some(row.email),
            role: row.role,
            invited_by: Person { id: row.inviter_id, name: row.inviter_name },
            url: None,
            created_at: row.created_at,
            expires_at: row.expires_at,
        }
    }
}

/// Open invitations, including expired ones, which can be sent again.
pub async fn list_open(db: impl PgExecutor<'_>, project_id: ProjectId) -> sqlx::Result<Vec<Invitation>> {
    let rows = sqlx::query_as!(
        Row,
        r#"
        SELECT i.id, i.email, i.role AS "role: Role", u.id AS inviter_id, u.name AS inviter_name, i.created_at, i.expires_at,
               i.nonce
        FROM invitations i JOIN users u ON u.id = i.invited_by
        WHERE i.project_id = $1 AND i.accepted_at IS NULL
        ORDER BY i.created_at, i.id
        "#,
        project_id
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Invitation::from).collect())
}

pub async fn find_open(
    db: impl PgExecutor<'_>,
    project_id: ProjectId,
    id: InvitationId,
) -> sqlx::Result<Option<Invitation>> {
    let row = sqlx::query_as!(
        Row,
        r#"
        SELECT i.id, i.email, i.role AS "role: Role", u.id AS inviter_id, u.name AS inviter_name, i.created_at, i.expires_at,
               i.nonce
        FROM invitations i JOIN users u ON u.id = i.invited_by
        WHERE i.project_id = $1 AND i.id = $2 AND i.accepted_at IS NULL
        "#,
        project_id,
        id
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(Invitation::from))
}

pub async fn insert(
    db: &mut PgConnection,
    id: InvitationId,
    project_id: ProjectId,
    email: &str,
    role: Role,
    invited_by: UserId,
    expires_at: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        INSERT INTO invitations (id, project_id, email, role, invited_by, expires_at, nonce, is_announced)
        VALUES ($1, $2, $3, $4, $5, $6, $7, false)
        "#,
        id,
        project_id,
        email,
        role as Role,
        invited_by,
        expires_at,
        &Seal::new_nonce()[..],
    )
    .execute(db)
    .await?;
    Ok(())
}

/// From now on it comes from `invited_by` and is valid until `expires_at`.
pub async fn renew(
    db: &mut PgConnection,
    id: InvitationId,
    invited_by: UserId,
    expires_at: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE invitations SET invited_by = $2, expires_at = $3, is_announced = false WHERE id = $1 AND accepted_at IS NULL",
        id,
        invited_by,
        expires_at
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Invitations without a notification yet, with their projects, ordered by id after the given one.
pub async fn list_unannounced(
    db: &PgPool,
    after: InvitationId,
    limit: i64,
) -> sqlx::Result<Vec<(InvitationId, ProjectId)>> {
    let rows = sqlx::query!(
        "SELECT id, project_id FROM invitations WHERE NOT is_announced AND id > $1 ORDER BY id LIMIT $2",
        after,
        limit
    );
    Ok(rows.fetch_all(db).await?.into_iter().map(|row| (row.id, row.project_id)).collect())
}

pub async fn find_inviter(db: impl PgExecutor<'_>, id: InvitationId) -> sqlx::Result<Option<UserId>> {
    sqlx::query_scalar!("SELECT invited_by FROM invitations WHERE id = $1", id).fetch_optional(db).await
}

/// False if that was done before; the project is locked.
pub async fn mark_announced(db: &mut PgConnection, id: InvitationId) -> sqlx::Result<bool> {
    let marked = sqlx::query!("UPDATE invitations SET is_announced = true WHERE id = $1 AND NOT is_announced", id);
    Ok(marked.execute(db).await?.rows_affected() == 1)
}

/// Revokes or declines one; returns its address if it was open.
pub async fn delete(db: &mut PgConnection, project_id: ProjectId, id: InvitationId) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar!(
        "DELETE FROM invitations WHERE project_id = $1 AND id = $2 AND accepted_at IS NULL RETURNING email",
        project_id,
        id
    )
    .fetch_optional(db)
    .await
}

/// Deletes an expired invitation of an address; returns its id.
pub async fn delete_expired(
    db: &mut PgConnection,
    project_id: ProjectId,
    email: &str,
) -> sqlx::Result<Option<InvitationId>> {
    sqlx::query_scalar!(
        r#"
        DELETE FROM invitations
        WHERE project_id = $1 AND lower(email) = lower($2) AND accepted_at IS NULL AND expires_at <= now()
        RETURNING id
        "#,
        project_id,
        email,
    )
    .fetch_optional(db)
    .await
}

/// A valid invitation with the contents of its mail and page.
pub struct Valid {
    pub project_id: ProjectId,
    pub project_name: String,
    pub inviter_id: UserId,
    pub inviter_name: String,
    pub inviter_language: Language,
    pub email: String,
    pub role: Role,
    pub expires_at: DateTime<Utc>,
    nonce: Option<Vec<u8>>,
}

impl Valid {
    pub fn is_to(&self, email: &str) -> bool {
        self.email.to_lowercase() == email.to_lowercase()
    }

    pub fn seal(&self) -> Seal {
        Seal { nonce: self.nonce.clone(), email: self.email.clone() }
    }
}

/// Valid as long as the project is active and the inviter may still invite. Not while the inviter's account is about to be deleted: nobody
/// should join a project that may be deleted, or inherit it.
pub async fn find_valid(db: impl PgExecutor<'_>, id: InvitationId) -> sqlx::Result<Option<Valid>> {
    sqlx::query_as!(
        Valid,
        r#"
        SELECT i.project_id, p.name AS project_name, u.id AS inviter_id, u.name AS inviter_name,
               u.language AS "inviter_language: Language", i.email, i.role AS "role: Role", i.expires_at, i.nonce
        FROM invitations i
        JOIN projects p ON p.id = i.project_id AND p.deleted_at IS NULL AND p.archived_at IS NULL
        JOIN project_members m ON m.project_id = i.project_id AND m.user_id = i.invited_by AND m.role = 'owner'
        JOIN users u ON u.id = i.invited_by AND u.disabled_at IS NULL
        WHERE i.id = $1 AND i.accepted_at IS NULL AND i.expires_at > now()
          AND NOT EXISTS (SELECT FROM account_deletions d WHERE d.user_id = i.invited_by)
        "#,
        id
    )
    .fetch_optional(db)
    .await
}

/// Invitations that this address's account can accept now, the newest 100, without those from blocked people.
pub async fn list_own(db: impl PgExecutor<'_>, user_id: UserId, email: &str) -> sqlx::Result<Vec<OwnInvitation>> {
    struct OwnRow {
        id: InvitationId,
        project_name: String,
        inviter_id: UserId,
        inviter_name: String,
        role: Role,
        created_at: DateTime<Utc>,
        expires_at: DateTime<Utc>,
    }
    let rows = sqlx::query_as!(
        OwnRow,
        r#"
        SELECT i.id, p.name AS project_name, u.id AS inviter_id, u.name AS inviter_name, i.role AS "role: Role", i.created_at,
               i.expires_at
        FROM invitations i
        JOIN projects p ON p.id = i.project_id AND p.deleted_at IS NULL AND p.archived_at IS NULL
        JOIN project_members m ON m.project_id = i.project_id AND m.user_id = i.invited_by AND m.role = 'owner'
        JOIN users u ON u.id = i.invited_by AND u.disabled_at IS NULL
        WHERE lower(i.email) = lower($2) AND i.accepted_at IS NULL AND i.expires_at > now()
          AND NOT EXISTS (SELECT FROM account_deletions d WHERE d.user_id = i.invited_by)
          AND NOT EXISTS (SELECT FROM invitation_blocks b WHERE b.user_id = $1 AND b.blocked_id = i.invited_by)
        ORDER BY i.created_at DESC, i.id DESC
        LIMIT 100
        "#,
        user_id,
        email
    )
    .fetch_all(db)
    .await?;
    let own = |row: OwnRow| OwnInvitation {
        id: row.id,
        project_name: row.project_name,
        invited_by: Person { id: row.inviter_id, name: row.inviter_name },
        role: row.role,
        created_at: row.created_at,
        expires_at: row.expires_at,
    };
    Ok(rows.into_iter().map(own).collect())
}

/// Marks it as used.
pub async fn mark_accepted(db: &mut PgConnection, id: InvitationId, user_id: UserId) -> sqlx::Result<()> {
    sqlx::query!("UPDATE invitations SET accepted_at = now(), accepted_by = $2 WHERE id = $1", id, user_id)
        .execute(db)
        .await?;
    Ok(())
}

/// A used invitation.
pub struct Used {
    pub project_id: ProjectId,
    pub by: Option<UserId>,
    email: String,
    nonce: Option<Vec<u8>>,
}

impl Used {
    pub fn seal(&self) -> Seal {
        Seal { nonce: self.nonce.clone(), email: self.email.clone() }
    }
}

pub async fn find_used(db: impl PgExecutor<'_>, id: InvitationId) -> sqlx::Result<Option<Used>> {
    sqlx::query_as!(
        Used,
        "SELECT project_id, accepted_by AS by, email, nonce FROM invitations WHERE id = $1 AND accepted_at IS NOT NULL",
        id
    )
    .fetch_optional(db)
    .await
}
