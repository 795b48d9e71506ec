use axum::{
    extract::State,
    response::{IntoResponse, Response},
};

use crate::{
    auth::Caller,
    due,
    error::{ApiError, ApiResult},
    events::{Change, EventKind, Topic},
    http::{
        etag::{self, IfMatch},
        extract::{Json, ShortJson},
    },
    profile::Parts,
    reminders,
    users::{
        model::{Profile, ProfilePatch},
        store,
    },
};

/// My profile
#[utoipa::path(get, path = "/users/me", tag = "users", responses((status = 200, body = Profile)))]
pub async fn get_me(State(state): State<Parts>, caller: Caller) -> ApiResult<Response> {
    let profile = store::find(&state.db, caller.user_id).await?.ok_or(ApiError::SessionEnded)?;
    let etag = etag::of_version(profile.version);
    Ok(etag::with(axum::Json(profile).into_response(), &etag))
}

/// Change my name, language or time zone
#[utoipa::path(patch, path = "/users/me", tag = "users", request_body = ProfilePatch, responses((status = 200, body = Profile)))]
pub async fn update_me(
    State(state): State<Parts>,
    caller: Caller,
    if_match: IfMatch,
    Json(patch): ShortJson<ProfilePatch>,
) -> ApiResult<Response> {
    let mut change = Change::begin(&state.db, caller.user_id).await?;
    change.lock_users(&[caller.user_id]).await?;
    let current = store::find(change.connection(), caller.user_id).await?.ok_or(ApiError::SessionEnded)?;
    if_match.check(current.version, &current)?;
    let profile = store::update(change.connection(), caller.user_id, &patch).await?;
    change.record(Topic::User(caller.user_id), EventKind::UserUpdated, &profile).await?;
    if profile.time_zone != current.time_zone {
        reminders::reschedule_for_time_zone(&mut change, caller.user_id).await?;
        due::catch_up_time_zone(&mut change, caller.user_id, &current.time_zone, &profile.time_zone).await?;
    }
    change.commit(&state.bus).await?;
    let etag = etag::of_version(profile.version);
    Ok(etag::with(axum::Json(profile).into_response(), &etag))
}
