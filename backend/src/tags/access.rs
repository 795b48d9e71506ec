//! Access to a tag includes the check of the caller's rights, like `ProjectAccess` for a project.

use std::marker::PhantomData;

use axum::{
    extract::{FromRef, FromRequestParts},
    http::request::Parts,
};

use super::{model::Tag, store};
use crate::{
    auth::{Authenticator, Caller},
    error::{ApiError, ApiResult, Resource},
    events::Change,
    http::extract::Path,
    id::TagId,
    projects::access::{self, LeastRole},
};

/// The caller's access to the tag of the path parameter `id`. Nothing is read before it is locked.
pub struct TagAccess<R> {
    pub caller: Caller,
    id: TagId,
    least: PhantomData<R>,
}

#[derive(serde::Deserialize)]
struct TagPath {
    id: TagId,
}

impl<S, R: LeastRole> FromRequestParts<S> for TagAccess<R>
where
    S: Send + Sync,
    Authenticator: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let caller = Caller::from_request_parts(parts, state).await?;
        let Path(TagPath { id }) = Path::from_request_parts(parts, state).await?;
        Ok(Self { caller, id, least: PhantomData })
    }
}

impl<R: LeastRole> TagAccess<R> {
    /// The tag, with its project locked.
    pub async fn lock(&self, change: &mut Change) -> ApiResult<Tag> {
        let not_found = || ApiError::NotFound(Resource::Tag);
        let (tag, _) = store::find(change.connection(), self.caller.user_id, self.id).await?.ok_or_else(not_found)?;
        change.lock_projects(&[tag.project_id]).await?; // a tag never leaves its project
        let (tag, role) =
            store::find(change.connection(), self.caller.user_id, self.id).await?.ok_or_else(not_found)?;
        access::require(role, R::ROLE)?;
        Ok(tag)
    }
}
