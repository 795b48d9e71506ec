//! Reads the body of a request that may change something before its sender is authorised. So authorisation reflects the time when the last
//! byte has arrived, and a slow body occupies nothing but its connection. It also makes requests repeatable: when PostgreSQL aborts the
//! transaction (a deadlock, a serialisation failure), or others hold all turns of a lock, nothing was done and a retry soon succeeds. This
//! is one place for all handlers, because a transaction depends on what its handler has read before.

use std::time::Duration;

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::Request,
    response::Response,
};
use futures_util::stream;

use super::{problem::CanBeDoneAgain, request_context};

const TRIES: u32 = 5;
/// Pause before the second attempt; doubled each time, plus up to half of it at random, so that two do not collide again.
const FIRST_PAUSE: Duration = Duration::from_millis(10);

/// The answer of `handle`, which is called again if it reports that nothing was done. At most `limit` bytes of the body are read; a longer
/// or incomplete body fails when the handler reads it.
pub async fn answer<F>(request: Request, limit: usize, handle: impl Fn(Request) -> F) -> Response
where
    F: Future<Output = Response>,
{
    if request.method().is_safe() {
        return handle(request).await;
    }
    let (parts, body) = request.into_parts();
    let body = match to_bytes(body, limit).await {
        Ok(body) => body,
        Err(error) => {
            let fails = Body::from_stream(stream::iter([Err::<Bytes, _>(error.into_inner())]));
            return handle(Request::from_parts(parts, fails)).await;
        }
    };
    let ask = || handle(Request::from_parts(parts.clone(), Body::from(body.clone())));
    let mut response = ask().await;
    for again in 1..TRIES {
        if response.extensions().get::<CanBeDoneAgain>().is_none() {
            return response;
        }
        match request_context::wait_for_turns().await {
            Some(true) => {}
            Some(false) => return response,
            None => tokio::time::sleep(pause(again)).await,
        }
        metrics::counter!("todo_http_requests_done_again_total").increment(1);
        response = ask().await;
    }
    response
}

fn pause(again: u32) -> Duration {
    FIRST_PAUSE.saturating_mul(2u32.saturating_pow(again - 1)).mul_f64(1.0 + rand::random::<f64>() / 2.0)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use axum::{
        body::HttpBody,
        http::{Method, StatusCode},
        response::IntoResponse,
    };

    use super::*;
    use crate::error::ApiError;

    /// Fails that many times; returns the answer and the bodies received.
    async fn ask(method: Method, failures: u32) -> (StatusCode, Vec<String>) {
        let (calls, bodies) = (AtomicU32::new(0), std::sync::Mutex::new(Vec::new()));
        let request = Request::builder().method(method).body(Body::from("text")).expect("a request");
        let response = answer(request, 100, async |request: Request| {
            let body = axum::body::to_bytes(request.into_body(), 100).await.expect("a body");
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

    #[tokio::test]
    async fn a_body_is_read_before_the_request_is_handled_and_a_long_one_fails_there() {
        let read = async |limit| {
            let request = Request::builder().method(Method::POST).body(Body::from("text")).expect("a request");
            let handle = async |request: Request| {
                let whole = request.body().is_end_stream() || request.body().size_hint().exact() == Some(4);
                let read = axum::body::to_bytes(request.into_body(), 100).await;
                (StatusCode::OK, format!("{whole} {}", read.is_ok())).into_response()
            };
            let answer = answer(request, limit, handle).await;
            axum::body::to_bytes(answer.into_body(), 100).await.expect("a body")
        };
        assert_eq!(read(4).await, "true true");
        assert_eq!(read(3).await, "false false");
    }
}
