//! What is measured and logged of every request, and the limit on its time.

use std::time::{Duration, Instant};

use axum::{
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::{error::ApiError, state::AppState};

const SLOW: Duration = Duration::from_secs(1);

pub async fn layer(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = request.method().as_str().to_owned();
    let path = request.uri().path().to_owned();
    let route = request.extensions().get::<MatchedPath>().map_or("other", MatchedPath::as_str).to_owned();
    let response = match tokio::time::timeout(state.config.request_timeout, next.run(request)).await {
        Ok(response) => response,
        Err(_) => ApiError::Unavailable("It took too long; try again.").into_response(),
    };
    let elapsed = started.elapsed();
    let status = response.status();
    if elapsed > SLOW {
        tracing::warn!(path, status = status.as_u16(), ms = elapsed.as_millis(), "slow request");
    } else {
        tracing::debug!(path, status = status.as_u16(), ms = elapsed.as_millis(), "request");
    }
    let labels = [("method", method), ("route", route), ("status", status.as_str().to_owned())];
    metrics::counter!("todo_http_requests_total", &labels).increment(1);
    metrics::histogram!("todo_http_request_seconds", &labels[..2]).record(elapsed.as_secs_f64());
    response
}
