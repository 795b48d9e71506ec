//! What is done around every request: its id, taken from `X-Request-Id` or made, put on every log line, problem document and answer;
//! and the headers that every answer carries.

use axum::{
    extract::{Request, State},
    http::{HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};
use tracing::{Instrument, field::Empty};
use uuid::Uuid;

use super::observe;
use crate::state::AppState;

pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

tokio::task_local! {
    static CURRENT: String;
}

pub fn current_request_id() -> Option<String> {
    CURRENT.try_with(Clone::clone).ok()
}

/// An id of the caller's is kept when it is short and plain, so that it cannot forge log lines.
fn acceptable(value: &HeaderValue) -> Option<String> {
    let text = value.to_str().ok()?;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    (!text.is_empty() && text.len() <= 64 && text.chars().all(plain)).then(|| text.to_owned())
}

/// Added where the handler has not said otherwise.
const HEADERS: [(HeaderName, HeaderValue); 4] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
];

/// Goes around every request: one layer for all that has no need of its own, since each puts the routes into one more box.
pub async fn layer(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let id = request.headers().get(&REQUEST_ID).and_then(acceptable).unwrap_or_else(|| Uuid::now_v7().to_string());
    let span = tracing::info_span!(
        "request",
        request_id = %id,
        method = observe::known_method(request.method()),
        route = observe::route_of(&request).unwrap_or_default(),
        user_id = Empty,
    );
    let own_id = HeaderValue::from_str(&id);
    let mut response = CURRENT.scope(id, observe::run(&state, request, next)).instrument(span).await;
    let headers = response.headers_mut();
    if let Ok(own_id) = own_id {
        headers.insert(REQUEST_ID, own_id);
    }
    for (name, value) in HEADERS {
        headers.entry(name).or_insert(value);
    }
    response
}
