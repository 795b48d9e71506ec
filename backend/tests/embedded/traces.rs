//! Spans as a collector receives them from the real program.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use axum::{Router, body::Bytes, http::HeaderMap, routing::post};
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::{AnyValue, KeyValue, any_value},
    trace::v1::{Span, span::SpanKind},
};
use prost::Message;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::{Data, PATIENCE, Todo, account, free_port};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER: &str = "00f067aa0ba902b7";

/// Speaks OTLP over HTTP.
struct Collector {
    address: String,
    requests: Arc<Mutex<Vec<(HeaderMap, ExportTraceServiceRequest)>>>,
}

impl Collector {
    async fn start() -> Self {
        let requests = Arc::<Mutex<Vec<_>>>::default();
        let log = Arc::clone(&requests);
        let take = move |headers: HeaderMap, body: Bytes| {
            let request = ExportTraceServiceRequest::decode(body).expect("spans");
            log.lock().expect("sound").push((headers, request));
            async {}
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        tokio::spawn(axum::serve(listener, Router::new().route("/v1/traces", post(take))).into_future());
        Self { address, requests }
    }

    fn spans(&self) -> Vec<Span> {
        let requests = self.requests.lock().expect("sound");
        let resources = requests.iter().flat_map(|(_, request)| &request.resource_spans);
        resources.flat_map(|resource| &resource.scope_spans).flat_map(|scope| scope.spans.clone()).collect()
    }

    /// Waits for the first span of this kind.
    async fn span(&self, what: &str, is_it: impl Fn(&Span) -> bool) -> Span {
        let started = Instant::now();
        loop {
            let spans = self.spans();
            if let Some(span) = spans.iter().find(|span| is_it(span)) {
                return span.clone();
            }
            let names: Vec<_> = spans.iter().map(|span| &span.name).collect();
            assert!(started.elapsed() < PATIENCE, "no {what} among {names:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn child_of(&self, parent: &Span, name: &str) -> Span {
        self.span(name, |span| span.name == name && span.parent_span_id == parent.span_id).await
    }
}

fn text(value: Option<&AnyValue>) -> String {
    match value.and_then(|value| value.value.as_ref()) {
        Some(any_value::Value::StringValue(text)) => text.clone(),
        Some(any_value::Value::IntValue(number)) => number.to_string(),
        other => format!("{other:?}"),
    }
}

fn fields(attributes: &[KeyValue]) -> BTreeMap<&str, String> {
    attributes.iter().map(|one| (one.key.as_str(), text(one.value.as_ref()))).collect()
}

fn hex(id: &[u8]) -> String {
    id.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn start(data: &Data, collector: &str, more: &[(&str, &str)]) -> Todo {
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", collector),
        ("OTEL_BSP_SCHEDULE_DELAY", "100"),
        ("LOG_FORMAT", "json"),
        ("LOG_LEVEL", "info,todo=debug"),
    ];
    let todo = Todo::spawn(&data.0, free_port(), &[&variables[..], more].concat());
    let started = Instant::now();
    while !todo.output().contains("Todo List Plus is ready") {
        assert!(started.elapsed() < PATIENCE, "todo is not ready:\n{}", todo.output());
        thread::sleep(Duration::from_millis(20));
    }
    todo
}

/// Registers a user with a project, and returns the token and the project's id.
async fn begin(todo: &Todo) -> (String, Value) {
    let (status, session) = todo.post("/api/v1/auth/register", account()).await;
    assert_eq!(status, 201, "{session}\n{}", todo.output());
    let token = session["access_token"].as_str().expect("a token").to_owned();
    let project = send(request(todo, Method::POST, "/projects", &token).json(&json!({ "name": "Garden" }))).await;
    (token, project["id"].clone())
}

fn request(todo: &Todo, method: Method, path: &str, token: &str) -> RequestBuilder {
    reqwest::Client::new().request(method, todo.url(&format!("/api/v1{path}"))).bearer_auth(token)
}

async fn send(request: RequestBuilder) -> Value {
    let answer = request.send().await.expect("an answer").error_for_status().expect("a success");
    answer.json().await.expect("JSON")
}

#[tokio::test]
async fn requests_statements_jobs_and_deliveries_are_spans_with_stable_names() {
    let (data, collector) = (Data::new(), Collector::start().await);
    let receiver = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let hook = format!("http://{}/hook", receiver.local_addr().expect("an address"));
    tokio::spawn(axum::serve(receiver, Router::new().route("/hook", post(async || "thanks"))).into_future());
    let todo = start(
        &data,
        &collector.address,
        &[
            ("OTEL_SERVICE_NAME", "todo-test"),
            ("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20key"),
            ("WEBHOOK_ALLOWED_NETWORKS", "127.0.0.0/8"),
            ("WEBHOOK_ALLOW_HTTP", "true"),
        ],
    );
    let (token, project) = begin(&todo).await;
    let webhooks = format!("/projects/{}/webhooks", project.as_str().expect("an id"));
    send(request(&todo, Method::POST, &webhooks, &token).json(&json!({ "url": hook }))).await;
    let body = json!({ "project_id": project, "title": "Water the tulips" });
    let task = send(request(&todo, Method::POST, "/tasks", &token).header("x-request-id", "write-1").json(&body)).await;
    let path = format!("/tasks/{}", task["id"].as_str().expect("an id"));
    let reading = request(&todo, Method::GET, &path, &token).header("x-request-id", "read-1");
    send(reading.header("traceparent", format!("00-{TRACE}-{CALLER}-01"))).await;

    let of_request =
        |id: &'static str| move |span: &Span| fields(&span.attributes).get("request_id").is_some_and(|of| of == id);
    let read = collector.span("read", of_request("read-1")).await;
    assert_eq!((read.name.as_str(), read.kind()), ("GET /api/v1/tasks/{id}", SpanKind::Server));
    assert_eq!((hex(&read.trace_id), hex(&read.parent_span_id)), (TRACE.to_owned(), CALLER.to_owned()));
    let said = fields(&read.attributes);
    for (field, value) in [("method", "GET"), ("route", "/api/v1/tasks/{id}"), ("status", "200")] {
        assert_eq!(said[field], value, "{said:?}");
    }
    assert_eq!(
        (said["http.route"].as_str(), said["http.response.status_code"].as_str()),
        ("/api/v1/tasks/{id}", "200")
    );
    let find = collector.child_of(&read, "tasks::store::select_own").await;
    assert_eq!((find.kind(), fields(&find.attributes)["rows"].as_str()), (SpanKind::Client, "1"));

    let write = collector.span("write", of_request("write-1")).await;
    for name in ["db::begin", "tasks::store::insert", "db::commit"] {
        collector.child_of(&write, name).await;
    }

    // The log line of the same request.
    let output = todo.output();
    let lines = output.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let of_read: Vec<_> = lines.filter(|line| line["request_id"] == "read-1").collect();
    let line = of_read.iter().find(|line| line["message"] == "request").expect("a line");
    assert_eq!((&line["trace_id"], &line["method"]), (&json!(TRACE), &json!("GET")), "{line}");
    assert_eq!(
        (line["status"].to_string(), line["user_id"].as_str()),
        (said["status"].clone(), Some(said["user_id"].as_str()))
    );

    let job = collector.span("job", |span| span.name == "job reminders").await;
    assert!(job.parent_span_id.is_empty() && fields(&job.attributes)["result"] == "done", "{job:?}");
    collector.span("a statement of a job", |span| span.parent_span_id == job.span_id && span.name.contains("::")).await;
    let lease = collector.span("task", |span| span.name == "task leadership").await;
    collector.child_of(&lease, "jobs::leader::claim").await;
    let delivery = collector.span("delivery", |span| span.name == "delivery webhook").await;
    assert_eq!(fields(&delivery.attributes)["result"], "sent");
    collector.child_of(&delivery, "outbox::store::begin").await;

    let requests = collector.requests.lock().expect("sound");
    let (headers, first) = &requests[0];
    assert_eq!(
        (&headers["authorization"], &headers["content-type"]),
        (&"Bearer key".parse().expect("a value"), &"application/x-protobuf".parse().expect("a value"))
    );
    let resource = first.resource_spans[0].resource.as_ref().expect("a resource");
    let resource = fields(&resource.attributes);
    for (field, value) in [("service.name", "todo-test"), ("deployment.environment.name", "test"), ("role", "server")] {
        assert_eq!(resource[field], value, "{resource:?}");
    }
    let everything = format!("{requests:?}");
    for personal in ["ada@example.com", "Ada\"", "tulips", "Garden", &token, "velvet-harbour"] {
        assert!(!everything.contains(personal), "{personal} is in a span");
    }
}

#[tokio::test]
async fn what_is_not_sampled_is_not_sent() {
    let (data, collector) = (Data::new(), Collector::start().await);
    let never = [("OTEL_TRACES_SAMPLER", "traceidratio"), ("OTEL_TRACES_SAMPLER_ARG", "0")];
    let mut todo = start(&data, &collector.address, &never);
    begin(&todo).await;
    todo.ctrl_c();
    assert!(todo.wait().success(), "{}", todo.output());
    assert_eq!(collector.spans(), []);
    assert!(!todo.output().contains("trace_id"), "{}", todo.output());
}

#[tokio::test]
async fn a_collector_that_is_away_stops_nothing_and_is_told_of_once() {
    let data = Data::new();
    let mut todo = start(&data, &format!("http://127.0.0.1:{}", free_port()), &[]);
    begin(&todo).await;
    let started = Instant::now();
    loop {
        let health = reqwest::get(todo.url("/health/ready")).await.expect("an answer");
        assert_eq!(health.status(), 200);
        let health: Value = health.json().await.expect("JSON");
        if health["interrupted"][0]["task"] == "trace_export" {
            assert_eq!(health["status"], "degraded");
            break;
        }
        assert!(started.elapsed() < PATIENCE, "{health}\n{}", todo.output());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(todo.output().matches("spans cannot be exported").count(), 1, "{}", todo.output());
    let started = Instant::now();
    todo.ctrl_c();
    assert!(todo.wait().success() && started.elapsed() < Duration::from_secs(20), "{}", todo.output());
}
