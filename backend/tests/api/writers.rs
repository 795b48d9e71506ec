//! Many people who change the same things at once: nobody is refused for that, and no two wait for each other in a circle.

use std::time::{Duration, Instant};

use rand::{RngExt, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::PgPool;
use todo::{db::MIGRATOR, exports};

use crate::support::{Answer, PASSWORD, Person, TestApp, administrator, id_of};

const VARIABLES: [(&str, &str); 6] = [
    ("RATE_LIMIT_REQUESTS_PER_USER", "off"),
    ("RATE_LIMIT_INVITE_PER_USER", "off"),
    ("RATE_LIMIT_INVITE_PER_RECIPIENT", "off"),
    ("RATE_LIMIT_EXPORTS_PER_USER", "off"),
    ("WEBHOOK_ALLOWED_NETWORKS", "127.0.0.0/8"),
    ("WEBHOOK_ALLOW_HTTP", "true"),
];
const WRITERS: usize = 8;
const TIME: Duration = Duration::from_secs(8);

struct Shared {
    people: Vec<Person>,
    root: Person,
    /// Of the first of the people; everybody is an editor.
    projects: [String; 2],
    /// Is put into the trash and taken back, and has invitations.
    third: String,
    /// People are invited to it, come and go.
    guests: String,
    /// Goes from one to the other.
    passed_on: String,
    tasks: Vec<String>,
}

impl Shared {
    async fn new(app: &TestApp) -> Self {
        let root = administrator(app).await;
        let mut people = Vec::new();
        for number in 0..WRITERS {
            people.push(app.person(&format!("Writer{number}")).await);
        }
        let owner = &people[0];
        let (one, two, third) = (owner.project("One").await, owner.project("Two").await, owner.project("Three").await);
        let (guests, passed_on) = (owner.project("Guests").await, owner.project("Passed on").await);
        for project in [&one, &two, &third, &passed_on] {
            for person in &people[1..] {
                owner.add_member(project, person, "editor").await;
            }
        }
        for person in &people {
            let wishes = json!({ "kinds": [{ "kind": "project.task_added", "in_app": true }] });
            person.patch("/notification-preferences", wishes).await.expect(200);
        }
        let mut tasks = Vec::new();
        for number in 0..4 {
            let task =
                owner.task(json!({ "project_id": one, "title": format!("Task {number}"), "due_date": "2026-12-24" }));
            tasks.push(id_of(&task.await));
        }
        Self { people, root, projects: [one, two], third, guests, passed_on, tasks }
    }
}

/// What one writer does next.
async fn write(app: &TestApp, shared: &Shared, me: usize, chance: &mut StdRng) -> Answer {
    let (person, owner) = (&shared.people[me], &shared.people[0]);
    let other = shared.people.choose(chance).expect("people");
    let task = shared.tasks.choose(chance).expect("tasks");
    let project = shared.projects.choose(chance).expect("projects");
    let number = chance.random_range(0..1_000_000);
    match chance.random_range(0..30) {
        0..5 => person.patch(format!("/tasks/{task}"), json!({ "project_id": project })).await,
        5..9 => {
            let body = json!({ "project_id": project, "title": "New", "assignee_id": other.id, "tags": ["new"] });
            person.post("/tasks", body).await
        }
        9 => person.patch(format!("/tasks/{task}"), json!({ "assignee_id": other.id, "status": "in_progress" })).await,
        10 => {
            person
                .patch(
                    format!("/tasks/{task}"),
                    json!({ "status": "todo", "due_date": format!("2026-12-{}", 10 + number % 20) }),
                )
                .await
        }
        11 => {
            let gone = person.delete(format!("/tasks/{task}")).await;
            let back = person.post(format!("/tasks/{task}/restore"), json!({})).await;
            if gone.status.is_server_error() { gone } else { back }
        }
        12 => person.post(format!("/tasks/{task}/watch"), json!({})).await,
        13 => {
            let reminder = json!({ "relative_to": "due", "before": { "days": 1, "minutes": 0 } });
            person.post(format!("/tasks/{task}/reminders"), reminder).await
        }
        14 => person.post("/notifications/read-all", json!({})).await,
        15 => {
            let zone = ["Asia/Shanghai", "Europe/Berlin", "UTC"].choose(chance).expect("zones");
            person.patch("/users/me", json!({ "time_zone": zone })).await
        }
        16 => person.patch(format!("/projects/{project}"), json!({ "after": null })).await,
        17 => owner.patch(format!("/projects/{project}"), json!({ "name": format!("Name {number}") })).await,
        18 => {
            let gone = owner.delete(format!("/projects/{}", shared.third)).await;
            let back = owner.post(format!("/projects/{}/restore", shared.third), json!({})).await;
            if gone.status.is_server_error() { gone } else { back }
        }
        19 => {
            let role = ["editor", "viewer"].choose(chance).expect("roles");
            owner.patch(format!("/projects/{}/members/{}", shared.third, other.id), json!({ "role": role })).await
        }
        20 => {
            owner.post(format!("/projects/{}/transfer", shared.third), json!({ "user_id": other.id })).await;
            other.post(format!("/projects/{}/transfer/decline", shared.third), json!({})).await
        }
        21 => {
            let texts =
                json!({ "en": { "title": "News", "text": "Text" }, "zh-CN": { "title": "消息", "text": "内容" } });
            shared.root.post("/admin/announcements", json!({ "texts": texts })).await
        }
        22 => {
            let tag = json!({ "name": format!("tag {}", number % 10) });
            person.post(format!("/projects/{project}/tags"), tag).await
        }
        23 => {
            let body = json!({ "email": format!("guest{number}@example.org"), "role": "viewer" });
            owner.post(format!("/projects/{}/invitations", shared.third), body).await
        }
        25 => {
            let body = json!({ "email": other.email, "password": PASSWORD });
            Answer::read(other.client.post(format!("{}/auth/login", other.base)).json(&body)).await
        }
        26 => {
            let asked = person.post("/users/me/export", json!({})).await;
            exports::worker::run_once(&app.parts()).await.expect("exports are made beside all that is written");
            asked
        }
        27 => invite_and_answer(shared, other, number).await,
        28 => {
            let path = format!("/projects/{}/transfer", shared.passed_on);
            person.post(&path, json!({ "user_id": other.id })).await;
            other.post(format!("{path}/accept"), json!({})).await
        }
        24 => shared.root.post(format!("/admin/accounts/{}/demote", other.id), json!({})).await,
        _ => {
            let path = format!("/projects/{project}/webhooks");
            let made = owner.post(&path, json!({ "url": "http://127.0.0.1:9/hook" })).await;
            let id = made.body["id"].as_str().unwrap_or_default().to_owned();
            Answer::read(owner.request(Method::DELETE, &format!("{path}/{id}"))).await
        }
    }
}

/// Somebody is invited, and says yes, and goes; or no.
async fn invite_and_answer(shared: &Shared, other: &Person, number: i32) -> Answer {
    let owner = &shared.people[0];
    let project = format!("/projects/{}", shared.guests);
    let invitation = json!({ "email": other.email, "role": "viewer" });
    let invited = owner.post(format!("{project}/invitations"), invitation).await;
    let id = match invited.body["id"].as_str() {
        Some(id) if invited.status.is_success() => id.to_owned(),
        _ => return invited,
    };
    let with = if number % 2 == 0 { "accept" } else { "decline" };
    let answered = other.post(format!("/users/me/invitations/{id}/{with}"), json!({})).await;
    if answered.status.is_server_error() || with == "decline" {
        return answered;
    }
    owner.delete(format!("{project}/members/{}", other.id)).await
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn concurrent_writers_are_all_served(db: PgPool) {
    let app = TestApp::start_with(db.clone(), &VARIABLES).await;
    app.spawn_worker();
    let shared = Shared::new(&app).await;
    let until = Instant::now() + TIME;
    let writers = (0..WRITERS).map(|me| {
        let (app, shared) = (&app, &shared);
        async move {
            let mut chance = StdRng::seed_from_u64(me as u64);
            let (mut done, mut failed) = (0_u32, Vec::<Value>::new());
            while Instant::now() < until {
                let answer = write(app, shared, me, &mut chance).await;
                done += u32::from(answer.status.is_success());
                if answer.status.is_server_error() {
                    failed.push(answer.body);
                }
            }
            (done, failed)
        }
    });
    let results = futures_util::future::join_all(writers).await;
    let failed: Vec<Value> = results.iter().flat_map(|(_, failed)| failed.clone()).collect();
    let done: u32 = results.iter().map(|(done, _)| done).sum();
    assert!(failed.is_empty(), "{} of {done} failed, such as {:#}", failed.len(), failed[0]);
    // Far more on a machine that has nothing else to do.
    assert!(done >= 40, "only {done} writes");
    // Not even one that was done again: locks are asked for in one order.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let deadlocks: i64 =
        sqlx::query_scalar("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
            .fetch_one(&db)
            .await
            .expect("a count");
    assert_eq!(deadlocks, 0, "after {done} writes");
}
