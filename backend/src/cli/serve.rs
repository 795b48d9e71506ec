use std::path::PathBuf;

use axum::extract::FromRef;
use clap::Args;

use super::{background, context::Context, seed, traces};
use crate::{
    accounts::setup,
    config::Config,
    embedded::EmbeddedPostgres,
    server::{self, StopSignals},
    state::AppState,
    telemetry,
};

#[derive(Args)]
pub struct Options {
    /// Fill an empty database with sample data, and print the accounts
    #[arg(long)]
    demo: bool,
}

pub async fn run(mut config: Config, options: Options) -> anyhow::Result<()> {
    let mut signals = StopSignals::listen()?;
    telemetry::start_metrics()?;
    // Bind the port first, so that a taken port is reported before a database is started.
    let listener = server::bind(config.host, config.port).await?;
    let port = listener.local_addr()?.port();
    config.static_dir = config.static_dir.or_else(built_page);
    if config.static_dir.is_none() {
        tracing::warn!("no built SPA was found (STATIC_DIR): serving only the API");
    }
    let Context { state, embedded } = tokio::select! {
        context = Context::open(config) => context?,
        () = signals.next() => return Ok(()),
    };
    traces::start(&state)?;
    let result = serve(&state, listener, port, options.demo, embedded.is_some(), &mut signals);
    let (result, embedded) = match embedded {
        None => (result.await, None),
        Some(mut embedded) => {
            let result = tokio::select! {
                result = result => result,
                error = embedded.exited() => Err(error.into()),
            };
            (result, Some(embedded))
        }
    };
    close(state, embedded).await?;
    result
}

async fn close(state: AppState, embedded: Option<EmbeddedPostgres>) -> anyhow::Result<()> {
    telemetry::traces::stop().await;
    let context = Context { state, embedded };
    context.close().await?;
    tracing::info!("stopped");
    Ok(())
}

/// Serves until a signal and through the drain time, then shuts down within the limit; a second signal stops immediately.
async fn serve(
    state: &AppState,
    listener: tokio::net::TcpListener,
    port: u16,
    demo: bool,
    with_worker: bool,
    signals: &mut StopSignals,
) -> anyhow::Result<()> {
    background::start(state);
    setup::start(FromRef::from_ref(state), &state.supervisor);
    if with_worker {
        background::start_work(state);
    }
    if demo {
        seed::fill(state).await?;
    }
    let server = server::serve(state.clone(), listener);
    tokio::pin!(server);
    // For people and scripts: on standard output, independent of the log settings.
    println!("Todo List Plus is ready on http://localhost:{port}");
    tokio::select! {
        result = &mut server => return result,
        () = signals.next() => {}
    }
    state.leaving.cancel();
    if !state.config.drain_time.is_zero() {
        tracing::info!(
            seconds = state.config.drain_time.as_secs(),
            "draining: serving until other replicas have taken over"
        );
        tokio::select! {
            result = &mut server => return result,
            () = tokio::time::sleep(state.config.drain_time) => {}
            () = signals.next() => {
                tracing::warn!("second signal: stopping immediately");
                return Ok(());
            }
        }
    }
    tracing::info!("stopping: running requests may finish");
    state.draining.cancel();
    let drained = async {
        let result = server.await;
        state.supervisor.drained().await;
        result
    };
    tokio::select! {
        result = drained => result,
        () = tokio::time::sleep(state.config.shutdown_timeout) => {
            tracing::warn!("some requests did not finish in time");
            Ok(())
        }
        () = signals.next() => {
            tracing::warn!("second signal: stopping immediately");
            Ok(())
        }
    }
}

/// The SPA as built by `make`.
fn built_page() -> Option<PathBuf> {
    let directory = PathBuf::from("frontend/dist");
    directory.join("index.html").is_file().then_some(directory)
}
