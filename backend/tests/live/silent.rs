//! Connections that send no request, or only the beginning of one.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use serde_json::{Value, json};
use sqlx::{ConnectOptions, PgPool};
use todo::db::MIGRATOR;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::{client::PATIENCE, processes::Replica, support::TestApp};

const BEGINNINGS: [&str; 4] = ["", "P", "PRI * HTTP/2.0\r\n", "GET /health HTTP/1.1\r\nHost: x\r\n"];

async fn open(address: SocketAddr, count: usize) -> Vec<TcpStream> {
    let mut streams = Vec::new();
    for beginning in BEGINNINGS.iter().cycle().take(count) {
        let mut stream = TcpStream::connect(address).await.expect("a connection");
        // The server may have closed it already.
        let _ = stream.write_all(beginning.as_bytes()).await;
        streams.push(stream);
    }
    streams
}

async fn is_closed(stream: &mut TcpStream) {
    let mut rest = Vec::new();
    let ended = timeout(PATIENCE, stream.read_to_end(&mut rest)).await;
    assert!(ended.is_ok(), "still open after {PATIENCE:?}");
}

async fn ready(address: SocketAddr) -> Value {
    let url = format!("http://{address}/health/ready");
    let answer = timeout(PATIENCE, reqwest::get(url)).await.expect("in time").expect("an answer");
    answer.json().await.expect("JSON")
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn slow_request_headers_are_disconnected(db: PgPool) {
    let app = TestApp::start_with(db, &[("REQUEST_HEAD_SECONDS", "1"), ("IDLE_CONNECTION_SECONDS", "60")]).await;
    let mut silent = open(app.address, 12).await;
    let mut idle = TcpStream::connect(app.address).await.expect("a connection");
    let request = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n";
    idle.write_all(request).await.expect("sent");
    assert!(idle.read(&mut [0; 4096]).await.expect("an answer") > 0);
    for stream in &mut silent {
        is_closed(stream).await;
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    idle.write_all(request).await.expect("sent");
    assert!(timeout(PATIENCE, idle.read(&mut [0; 4096])).await.expect("in time").expect("an answer") > 0);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn file_limit_reserves_files_for_the_server(db: PgPool) {
    let url = db.connect_options().to_url_lossy();
    let replica = Replica::start_with_files(url.as_str(), &["-n 128"], &[("REQUEST_HEAD_SECONDS", "1")]).await;
    let mut silent = open(replica.address, 300).await;
    assert_eq!(ready(replica.address).await["checks"]["database"], json!("ok"));
    for stream in &mut silent {
        is_closed(stream).await;
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn open_file_limit_is_raised(db: PgPool) {
    // This program holds the other ends.
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE).expect("the limit");
    setrlimit(Resource::RLIMIT_NOFILE, hard, hard).expect("raised");
    let url = db.connect_options().to_url_lossy();
    let limits = ["-Sn 256", "-Hn 2048"];
    let replica = Replica::start_with_files(url.as_str(), &limits, &[("REQUEST_HEAD_SECONDS", "60")]).await;
    let asked = Instant::now();
    let _silent = open(replica.address, 1000).await;
    assert_eq!(ready(replica.address).await["status"], "ok");
    assert!(asked.elapsed() < Duration::from_secs(50), "no connection was let go meanwhile");
}
