//! Logs and metrics of the process.

use std::{
    io::IsTerminal,
    path::Path,
    sync::{Mutex, OnceLock, PoisonError},
};

use anyhow::Context;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_subscriber::{EnvFilter, fmt, fmt::format::JsonFields, layer::SubscriberExt, util::SubscriberInitExt};

use crate::config::{Config, LogFormat};

static METRICS: OnceLock<PrometheusHandle> = OnceLock::new();

/// Seconds; from a cache hit to a request that somebody complains about.
const LATENCY_BUCKETS: [f64; 12] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

/// Sets up the process's log: on standard error, and with `LOG_DIR` also in files named after `program`, one a day.
/// Replicas of one host share a file: each line is one write that appends.
pub fn start_logging(config: &Config, program: Option<&str>) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&config.log_filter)
        .with_context(|| format!("LOG_LEVEL: {:?} is not a filter such as info,todo=debug", config.log_filter))?;
    let file = match (&config.log_dir, program) {
        (Some(directory), Some(program)) => {
            Some(json_layer().with_writer(daily_file(directory, program, config.log_keep_days)?))
        }
        _ => None,
    };
    let registry = tracing_subscriber::registry().with(filter).with(file);
    match config.log_format {
        LogFormat::Json => registry.with(json_layer().with_writer(std::io::stderr)).try_init()?,
        LogFormat::Pretty => {
            let layer = fmt::layer().with_target(false).with_ansi(std::io::stderr().is_terminal());
            registry.with(layer.with_writer(std::io::stderr)).try_init()?;
        }
    }
    Ok(())
}

fn json_layer<S>() -> fmt::Layer<S, JsonFields, fmt::format::Format<fmt::format::Json>> {
    fmt::layer().json().flatten_event(true).with_current_span(true).with_span_list(false)
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

/// Sets up the process's metrics; calling it again changes nothing.
pub fn start_metrics() -> anyhow::Result<()> {
    static STARTING: Mutex<()> = Mutex::new(());
    let _one_at_a_time = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
    if METRICS.get().is_none() {
        let handle = PrometheusBuilder::new().set_buckets(&LATENCY_BUCKETS)?.install_recorder()?;
        METRICS.get_or_init(|| handle);
        // There from the start, so that an alert on its absence means something.
        metrics::gauge!("todo_ws_connections").increment(0.0);
    }
    Ok(())
}

pub fn render_metrics() -> String {
    METRICS.get().map(PrometheusHandle::render).unwrap_or_default()
}

/// Moves samples from their buffers; called now and then, so that they do not grow while nobody asks for metrics.
pub fn metrics_upkeep() {
    if let Some(handle) = METRICS.get() {
        handle.run_upkeep();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_of_the_day_has_a_json_object_a_line() {
        let directory = nix::unistd::mkdtemp(&std::env::temp_dir().join("todo-log-XXXXXX")).expect("a folder");
        let file = daily_file(&directory, "backend", 2).expect("a file");
        let subscriber = tracing_subscriber::registry().with(json_layer().with_writer(file));
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
