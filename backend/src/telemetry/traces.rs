//! Spans of requests, statements and background work, and their export (OTLP). Off unless `OTEL_EXPORTER_OTLP_ENDPOINT` is set: then each of these
//! functions is one look at a variable.
//!
//! Spans go by OpenTelemetry's own context, not by those of `tracing`: a filter of the log can neither add nor hide one, and there is none for the log to pay for.

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

/// How long the last spans are waited for when the process ends.
const LAST_EXPORT: Duration = Duration::from_secs(3);

static EXPORT: OnceLock<Export> = OnceLock::new();

struct Export {
    provider: SdkTracerProvider,
    tracer: SdkTracer,
}

/// What runs in the background, as its spans are named.
#[derive(Debug, Clone, Copy)]
pub enum Work {
    /// A run of a job.
    Job,
    /// A turn of a background task.
    Task,
    /// An attempt at a row of the outbox.
    Delivery,
}

/// Begins to export. The exporter's queue is bounded: when the collector is slow or away, spans are lost, and nobody waits.
pub fn start(config: &TraceConfig, collector: Collector, role: &'static str) -> anyhow::Result<()> {
    let headers = config.headers.0.iter().map(|(name, value)| (name.clone(), value.expose_secret().to_owned()));
    let exporter = SpanExporter::builder()
        .with_http()
        .with_http_client(collector)
        .with_endpoint(config.endpoint.as_str())
        .with_timeout(config.timeout)
        .with_headers(headers.collect())
        .build()
        .context("the exporter of spans")?;
    let provider = SdkTracerProvider::builder()
        .with_sampler(config.sampler.clone())
        .with_resource(resource(config, role))
        .with_batch_exporter(exporter)
        .build();
    let scope = InstrumentationScope::builder("todo").with_version(env!("CARGO_PKG_VERSION")).build();
    let tracer = provider.tracer_with_scope(scope);
    EXPORT.set(Export { provider, tracer }).map_err(|_| anyhow::anyhow!("spans are exported already"))
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

/// Sends what was not sent yet, within a few seconds.
pub async fn stop() {
    if let Some(export) = EXPORT.get() {
        // Whether it succeeds, the collector's report says.
        let _ = spawn_blocking(|| export.provider.shutdown_with_timeout(LAST_EXPORT)).await;
    }
}

pub(super) fn tracer() -> Option<&'static SdkTracer> {
    EXPORT.get().map(|export| &export.tracer)
}

/// Whether a field that costs something to make is worth making.
pub fn are_exported() -> bool {
    tracer().is_some()
}

/// The span of a request, of the trace that its caller has begun if there is one (`traceparent`).
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
            // Tools that draw requests look for the names of OpenTelemetry's conventions.
            KeyValue::new("http.request.method", method),
            KeyValue::new("http.route", route.to_owned()),
        ])
        .start_with_context(tracer, &parent);
    Some(parent.with_span(span))
}

/// Ends the span of a request with its answer.
pub fn end_request(context: &Context, status: u16) {
    let span = context.span();
    span.set_attribute(KeyValue::new("status", i64::from(status)));
    span.set_attribute(KeyValue::new("http.response.status_code", i64::from(status)));
    if status >= 500 {
        span.set_status(Status::error(""));
    }
    span.end();
}

/// Does something as part of a span, if there is one.
pub async fn within<F: Future + Unpin>(context: Option<Context>, future: F) -> F::Output {
    match context {
        Some(context) => future.with_context(context).await,
        None => future.await,
    }
}

/// The span that this is done in, for work that is handed to another task.
pub fn current() -> Option<Context> {
    tracer().map(|_| Context::current())
}

/// Does a piece of background work as a span of its own: the root of its trace.
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

/// Does a call to the database that sqlx says nothing of, such as a commit, as a span of its own.
pub async fn statement<F: Future>(name: &'static str, future: F) -> F::Output {
    let Some(tracer) = tracer() else { return future.await };
    let context = Context::current();
    let span = tracer.span_builder(name).with_kind(SpanKind::Client).with_attributes([super::statements::system()]);
    let context = context.with_span(span.start_with_context(tracer, &context));
    let output = future.with_context(context.clone()).await;
    context.span().end();
    output
}

/// Adds a field to the span that this is done in.
pub fn record(field: &'static str, value: impl Into<Value>) {
    if tracer().is_some() {
        Context::map_current(|context| context.span().set_attribute(KeyValue::new(field, value)));
    }
}

/// Says of the span that this is done in that it has failed; the reason is in the log.
pub fn record_failure() {
    if tracer().is_some() {
        Context::map_current(|context| context.span().set_status(Status::error(Cow::Borrowed(""))));
    }
}

/// The trace that a log line belongs to, when it is kept.
pub(super) fn trace_id() -> Option<String> {
    tracer()?;
    Context::map_current(|context| {
        let span = context.span();
        let span = span.span_context();
        span.is_sampled().then(|| span.trace_id().to_string())
    })
}
