//! Ten receivers of webhooks: some answer, some hang, some are gone.

use std::{
    collections::{HashMap, HashSet},
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use anyhow::Context;
use axum::{
    Router,
    extract::Path,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use tokio::{net::TcpListener, task::JoinSet, time::sleep};
use uuid::Uuid;

use super::Wrong;
use crate::psql::Database;

const ANSWERING: usize = 4;
const HANGING: usize = 3;
const GONE: usize = 3;

/// The ids of messages, by the number of the receiver.
type Received = Arc<Mutex<HashMap<usize, HashSet<Uuid>>>>;

pub struct Receivers {
    answering: SocketAddr,
    hanging: SocketAddr,
    /// Nobody listens there.
    gone: SocketAddr,
    received: Received,
    /// They end with this.
    _tasks: JoinSet<()>,
}

impl Receivers {
    pub async fn start() -> anyhow::Result<Self> {
        let received = Received::default();
        let mut tasks = JoinSet::new();
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let answering = listener.local_addr()?;
        let log = Arc::clone(&received);
        let take = move |Path(number): Path<usize>, headers: HeaderMap| async move {
            let id = headers.get("webhook-id").and_then(|id| id.to_str().ok()?.parse().ok());
            let Some(id) = id else { return StatusCode::BAD_REQUEST };
            log.lock().unwrap_or_else(PoisonError::into_inner).entry(number).or_default().insert(id);
            StatusCode::NO_CONTENT
        };
        let router = Router::new().route("/{number}", post(take));
        tasks.spawn(async move { drop(axum::serve(listener, router).await) });
        let silent = TcpListener::bind("127.0.0.1:0").await?;
        let hanging = silent.local_addr()?;
        tasks.spawn(async move {
            let mut kept = Vec::new();
            while let Ok((stream, _)) = silent.accept().await {
                kept.push(stream);
                // The other side has given those up long ago.
                if kept.len() > 1000 {
                    kept.drain(..500);
                }
            }
        });
        let gone = TcpListener::bind("127.0.0.1:0").await?.local_addr()?;
        Ok(Self { answering, hanging, gone, received, _tasks: tasks })
    }

    /// Those that answer are the first.
    pub fn urls(&self) -> Vec<String> {
        let of = |address: SocketAddr, count| (0..count).map(move |number| format!("http://{address}/{number}"));
        of(self.answering, ANSWERING).chain(of(self.hanging, HANGING)).chain(of(self.gone, GONE)).collect()
    }

    /// How many messages have come.
    pub fn count(&self) -> usize {
        self.received.lock().unwrap_or_else(PoisonError::into_inner).values().map(HashSet::len).sum()
    }

    /// Every event is a message to each receiver that answers, and that has come or still waits. Waits for the last ones.
    pub async fn check(
        &self,
        database: &Database,
        webhooks: &[Uuid],
        wrong: &Wrong,
        grace: Duration,
    ) -> anyhow::Result<()> {
        let deadline = Instant::now() + grace;
        loop {
            let waiting = self.look(database, webhooks, None).await?;
            if waiting == 0 || Instant::now() > deadline {
                break;
            }
            sleep(Duration::from_millis(500)).await;
        }
        self.look(database, webhooks, Some(wrong)).await?;
        Ok(())
    }

    /// How many messages wait for those that answer.
    async fn look(&self, database: &Database, webhooks: &[Uuid], wrong: Option<&Wrong>) -> anyhow::Result<usize> {
        let mut waiting = 0;
        for (number, webhook) in webhooks.iter().take(ANSWERING).enumerate() {
            let value = webhook.to_string();
            let values = [("webhook", value.as_str())];
            let rows =
                database.query("SELECT id, state FROM deliveries WHERE webhook_id = :'webhook'", &values).await?;
            let missing = "SELECT count(*) FROM events e JOIN webhooks w ON w.project_id = e.topic_id
                WHERE w.id = :'webhook' AND e.at > w.created_at AND NOT EXISTS (
                    SELECT FROM deliveries d WHERE d.webhook_id = w.id AND d.event_revision = e.revision)";
            let missing: u64 = database.query(missing, &values).await?.first().context("no count")?.parse()?;
            let received = self.received.lock().unwrap_or_else(PoisonError::into_inner);
            let received = received.get(&number);
            let (mut lost, mut parked) = (0, 0);
            for row in &rows {
                let (id, state) = row.split_once('\t').context("a row without a state")?;
                let has_come = received.is_some_and(|ids| id.parse().is_ok_and(|id| ids.contains(&id)));
                match state {
                    "sent" => lost += u64::from(!has_come),
                    "pending" => waiting += 1,
                    _ => parked += u64::from(!has_come),
                }
            }
            if let Some(wrong) = wrong {
                wrong.add(missing, || format!("{missing} events were not queued for webhook {number}"));
                wrong.add(lost, || format!("{lost} messages to webhook {number} count as sent and have not come"));
                wrong.add(parked, || format!("{parked} messages to webhook {number}, which answers, were given up"));
                let nothing = received.is_none_or(HashSet::is_empty);
                wrong.add(u64::from(nothing), || format!("nothing has come to webhook {number}, which answers"));
                wrong.add(u64::from(rows.is_empty()), || format!("nothing was queued for webhook {number}"));
            }
        }
        Ok(waiting)
    }
}
