//! Floors: what this machine can do without the server, in the same run and at the same number of clients.

pub mod argon2;
pub mod bare_route;
pub mod nginx;
pub mod pgbench;
pub mod redis;

use std::{net::TcpListener, time::Duration};

use anyhow::{Context, bail};
use tokio::{net::TcpStream, process::Command, time::Instant};

/// Runs a program to its end and gives what it wrote on standard output; with a bad exit status, an error with what it wrote
/// on standard error.
async fn run(what: &str, command: &mut Command) -> anyhow::Result<String> {
    let output = command.output().await.with_context(|| format!("{what} cannot be started: is it installed?"))?;
    if !output.status.success() {
        bail!("{what} failed ({}): {}", output.status, String::from_utf8_lossy(&output.stderr).trim());
    }
    String::from_utf8(output.stdout).with_context(|| format!("what {what} wrote is not UTF-8"))
}

/// A port of 127.0.0.1 that nobody listens on at the moment.
fn free_port() -> anyhow::Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).context("no port of 127.0.0.1 is free")?;
    Ok(listener.local_addr()?.port())
}

/// Until somebody listens on the port of 127.0.0.1, for 10 seconds at most.
async fn wait_for_port(port: u16) -> anyhow::Result<()> {
    let begun = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
        if begun.elapsed() > Duration::from_secs(10) {
            bail!("nobody listens on port {port} after 10 seconds");
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Ok(())
}
