//! What happens around every request: context, metrics, log line, time limit, response headers.

use std::{
    collections::HashMap,
    convert::Infallible,
    panic::AssertUnwindSafe,
    pin::{Pin, pin},
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::Body,
    extract::{DefaultBodyLimit, Request},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use futures_util::FutureExt;
use metrics::{Counter, Histogram};
use tower::{Layer, Service, ServiceExt};
use tower_http::{
    CompressionLevel,
    compression::{CompressionBody, CompressionLayer},
};

use super::{
    again, held_body,
    lock_turns::LockTurns,
    request_context::{REQUEST_ID, RequestContext},
};
use crate::{
    config::Config,
    error::{ApiError, Unavailable},
    telemetry::traces,
};

const SLOW: Duration = Duration::from_secs(1);

/// Added to answers unless the handler has set them; not to a 304, which updates a cache only with new values (RFC 9110, section 15.4.5).
const HEADERS: [(HeaderName, HeaderValue); 4] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
];

/// The service that answers requests.
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

/// Decides how much of a request's body is read before a handler sees it.
pub trait Admission: Send + Sync + 'static {
    /// In bytes; refused if the request may not even send it.
    fn admit(&self, method: &Method, headers: &HeaderMap) -> impl Future<Output = Result<usize, ApiError>> + Send;
}

/// The time limit of a request.
pub struct Limits {
    time: Duration,
    body: usize,
}

impl Limits {
    pub fn of(config: &Config) -> Self {
        Self { time: config.request_timeout, body: config.limits.max_body_bytes }
    }
}

/// Wraps all routes at once: `Router::layer` would wrap each route, in boxes.
pub fn around(
    router: Router,
    routes: Routes,
    limits: Limits,
    turns: LockTurns,
    admission: impl Admission,
) -> impl Answers {
    let router = DefaultBodyLimit::max(limits.body).layer(router);
    // One counter shared by all requests.
    let shared = Arc::new((routes, router, turns, admission));
    let observed = tower::service_fn(move |request| {
        let shared = Arc::clone(&shared);
        async move {
            let (routes, router, turns, admission) = &*shared;
            let handle = |request| {
                router.clone().oneshot(request).map(|answer| match answer {
                    Ok(response) => response,
                })
            };
            let admit = |request: Request| async move {
                match admission.admit(request.method(), request.headers()).await {
                    Ok(most) => again::answer(request, most, handle).await,
                    Err(refused) => refused.into_response(),
                }
            };
            Ok(observe(request, routes, limits.time, turns, admit).await)
        }
    });
    CompressionLayer::new().quality(CompressionLevel::Fastest).layer(observed)
}

/// Returns the answer of `handle`, or reports a panic or timeout.
async fn observe<F>(
    request: Request,
    routes: &Routes,
    limit: Duration,
    turns: &LockTurns,
    handle: impl FnOnce(Request) -> F,
) -> Response
where
    F: Future<Output = Response>,
{
    let method = known_method(request.method());
    let route = routes.find(request.uri().path());
    let context = RequestContext::new(request.headers().get(REQUEST_ID), method, Arc::clone(&route), turns.clone());
    let id = context.id().clone();
    let span = traces::begin_request(request.headers(), method, route.template(), context.id_text());
    let may_be_compressed = method == "HEAD" && request.headers().contains_key(header::ACCEPT_ENCODING);
    let uri = request.uri().clone();
    // Pinned in place: each future it was moved into would double its size.
    let answer = pin!(handle(request));
    let measured = pin!(measure(answer, &uri, method, &route, limit));
    let mut response = context.scope(pin!(traces::within(span.clone(), measured))).await;
    if let Some(span) = span {
        traces::end_request(&span, response.status().as_u16());
    }
    let is_whole = response.status() != StatusCode::NOT_MODIFIED;
    let headers = response.headers_mut();
    if may_be_compressed {
        // The length of the uncompressed GET answer, which compression would change.
        headers.remove(header::CONTENT_LENGTH);
    }
    headers.insert(REQUEST_ID, id);
    if is_whole {
        headers.reserve(HEADERS.len());
        for (name, value) in HEADERS {
            headers.entry(name).or_insert(value);
        }
    }
    response
}

async fn measure(
    answer: Pin<&mut impl Future<Output = Response>>,
    uri: &Uri,
    method: &'static str,
    route: &Route,
    limit: Duration,
) -> Response {
    let started = Instant::now();
    let response =
        match tokio::time::timeout_at((started + limit).into(), AssertUnwindSafe(answer).catch_unwind()).await {
            Ok(Ok(response)) => response,
            // The panic hook has logged the message.
            Ok(Err(_)) => ApiError::Internal(anyhow::anyhow!("a handler panicked")).into_response(),
            // A commit may have been in progress.
            Err(_) if !matches!(method, "GET" | "HEAD") => ApiError::OutcomeUnknown.into_response(),
            Err(_) => ApiError::Unavailable(Unavailable::TookTooLong).into_response(),
        };
    let response = held_body::hold(response, method == "GET").await;
    let elapsed = started.elapsed();
    let status = response.status();
    if elapsed > SLOW {
        tracing::warn!(path = uri.path(), status = status.as_u16(), seconds = elapsed.as_secs_f64(), "slow request");
    } else {
        tracing::debug!(path = uri.path(), status = status.as_u16(), seconds = elapsed.as_secs_f64(), "request");
    }
    route.count(method, status, elapsed);
    response
}

/// Clients can invent methods, which must not create metrics.
fn known_method(method: &Method) -> &'static str {
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

/// Routes as named in logs and metrics; the SPA's files are `other`.
pub struct Routes {
    by_path: matchit::Router<Arc<Route>>,
    other: Arc<Route>,
}

/// A path template such as `/api/v1/tasks/{id}` and its counters.
pub struct Route {
    template: String,
    /// By method and status. Looked up once: finding a metric by its labels takes longer than counting.
    measures: RwLock<HashMap<(&'static str, StatusCode), Measures>>,
}

struct Measures {
    requests: Counter,
    seconds: Histogram,
}

impl Measures {
    fn record(&self, elapsed: Duration) {
        self.requests.increment(1);
        self.seconds.record(elapsed);
    }
}

impl Routes {
    pub fn new(templates: impl IntoIterator<Item = String>) -> Result<Self, matchit::InsertError> {
        let mut by_path = matchit::Router::new();
        for template in templates {
            by_path.insert(template.clone(), Arc::new(Route::new(template)))?;
        }
        Ok(Self { by_path, other: Arc::new(Route::new("other".to_owned())) })
    }

    fn find(&self, path: &str) -> Arc<Route> {
        Arc::clone(self.by_path.at(path).map_or(&self.other, |found| found.value))
    }
}

impl Route {
    pub fn new(template: String) -> Self {
        Self { template, measures: RwLock::default() }
    }

    pub fn template(&self) -> &str {
        &self.template
    }

    fn count(&self, method: &'static str, status: StatusCode, elapsed: Duration) {
        let key = (method, status);
        if let Some(measures) = self.measures.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return measures.record(elapsed);
        }
        let labels =
            [("method", method.to_owned()), ("route", self.template.clone()), ("status", status.as_str().to_owned())];
        let measures = Measures {
            requests: metrics::counter!("todo_http_requests_total", &labels),
            seconds: metrics::histogram!("todo_http_request_seconds", &labels[..2]),
        };
        measures.record(elapsed);
        self.measures.write().unwrap_or_else(PoisonError::into_inner).insert(key, measures);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_has_the_name_of_its_route_and_what_has_none_is_another() {
        let templates = ["/tasks", "/tasks/{id}", "/tasks/counts"].map(str::to_owned);
        let routes = Routes::new(templates).expect("routes");
        let name = |path| routes.find(path).template().to_owned();
        assert_eq!(name("/tasks/01a20941"), "/tasks/{id}");
        assert_eq!(name("/tasks/counts"), "/tasks/counts");
        assert_eq!(name("/tasks/1/2"), "other");
    }

    async fn answer<F: Future<Output = Response>>(limit: Duration, handle: impl FnOnce(Request) -> F) -> Response {
        let routes = Routes::new(["/tasks".to_owned()]).expect("routes");
        let request = Request::builder().uri("/tasks").header(REQUEST_ID, "abc-1").body(Body::empty());
        observe(request.expect("a request"), &routes, limit, &LockTurns::new(1), handle).await
    }

    #[tokio::test]
    async fn a_handler_that_panics_or_takes_too_long_is_answered_for() {
        let panicked = answer(Duration::from_secs(60), async |_| panic!("of a test")).await;
        let slow = answer(Duration::from_millis(1), async |_| std::future::pending().await).await;
        let statuses = [&panicked, &slow].map(|response| {
            assert_eq!(response.headers()[&REQUEST_ID], "abc-1");
            assert_eq!(response.headers()[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
            response.status()
        });
        assert_eq!(statuses, [StatusCode::INTERNAL_SERVER_ERROR, StatusCode::SERVICE_UNAVAILABLE]);
    }

    #[tokio::test]
    async fn what_has_not_changed_says_nothing_that_the_caller_has() {
        let answer = answer(Duration::from_secs(60), async |_| StatusCode::NOT_MODIFIED.into_response()).await;
        assert_eq!(answer.headers()[&REQUEST_ID], "abc-1");
        assert_eq!(answer.headers().len(), 1);
    }
}
