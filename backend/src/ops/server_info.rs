//! What the page must know of the server before anybody has signed in.

use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;

use crate::state::AppState;

#[derive(Serialize, ToSchema)]
pub struct ServerInfo {
    #[schema(example = "0.1.0")]
    version: &'static str,
    /// Whether anybody may make an account.
    registration_open: bool,
    /// Whether the server sends mail: without, there are no password resets by mail, no invitations of people without an
    /// account, and notifications are seen in the page alone.
    mail: bool,
    /// Nobody is an administrator yet: who has the code that the server printed can become it.
    needs_administrator: bool,
}

/// What this server offers
#[utoipa::path(get, path = "/server", tag = "operations", security(()), responses((status = 200, body = ServerInfo)))]
pub async fn get(State(state): State<AppState>) -> Json<ServerInfo> {
    Json(ServerInfo {
        version: env!("CARGO_PKG_VERSION"),
        registration_open: state.config.auth.registration_open,
        mail: state.mail.is_some(),
        needs_administrator: state.setup.get(),
    })
}
