//! A client that stays connected, whatever happens to the servers, and writes down what it was told.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use serde_json::{Value, json};
use tokio::{
    task::JoinHandle,
    time::{sleep, timeout},
};

use crate::client::{Heard, Socket};

/// A server that says nothing for so long, in the midst of a stream of changes, may be frozen: the other one is tried.
const SILENCE: Duration = Duration::from_secs(2);

#[derive(Default)]
pub struct Log {
    pub events: Mutex<Vec<Value>>,
    pub connections: AtomicUsize,
    pub resyncs: AtomicUsize,
}

impl Log {
    pub fn last(&self) -> i64 {
        let events = self.events.lock().expect("not poisoned");
        events.last().map_or(0, |event| event["revision"].as_i64().expect("a revision"))
    }
}

pub struct Watcher {
    pub log: Arc<Log>,
    task: JoinHandle<()>,
}

impl Watcher {
    /// Watches a topic from a revision on; begins with the server of this number.
    pub fn start(servers: [SocketAddr; 2], first: usize, token: &str, topic: &str, from: i64) -> Self {
        let log = Arc::new(Log::default());
        let task = tokio::spawn(watch(Arc::clone(&log), servers, first, token.to_owned(), topic.to_owned(), from));
        Self { log, task }
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn watch(log: Arc<Log>, servers: [SocketAddr; 2], first: usize, token: String, topic: String, from: i64) {
    let mut attempt = first;
    loop {
        let known = log.last().max(from);
        let auth = json!({ "type": "auth", "token": token, "topics": { topic.as_str(): known } });
        if let Ok(Ok(mut socket)) = timeout(SILENCE, Socket::open(servers[attempt % 2])).await {
            log.connections.fetch_add(1, Ordering::Relaxed);
            socket.say(auth).await;
            while let Ok(Heard::Message(message)) = timeout(SILENCE, socket.hear()).await {
                if message["topic"] != topic.as_str() {
                    continue;
                }
                match message["type"].as_str() {
                    Some("event") => log.events.lock().expect("not poisoned").push(message),
                    _ => {
                        log.resyncs.fetch_add(1, Ordering::Relaxed);
                    }
                }
            }
        }
        attempt += 1;
        sleep(Duration::from_millis(50)).await;
    }
}
