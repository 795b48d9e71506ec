use super::{background, context::Context, traces};
use crate::{
    config::{Config, Role},
    server::{self, StopSignals},
    supervisor::Supervisor,
    telemetry,
};

pub async fn run(mut config: Config) -> anyhow::Result<()> {
    anyhow::ensure!(
        !config.is_embedded(),
        "DATABASE_URL is not set: `todo serve` with its private database runs the worker itself"
    );
    let mut signals = StopSignals::listen()?;
    telemetry::start_metrics()?;
    // For health checks and metrics. If a server on the same machine uses the port, the worker does without.
    let listener = server::bind(config.host, config.port).await;
    config.role = Role::Worker;
    let context = Context::open(config).await?;
    let state = &context.state;
    match listener {
        Ok(listener) => server::start_health(state, listener)?,
        Err(error) => tracing::warn!("the worker's health check and metrics are not available: {error:#}"),
    }
    traces::start(state)?;
    tracing::info!("worker started");
    background::start(state);
    background::start_work(state);
    let result = until_its_end(signals.next(), &state.supervisor).await;
    state.draining.cancel();
    tokio::select! {
        () = state.supervisor.drained() => {}
        () = tokio::time::sleep(state.config.shutdown_timeout) => tracing::warn!("a job did not finish in time"),
        () = signals.next() => tracing::warn!("second signal: stopping immediately"),
    }
    telemetry::traces::stop().await;
    context.close().await?;
    result
}

/// Runs until it is told to stop, or until some task keeps ending: then it fails, so that its supervisor starts a new process.
async fn until_its_end(told_to_stop: impl Future<Output = ()>, supervisor: &Supervisor) -> anyhow::Result<()> {
    tokio::select! {
        () = told_to_stop => Ok(()),
        task = supervisor.given_up() => anyhow::bail!("the background task {task} keeps ending; the log says why"),
    }
}

#[cfg(test)]
mod tests {
    use std::{future::pending, time::Duration};

    use tokio_util::sync::CancellationToken;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn it_fails_when_a_task_keeps_ending_and_not_when_it_is_told_to_stop() {
        let supervisor = Supervisor::new(CancellationToken::new());
        supervisor.spawn("mail", async || panic_on_purpose());
        let failure = until_its_end(pending(), &supervisor).await.expect_err("it keeps ending");
        assert!(failure.to_string().contains("mail keeps ending"), "{failure}");
        let supervisor = Supervisor::new(CancellationToken::new());
        supervisor.spawn("mail", async || pending::<()>().await);
        until_its_end(tokio::time::sleep(Duration::from_secs(3600)), &supervisor).await.expect("told to stop");
    }

    fn panic_on_purpose() {
        panic!("on purpose");
    }
}
