//! What is measured and logged of every request, and the limit on its time.

use std::time::{Duration, Instant};

use axum::{
    extract::{MatchedPath, Request},
    http::Method,
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::{error::ApiError, state::AppState};

const SLOW: Duration = Duration::from_secs(1);

/// Anybody can send a method of their own making; it must not make a metric of its own.
pub fn known_method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PATCH => "PATCH",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => "OTHER",
    }
}

/// The template of the route that answers, if one does.
pub fn route_of(request: &Request) -> Option<&str> {
    request.extensions().get::<MatchedPath>().map(MatchedPath::as_str)
}

pub async fn run(state: &AppState, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = known_method(request.method());
    let uri = request.uri().clone();
    let route = route_of(&request).unwrap_or("other").to_owned();
    let response = match tokio::time::timeout(state.config.request_timeout, next.run(request)).await {
        Ok(response) => response,
        Err(_) => ApiError::Unavailable("It took too long; try again.").into_response(),
    };
    let elapsed = started.elapsed();
    let status = response.status();
    if elapsed > SLOW {
        tracing::warn!(path = uri.path(), status = status.as_u16(), ms = elapsed.as_millis(), "slow request");
    } else {
        tracing::debug!(path = uri.path(), status = status.as_u16(), ms = elapsed.as_millis(), "request");
    }
    let labels = [("method", method.to_owned()), ("route", route), ("status", status.as_str().to_owned())];
    metrics::counter!("todo_http_requests_total", &labels).increment(1);
    metrics::histogram!("todo_http_request_seconds", &labels[..2]).record(elapsed.as_secs_f64());
    response
}
