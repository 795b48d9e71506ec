//! Takes requests until told to stop, then lets go in order: no new work, running requests finish, sockets close with 1012.

use std::net::SocketAddr;

use anyhow::Context;
use tokio::{
    net::TcpListener,
    signal::unix::{Signal, SignalKind, signal},
};
use tokio_util::task::TaskTracker;

use crate::{realtime, router, state::AppState};

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
    let draining = state.draining.clone();
    let tasks = TaskTracker::new();
    tasks.spawn(realtime::run(state.clone()));
    tasks.close();
    let service = router::router(state).into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).with_graceful_shutdown(draining.cancelled_owned()).await?;
    tasks.wait().await;
    Ok(())
}
