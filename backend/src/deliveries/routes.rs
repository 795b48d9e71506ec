use axum::{Json, extract::State};

use super::{
    Parts, log,
    model::{AdminDelivery, AdminDeliveryFilter, OwnDelivery, Retried, RetryRequest},
};
use crate::{
    auth::{Administrator, Caller},
    db,
    error::{ApiError, ApiResult, FieldProblem, Resource},
    http::{
        extract::{Json as Input, Path, Query, ShortJson},
        page::{self, DEFAULT_LIMIT, NewestFirst, Page, PageQuery},
    },
    id::{DeliveryId, kind},
    notices,
};

/// Messages sent to me, newest first
#[utoipa::path(get, path = "/deliveries", tag = "notifications", params(PageQuery), responses((status = 200, body = Page<OwnDelivery>)))]
pub async fn list_own(
    State(state): State<Parts>,
    caller: Caller,
    Query(filter): Query<PageQuery>,
) -> ApiResult<Json<Page<OwnDelivery>>> {
    let after: Option<NewestFirst<kind::Delivery>> = filter.cursor.as_deref().map(page::decode_cursor).transpose()?;
    let limit = filter.limit.unwrap_or(DEFAULT_LIMIT);
    let items = log::list_own(&state.db, caller.user_id, after.as_ref(), i64::from(limit) + 1)
        .await
        .map_err(page::cursor_error)?;
    Ok(Json(Page::cut(items, limit, |last| NewestFirst { created_at: last.created_at, id: last.id })))
}

/// All outgoing messages, newest first (administrators)
#[utoipa::path(get, path = "/admin/deliveries", tag = "administration", params(AdminDeliveryFilter),
    responses((status = 200, body = Page<AdminDelivery>)))]
pub async fn list(
    State(state): State<Parts>,
    _: Administrator,
    Query(filter): Query<AdminDeliveryFilter>,
) -> ApiResult<Json<Page<AdminDelivery>>> {
    let after: Option<NewestFirst<kind::Delivery>> = filter.cursor.as_deref().map(page::decode_cursor).transpose()?;
    let limit = filter.limit.unwrap_or(DEFAULT_LIMIT);
    let items =
        log::list(&state.db, &filter, after.as_ref(), i64::from(limit) + 1).await.map_err(page::cursor_error)?;
    Ok(Json(Page::cut(items, limit, |last| NewestFirst { created_at: last.created_at, id: last.id })))
}

/// Retry one that was given up (administrators)
#[utoipa::path(post, path = "/admin/deliveries/{id}/retry", tag = "administration", params(("id" = Uuid, Path)),
    responses((status = 200, body = AdminDelivery), (status = 409, description = "It was not given up")))]
pub async fn retry(
    State(state): State<Parts>,
    _: Administrator,
    Path(id): Path<DeliveryId>,
) -> ApiResult<Json<AdminDelivery>> {
    let retried = log::retry(&state.db, id).await.map_err(db::unless_refused)?;
    let delivery = log::find(&state.db, id).await?.ok_or(ApiError::NotFound(Resource::Delivery))?;
    if !retried {
        return Err(ApiError::Conflict { field: "state", problem: FieldProblem::NotParked });
    }
    state.bus.worker_signal().notify();
    Ok(Json(delivery))
}

/// Retry all that were given up, or those of one kind (administrators)
#[utoipa::path(post, path = "/admin/deliveries/retry", tag = "administration", request_body = RetryRequest,
    responses((status = 200, body = Retried)))]
pub async fn retry_all(
    State(state): State<Parts>,
    _: Administrator,
    Input(which): ShortJson<RetryRequest>,
) -> ApiResult<Json<Retried>> {
    let retried = log::retry_all(&state.db, &which).await.map_err(db::unless_refused)?;
    if which.kind.is_none() && which.channel.is_none() {
        // What would have become deliveries, too.
        notices::store::retry_all(&state.db).await?;
        state.bus.notice_signal().notify();
    }
    state.bus.worker_signal().notify();
    Ok(Json(Retried { retried }))
}
