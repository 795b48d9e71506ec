//! What the page asks of a project of many tasks, and of one of few.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use reqwest::Client;
use serde_json::{Value, json};
use uuid::Uuid;

use super::tasks_name;
use crate::{
    connection,
    data::Person,
    expect::{ids_of, send},
    request::Request,
    results::Measurement,
    server::Server,
    times::Times,
};

/// What is asked for. Lists are those of the open tasks.
pub const KINDS: [&str; 9] = [
    "open the project",
    "open the list",
    "count",
    "page in the middle",
    "list by title",
    "list by priority",
    "search, a frequent word",
    "search, a rare word",
    "board",
];
/// A round asks for each of them, of both.
const ROUNDS: std::ops::RangeInclusive<usize> = 5..=100;
const STATUSES: [&str; 4] = ["todo", "in_progress", "done", "cancelled"];

struct Side {
    of_many: bool,
    /// In the middle of the open tasks.
    cursor: String,
    project: Uuid,
    times: Vec<Times>,
}

/// Each round begins with a change, so that no answer is remembered.
pub async fn measure(server: &Server, people: Vec<Person>, budget: Duration) -> anyhow::Result<Vec<Measurement>> {
    let owner = people.first().context("nobody has the large project")?;
    let token = owner.token.as_str();
    let [mut many, mut few] = [Side::new(server, owner, true).await?, Side::new(server, owner, false).await?];
    let task = first_task(server, token, few.project).await?;
    let mut complaints = Vec::new();
    let begun = Instant::now();
    for round in 0..*ROUNDS.end() {
        if round >= *ROUNDS.start() && begun.elapsed() > budget {
            break;
        }
        let status = if round % 2 == 0 { "in_progress" } else { "todo" };
        let change = Request {
            method: "PATCH",
            body: Some(json!({ "status": status }).to_string()),
            ..Request::get(format!("/api/v1/tasks/{task}"), Some(token))
        };
        connection::sizes(server.address, &[change]).await?;
        for side in [&mut many, &mut few] {
            for (place, kind) in KINDS.iter().enumerate() {
                let requests = side.requests(kind, token);
                let answers = connection::ask(server.address, &requests).await?;
                side.times[place].record(answers.iter().map(|answer| answer.took).sum());
                let wrong = answers.iter().zip(&requests).find(|(answer, request)| answer.status != request.expected);
                if let Some((answer, request)) = wrong {
                    complaints.push(format!("{} for {}", answer.status, request.path));
                }
            }
        }
    }
    let mut measurements: Vec<Measurement> = [many, few].iter().flat_map(Side::measurements).collect();
    if let Some(first) = measurements.first_mut() {
        first.unexpected = complaints.len() as u64;
        complaints.truncate(8);
        first.complaints = complaints;
    }
    Ok(measurements)
}

impl Side {
    async fn new(server: &Server, owner: &Person, of_many: bool) -> anyhow::Result<Self> {
        let name = if of_many { "Many tasks" } else { "Few tasks" };
        let project = owner.project_named(name)?;
        let cursor = middle(server, &owner.token, project).await?;
        let side = Self { of_many, cursor, project, times: vec![Times::new(); KINDS.len()] };
        // Each finds something; what it finds is right, other tests say.
        for kind in
            KINDS.iter().filter(|kind| kind.contains("list") || kind.contains("page") || kind.contains("frequent"))
        {
            for request in side.requests(kind, &owner.token) {
                let (status, body) = send(&Client::new(), server, &request).await?;
                ensure!(status == 200 && !ids_of(&body)?.is_empty(), "{kind} finds nothing: {}", request.path);
            }
        }
        Ok(side)
    }

    fn requests(&self, kind: &str, token: &str) -> Vec<Request> {
        let project = self.project;
        let of =
            |what: &str, rest: &str| Request::get(format!("/api/v1/{what}?project_id={project}{rest}"), Some(token));
        let open = "&parent_id=none&status=todo,in_progress";
        match kind {
            "open the project" => vec![Request::get(format!("/api/v1/projects/{project}"), Some(token))],
            "open the list" => vec![of("tasks", open)],
            "count" => vec![of("tasks/counts", "&parent_id=none")],
            "page in the middle" => vec![of("tasks", &format!("{open}&cursor={}", self.cursor))],
            "list by title" => vec![of("tasks", &format!("{open}&sort=title"))],
            "list by priority" => vec![of("tasks", &format!("{open}&sort=-priority"))],
            "search, a frequent word" => vec![of("tasks", "&q=report")],
            "search, a rare word" => vec![of("tasks", "&q=quinoa")],
            _ => {
                let column = |status| {
                    let query = format!("&parent_id=none&status={status}");
                    [of("tasks", &format!("{query}&sort=position")), of("tasks/counts", &query)]
                };
                STATUSES.iter().flat_map(column).collect()
            }
        }
    }

    fn measurements(&self) -> Vec<Measurement> {
        let measurement = |(what, times): (&&str, &Times)| Measurement {
            name: tasks_name(self.of_many, what),
            clients: 1,
            seconds: times.mean() * times.count() as f64 / 1000.0,
            answers: times.count(),
            unexpected: 0,
            complaints: Vec::new(),
            per_second: 1000.0 / times.mean(),
            latency: Some(times.latency()),
            usage: None,
            figures: BTreeMap::new(),
        };
        KINDS.iter().zip(&self.times).map(measurement).collect()
    }
}

async fn page(server: &Server, token: &str, path: String) -> anyhow::Result<Value> {
    let (status, body) = send(&Client::new(), server, &Request::get(path, Some(token))).await?;
    ensure!(status == 200, "a list was answered with {status}");
    Ok(serde_json::from_slice(&body)?)
}

/// Goes through all pages of the open tasks, and gives the cursor in the middle.
async fn middle(server: &Server, token: &str, project: Uuid) -> anyhow::Result<String> {
    let path = format!("/api/v1/tasks?project_id={project}&parent_id=none&status=todo,in_progress&limit=");
    let (mut cursors, mut next) = (Vec::new(), String::new());
    loop {
        let limit = if cursors.is_empty() { 20 } else { 200 };
        let answer = page(server, token, format!("{path}{limit}{next}")).await?;
        let Some(cursor) = answer["next_cursor"].as_str() else { break };
        next = format!("&cursor={cursor}");
        cursors.push(cursor.to_owned());
    }
    let place = cursors.len() / 2;
    (!cursors.is_empty()).then(|| cursors.swap_remove(place)).context("there is one page only")
}

async fn first_task(server: &Server, token: &str, project: Uuid) -> anyhow::Result<String> {
    let path = format!("/api/v1/tasks?project_id={project}&parent_id=none&status=todo&limit=1");
    let answer = page(server, token, path).await?;
    Ok(answer["items"][0]["id"].as_str().context("there is no task to do")?.to_owned())
}
