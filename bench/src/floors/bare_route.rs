//! An axum program that does nothing: what HTTP itself costs on this machine.

use std::net::SocketAddr;

use anyhow::Context;
use axum::{Router, http::StatusCode, routing::get};
use tokio::net::TcpListener;

use crate::{process::leashed, request::Request, results::Measurement};

/// `GET /` answers 304. The hidden command `bare-route` runs this in a process of its own.
pub async fn serve(port: u16) -> anyhow::Result<()> {
    let routes = Router::new().route("/", get(|| async { StatusCode::NOT_MODIFIED }));
    let listener = TcpListener::bind(("127.0.0.1", port)).await.with_context(|| format!("port {port} is taken"))?;
    Ok(axum::serve(listener, routes).await?)
}

/// `floor/bare route`: that program, asked as the server is for a list that has not changed.
pub async fn measure(clients: u32, seconds: u64) -> anyhow::Result<Measurement> {
    let port = super::free_port()?;
    let program = std::env::current_exe().context("the path of this program is not known")?;
    // It ends when this is dropped.
    let _child = leashed(program)
        .args(["bare-route", "--port", &port.to_string()])
        .spawn()
        .context("the bare route cannot be started")?;
    super::wait_for_port(port).await.context("the bare route does not answer")?;
    let request = Request { expected: 304, ..Request::get("/", None) };
    super::measure_http("floor/bare route", SocketAddr::from(([127, 0, 0, 1], port)), request, clients, seconds).await
}
