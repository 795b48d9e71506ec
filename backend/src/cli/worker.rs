use tokio_util::task::TaskTracker;

use super::context::Context;
use crate::{
    announcements,
    config::{Config, Role},
    deliveries, jobs,
    server::{self, StopSignals},
    telemetry,
};

pub async fn run(mut config: Config) -> anyhow::Result<()> {
    anyhow::ensure!(
        !config.is_embedded(),
        "DATABASE_URL is not set: `todo serve` with its private database runs the worker itself"
    );
    let mut signals = StopSignals::listen()?;
    telemetry::start_metrics()?;
    // For health checks and metrics. Beside a server on the same machine the port is taken, and it does without.
    let listener = server::bind(config.host, config.port).await;
    config.role = Role::Worker;
    let context = Context::open(config).await?;
    let state = &context.state;
    match listener {
        Ok(listener) => drop(tokio::spawn(server::serve_health(state.clone(), listener)?)),
        Err(error) => tracing::warn!("no health check and no metrics of the worker: {error:#}"),
    }
    tracing::info!("worker started");
    let tasks = TaskTracker::new();
    tasks.spawn(jobs::run(state.clone(), state.draining.clone()));
    tasks.spawn(deliveries::worker::run(state.clone(), state.draining.clone()));
    tasks.spawn(announcements::worker::run(state.clone(), state.draining.clone()));
    tasks.spawn(jobs::timed::run(state.clone(), state.draining.clone()));
    tasks.close();
    signals.next().await;
    state.draining.cancel();
    tokio::select! {
        () = tasks.wait() => {}
        () = tokio::time::sleep(state.config.shutdown_timeout) => tracing::warn!("a job did not finish in time"),
        () = signals.next() => tracing::warn!("a second signal: stopping at once"),
    }
    context.close().await
}
