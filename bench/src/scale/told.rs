//! A change of which all members of a project, or all who watch a task, are told: how long the one who makes it waits, when everybody has
//! heard of it, and what signing in and reading take the members meanwhile.

mod crowd;
mod probes;

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use reqwest::Client;
use serde_json::json;
use uuid::Uuid;

use self::{crowd::Crowd, probes::Probes};
use super::told_name;
use crate::{
    connection,
    data::Person,
    expect::{ids_of, send},
    request::Request,
    results::Measurement,
    server::Server,
    times::Times,
};

/// In the order in which they are made, over and over. All but the last are of the project; that has watchers.
pub const CHANGES: [&str; 6] =
    ["rename", "archive", "restore from the archive", "delete", "restore from the trash", "change a status"];
/// What members do meanwhile.
pub const MEANWHILE: [&str; 2] = ["sign in meanwhile", "read meanwhile"];
const ROUNDS: std::ops::RangeInclusive<usize> = 2..=20;
/// The project of many and that of two get their rounds in turn, so often.
const TURNS: usize = 2;
/// After each change, so that the next finds the server at rest. Who is told twice is told meanwhile.
const PAUSE: Duration = Duration::from_millis(100);
/// Longer than a request may take.
const PATIENCE: Duration = Duration::from_secs(40);

/// One of the two projects, and what was measured there.
struct Side {
    of_many: bool,
    project: Uuid,
    task: String,
    /// How many are told, of each change.
    told: [u64; CHANGES.len()],
    number: usize,
    /// Until the answer, and until the last one has heard of it.
    answered: [Times; CHANGES.len()],
    heard: [Times; CHANGES.len()],
    complaints: Vec<String>,
}

/// The first of the members makes the changes; the second is the other one in the project of two.
pub async fn measure(
    server: &Server,
    members: &[Person],
    watchers: u32,
    budget: Duration,
) -> anyhow::Result<Vec<Measurement>> {
    let (writer, others) = members.split_first().context("there are no members")?;
    let crowd = Crowd::gather(server.address, others).await?;
    let everybody = others.len() as u64;
    let mut many = Side::new(server, writer, "Everybody", (everybody, u64::from(watchers))).await?;
    let mut two = Side::new(server, writer, "Pair", (1, 1)).await?;
    let probes = [Probes::default(), Probes::default()];
    for _ in 0..TURNS {
        for (side, probes) in [&mut two, &mut many].into_iter().zip(&probes) {
            eprintln!("  {}", told_name(side.of_many, "all changes"));
            let asking = probes.begin(server.address, others);
            let begun = Instant::now();
            for round in 0..*ROUNDS.end() {
                if round >= *ROUNDS.start() && begun.elapsed() > budget / TURNS as u32 {
                    break;
                }
                side.round(server, &writer.token, &crowd).await?;
            }
            asking.end().await;
        }
    }
    let failures = crowd.failures();
    let mut measurements = two.measurements();
    measurements.extend(many.measurements());
    for (of_many, probes) in [false, true].into_iter().zip(probes) {
        measurements.extend(probes.measurements(of_many));
    }
    if let Some(first) = measurements.first_mut() {
        first.unexpected += failures.len() as u64;
        first.complaints.extend(failures.into_iter().take(5));
    }
    Ok(measurements)
}

impl Side {
    async fn new(server: &Server, writer: &Person, name: &str, told: (u64, u64)) -> anyhow::Result<Self> {
        let project = writer.project_named(name)?;
        let path = format!("/api/v1/tasks?project_id={project}&sort=position&limit=1");
        let (_, body) = send(&Client::new(), server, &Request::get(path, Some(&writer.token))).await?;
        let first = ids_of(&body)?.into_iter().next().context("the project has no task")?;
        let mut of_each = [told.0; CHANGES.len()];
        of_each[CHANGES.len() - 1] = told.1;
        Ok(Self {
            of_many: name == "Everybody",
            project,
            task: first,
            told: of_each,
            number: 0,
            answered: std::array::from_fn(|_| Times::new()),
            heard: std::array::from_fn(|_| Times::new()),
            complaints: Vec::new(),
        })
    }

    /// Each of the changes once.
    async fn round(&mut self, server: &Server, token: &str, crowd: &Crowd) -> anyhow::Result<()> {
        self.number += 1;
        for (place, what) in CHANGES.iter().enumerate() {
            let request = self.request(place, token);
            let expected = crowd.told() + self.told[place];
            let sent = Instant::now();
            let answer = connection::ask(server.address, std::slice::from_ref(&request)).await?;
            let (status, took) = answer.first().map(|answer| (answer.status, answer.took)).context("no answer")?;
            ensure!(status == request.expected, "{what} was answered with {status} after {took:?}");
            self.answered[place].record(took);
            if let Some(at) = crowd.wait_until(expected, PATIENCE).await {
                self.heard[place].record(at.saturating_duration_since(sent));
            }
            tokio::time::sleep(PAUSE).await;
            let told = self.told[place] + crowd.told() - expected;
            if told != self.told[place] {
                self.complaints.push(format!("{told} were told of: {what}"));
            }
        }
        Ok(())
    }

    fn request(&self, place: usize, token: &str) -> Request {
        let (project, number) = (format!("/api/v1/projects/{}", self.project), self.number);
        let status = if number.is_multiple_of(2) { "todo" } else { "in_progress" };
        let (method, path, body, expected) = match CHANGES[place] {
            "rename" => ("PATCH", project, Some(json!({ "name": format!("Project {number}") })), 200),
            "archive" => ("PATCH", project, Some(json!({ "archived": true })), 200),
            "restore from the archive" => ("PATCH", project, Some(json!({ "archived": false })), 200),
            "delete" => ("DELETE", project, None, 204),
            "restore from the trash" => ("POST", format!("{project}/restore"), None, 200),
            _ => ("PATCH", format!("/api/v1/tasks/{}", self.task), Some(json!({ "status": status })), 200),
        };
        let body = body.map(|body| body.to_string());
        Request { method, body, expected, ..Request::get(path, Some(token)) }
    }

    fn measurements(mut self) -> Vec<Measurement> {
        let mut complaints = std::mem::take(&mut self.complaints);
        let measurement = |place: usize| {
            let (answered, heard) = (&self.answered[place], &self.heard[place]);
            let own = if place == 0 { std::mem::take(&mut complaints) } else { Vec::new() };
            Measurement {
                name: told_name(self.of_many, CHANGES[place]),
                unexpected: own.len() as u64,
                complaints: own.into_iter().take(8).collect(),
                figures: BTreeMap::from([
                    ("told".to_owned(), self.told[place] as f64),
                    ("heard_p50_ms".to_owned(), heard.at(0.5)),
                    ("heard_p99_ms".to_owned(), heard.at(0.99)),
                ]),
                ..of_times(answered)
            }
        };
        (0..CHANGES.len()).map(measurement).collect()
    }
}

fn of_times(times: &Times) -> Measurement {
    Measurement {
        name: String::new(),
        clients: 1,
        seconds: times.mean() * times.count() as f64 / 1000.0,
        answers: times.count(),
        unexpected: 0,
        complaints: Vec::new(),
        per_second: if times.count() > 0 { 1000.0 / times.mean() } else { 0.0 },
        latency: (times.count() > 0).then(|| times.latency()),
        usage: None,
        figures: BTreeMap::new(),
    }
}
