//! The upgrade of `GET /api/v1/ws`.

use axum::{
    extract::{
        State,
        ws::{WebSocketUpgrade, rejection::WebSocketUpgradeRejection},
    },
    http::HeaderMap,
    response::Response,
};

use super::{
    connection::{
        handshake::open,
        socket_io::{MAX_MESSAGE, SocketIo},
    },
    limits::Permit,
};
use crate::{
    error::{ApiError, ApiResult, Forbidden, Unavailable},
    http::origin,
    live::Parts,
};

/// Thousands of connections are idle, each with its buffers.
const READ_BUFFER: usize = 1024;
const WRITE_BUFFER: usize = 4 * 1024;

/// Live updates
///
/// Upgrades to a WebSocket on which the first message authenticates. `docs/api.md` describes the protocol under "Live".
#[utoipa::path(
    get,
    path = "/ws",
    tag = "live",
    responses(
        (status = 101, description = "The connection is a WebSocket from here on"),
        (status = 400, description = "Not a WebSocket handshake"),
        (status = 403, description = "A page of another origin"),
        (status = 503, description = "Too many connections, or the server is stopping"),
    ),
    security(())
)]
pub async fn connect(
    State(state): State<Parts>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> ApiResult<Response> {
    if !origin::is_ours(&state.config, &headers) {
        return Err(ApiError::Forbidden(Forbidden::ForeignOrigin));
    }
    let upgrade =
        upgrade.map_err(|rejection| ApiError::Malformed { detail: rejection.body_text(), errors: Vec::new() })?;
    if state.draining.is_cancelled() {
        return Err(ApiError::Unavailable(Unavailable::ServerStopping));
    }
    let permit = state.hub.limits().take().ok_or(ApiError::Unavailable(Unavailable::TooManyConnections))?;
    Ok(upgrade
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(WRITE_BUFFER)
        // Twice the accepted size, so that slightly oversized messages get a proper close code.
        .max_message_size(2 * MAX_MESSAGE)
        .max_frame_size(2 * MAX_MESSAGE)
        .on_upgrade(move |socket| serve(state, SocketIo::new(socket), permit)))
}

async fn serve(state: Parts, socket: SocketIo, _permit: Permit) {
    // Boxed, because an open connection need not keep the memory used for opening.
    match Box::pin(open(state, socket)).await {
        Ok(connection) => connection.run().await,
        Err((socket, end)) => socket.close(end).await,
    }
}
