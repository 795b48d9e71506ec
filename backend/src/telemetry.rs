//! Logs, metrics and spans of the process.

pub mod collector;
mod statements;
pub mod traces;

use std::{
    fmt,
    io::IsTerminal,
    path::Path,
    sync::{LazyLock, Mutex, OnceLock, PoisonError},
};

use anyhow::Context;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tracing::{Event, Subscriber};
use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_subscriber::{
    EnvFilter, Registry,
    field::{MakeVisitor, RecordFields},
    fmt::{
        FmtContext, FormatEvent, FormatFields, Layer,
        format::{DefaultFields, Format, Json, JsonFields, Writer},
    },
    layer::{Layer as _, SubscriberExt},
    registry::LookupSpan,
    util::SubscriberInitExt,
};

use crate::config::{Config, LogFormat};

/// What a line says about its request; nothing outside of requests.
pub type RequestFields = fn() -> Vec<(&'static str, String)>;

static METRICS: OnceLock<PrometheusHandle> = OnceLock::new();

/// In seconds; from a cache hit to a noticeably slow request.
const LATENCY_BUCKETS: [f64; 12] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

/// Sets up logging: to standard error, and with `LOG_DIR` also to daily files named after `program`. Replicas on one host share a file:
/// each line is a single appending write.
pub fn start_logging(config: &Config, program: Option<&str>, request: RequestFields) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&config.log_filter)
        .with_context(|| format!("LOG_LEVEL: {:?} is not a filter such as info,todo=debug", config.log_filter))?;
    let file = match (&config.log_dir, program) {
        (Some(directory), Some(program)) => {
            Some(json_layer(request).with_writer(daily_file(directory, program, config.log_keep_days)?))
        }
        _ => None,
    };
    let stderr = match config.log_format {
        LogFormat::Json => json_layer(request).with_writer(std::io::stderr).boxed(),
        LogFormat::Pretty => {
            pretty_layer(std::io::stderr().is_terminal(), request).with_writer(std::io::stderr).boxed()
        }
    };
    let log = match file {
        Some(file) => file.and_then(stderr).boxed(),
        None => stderr,
    };
    subscriber(log, filter, config.traces.is_some()).try_init()?;
    Ok(())
}

/// The filter applies only to the log: statement spans also need events that are not logged.
fn subscriber(
    log: Box<dyn tracing_subscriber::Layer<Registry> + Send + Sync>,
    filter: EnvFilter,
    with_spans: bool,
) -> impl Subscriber + Send + Sync {
    let spans = with_spans.then(|| statements::Statements.with_filter(statements::Wanted));
    tracing_subscriber::registry().with(log.with_filter(filter)).with(spans)
}

fn pretty_layer<S>(with_colours: bool, request: RequestFields) -> Layer<S, PrettyFields> {
    let fields = PrettyFields(DefaultFields::new(), request);
    tracing_subscriber::fmt::layer().with_target(false).with_ansi(with_colours).fmt_fields(fields)
}

fn json_layer<S: Subscriber + for<'a> LookupSpan<'a>>(
    request: RequestFields,
) -> Layer<S, JsonFields, OfRequest<Format<Json>>> {
    tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .map_event_format(|format| OfRequest(format, request))
}

/// The human-readable form of a line, with its request.
struct PrettyFields(DefaultFields, RequestFields);

impl<'w> FormatFields<'w> for PrettyFields {
    fn format_fields<R: RecordFields>(&self, mut writer: Writer<'w>, fields: R) -> fmt::Result {
        fields.record(&mut self.0.make_visitor(writer.by_ref()));
        (self.1)().iter().try_for_each(|(name, value)| write!(writer, " {name}={value}"))
    }
}

/// The host name: in a container the start of its id. Replicas share their log files.
fn host_name() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").ok().or_else(|| std::env::var("HOSTNAME").ok());
    name.unwrap_or_default().trim().to_owned()
}

/// As JSON.
static INSTANCE: LazyLock<String> = LazyLock::new(|| serde_json::Value::from(host_name()).to_string());

/// JSON lines that name the process, and the request if any.
struct OfRequest<F>(F, RequestFields);

impl<S, N, F> FormatEvent<S, N> for OfRequest<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(&self, context: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let mut line = String::new();
        self.0.format_event(context, Writer::new(&mut line), event)?;
        let Some(line) = line.trim_end().strip_suffix('}') else { return writer.write_str(&line) };
        write!(writer, "{line},\"instance\":{}", *INSTANCE)?;
        for (name, value) in (self.1)() {
            // The account that an event is about may not be the one that makes the request.
            if event.metadata().fields().field(name).is_none() {
                write!(writer, ",\"{name}\":{}", serde_json::Value::from(value))?;
            }
        }
        if let Some(trace_id) = traces::trace_id() {
            write!(writer, ",\"trace_id\":\"{trace_id}\"")?;
        }
        writer.write_str("}\n")
    }
}

fn daily_file(directory: &Path, program: &str, keep_days: usize) -> anyhow::Result<Mutex<RollingFileAppender>> {
    let appender = RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .filename_prefix(program)
        .filename_suffix("log")
        .max_log_files(keep_days)
        .build(directory)
        .with_context(|| format!("LOG_DIR: cannot write to {}", directory.display()))?;
    Ok(Mutex::new(appender))
}

/// Sets up metrics; calling it again has no effect.
pub fn start_metrics() -> anyhow::Result<()> {
    static STARTING: Mutex<()> = Mutex::new(());
    let _one_at_a_time = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
    if METRICS.get().is_none() {
        let handle = PrometheusBuilder::new().set_buckets(&LATENCY_BUCKETS)?.install_recorder()?;
        METRICS.get_or_init(|| handle);
        // Registered from the start, so that an alert on its absence is meaningful.
        metrics::gauge!("todo_ws_connections").increment(0.0);
    }
    Ok(())
}

pub fn render_metrics() -> String {
    METRICS.get().map(PrometheusHandle::render).unwrap_or_default()
}

/// Drains sample buffers; called periodically, so that they do not grow while nobody scrapes metrics.
pub fn metrics_upkeep() {
    if let Some(handle) = METRICS.get() {
        handle.run_upkeep();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use axum::http::HeaderValue;
    use tracing::level_filters::LevelFilter;

    use super::*;
    use crate::{
        http::{
            lock_turns::LockTurns,
            middleware::Route,
            request_context::{RequestContext, log_fields, set_user},
        },
        id::Id,
    };

    /// A subscriber's writer.
    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl std::io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().expect("sound").extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    impl Written {
        fn writer(&self) -> impl Fn() -> Self + use<> {
            let written = self.clone();
            move || written.clone()
        }

        fn take(&self) -> String {
            String::from_utf8(std::mem::take(&mut *self.0.lock().expect("sound"))).expect("UTF-8")
        }
    }

    #[tokio::test]
    async fn lines_say_which_request_they_belong_to() {
        let (json, pretty) = (Written::default(), Written::default());
        let subscriber = tracing_subscriber::registry()
            .with(json_layer(log_fields).with_writer(json.writer()))
            .with(pretty_layer(false, log_fields).with_writer(pretty.writer()));
        let _current = tracing::subscriber::set_default(subscriber);
        let sent = HeaderValue::from_static("abc-1");
        let request =
            RequestContext::new(Some(&sent), "GET", Arc::new(Route::new("/tasks/{id}".to_owned())), LockTurns::new(1));
        let user_id = Id::nil();
        let handler = async {
            set_user(user_id);
            tracing::info!(answer = 42, "computed }}");
            tracing::info!(user_id = "another", "disabled");
        };
        request.scope(handler).await;
        let written = json.take();
        let lines: Vec<serde_json::Value> =
            written.lines().map(|line| serde_json::from_str(line).expect("an object")).collect();
        let [line, of_another] = lines.as_slice() else { panic!("two lines, not {written}") };
        assert_eq!((&line["message"], &line["answer"]), (&"computed }".into(), &42.into()));
        let user = user_id.to_string();
        for (name, value) in [("request_id", "abc-1"), ("method", "GET"), ("route", "/tasks/{id}"), ("user_id", &user)]
        {
            assert_eq!(line[name], value, "{line}");
        }
        assert_eq!((&of_another["user_id"], &of_another["request_id"]), (&"another".into(), &"abc-1".into()));
        assert!(line["instance"].as_str().is_some_and(|host| !host.is_empty()), "{line}");
        let line = pretty.take();
        let expected =
            format!("computed }} answer=42 request_id=abc-1 method=GET route=/tasks/{{id}} user_id={user_id}\n");
        assert!(line.contains(&expected), "{line}");

        tracing::info!("between requests");
        let line: serde_json::Value = serde_json::from_str(&json.take()).expect("one object");
        assert_eq!(line.get("request_id"), None);
        assert!(pretty.take().ends_with("between requests\n"));
    }

    #[test]
    fn only_with_spans_statements_are_listened_to() {
        let level = |with_spans| {
            let log = json_layer(log_fields).with_writer(std::io::sink).boxed();
            subscriber(log, EnvFilter::new("info"), with_spans).max_level_hint()
        };
        // More detailed events are skipped at their source, by one comparison.
        assert_eq!(level(false), Some(LevelFilter::INFO));
        assert_eq!(level(true), Some(LevelFilter::TRACE));
    }

    #[test]
    fn the_file_of_the_day_has_a_json_object_a_line() {
        let directory = nix::unistd::mkdtemp(&std::env::temp_dir().join("todo-log-XXXXXX")).expect("a folder");
        let file = daily_file(&directory, "backend", 2).expect("a file");
        let subscriber = tracing_subscriber::registry().with(json_layer(log_fields).with_writer(file));
        tracing::subscriber::with_default(subscriber, || tracing::info!(answer = 42, "computed"));
        let files: Vec<_> = std::fs::read_dir(&directory).expect("readable").flatten().collect();
        let [file] = files.as_slice() else { panic!("one file, not {files:?}") };
        let name = file.file_name().into_string().expect("UTF-8");
        assert!(name.starts_with("backend.") && name.ends_with(".log"), "{name}");
        let line: serde_json::Value =
            serde_json::from_slice(&std::fs::read(file.path()).expect("readable")).expect("one object");
        assert_eq!((&line["message"], &line["answer"]), (&"computed".into(), &42.into()));
        std::fs::remove_dir_all(directory).expect("removable");
    }
}
