use super::{background, context::Context};
use crate::{
    config::{Config, Role},
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
        Ok(listener) => server::start_health(state, listener)?,
        Err(error) => tracing::warn!("no health check and no metrics of the worker: {error:#}"),
    }
    tracing::info!("worker started");
    background::start(state);
    background::start_work(state);
    let result = tokio::select! {
        () = signals.next() => Ok(()),
        // Whatever starts processes starts another, which may fare better.
        task = state.supervisor.given_up() => Err(anyhow::anyhow!("the background task {task} keeps ending; the log says why")),
    };
    state.draining.cancel();
    tokio::select! {
        () = state.supervisor.drained() => {}
        () = tokio::time::sleep(state.config.shutdown_timeout) => tracing::warn!("a job did not finish in time"),
        () = signals.next() => tracing::warn!("a second signal: stopping at once"),
    }
    context.close().await?;
    result
}
