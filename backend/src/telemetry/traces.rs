//! Spans of requests, statements and background work, and their export (OTLP). Off unless `OTEL_EXPORTER_OTLP_ENDPOINT` is set: without it
//! each of these functions only checks a variable.
//!
//! Spans use OpenTelemetry's own context instead of `tracing` spans, so log filters do not affect them and they add no cost to logging.

use std::{borrow::Cow, sync::OnceLock, time::Duration};

use anyhow::Context as _;
use axum::http::HeaderMap;
use opentelemetry::{
    Context, InstrumentationScope, KeyValue, Value,
    context::FutureExt,
    propagation::TextMapPropagator,
    trace::{SpanKind, Status, TraceContextExt, Tracer, TracerProvider},
};
use opentelemetry_http::HeaderExtractor;
use opentelemetry_otlp::{SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::{
    Resource,
    propagation::TraceContextPropagator,
    trace::{SdkTracer, SdkTracerProvider},
};
use secrecy::ExposeSecret;
use tokio::task::spawn_blocking;

use super::{collector::Collector, host_name};
use crate::config::TraceConfig;

/// How long the process waits at exit for the last spans to be sent.
const LAST_EXPORT: Duration = Duration::from_secs(3);

static EXPORT: OnceLock<Export> = OnceLock::new();

struct Export {
    provider: SdkTracerProvider,
    tracer: SdkTracer,
}

/// Kinds of background work, which name its spans.
#[derive(Debug, Clone, Copy)]
pub enum Work {
    /// A run of a job.
    Job,
    /// One iteration of a background task.
    Task,
    /// One attempt at a row of the outbox.
    Delivery,
}

/// Starts exporting. The exporter's queue is bounded: if the collector is slow or unavailable, spans are dropped and nothing waits.
pub fn start(config: &TraceConfig, collector: Collector, role: &'static str) -> anyhow::Result<()> {
    let headers = config.headers.0.iter().map(|(name, value)| (name.clone(), value.expose_secret().to_owned()));
    let exporter = SpanExporter::builder()
        .with_http()
        .with_http_client(collector)
        .with_endpoint(config.endpoint.as_str())
        .with_timeout(config.timeout)
        .with_headers(headers.collect())
        .build()
        .context("the span exporter")?;
    let provider = SdkTracerProvider::builder()
        .with_sampler(config.sampler.clone())
        .with_resource(resource(config, role))
        .with_batch_exporter(exporter)
        .build();
    let scope = InstrumentationScope::builder("todo").with_version(env!("CARGO_PKG_VERSION")).build();
    let tracer = provider.tracer_with_scope(scope);
    EXPORT.set(Export { provider, tracer }).map_err(|_| anyhow::anyhow!("spans are already being exported"))
}

fn resource(config: &TraceConfig, role: &'static str) -> Resource {
    let own = [
        KeyValue::new("service.name", "todo"),
        KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
        KeyValue::new("service.instance.id", host_name()),
        KeyValue::new("role", role),
    ];
    let configured = config.resource.iter().map(|(name, value)| KeyValue::new(name.clone(), value.clone()));
    Resource::builder().with_attributes(own).with_attributes(configured).build()
}

/// Sends the remaining spans, within a few seconds.
pub async fn stop() {
    if let Some(export) = EXPORT.get() {
        // The collector's report tells whether it succeeded.
        let _ = spawn_blocking(|| export.provider.shutdown_with_timeout(LAST_EXPORT)).await;
    }
}

pub(super) fn tracer() -> Option<&'static SdkTracer> {
    EXPORT.get().map(|export| &export.tracer)
}

/// Whether spans are exported; otherwise fields that are costly to compute can be skipped.
pub fn are_exported() -> bool {
    tracer().is_some()
}

/// Starts the span of a request; it continues the caller's trace, if there is one (`traceparent`).
pub fn begin_request(headers: &HeaderMap, method: &'static str, route: &str, request_id: &str) -> Option<Context> {
    let tracer = tracer()?;
    let parent = TraceContextPropagator::new().extract(&HeaderExtractor(headers));
    let span = tracer
        .span_builder(format!("{method} {route}"))
        .with_kind(SpanKind::Server)
        .with_attributes([
            KeyValue::new("method", method),
            KeyValue::new("route", route.to_owned()),
            KeyValue::new("request_id", request_id.to_owned()),
            // The names of OpenTelemetry's conventions, which tools look for.
            KeyValue::new("http.request.method", method),
            KeyValue::new("http.route", route.to_owned()),
        ])
        .start_with_context(tracer, &parent);
    Some(parent.with_span(span))
}

/// Ends the span of a request with the status of its answer.
pub fn end_request(context: &Context, status: u16) {
    let span = context.span();
    span.set_attribute(KeyValue::new("status", i64::from(status)));
    span.set_attribute(KeyValue::new("http.response.status_code", i64::from(status)));
    if status >= 500 {
        span.set_status(Status::error(""));
    }
    span.end();
}

/// Runs a future within a span, if there is one.
pub async fn within<F: Future + Unpin>(context: Option<Context>, future: F) -> F::Output {
    match context {
        Some(context) => future.with_context(context).await,
        None => future.await,
    }
}

/// The current span, for work that is handed to another task.
pub fn current() -> Option<Context> {
    tracer().map(|_| Context::current())
}

/// Runs background work in its own span, the root of a new trace.
pub async fn run<F: Future>(work: Work, name: &'static str, future: F) -> F::Output {
    let Some(tracer) = tracer() else { return future.await };
    let (prefix, field) = match work {
        Work::Job => ("job", "job"),
        Work::Task => ("task", "task"),
        Work::Delivery => ("delivery", "channel"),
    };
    let span = tracer
        .span_builder(format!("{prefix} {name}"))
        .with_kind(SpanKind::Internal)
        .with_attributes([KeyValue::new(field, name)])
        .start_with_context(tracer, &Context::new());
    let context = Context::new().with_span(span);
    let output = future.with_context(context.clone()).await;
    context.span().end();
    output
}

/// Runs a database call that sqlx does not report, such as a commit, in its own span.
pub async fn statement<F: Future>(name: &'static str, future: F) -> F::Output {
    let Some(tracer) = tracer() else { return future.await };
    let context = Context::current();
    let span = tracer.span_builder(name).with_kind(SpanKind::Client).with_attributes([super::statements::system()]);
    let context = context.with_span(span.start_with_context(tracer, &context));
    let output = future.with_context(context.clone()).await;
    context.span().end();
    output
}

/// Adds a field to the current span.
pub fn record(field: &'static str, value: impl Into<Value>) {
    if tracer().is_some() {
        Context::map_current(|context| context.span().set_attribute(KeyValue::new(field, value)));
    }
}

/// Marks the current span as failed; the reason is in the log.
pub fn record_failure() {
    if tracer().is_some() {
        Context::map_current(|context| context.span().set_status(Status::error(Cow::Borrowed(""))));
    }
}

/// The trace that a log line belongs to, if the trace is kept.
pub(super) fn trace_id() -> Option<String> {
    tracer()?;
    Context::map_current(|context| {
        let span = context.span();
        let span = span.span_context();
        span.is_sampled().then(|| span.trace_id().to_string())
    })
}
