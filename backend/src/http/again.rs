//! Does a request again whose transaction PostgreSQL has undone in favour of another (a deadlock, a serialisation failure): nothing of it
//! was done, and the other is soon over. One place for all handlers, since a transaction depends on what its handler has read before.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use axum::{
    body::{Body, Bytes},
    extract::Request,
    http::{Extensions, Method},
    response::Response,
};

use crate::error::CanBeDoneAgain;

const TRIES: u32 = 5;
/// Before the second; twice as long before each further one, and up to half as long again by chance, so that two do not meet again.
const FIRST_PAUSE: Duration = Duration::from_millis(10);

/// The body of a request, once it was read.
#[derive(Clone, Default)]
struct ReadBody(Arc<OnceLock<Bytes>>);

/// Keeps the body of a request that may be done again.
pub fn keep_body(extensions: &Extensions, body: &Bytes) {
    if let Some(read) = extensions.get::<ReadBody>() {
        // The first is the only one.
        let _ = read.0.set(body.clone());
    }
}

/// The answer of `handle`, which is asked again when it says that nothing was done.
pub async fn answer<F>(request: Request, handle: impl Fn(Request) -> F) -> Response
where
    F: Future<Output = Response>,
{
    if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
        return handle(request).await;
    }
    let (mut parts, body) = request.into_parts();
    let read = ReadBody::default();
    parts.extensions.insert(read.clone());
    let mut response = handle(Request::from_parts(parts.clone(), body)).await;
    for again in 1..TRIES {
        if response.extensions().get::<CanBeDoneAgain>().is_none() {
            return response;
        }
        metrics::counter!("todo_http_requests_done_again_total").increment(1);
        tokio::time::sleep(pause(again)).await;
        // A body that nobody has read is none that anybody needs.
        let body = read.0.get().cloned().map_or_else(Body::empty, Body::from);
        response = handle(Request::from_parts(parts.clone(), body)).await;
    }
    response
}

fn pause(again: u32) -> Duration {
    FIRST_PAUSE.saturating_mul(2u32.saturating_pow(again - 1)).mul_f64(1.0 + rand::random::<f64>() / 2.0)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use axum::{http::StatusCode, response::IntoResponse};

    use super::*;
    use crate::error::ApiError;

    /// Fails so often; gives the answer, and which bodies came.
    async fn ask(method: Method, failures: u32) -> (StatusCode, Vec<String>) {
        let (calls, bodies) = (AtomicU32::new(0), std::sync::Mutex::new(Vec::new()));
        let request = Request::builder().method(method).body(Body::from("text")).expect("a request");
        let response = answer(request, async |request: Request| {
            let (parts, body) = request.into_parts();
            let body = axum::body::to_bytes(body, 100).await.expect("a body");
            keep_body(&parts.extensions, &body);
            bodies.lock().expect("bodies").push(String::from_utf8(body.to_vec()).expect("a text"));
            if calls.fetch_add(1, Ordering::Relaxed) < failures {
                return ApiError::Undone.into_response();
            }
            StatusCode::OK.into_response()
        });
        let status = response.await.status();
        (status, bodies.into_inner().expect("bodies"))
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_undone_is_done_again_with_the_same_body_a_few_times() {
        assert_eq!(ask(Method::POST, 0).await, (StatusCode::OK, vec!["text".to_owned()]));
        assert_eq!(ask(Method::PATCH, 2).await, (StatusCode::OK, vec!["text".to_owned(); 3]));
        assert_eq!(ask(Method::DELETE, 100).await, (StatusCode::SERVICE_UNAVAILABLE, vec!["text".to_owned(); 5]));
        assert_eq!(ask(Method::GET, 1).await, (StatusCode::SERVICE_UNAVAILABLE, vec!["text".to_owned()]));
    }
}
