//! Every route and every layer, on one screen.

use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::{HeaderName, HeaderValue, header},
    middleware,
    response::{IntoResponse, Response},
};
use tower::ServiceBuilder;
use tower_http::{
    CompressionLevel, catch_panic::CatchPanicLayer, compression::CompressionLayer, set_header::SetResponseHeaderLayer,
};
use utoipa::openapi::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    announcements,
    auth::{password_routes, recovery_routes, refresh_routes, session_routes, sign_in_routes},
    dashboard, deliveries, doctor,
    error::ApiError,
    http::{health, observe, request_context, server_info, spa},
    notifications::{self, preference_routes, unsubscribe},
    openapi,
    projects::{self, invitations, member_routes},
    realtime, reminders,
    state::AppState,
    tags,
    tasks::{change_routes, list_routes, trash_routes, watch_routes},
    users,
    webhooks::{self, delivery_routes as webhook_delivery_routes},
};

fn api_v1() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        // auth
        .routes(routes!(sign_in_routes::register))
        .routes(routes!(sign_in_routes::login))
        .routes(routes!(refresh_routes::refresh))
        .routes(routes!(refresh_routes::logout))
        .routes(routes!(refresh_routes::token))
        .routes(routes!(session_routes::list))
        .routes(routes!(session_routes::end))
        .routes(routes!(session_routes::end_others))
        .routes(routes!(password_routes::change))
        .routes(routes!(recovery_routes::request_reset))
        .routes(routes!(recovery_routes::reset))
        .routes(routes!(recovery_routes::confirm_email))
        .routes(routes!(recovery_routes::resend_confirmation))
        // users
        .routes(routes!(users::routes::get_me, users::routes::update_me))
        // projects
        .routes(routes!(projects::routes::list, projects::routes::create))
        .routes(routes!(projects::routes::list_trash))
        .routes(routes!(projects::routes::get, projects::routes::update, projects::routes::delete))
        .routes(routes!(projects::routes::restore))
        .routes(routes!(member_routes::list, member_routes::add))
        .routes(routes!(member_routes::update, member_routes::remove))
        .routes(routes!(invitations::routes::list, invitations::routes::create))
        .routes(routes!(invitations::routes::delete))
        .routes(routes!(invitations::routes::send_again))
        .routes(routes!(invitations::accept_routes::preview, invitations::accept_routes::accept))
        // tags
        .routes(routes!(tags::routes::list))
        .routes(routes!(tags::routes::create))
        .routes(routes!(tags::routes::update, tags::routes::delete))
        // tasks
        .routes(routes!(list_routes::list, change_routes::create))
        .routes(routes!(list_routes::counts))
        .routes(routes!(trash_routes::list))
        .routes(routes!(trash_routes::purge))
        .routes(routes!(change_routes::get, change_routes::update, trash_routes::delete))
        .routes(routes!(trash_routes::restore))
        .routes(routes!(watch_routes::get, watch_routes::watch, watch_routes::unwatch))
        // reminders
        .routes(routes!(reminders::routes::list, reminders::routes::create))
        .routes(routes!(reminders::routes::delete))
        .routes(routes!(server_info::get))
        // dashboard, notifications, live
        .routes(routes!(dashboard::get))
        .routes(routes!(notifications::routes::list))
        .routes(routes!(notifications::routes::unread_count))
        .routes(routes!(notifications::routes::mark_read))
        .routes(routes!(notifications::routes::mark_all_read))
        .routes(routes!(preference_routes::get, preference_routes::update))
        .routes(routes!(unsubscribe::show, unsubscribe::unsubscribe))
        .routes(routes!(deliveries::routes::list_own))
        .routes(routes!(realtime::socket::connect))
        // webhooks
        .routes(routes!(webhooks::routes::list, webhooks::routes::create))
        .routes(routes!(webhooks::routes::get, webhooks::routes::update, webhooks::routes::delete))
        .routes(routes!(webhooks::routes::rotate_secret))
        .routes(routes!(webhook_delivery_routes::test))
        .routes(routes!(webhook_delivery_routes::list))
        .routes(routes!(webhook_delivery_routes::get))
        .routes(routes!(webhook_delivery_routes::send_again))
        // administration
        .routes(routes!(doctor::routes::examine))
        .routes(routes!(deliveries::routes::list))
        .routes(routes!(deliveries::routes::retry))
        .routes(routes!(deliveries::routes::retry_all))
        .routes(routes!(announcements::routes::list, announcements::routes::create))
}

fn health() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(health::alive)).routes(routes!(health::ready)).routes(routes!(health::metrics))
}

fn with_document() -> (Router<AppState>, OpenApi) {
    let (router, mut document) =
        OpenApiRouter::with_openapi(openapi::base()).merge(health()).nest("/api/v1", api_v1()).split_for_parts();
    openapi::complete(&mut document);
    (router, document)
}

/// The OpenAPI document of every route.
pub fn document() -> OpenApi {
    with_document().1
}

pub fn router(state: AppState) -> anyhow::Result<Router> {
    let (api, document) = with_document();
    let pages = match &state.config.static_dir {
        Some(directory) => spa::router(directory),
        None => spa::api_only(),
    };
    let unknown_api = Router::new().fallback(|| async { ApiError::NotFound("route") });
    let header = |name: &'static str, value: &'static str| {
        SetResponseHeaderLayer::if_not_present(HeaderName::from_static(name), HeaderValue::from_static(value))
    };
    // One stack, outermost first: each `Router::layer` would put every route into one more box.
    let layers = ServiceBuilder::new()
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest))
        .layer(SetResponseHeaderLayer::if_not_present(header::CACHE_CONTROL, HeaderValue::from_static("no-store")))
        .layer(header("referrer-policy", "same-origin"))
        .layer(header("x-frame-options", "DENY"))
        .layer(header("x-content-type-options", "nosniff"))
        .layer(middleware::from_fn(request_context::layer))
        .layer(middleware::from_fn_with_state(state.clone(), observe::layer))
        .layer(CatchPanicLayer::custom(|_| panicked()))
        .layer(DefaultBodyLimit::max(state.config.limits.max_body_bytes));
    let router = api
        .merge(openapi::swagger_ui(&document)?)
        .nest("/api", unknown_api)
        .merge(pages)
        .method_not_allowed_fallback(|| async { ApiError::MethodNotAllowed })
        .layer(layers)
        .with_state(state);
    Ok(router)
}

/// The worker's routes: for those who watch it.
pub fn health_router(state: AppState) -> Router {
    health().split_for_parts().0.with_state(state)
}

/// The panic's message is in the log, by the panic hook.
fn panicked() -> Response {
    ApiError::Internal(anyhow::anyhow!("a handler panicked")).into_response()
}
