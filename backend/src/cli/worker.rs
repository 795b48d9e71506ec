use super::context::Context;
use crate::{config::Config, jobs, server::StopSignals, telemetry};

pub async fn run(config: Config) -> anyhow::Result<()> {
    anyhow::ensure!(
        !config.is_embedded(),
        "DATABASE_URL is not set: `todo serve` with its private database runs the worker itself"
    );
    let mut signals = StopSignals::listen()?;
    telemetry::start_metrics()?;
    let context = Context::open(config).await?;
    let state = &context.state;
    tracing::info!("worker started");
    let jobs = jobs::run(state.db.clone(), state.config.retention.clone(), state.draining.clone());
    tokio::pin!(jobs);
    tokio::select! {
        () = &mut jobs => {}
        () = signals.next() => {
            state.draining.cancel();
            let limit = state.config.shutdown_timeout;
            tokio::select! {
                () = jobs => {}
                () = tokio::time::sleep(limit) => tracing::warn!("a job did not finish in time"),
                () = signals.next() => tracing::warn!("a second signal: stopping at once"),
            }
        }
    }
    context.close().await
}
