//! Every route and layer.

use axum::Router;
use utoipa::openapi::OpenApi;
use utoipa_axum::{
    router::{OpenApiRouter, UtoipaMethodRouter},
    routes,
};

use crate::{
    account_deletion, accounts, announcements,
    auth::session_routes,
    dashboard, deliveries,
    error::{ApiError, Resource},
    exports,
    http::{
        middleware::{self, Answers, Routes},
        spa,
    },
    live,
    notifications::{self, preference_routes, unsubscribe},
    openapi,
    ops::{doctor, health, server_info},
    profile,
    projects::{self, invitations, member_routes, ownership},
    sign_in::{self, address_routes, password_routes, recovery_routes, refresh_routes},
    state::AppState,
    tags,
    tasks::{
        edit::{self, watch},
        list, reminder_routes, trash,
    },
    webhooks::{self, delivery_routes as webhook_delivery_routes},
};

/// A route of the API, created from its documentation.
type Route = fn() -> UtoipaMethodRouter<AppState>;

const API_V1: &[Route] = &[
    // auth
    || routes!(sign_in::routes::register),
    || routes!(sign_in::routes::login),
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
    || routes!(profile::routes::get_me, profile::routes::update_me),
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
    || routes!(list::routes::list, edit::routes::create),
    || routes!(list::routes::counts),
    || routes!(trash::routes::list),
    || routes!(trash::routes::purge),
    || routes!(edit::routes::get, edit::routes::update, trash::routes::delete),
    || routes!(trash::routes::restore),
    || routes!(watch::get, watch::watch, watch::unwatch),
    // reminders
    || routes!(reminder_routes::list, reminder_routes::create),
    || routes!(reminder_routes::delete),
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
    || routes!(live::socket::connect),
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

/// The worker's routes, for monitoring.
pub fn health_service(state: AppState) -> anyhow::Result<impl Answers> {
    let mut templates = Vec::new();
    let router = add_routes(Router::new(), "", HEALTH, &mut templates);
    around(router, templates, state)
}

/// Wraps all routes with the common layers.
fn around(router: Router<AppState>, templates: Vec<String>, state: AppState) -> anyhow::Result<impl Answers> {
    let (routes, limits) = (Routes::new(templates)?, middleware::Limits::of(&state.config));
    let (turns, authenticator) = (state.lock_turns.clone(), state.authenticator.clone());
    Ok(middleware::around(router.with_state(state), routes, limits, turns, authenticator))
}

/// One by one, so that each route's documentation is freed immediately. All together it would be most of an idle server's memory. With full
/// paths, because nesting would split the path of each request.
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
