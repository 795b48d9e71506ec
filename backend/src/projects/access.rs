//! Access by extractor: a handler with `ProjectAccess<Editor>` in its signature cannot run for anybody else. Non-members get 404, members
//! with a lower role 403.

use std::marker::PhantomData;

use axum::{
    extract::{FromRef, FromRequestParts},
    http::request::Parts,
};
use sqlx::{PgExecutor, PgPool};

use super::model::Role;
use crate::{
    auth::{Authenticator, Caller},
    error::{ApiError, Forbidden, Resource},
    events::Change,
    http::extract::Path,
    id::{ProjectId, UserId},
};

/// The minimum role of a route.
pub trait LeastRole: Send {
    const ROLE: Role;
}

pub struct Viewer;
pub struct Editor;
pub struct Owner;

impl LeastRole for Viewer {
    const ROLE: Role = Role::Viewer;
}
impl LeastRole for Editor {
    const ROLE: Role = Role::Editor;
}
impl LeastRole for Owner {
    const ROLE: Role = Role::Owner;
}

/// The caller's membership in the project of the path parameter `id`.
pub struct ProjectAccess<R> {
    pub caller: Caller,
    pub project_id: ProjectId,
    pub role: Role,
    pub is_inbox: bool,
    least: PhantomData<R>,
}

#[derive(serde::Deserialize)]
struct ProjectPath {
    id: ProjectId,
}

impl<S, R: LeastRole> FromRequestParts<S> for ProjectAccess<R>
where
    S: Send + Sync,
    Authenticator: FromRef<S>,
    PgPool: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let caller = Caller::from_request_parts(parts, state).await?;
        let Path(ProjectPath { id }) = Path::from_request_parts(parts, state).await?;
        let membership = find_membership(&PgPool::from_ref(state), caller.user_id, id)
            .await?
            .ok_or(ApiError::NotFound(Resource::Project))?;
        require(membership.role, R::ROLE)?;
        Ok(Self { caller, project_id: id, role: membership.role, is_inbox: membership.is_inbox, least: PhantomData })
    }
}

impl<R: LeastRole> ProjectAccess<R> {
    /// Locks the project and checks access again, because it was looked up before the body arrived. Returns the current role.
    pub async fn lock(&self, change: &mut Change) -> Result<Role, ApiError> {
        let membership = lock_as_member(change, self.caller.user_id, self.project_id).await?;
        let role = membership.ok_or(ApiError::NotFound(Resource::Project))?.role;
        require(role, R::ROLE)?;
        Ok(role)
    }
}

/// Locks a project for one of its members and returns their current membership. Non-members lock nothing.
pub async fn lock_as_member(
    change: &mut Change,
    user_id: UserId,
    project_id: ProjectId,
) -> sqlx::Result<Option<Membership>> {
    if find_membership(change.connection(), user_id, project_id).await?.is_none() {
        return Ok(None);
    }
    change.lock_projects(&[project_id]).await?;
    find_membership(change.connection(), user_id, project_id).await
}

pub struct Membership {
    pub role: Role,
    pub is_inbox: bool,
}

pub async fn find_membership(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    project_id: ProjectId,
) -> sqlx::Result<Option<Membership>> {
    sqlx::query_as!(
        Membership,
        r#"
        SELECT role AS "role!: Role", is_inbox AS "is_inbox!" FROM project_access
        WHERE user_id = $1 AND project_id = $2
        "#,
        user_id,
        project_id
    )
    .fetch_optional(db)
    .await
}

pub fn require(role: Role, least: Role) -> Result<(), ApiError> {
    if role >= least {
        return Ok(());
    }
    Err(ApiError::Forbidden(match least {
        Role::Owner => Forbidden::OwnerOnly,
        Role::Editor | Role::Viewer => Forbidden::ProjectReadOnly,
    }))
}
