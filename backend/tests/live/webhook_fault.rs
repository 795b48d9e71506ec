//! The receiver of webhooks is killed too.

use std::{
    net::{SocketAddr, TcpListener},
    ops::Range,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use axum::{
    Router,
    http::{HeaderMap, StatusCode},
};
use reqwest::Method;
use serde_json::json;
use sqlx::PgPool;
use todo::db::MIGRATOR;
use tokio::{runtime::Runtime, time::sleep};
use uuid::Uuid;

use crate::{
    outbox_fault::{ReceivingSide, each_arrives_once_whatever_is_killed},
    processes::free_port,
    writer::Writer,
};

const WEBHOOKS: i64 = 3;
const MESSAGES: i64 = 900;

/// On threads of its own, so that it can end in the middle of an answer.
struct KillableReceiver {
    address: SocketAddr,
    /// Outlives a kill, as what a receiver has stored does.
    arrived: Arc<Mutex<Vec<Uuid>>>,
    runtime: Option<Runtime>,
}

impl KillableReceiver {
    async fn start() -> Self {
        let address = ([127, 0, 0, 1], free_port()).into();
        let mut receiver = Self { address, arrived: Arc::default(), runtime: None };
        receiver.restart().await;
        receiver
    }

    /// The port is free again when the threads of before have let go of it.
    async fn bind(&self) -> TcpListener {
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            match TcpListener::bind(self.address) {
                Ok(listener) => return listener,
                Err(error) => assert!(Instant::now() < deadline, "{}: {error}", self.address),
            }
            sleep(Duration::from_millis(10)).await;
        }
    }
}

impl Drop for KillableReceiver {
    fn drop(&mut self) {
        self.kill();
    }
}

impl ReceivingSide for KillableReceiver {
    const MORE_KILLS: usize = 1;
    const UNDISTURBED: Range<u64> = 100..500;
    const AWAY: Range<u64> = 50..500;
    const DELIVERIES_OF_A_TASK: i64 = WEBHOOKS;

    fn variables(&self) -> Vec<(&'static str, String)> {
        [("WEBHOOK_ALLOWED_NETWORKS", "127.0.0.0/8"), ("WEBHOOK_ALLOW_HTTP", "true")]
            .map(|(name, value)| (name, value.to_owned()))
            .into()
    }

    async fn connect(&self, _db: &PgPool, ann: &Writer, _bob: &Writer, project: Uuid) {
        for number in 0..WEBHOOKS {
            let url = format!("http://{}/{number}", self.address);
            let body = json!({ "id": Uuid::now_v7(), "url": url, "events": ["task.created"] });
            ann.ask(0, Method::POST, &format!("/projects/{project}/webhooks"), &body).await;
        }
    }

    async fn queue(&self, db: &PgPool, share: i64, shares: i64) {
        sqlx::query(
            "INSERT INTO deliveries (id, event_key, recipient, channel, kind, webhook_id)
             SELECT gen_random_uuid(), 'fault:' || $1 || ':' || n, w.id::text, 'webhook', 'webhook.test', w.id
             FROM webhooks w CROSS JOIN generate_series(1, $2) AS n",
        )
        .bind(share)
        .bind(MESSAGES / WEBHOOKS / shares)
        .execute(db)
        .await
        .expect("messages");
    }

    fn kill(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }

    async fn restart(&mut self) {
        let listener = self.bind().await;
        listener.set_nonblocking(true).expect("a socket");
        let arrived = Arc::clone(&self.arrived);
        let take = async move |headers: HeaderMap| {
            let id = headers.get("webhook-id").and_then(|id| id.to_str().ok()?.parse().ok()).expect("a delivery's id");
            arrived.lock().expect("not poisoned").push(id);
            // Long enough to be killed between taking a message and saying so.
            sleep(Duration::from_millis(2)).await;
            StatusCode::NO_CONTENT
        };
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = self.runtime.insert(runtime.expect("a thread"));
        runtime.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener).expect("a socket");
            axum::serve(listener, Router::new().fallback(take)).await
        });
    }

    fn arrived(&self) -> Vec<Uuid> {
        self.arrived.lock().expect("not poisoned").clone()
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn each_message_arrives_once_despite_kills(db: PgPool) {
    each_arrives_once_whatever_is_killed(db, KillableReceiver::start().await).await;
}
