//! A task comes with the right to it: a handler gets no id, but a [`TaskAccess`] that gives the task to whoever may do with it what the handler does.
//! Who is no member of its project gets 404, a member with too small a role 403.

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

/// The caller's way to the task of the path parameter `id`. Nothing is read before [`Self::find`] or a lock: what was read before the body
/// has come would have to be read once more.
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
    /// In the trash or not, as the caller sees it.
    pub async fn find(&self, db: impl PgExecutor<'_>) -> ApiResult<Task> {
        store::find(db, self.caller.user_id, self.id).await?.ok_or(ApiError::NotFound(Resource::Task))
    }
}

impl<R: LeastRole> TaskAccess<R> {
    /// The task with its project's writers held off, and those of `also`. Not one in the trash.
    pub async fn lock(&self, change: &mut Change, also: Option<ProjectId>) -> ApiResult<Task> {
        let task = self.lock_with_trash(change, also).await?;
        if task.deleted_at.is_some() { Err(ApiError::NotFound(Resource::Task)) } else { Ok(task) }
    }

    /// The same of a task that may be in the trash.
    pub async fn lock_with_trash(&self, change: &mut Change, also: Option<ProjectId>) -> ApiResult<Task> {
        let found = store::lock(change, self.caller.user_id, self.id, also).await?;
        let found = found.ok_or(ApiError::NotFound(Resource::Task))?;
        access::require(found.role, R::ROLE)?;
        Ok(found.task)
    }
}
