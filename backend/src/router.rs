//! Every route, and what is around them all.

use std::{convert::Infallible, sync::Arc};

use axum::{
    Router,
    body::Body,
    extract::{DefaultBodyLimit, Request},
    response::{IntoResponse, Response},
};
use futures_util::FutureExt;
use tower::{Layer, Service, ServiceExt};
use tower_http::{
    CompressionLevel,
    compression::{CompressionBody, CompressionLayer},
};
use utoipa::openapi::OpenApi;
use utoipa_axum::{
    router::{OpenApiRouter, UtoipaMethodRouter},
    routes,
};

use crate::{
    account_deletion, accounts, announcements,
    auth::{self, address_routes, password_routes, recovery_routes, refresh_routes, session_routes, sign_in_routes},
    dashboard, deliveries, doctor,
    error::{ApiError, Resource},
    exports,
    http::{
        again, health,
        observe::{Routes, observe},
        server_info, spa,
    },
    notifications::{self, preference_routes, unsubscribe},
    openapi,
    projects::{self, invitations, member_routes, ownership},
    realtime, reminders,
    state::AppState,
    tags,
    tasks::{change_routes, list_routes, trash_routes, watch_routes},
    users,
    webhooks::{self, delivery_routes as webhook_delivery_routes},
};

/// A route of the API, made with what the document says of it.
type Route = fn() -> UtoipaMethodRouter<AppState>;

const API_V1: &[Route] = &[
    // auth
    || routes!(sign_in_routes::register),
    || routes!(sign_in_routes::login),
    || routes!(refresh_routes::refresh),
    || routes!(refresh_routes::logout),
    || routes!(refresh_routes::token),
    || routes!(session_routes::list),
    || routes!(session_routes::end),
    || routes!(session_routes::end_others),
    || routes!(password_routes::change),
    || routes!(recovery_routes::request_reset),
    || routes!(recovery_routes::reset),
    || routes!(recovery_routes::confirm_email),
    || routes!(recovery_routes::resend_confirmation),
    || routes!(address_routes::take_back),
    // users
    || routes!(address_routes::change_address),
    || routes!(users::routes::get_me, users::routes::update_me),
    || routes!(exports::routes::get, exports::routes::request),
    || routes!(exports::routes::download),
    || routes!(account_deletion::routes::preview, account_deletion::routes::delete),
    // projects
    || routes!(projects::routes::list, projects::routes::create),
    || routes!(projects::routes::list_trash),
    || routes!(projects::routes::get, projects::routes::update, projects::routes::delete),
    || routes!(projects::routes::restore),
    || routes!(projects::people::list),
    || routes!(member_routes::list),
    || routes!(member_routes::update, member_routes::remove),
    || routes!(ownership::routes::offer, ownership::routes::withdraw),
    || routes!(ownership::routes::accept),
    || routes!(ownership::routes::decline),
    || routes!(invitations::routes::list, invitations::routes::create),
    || routes!(invitations::routes::delete),
    || routes!(invitations::routes::send_again),
    || routes!(invitations::accept_routes::preview, invitations::accept_routes::accept),
    || routes!(invitations::own_routes::list_own),
    || routes!(invitations::own_routes::accept_own),
    || routes!(invitations::own_routes::decline),
    || routes!(invitations::own_routes::list_blocked),
    || routes!(invitations::own_routes::unblock),
    // tags
    || routes!(tags::routes::list),
    || routes!(tags::routes::create),
    || routes!(tags::routes::update, tags::routes::delete),
    // tasks
    || routes!(list_routes::list, change_routes::create),
    || routes!(list_routes::counts),
    || routes!(trash_routes::list),
    || routes!(trash_routes::purge),
    || routes!(change_routes::get, change_routes::update, trash_routes::delete),
    || routes!(trash_routes::restore),
    || routes!(watch_routes::get, watch_routes::watch, watch_routes::unwatch),
    // reminders
    || routes!(reminders::routes::list, reminders::routes::create),
    || routes!(reminders::routes::delete),
    || routes!(server_info::get),
    // dashboard, notifications, live
    || routes!(dashboard::get),
    || routes!(notifications::routes::list),
    || routes!(notifications::routes::unread_count),
    || routes!(notifications::routes::mark_read),
    || routes!(notifications::routes::mark_all_read),
    || routes!(preference_routes::get, preference_routes::update),
    || routes!(unsubscribe::show, unsubscribe::unsubscribe),
    || routes!(deliveries::routes::list_own),
    || routes!(realtime::socket::connect),
    // webhooks
    || routes!(webhooks::routes::list, webhooks::routes::create),
    || routes!(webhooks::routes::get, webhooks::routes::update, webhooks::routes::delete),
    || routes!(webhooks::routes::rotate_secret),
    || routes!(webhook_delivery_routes::test),
    || routes!(webhook_delivery_routes::list),
    || routes!(webhook_delivery_routes::get),
    || routes!(webhook_delivery_routes::send_again),
    // administration
    || routes!(doctor::routes::examine),
    || routes!(deliveries::routes::list),
    || routes!(deliveries::routes::retry),
    || routes!(deliveries::routes::retry_all),
    || routes!(announcements::routes::list, announcements::routes::create),
    || routes!(ownership::admin_routes::transfer),
    || routes!(accounts::setup::claim),
    || routes!(accounts::routes::list),
    || routes!(accounts::routes::get, accounts::routes::delete),
    || routes!(accounts::routes::disable),
    || routes!(accounts::routes::enable),
    || routes!(accounts::routes::promote),
    || routes!(accounts::routes::demote),
    || routes!(accounts::routes::end_sessions),
];

const HEALTH: &[Route] = &[|| routes!(health::alive), || routes!(health::ready), || routes!(health::metrics)];

const API_V1_PATH: &str = "/api/v1";

/// What answers requests.
pub trait Answers:
    Service<Request, Response = Response<CompressionBody<Body>>, Error = Infallible, Future: Send> + Clone + Send + 'static
{
}

impl<S> Answers for S where
    S: Service<Request, Response = Response<CompressionBody<Body>>, Error = Infallible, Future: Send>
        + Clone
        + Send
        + 'static
{
}

/// The server's.
pub fn service(state: AppState) -> anyhow::Result<impl Answers> {
    let pages = match &state.config.static_dir {
        Some(directory) => spa::router(directory),
        None => spa::api_only(),
    };
    let unknown_api = Router::new().fallback(|| async { ApiError::NotFound(Resource::Route) });
    let mut templates = Vec::new();
    let router = add_routes(Router::new(), "", HEALTH, &mut templates);
    let router = add_routes(router, API_V1_PATH, API_V1, &mut templates);
    templates.extend(openapi::PATHS.map(str::to_owned));
    let router = router
        .merge(openapi::swagger_ui(document))
        .nest("/api", unknown_api)
        .merge(pages)
        .method_not_allowed_fallback(|| async { ApiError::MethodNotAllowed });
    around(router, templates, state)
}

/// The worker's, for those who watch it.
pub fn health_service(state: AppState) -> anyhow::Result<impl Answers> {
    let mut templates = Vec::new();
    let router = add_routes(Router::new(), "", HEALTH, &mut templates);
    around(router, templates, state)
}

/// Puts what every request passes around all routes at once: `Router::layer` would put it around each, in boxes.
fn around(router: Router<AppState>, templates: Vec<String>, state: AppState) -> anyhow::Result<impl Answers> {
    let limit = state.config.request_timeout;
    let of_bodies = state.clone();
    let router = DefaultBodyLimit::max(state.config.limits.max_body_bytes).layer(router.with_state(state));
    // One count for all that each request holds.
    let shared = Arc::new((Routes::new(templates)?, router, of_bodies));
    let observed = tower::service_fn(move |request| {
        let shared = Arc::clone(&shared);
        async move {
            let (routes, router, state) = &*shared;
            let handle = |request| {
                router.clone().oneshot(request).map(|answer| match answer {
                    Ok(response) => response,
                })
            };
            let admit = |request: Request| async move {
                match auth::admit_body(state, request.method(), request.headers()).await {
                    Ok(most) => again::answer(request, most, handle).await,
                    Err(refused) => refused.into_response(),
                }
            };
            Ok(observe(request, routes, limit, &state.lock_turns, admit).await)
        }
    });
    Ok(CompressionLayer::new().quality(CompressionLevel::Fastest).layer(observed))
}

/// One by one: what the document says of a route is let go at once. Of all together it would be most of an idle server's
/// memory. Under their whole paths: nesting would take the path of each request apart.
fn add_routes(
    router: Router<AppState>,
    prefix: &str,
    routes: &[Route],
    templates: &mut Vec<String>,
) -> Router<AppState> {
    routes.iter().fold(router, |router, route| {
        let (_, paths, method_router) = route();
        paths.paths.keys().fold(router, |router, path| {
            let path = format!("{prefix}{path}");
            let router = router.route(&path, method_router.clone());
            templates.push(path);
            router
        })
    })
}

/// The OpenAPI document of every route.
pub fn document() -> OpenApi {
    let described = |routes: &[Route]| routes.iter().fold(OpenApiRouter::new(), |all, route| all.routes(route()));
    let all =
        OpenApiRouter::with_openapi(openapi::base()).merge(described(HEALTH)).nest(API_V1_PATH, described(API_V1));
    let mut document = all.into_openapi();
    openapi::complete(&mut document);
    document
}
