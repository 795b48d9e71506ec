//! Takes requests until told to stop, then lets go in order: no new work, running requests finish, sockets close with 1012.

use std::time::Duration;

use anyhow::Context;
use axum::{body::Body, extract::ConnectInfo, http::Request, serve::Listener};
use hyper::body::Incoming;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto, graceful::GracefulShutdown},
    service::TowerToHyperService,
};
use tokio::{
    net::TcpListener,
    signal::unix::{Signal, SignalKind, signal},
};
use tower::ServiceExt;

use crate::{
    realtime,
    router::{self, Answers},
    state::AppState,
};

/// The process's requests to stop: Ctrl-C and SIGTERM.
pub struct StopSignals {
    interrupt: Signal,
    terminate: Signal,
}

impl StopSignals {
    pub fn listen() -> anyhow::Result<Self> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    pub async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// Binds the address that is configured.
pub async fn bind(host: std::net::IpAddr, port: u16) -> anyhow::Result<TcpListener> {
    TcpListener::bind((host, port)).await.with_context(|| {
        format!("cannot listen on {host}:{port}; is another program using the port? Choose another with PORT=8001")
    })
}

/// Serves until `state.draining` is cancelled and what was going on has ended.
pub async fn serve(state: AppState, listener: TcpListener) -> anyhow::Result<()> {
    let service = router::service(state.clone())?;
    let live = tokio::spawn(realtime::run(state.clone()));
    take_requests(&state, service, listener).await;
    live.await?;
    Ok(())
}

/// Says of a process without pages how it is.
pub fn serve_health(state: AppState, listener: TcpListener) -> anyhow::Result<impl Future<Output = ()>> {
    let service = router::health_service(state.clone())?;
    Ok(async move { take_requests(&state, service, listener).await })
}

async fn take_requests(state: &AppState, service: impl Answers, mut listener: TcpListener) {
    let draining = state.draining.clone();
    let http = http(state.config.idle_timeout);
    let connections = GracefulShutdown::new();
    while let Some((stream, address)) = draining.run_until_cancelled(Listener::accept(&mut listener)).await {
        let service = service.clone().map_request(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(address));
            request.map(Body::new)
        });
        let connection = connections.watch(
            http.serve_connection_with_upgrades(TokioIo::new(stream), TowerToHyperService::new(service)).into_owned(),
        );
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(error, "a connection ended badly");
            }
        });
    }
    drop(listener);
    connections.shutdown().await;
}

/// Connections that say nothing, or not all of a request's head, are cut off.
fn http(idle_timeout: Duration) -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(idle_timeout);
    builder.http2().timer(TokioTimer::new()).keep_alive_interval(idle_timeout);
    builder
}
