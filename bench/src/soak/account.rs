//! Whose project is written to, and what was acknowledged there.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use anyhow::Context;
use reqwest::{Client, Method};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::{
    Wrong,
    hooks::Receivers,
    writers::{CHANGES_PER_TASK, DESCRIPTION, WRITERS, WRITES, Written},
};
use crate::{data::Person, psql::Database, server::Server};

pub struct Account {
    pub token: String,
    pub project_id: Uuid,
    /// What is read to see how long that takes.
    pub read_task: Uuid,
    address: SocketAddr,
    client: Client,
    /// Of both phases.
    versions: Mutex<HashMap<Uuid, i64>>,
}

impl Account {
    pub async fn new(server: &Server, owner: &Person) -> anyhow::Result<Self> {
        let mut account = Self {
            token: owner.token.clone(),
            project_id: Uuid::nil(),
            read_task: *owner.task_ids.first().context("the owner has no task")?,
            address: server.address,
            client: Client::new(),
            versions: Mutex::default(),
        };
        account.project_id = id_of(&account.send(Method::POST, "projects", &json!({ "name": "Soak" })).await?)?;
        Ok(account)
    }

    async fn send(&self, method: Method, path: &str, body: &Value) -> anyhow::Result<Value> {
        let request = self.client.request(method, format!("http://{}/api/v1/{path}", self.address));
        let answer = request.bearer_auth(&self.token).json(body).send().await?;
        Ok(answer.error_for_status()?.json().await?)
    }

    /// One for each receiver. Gives their ids by receiver.
    pub async fn register_webhooks(&self, receivers: &Receivers) -> anyhow::Result<Vec<Uuid>> {
        let mut ids = Vec::new();
        for url in receivers.urls() {
            let path = format!("projects/{}/webhooks", self.project_id);
            ids.push(id_of(&self.send(Method::POST, &path, &json!({ "url": url })).await?)?);
        }
        Ok(ids)
    }

    /// So many writes a second, by several at once.
    pub async fn write_until(&self, until: Instant, written: &Arc<Written>, wrong: &Arc<Wrong>) {
        let mut writers = JoinSet::new();
        for number in 0..WRITERS {
            let writer = Writer {
                client: self.client.clone(),
                token: self.token.clone(),
                base: format!("http://{}/api/v1/tasks", self.address),
                project_id: self.project_id,
                written: Arc::clone(written),
            };
            let wrong = Arc::clone(wrong);
            writers.spawn(async move {
                if let Err(error) = writer.run(until, number).await {
                    wrong.add(1, || format!("a write: {error:#}"));
                }
            });
        }
        writers.join_all().await;
        let mut versions = self.versions.lock().unwrap_or_else(PoisonError::into_inner);
        versions.extend(written.versions());
    }

    /// Every write that was acknowledged is there.
    pub async fn check_written(&self, database: &Database, wrong: &Wrong) -> anyhow::Result<()> {
        let sql = "SELECT id, version FROM tasks WHERE project_id = :'project'";
        let rows = database.query(sql, &[("project", &self.project_id.to_string())]).await?;
        let mut there = HashMap::new();
        for row in rows {
            let (id, version) = row.split_once('\t').context("a row without a version")?;
            there.insert(id.parse::<Uuid>()?, version.parse::<i64>()?);
        }
        let versions = self.versions.lock().unwrap_or_else(PoisonError::into_inner);
        let lost = versions.iter().filter(|(id, version)| there.get(id).is_none_or(|there| there < version)).count();
        wrong.add(lost as u64, || format!("{lost} tasks are not as it was acknowledged"));
        wrong.add(u64::from(versions.is_empty()), || "nothing was written".to_owned());
        Ok(())
    }
}

struct Writer {
    client: Client,
    token: String,
    base: String,
    project_id: Uuid,
    written: Arc<Written>,
}

impl Writer {
    async fn run(&self, until: Instant, number: usize) -> anyhow::Result<()> {
        let every = Duration::from_secs_f64(WRITERS as f64 / WRITES as f64);
        let begin = tokio::time::Instant::now() + every.mul_f64(number as f64 / WRITERS as f64);
        let mut ticks = tokio::time::interval_at(begin, every);
        let (mut task, mut count) = (Uuid::nil(), 0);
        while Instant::now() < until {
            ticks.tick().await;
            let is_new = count % CHANGES_PER_TASK == 0;
            let (method, url, body) = if is_new {
                let description = "soak ".repeat(DESCRIPTION / 5);
                let body = json!({ "project_id": self.project_id, "title": "Soak", "description": description });
                (Method::POST, self.base.clone(), body)
            } else {
                let status = if count % 2 == 0 { "todo" } else { "in_progress" };
                (Method::PATCH, format!("{}/{task}", self.base), json!({ "status": status }))
            };
            let request = self.client.request(method, url).bearer_auth(&self.token).json(&body);
            let answer: Value = request.send().await?.error_for_status()?.json().await?;
            task = id_of(&answer)?;
            self.written.acknowledge(task, answer["version"].as_i64().context("an answer without a version")?);
            count += 1;
        }
        Ok(())
    }
}

fn id_of(answer: &Value) -> anyhow::Result<Uuid> {
    Ok(answer["id"].as_str().context("an answer without an id")?.parse()?)
}
