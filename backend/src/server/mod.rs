//! Serves requests until told to stop, then shuts down in order: no new work, running requests finish, sockets close with 1012.

mod accept;
mod connection;
mod files;
mod places;
mod stream;

use std::sync::Arc;

use anyhow::Context;
use tokio::{
    net::TcpListener,
    signal::unix::{Signal, SignalKind, signal},
};
use tokio_util::task::TaskTracker;

use self::{connection::Connections, places::Places};
use crate::{http::middleware::Answers, live, router, state::AppState};

/// The process's stop signals: Ctrl-C and SIGTERM.
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

/// Serves until `state.draining` is cancelled and running work has ended.
pub async fn serve(state: AppState, listener: TcpListener) -> anyhow::Result<()> {
    let service = router::service(state.clone())?;
    live::start(&state.hub, &state.bus, &state.supervisor, &state.draining);
    let requests = async {
        let connections = take_requests(&state, service, &listener).await;
        drop(listener);
        connections.wait().await;
    };
    tokio::join!(requests, live::all_closed(&state.hub, &state.draining));
    Ok(())
}

/// Serves the health endpoints of a process without pages, until it drains.
pub fn start_health(state: &AppState, listener: TcpListener) -> anyhow::Result<()> {
    let service = router::health_service(state.clone())?;
    let (of_health, listener) = (state.clone(), Arc::new(listener));
    state.supervisor.spawn("health_server", move || {
        let (state, service, listener) = (of_health.clone(), service.clone(), Arc::clone(&listener));
        async move { take_requests(&state, service, &listener).await.wait().await }
    });
    Ok(())
}

/// Accepts requests until the process drains, and returns the connections still open.
async fn take_requests(state: &AppState, service: impl Answers, listener: &TcpListener) -> TaskTracker {
    let config = &state.config;
    let places = Places::new(files::connections_within(files::raise_limit(), config), config);
    let connections = Connections::new(&config.http, state.draining.clone());
    let running = TaskTracker::new();
    let accepting = async {
        loop {
            // First the permit, then the connection: when all are taken, clients wait in the system's queue.
            let place = places.take().await;
            let (stream, peer) = accept::next(listener).await;
            match place.given_to(peer.ip()) {
                // An error in it ends only this connection.
                Some(place) => drop(running.spawn(connections.serve(stream, peer, place, service.clone()))),
                None => metrics::counter!("todo_connections_refused_total").increment(1),
            }
        }
    };
    state.draining.run_until_cancelled(accepting).await;
    running.close();
    running
}
