//! Access to a task includes the check of the caller's rights: a handler gets no id but a [`TaskAccess`], which returns the task only with the
//! required role. People who are not members of its project get 404, members with a lesser role 403.

use std::marker::PhantomData;

use axum::{
    extract::{FromRef, FromRequestParts},
    http::request::Parts,
};
use sqlx::PgExecutor;

use super::{model::Task, store};
use crate::{
    auth::{Authenticator, Caller},
    error::{ApiError, ApiResult, Resource},
    events::Change,
    http::extract::Path,
    id::{ProjectId, TaskId},
    projects::access::{self, LeastRole, Viewer},
};

/// The caller's access to the task of the path parameter `id`. Nothing is read before [`Self::find`] or a lock: anything read before the body
/// has arrived would have to be read again.
pub struct TaskAccess<R> {
    pub caller: Caller,
    id: TaskId,
    least: PhantomData<R>,
}

#[derive(serde::Deserialize)]
struct TaskPath {
    id: TaskId,
}

impl<S, R: LeastRole> FromRequestParts<S> for TaskAccess<R>
where
    S: Send + Sync,
    Authenticator: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let caller = Caller::from_request_parts(parts, state).await?;
        let Path(TaskPath { id }) = Path::from_request_parts(parts, state).await?;
        Ok(Self { caller, id, least: PhantomData })
    }
}

impl TaskAccess<Viewer> {
    /// The task as the caller sees it, in the trash or not.
    pub async fn find(&self, db: impl PgExecutor<'_>) -> ApiResult<Task> {
        store::find(db, self.caller.user_id, self.id).await?.ok_or(ApiError::NotFound(Resource::Task))
    }
}

impl<R: LeastRole> TaskAccess<R> {
    /// The task, with its project and those of `also` locked. Not one in the trash.
    pub async fn lock(&self, change: &mut Change, also: Option<ProjectId>) -> ApiResult<Task> {
        let task = self.lock_with_trash(change, also).await?;
        if task.deleted_at.is_some() { Err(ApiError::NotFound(Resource::Task)) } else { Ok(task) }
    }

    /// The same for a task that may be in the trash.
    pub async fn lock_with_trash(&self, change: &mut Change, also: Option<ProjectId>) -> ApiResult<Task> {
        let found = store::lock(change, self.caller.user_id, self.id, also).await?;
        let found = found.ok_or(ApiError::NotFound(Resource::Task))?;
        access::require(found.role, R::ROLE)?;
        Ok(found.task)
    }
}
