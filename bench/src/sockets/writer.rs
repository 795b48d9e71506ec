//! Changes of tasks at a steady rate, in projects that sockets follow.

use std::{
    collections::{HashMap, HashSet},
    net::SocketAddr,
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use reqwest::Client;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::json;
use tokio::{
    task::JoinSet,
    time::{MissedTickBehavior, interval},
};
use uuid::Uuid;

/// So many changes go to other projects before one goes to the project that most sockets follow.
const NARROW_PER_WIDE: usize = 19;
/// Of one project, in turn.
const TASKS_PER_PROJECT: &str = "20";

/// A task that somebody may change.
#[derive(Debug, Clone)]
struct Target {
    task: Uuid,
    token: String,
    is_todo: bool,
}

/// A change that the server has answered.
#[derive(Debug)]
pub struct Change {
    pub task: Uuid,
    /// That it has made.
    pub version: i64,
    /// It was not committed before.
    pub sent: Instant,
    /// It was committed before.
    pub answered: Instant,
    /// Of the project that most sockets follow.
    pub is_wide: bool,
}

/// Projects with tasks to change.
pub struct Writer {
    client: Client,
    address: SocketAddr,
    by_project: Vec<(Uuid, Vec<Target>)>,
    turn: usize,
}

#[derive(Deserialize)]
struct Page<T> {
    items: Vec<T>,
}

#[derive(Deserialize)]
struct Project {
    id: Uuid,
    role: String,
}

#[derive(Deserialize)]
struct Task {
    id: Uuid,
    status: String,
    version: i64,
}

impl Writer {
    /// Looks for the projects of these users in which they may change tasks.
    pub async fn new(address: SocketAddr, tokens: impl Iterator<Item = &String>) -> anyhow::Result<Self> {
        let mut writer = Self { client: Client::new(), address, by_project: Vec::new(), turn: 0 };
        let mut known = HashSet::new();
        for token in tokens {
            let projects: Page<Project> = writer.get("projects", &[], token).await?;
            for project in projects.items {
                if project.role == "viewer" || !known.insert(project.id) {
                    continue;
                }
                let id = project.id.to_string();
                let query = [("project_id", id.as_str()), ("status", "todo,in_progress"), ("limit", TASKS_PER_PROJECT)];
                let tasks: Page<Task> = writer.get("tasks", &query, token).await?;
                let target =
                    |task: Task| Target { task: task.id, token: token.clone(), is_todo: task.status == "todo" };
                let targets: Vec<Target> = tasks.items.into_iter().map(target).collect();
                if !targets.is_empty() {
                    writer.by_project.push((project.id, targets));
                }
            }
        }
        Ok(writer)
    }

    async fn get<T: DeserializeOwned>(&self, path: &str, query: &[(&str, &str)], token: &str) -> anyhow::Result<T> {
        let request = self.client.get(format!("http://{}/api/v1/{path}", self.address)).query(query);
        let answer = request.bearer_auth(token).send().await?.error_for_status();
        Ok(answer.with_context(|| format!("{path} of a user of the sockets"))?.json().await?)
    }

    /// Changes the status of tasks for some time, so many a second, whatever the answers take. `followers` says how many sockets
    /// follow a project; those that none follows are left out. Gives what was changed, and what went wrong.
    pub async fn run(
        &mut self,
        followers: &HashMap<Uuid, u32>,
        seconds: f64,
        per_second: f64,
    ) -> anyhow::Result<(Vec<Change>, Vec<anyhow::Error>)> {
        let of = |project: &Uuid| followers.get(project).copied().unwrap_or(0);
        let mut followed: Vec<usize> =
            (0..self.by_project.len()).filter(|place| of(&self.by_project[*place].0) > 0).collect();
        // The widest last.
        followed.sort_by_key(|place| of(&self.by_project[*place].0));
        let Some((&wide, narrow)) = followed.split_last() else { bail!("no socket follows a project with tasks") };

        let mut ticks = interval(Duration::from_secs_f64(1.0 / per_second));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut running = JoinSet::new();
        for index in 0..(seconds * per_second).ceil() as usize {
            ticks.tick().await;
            let is_wide = narrow.is_empty() || index % (NARROW_PER_WIDE + 1) == NARROW_PER_WIDE;
            self.turn += 1;
            // Spread over all projects, not only the least followed.
            let place = if is_wide { wide } else { narrow[self.turn.wrapping_mul(7919) % narrow.len()] };
            let targets = &mut self.by_project[place].1;
            targets.rotate_left(1);
            targets[0].is_todo = !targets[0].is_todo;
            running.spawn(change(self.client.clone(), self.address, targets[0].clone(), is_wide));
        }
        let (mut changes, mut errors) = (Vec::new(), Vec::new());
        for done in running.join_all().await {
            match done {
                Ok(change) => changes.push(change),
                Err(error) => errors.push(error),
            }
        }
        Ok((changes, errors))
    }
}

async fn change(client: Client, address: SocketAddr, target: Target, is_wide: bool) -> anyhow::Result<Change> {
    let status = if target.is_todo { "todo" } else { "in_progress" };
    let request = client.patch(format!("http://{address}/api/v1/tasks/{}", target.task)).bearer_auth(&target.token);
    let request = request.json(&json!({ "status": status }));
    let sent = Instant::now();
    let answer = request.send().await.context("a change was not answered")?;
    let answered = Instant::now();
    let task: Task = answer.error_for_status().context("a change was refused")?.json().await?;
    Ok(Change { task: task.id, version: task.version, sent, answered, is_wide })
}
