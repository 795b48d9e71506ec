//! A real HTTP server that webhooks are sent to, and what it has got.

use std::{
    future::Future,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{Router, body::Bytes, extract::OriginalUri, http::HeaderMap, response::IntoResponse};
use serde_json::Value;
use tokio_util::sync::{CancellationToken, DropGuard};

/// A request.
#[derive(Debug, Clone)]
pub struct Received {
    pub path: String,
    pub headers: HeaderMap,
    pub body: String,
}

impl Received {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("JSON")
    }
}

pub struct Receiver {
    pub address: SocketAddr,
    received: Arc<Mutex<Vec<Received>>>,
    _stop: DropGuard,
}

impl Receiver {
    /// Answers as `answer` says, which gets each request and how many came before it.
    pub async fn start<A, F, R>(answer: A) -> Self
    where
        A: Fn(Received, usize) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = R> + Send,
        R: IntoResponse,
    {
        let received = Arc::<Mutex<Vec<Received>>>::default();
        let log = Arc::clone(&received);
        let take = move |uri: OriginalUri, headers: HeaderMap, body: Bytes| {
            let (log, answer) = (Arc::clone(&log), answer.clone());
            async move {
                let body = String::from_utf8(body.to_vec()).expect("UTF-8");
                let request = Received { path: uri.path().to_owned(), headers, body };
                let before = {
                    let mut log = log.lock().expect("not poisoned");
                    log.push(request.clone());
                    log.len() - 1
                };
                answer(request, before).await.into_response()
            }
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let stop = CancellationToken::new();
        let stopped = stop.clone().cancelled_owned();
        let server = axum::serve(listener, Router::new().fallback(take)).with_graceful_shutdown(stopped);
        tokio::spawn(server.into_future());
        Self { address, received, _stop: stop.drop_guard() }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn all(&self) -> Vec<Received> {
        self.received.lock().expect("not poisoned").clone()
    }

    /// What has come to `path`, as soon as there are `count`.
    pub async fn at(&self, path: &str, count: usize) -> Vec<Received> {
        for _ in 0..400 {
            let received: Vec<_> = self.all().into_iter().filter(|request| request.path == path).collect();
            if received.len() >= count {
                return received;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{path} has not got {count} but: {:#?}", self.all());
    }
}
