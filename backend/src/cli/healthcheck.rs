use std::{net::IpAddr, time::Duration};

use anyhow::{Context, ensure};
use clap::Args;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::config::Config;

#[derive(Args)]
pub struct Options {
    /// What to check
    #[arg(long, default_value = "/health/ready")]
    path: String,
}

/// A plain HTTP/1.0 request to the server on this machine, so that images need no curl.
pub async fn run(config: &Config, options: &Options) -> anyhow::Result<()> {
    let host = if config.host.is_unspecified() { IpAddr::from([127, 0, 0, 1]) } else { config.host };
    let ask = async {
        let mut stream = TcpStream::connect((host, config.port)).await?;
        stream.write_all(format!("GET {} HTTP/1.0\r\nHost: localhost\r\n\r\n", options.path).as_bytes()).await?;
        let mut answer = String::new();
        stream.take(64 * 1024).read_to_string(&mut answer).await?;
        anyhow::Ok(answer)
    };
    let answer = tokio::time::timeout(Duration::from_secs(5), ask).await.context("no answer in 5 seconds")??;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    println!("{body}");
    ensure!(head.split_whitespace().nth(1) == Some("200"), "not ready: {}", head.lines().next().unwrap_or_default());
    Ok(())
}
