//! The data that are asked for: a database full of tasks, and people who are signed in.

use std::{
    collections::HashMap,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use argon2::{Argon2, password_hash::PasswordHasher};
use reqwest::Client;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::json;
use tokio::time::sleep;
use uuid::Uuid;

use crate::{
    psql::{self, Database},
    server::{Program, Server},
    services::Services,
};

pub const PASSWORD: &str = "seven quiet lanterns";
/// Every project that `fill.sql` makes has these.
pub const TAGS: [&str; 4] = ["work", "home", "waiting", "紧急"];
/// The most that a list can hold.
const PAGE: &str = "200";

/// Makes a database with so many tasks of which `people` + 1 can sign in. Some seconds, or minutes for a million tasks.
pub async fn fill(program: &Program, repository: &Path, tasks: u64, people: u32) -> anyhow::Result<()> {
    let services = &program.database.services;
    let database = &program.database;
    let name = database.url.rsplit('/').next().context("the database has no name")?;
    let server = Database::named(services, "todo")?;
    server.query(&format!("CREATE DATABASE {name}"), &[]).await?;
    program.migrate().await?;
    let fill = repository.join("database/explain/fill.sql");
    database.run_file(&fill, &[("tasks", &tasks.to_string())]).await.context("the database cannot be filled")?;
    let set_password = "UPDATE users SET password_hash = :'hash'
        WHERE email = ANY (SELECT 'user' || n || '@example.org' FROM generate_series(0, :people) AS n)";
    database.query(set_password, &[("hash", &password_hash()?), ("people", &people.to_string())]).await?;
    settle(services).await
}

/// Of [`PASSWORD`].
pub fn password_hash() -> anyhow::Result<String> {
    let hash = Argon2::default().hash_password(PASSWORD.as_bytes()).context("the password cannot be hashed")?;
    Ok(hash.to_string())
}

/// Writes to the disk what is only in memory, so that no checkpoint falls into a measurement for what was before it.
pub async fn settle(services: &Services) -> anyhow::Result<()> {
    psql::as_admin(services, "CHECKPOINT").await?;
    Ok(())
}

/// How long people are waited for who are still to be told of changes.
const TELLING: Duration = Duration::from_secs(60);

/// Until everybody was told of what was written: that happens after the writes' commits.
pub async fn told(database: &Database) -> anyhow::Result<()> {
    let begin = Instant::now();
    while !database.query("SELECT 1 FROM pending_notices WHERE parked_at IS NULL LIMIT 1", &[]).await?.is_empty() {
        ensure!(begin.elapsed() < TELLING, "after {TELLING:?} people are still to be told of changes");
        sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

/// Somebody who is signed in.
#[derive(Debug, Clone)]
pub struct Person {
    /// Of those of `fill.sql`, whose address is `user{number}@example.org`.
    pub number: u32,
    pub id: Uuid,
    pub token: String,
    pub projects: Vec<Project>,
    /// Some of the tasks that they see.
    pub task_ids: Vec<Uuid>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Project {
    pub id: Uuid,
    pub name: String,
    pub owner_id: Uuid,
    pub role: String,
    pub member_count: u32,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Task {
    pub id: Uuid,
    pub status: String,
    pub created_by: Option<Uuid>,
}

#[derive(Deserialize)]
struct Page<T> {
    items: Vec<T>,
}

#[derive(Deserialize)]
struct SignedIn {
    access_token: String,
    user: Profile,
}

#[derive(Deserialize)]
struct Profile {
    id: Uuid,
}

pub fn email(number: u32) -> String {
    format!("user{number}@example.org")
}

impl Person {
    pub async fn sign_in(client: &Client, server: &Server, number: u32, email: String) -> anyhow::Result<Self> {
        let address = server.address;
        let login = client.post(format!("http://{address}/api/v1/auth/login"));
        let answer = login.json(&json!({ "email": email, "password": PASSWORD })).send().await?;
        let SignedIn { access_token, user } = answer.error_for_status()?.json().await?;
        let mut person = Self { number, id: user.id, token: access_token, projects: Vec::new(), task_ids: Vec::new() };
        person.projects = person.list(client, server, "projects", &[]).await?;
        let tasks: Vec<Task> = person.list(client, server, "tasks", &[("limit", PAGE)]).await?;
        person.task_ids = tasks.into_iter().map(|task| task.id).collect();
        Ok(person)
    }

    pub fn project_named(&self, name: &str) -> anyhow::Result<Uuid> {
        let project = self.projects.iter().find(|project| project.name == name);
        Ok(project.with_context(|| format!("there is no project {name:?}"))?.id)
    }

    async fn list<T: DeserializeOwned>(
        &self,
        client: &Client,
        server: &Server,
        what: &str,
        query: &[(&str, &str)],
    ) -> anyhow::Result<Vec<T>> {
        let request = client.get(format!("http://{}/api/v1/{what}", server.address)).bearer_auth(&self.token);
        let answer = request.query(query).send().await?.error_for_status()?;
        Ok(answer.json::<Page<T>>().await?.items)
    }
}

/// Signs in user 0 and up to `people` others, as many as there are.
pub async fn sign_in(server: &Server, database: &Database, people: u32) -> anyhow::Result<Vec<Person>> {
    let users = database.query("SELECT count(*) FROM users", &[]).await?;
    let users: u32 = users.first().context("no count of users")?.parse()?;
    let client = Client::new();
    let mut signed_in = Vec::new();
    for number in 0..=people.min(users.saturating_sub(1)) {
        let person = Person::sign_in(&client, server, number, email(number)).await;
        signed_in.push(person.with_context(|| format!("user {number} cannot sign in"))?);
    }
    Ok(signed_in)
}

/// A task whose status somebody can change who has not made it: the one who has is told.
#[derive(Debug, Clone)]
pub struct Changeable {
    pub task_id: Uuid,
    pub status: Status,
    /// The place among the people of who changes it, an editor.
    pub editor: usize,
    /// Number of the user whose project it is in.
    pub owner: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Todo,
    InProgress,
    Done,
    Cancelled,
}

impl Status {
    pub fn name(self) -> &'static str {
        match self {
            Self::Todo => "todo",
            Self::InProgress => "in_progress",
            Self::Done => "done",
            Self::Cancelled => "cancelled",
        }
    }

    fn parse(name: &str) -> Option<Self> {
        [Self::Todo, Self::InProgress, Self::Done, Self::Cancelled].into_iter().find(|status| status.name() == name)
    }

    /// Another one.
    pub fn next(self) -> Self {
        match self {
            Self::Todo => Self::InProgress,
            Self::InProgress => Self::Done,
            Self::Done | Self::Cancelled => Self::Todo,
        }
    }
}

/// Those tasks of shared projects that somebody else has made and nobody is assigned to: each change of status tells one person.
/// No two in a row are of one project, as long as there are others.
pub async fn changeable(server: &Server, people: &[Person]) -> anyhow::Result<Vec<Changeable>> {
    let client = Client::new();
    let owners: HashMap<Uuid, u32> = people.iter().map(|person| (person.id, person.number)).collect();
    let mut by_project: HashMap<Uuid, Vec<Changeable>> = HashMap::new();
    for (editor, person) in people.iter().enumerate() {
        for project in person.projects.iter().filter(|project| project.role == "editor") {
            let Some(owner) = owners.get(&project.owner_id) else { continue };
            if by_project.contains_key(&project.id) {
                continue;
            }
            let project_id = project.id.to_string();
            let query =
                [("project_id", project_id.as_str()), ("assignee_id", "none"), ("parent_id", "none"), ("limit", PAGE)];
            let tasks: Vec<Task> = person.list(&client, server, "tasks", &query).await?;
            let found = tasks.iter().filter(|task| task.created_by == Some(project.owner_id)).filter_map(|task| {
                let status = Status::parse(&task.status)?;
                Some(Changeable { task_id: task.id, status, editor, owner: *owner })
            });
            by_project.insert(project.id, found.collect());
        }
    }
    let mut projects: Vec<_> = by_project.into_iter().collect();
    projects.sort_by_key(|(id, _)| *id);
    let longest = projects.iter().map(|(_, tasks)| tasks.len()).max().unwrap_or(0);
    let in_turn =
        (0..longest).flat_map(|place| projects.iter().filter_map(move |(_, tasks)| tasks.get(place).cloned()));
    Ok(in_turn.collect())
}

/// The time of the database, as it writes it.
pub async fn now(database: &Database) -> anyhow::Result<String> {
    let rows = database.query("SELECT clock_timestamp()", &[]).await?;
    rows.into_iter().next().context("the database does not tell its time")
}
