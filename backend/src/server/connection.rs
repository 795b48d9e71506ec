//! One connection, from the moment it was accepted.
//!
//! Only HTTP/1.1: browsers use HTTP/2 only over TLS, which ends at a proxy, and proxies use HTTP/1.1 to servers. An idle HTTP/2 connection
//! could not be told from one in use.

use std::{
    net::SocketAddr,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{body::Body, extract::ConnectInfo, http::Request};
use hyper::{body::Incoming, server::conn::http1};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{net::TcpStream, time::sleep};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use super::{places::Place, stream::ClientStream};
use crate::{config::HttpConfig, http::middleware::Answers};

/// Buffer limit for request headers and for an answer being sent.
const BUFFER: usize = 64 * 1024;

/// Limits for connections.
#[derive(Clone)]
pub struct Connections {
    http: http1::Builder,
    head_timeout: Duration,
    write_timeout: Duration,
    draining: CancellationToken,
}

impl Connections {
    pub fn new(config: &HttpConfig, draining: CancellationToken) -> Self {
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new()).header_read_timeout(config.idle_timeout).max_buf_size(BUFFER);
        Self { http, head_timeout: config.head_timeout, write_timeout: config.write_timeout, draining }
    }

    /// Serves a connection until it ends, sends no request in time, or is idle while the server drains.
    pub fn serve(
        &self,
        stream: TcpStream,
        peer: SocketAddr,
        place: Place,
        service: impl Answers,
    ) -> impl Future<Output = ()> + Send + 'static {
        let Self { http, head_timeout, write_timeout, draining } = self.clone();
        let has_begun = Arc::new(AtomicBool::new(false));
        let begins = Arc::clone(&has_begun);
        let service = service.map_request(move |mut request: Request<Incoming>| {
            begins.store(true, Ordering::Relaxed);
            request.extensions_mut().insert(ConnectInfo(peer));
            request.map(Body::new)
        });
        async move {
            let stream = TokioIo::new(ClientStream::new(stream, write_timeout, place));
            let mut connection = pin!(http.serve_connection(stream, TowerToHyperService::new(service)).with_upgrades());
            let mut head_is_due = pin!(sleep(head_timeout));
            let (mut head_was_due, mut drains) = (false, false);
            loop {
                tokio::select! {
                    // Received data is processed before the timeout is checked.
                    biased;
                    ended = connection.as_mut() => {
                        if let Err(error) = ended {
                            tracing::debug!(%error, "a connection failed");
                        }
                        return;
                    }
                    () = head_is_due.as_mut(), if !head_was_due => head_was_due = true,
                    () = draining.cancelled(), if !drains => {
                        drains = true;
                        connection.as_mut().graceful_shutdown();
                    }
                }
                if !has_begun.load(Ordering::Relaxed) {
                    metrics::counter!("todo_connections_without_request_total").increment(1);
                    return;
                }
            }
        }
    }
}
