//! An axum program that does nothing: what HTTP itself costs on this machine.

use std::net::SocketAddr;

use anyhow::Context;
use axum::{Router, http::StatusCode, routing::get};
use tokio::{net::TcpListener, process::Child};

use crate::process::leashed;

/// `GET /api/v1/tasks` answers 304, whatever its query and its headers say. The hidden command `bare-route` runs this in a process
/// of its own.
pub async fn serve(port: u16) -> anyhow::Result<()> {
    let routes = Router::new().route("/api/v1/tasks", get(|| async { StatusCode::NOT_MODIFIED }));
    let listener = TcpListener::bind(("127.0.0.1", port)).await.with_context(|| format!("port {port} is taken"))?;
    Ok(axum::serve(listener, routes).await?)
}

/// That program, running. It ends when this is dropped.
pub struct BareRoute {
    port: u16,
    _child: Child,
}

impl BareRoute {
    pub async fn start() -> anyhow::Result<Self> {
        let port = super::free_port()?;
        let program = std::env::current_exe().context("the path of this program is not known")?;
        let child = leashed(program)
            .args(["bare-route", "--port", &port.to_string()])
            .spawn()
            .context("the bare route cannot be started")?;
        super::wait_for_port(port).await.context("the bare route does not answer")?;
        Ok(Self { port, _child: child })
    }

    pub fn address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.port))
    }
}
