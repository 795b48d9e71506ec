//! What the front end needs to know about the server before sign-in.

use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;

use crate::state::AppState;

#[derive(Serialize, ToSchema)]
pub struct ServerInfo {
    #[schema(example = "0.1.0")]
    version: &'static str,
    /// Whether anybody may create an account.
    registration_open: bool,
    /// Whether the server sends mail. Without mail there are no password resets by mail and no invitations of people without an account,
    /// and notifications appear only in the app.
    mail: bool,
    /// There is no administrator yet: whoever has the setup code can become one.
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
