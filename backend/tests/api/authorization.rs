//! Walks every route of the OpenAPI document as everybody who should not get in.

use std::collections::HashMap;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sqlx::PgPool;
use todo::{db::MIGRATOR, id::SessionId, router};
use uuid::Uuid;

use crate::support::{Answer, PASSWORD, Person, TestApp, id_of};

/// Routes that are open to everybody, by intent.
const PUBLIC: [&str; 17] = [
    "GET /health",
    "GET /health/ready",
    "GET /metrics",
    "POST /api/v1/auth/register",
    "POST /api/v1/auth/login",
    "POST /api/v1/auth/refresh",
    "POST /api/v1/auth/token",
    "POST /api/v1/auth/logout",
    "POST /api/v1/auth/password-reset",
    "POST /api/v1/auth/password-reset/confirm",
    "POST /api/v1/auth/email/confirm",
    "POST /api/v1/auth/email/take-back",
    "GET /api/v1/server",
    // The token in the link says who and what.
    "GET /api/v1/unsubscribe",
    "POST /api/v1/unsubscribe",
    "GET /api/v1/invitations/accept",
    // Authenticates with its first message.
    "GET /api/v1/ws",
];

struct Operation {
    name: String,
    method: Method,
    path: String,
    example: Value,
}

fn operations() -> Vec<Operation> {
    let document = serde_json::to_value(router::document()).expect("JSON");
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for method in [Method::GET, Method::POST, Method::PATCH, Method::DELETE] {
            let operation = &item[method.as_str().to_lowercase()];
            if operation.is_null() {
                continue;
            }
            let reference = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].as_str();
            let schema = reference.and_then(|reference| document.pointer(reference.trim_start_matches('#')));
            let example = schema.map_or(Value::Null, |schema| schema["example"].clone());
            operations.push(Operation { name: format!("{method} {path}"), method, path: path.clone(), example });
        }
    }
    operations
}

/// Things of one owner, of every kind that has an id in a path.
struct Things {
    ids: HashMap<&'static str, String>,
    user_id: String,
}

impl Things {
    async fn make(owner: &Person, viewer: &Person) -> Self {
        let project = owner.project("Private").await;
        owner.add_member(&project, viewer, "viewer").await;
        let task = owner.task(json!({ "project_id": project, "tags": ["secret"] })).await;
        let deleted = id_of(&owner.task(json!({ "project_id": project })).await);
        owner.delete(&format!("/tasks/{deleted}")).await.expect(204);
        let tags = owner.get(&format!("/tags?project_id={project}")).await.expect(200);
        let reminders = format!("/tasks/{}/reminders", id_of(&task));
        let reminder = id_of(&owner.post(&reminders, json!({ "remind_at": "2098-12-01T09:00:00Z" })).await.expect(201));
        let sessions = owner.get("/auth/sessions").await.expect(200);
        let shared = viewer.project("Theirs").await;
        viewer.add_member(&shared, owner, "viewer").await;
        let invitation = json!({ "email": "guest@example.org", "role": "viewer" });
        let invitation = owner.post(format!("/projects/{project}/invitations"), invitation).await.expect(201);
        let notifications = owner.get("/notifications").await.expect(200);
        let webhooks = format!("/projects/{project}/webhooks");
        let webhook = json!({ "url": "https://hooks.example.org/todo" });
        let webhook = id_of(&owner.post(&webhooks, webhook).await.expect(201));
        let delivery = owner.post(format!("{webhooks}/{webhook}/test"), json!({})).await.expect(202);
        let ids = HashMap::from([
            ("projects", project),
            ("tasks", id_of(&task)),
            ("trash", deleted),
            ("tags", id_of(&tags["items"][0])),
            ("{reminder_id}", reminder),
            ("sessions", id_of(&sessions["items"][0])),
            ("notifications", id_of(&notifications["items"][0])),
            ("{webhook_id}", webhook),
            ("{delivery_id}", id_of(&delivery)),
            ("{invitation_id}", id_of(&invitation)),
            ("deliveries", Uuid::now_v7().to_string()),
            ("accounts", owner.id.clone()),
        ]);
        Self { ids, user_id: owner.id.clone() }
    }

    /// The path with the ids of these things, and whether it names any.
    fn fill(&self, path: &str) -> (String, bool) {
        let parts: Vec<&str> = path.split('/').collect();
        let filled: Vec<String> = parts
            .iter()
            .enumerate()
            .map(|(index, part)| match *part {
                "{user_id}" => self.user_id.clone(),
                "{id}" => self.ids.get(parts[index - 1]).unwrap_or_else(|| panic!("what is the id in {path}?")).clone(),
                other if other.starts_with('{') => self.ids[other].clone(),
                other => other.to_owned(),
            })
            .collect();
        (filled.join("/"), path.contains('{'))
    }
}

async fn ask(app: &TestApp, operation: &Operation, path: &str, token: Option<&str>) -> Answer {
    let mut request = app.request(operation.method.clone(), path);
    if !operation.example.is_null() {
        request = request.json(&operation.example);
    } else if operation.method != Method::GET {
        request = request.json(&json!({ "role": "viewer" }));
    }
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    Answer::read(request).await
}

/// Everything that the owner has, to see that nobody has touched it.
async fn picture(owner: &Person, things: &Things) -> Value {
    let project = &things.ids["projects"];
    let mut picture = Vec::new();
    for path in [
        format!("/projects/{project}"),
        format!("/projects/{project}/members"),
        format!("/projects/{project}/webhooks"),
        format!("/projects/{project}/invitations"),
        format!("/tasks/{}", things.ids["tasks"]),
        format!("/tasks/{}", things.ids["trash"]),
        format!("/tasks/{}/reminders", things.ids["tasks"]),
        format!("/tags?project_id={project}"),
        "/users/me".to_owned(),
    ] {
        picture.push(owner.get(&path).await.expect(200));
    }
    // The revision beside it counts what the owner does meanwhile, too.
    picture.push(owner.get("/notifications/unread-count").await.expect(200)["unread"].clone());
    Value::Array(picture)
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn every_route_refuses_unauthorized_callers(db: PgPool) {
    let app = TestApp::start(db.clone()).await;
    let (owner, viewer, stranger) = (app.person("Olga").await, app.person("Vera").await, app.person("Sam").await);
    let things = Things::make(&owner, &viewer).await;
    let before = picture(&owner, &things).await;

    let ended = owner.sign_in_again(PASSWORD).await;
    ended.post("/auth/logout", json!({})).await.expect(204);
    let session: SessionId =
        sqlx::query_scalar("SELECT id FROM sessions WHERE user_id = $1::uuid AND ended_at IS NULL")
            .bind(&owner.id)
            .fetch_one(&db)
            .await
            .expect("a session");
    let later = chrono::Utc::now() + chrono::TimeDelta::hours(1);
    let past = todo::auth::token::TokenKeys::new(
        &"a-secret-for-tests-only-0123456789abcdef".to_owned().into(),
        &[],
        std::time::Duration::ZERO,
    )
    .expect("keys");
    let expired = past.issue(owner.id.parse().expect("an id"), session, later).expect("a token").token;
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    let forged = todo::auth::token::TokenKeys::new(
        &"another-secret-0123456789abcdef0123456789".to_owned().into(),
        &[],
        std::time::Duration::from_secs(60),
    )
    .expect("keys");
    let forged = forged.issue(owner.id.parse().expect("an id"), session, later).expect("a token").token;

    let (mut protected, mut foreign, mut administration) = (0, 0, 0);
    for operation in operations() {
        if PUBLIC.contains(&operation.name.as_str()) {
            continue;
        }
        protected += 1;
        let (path, names_a_thing) = things.fill(&operation.path);
        let nobody =
            [None, Some("nonsense"), Some(expired.as_str()), Some(forged.as_str()), Some(ended.token.as_str())];
        for token in nobody {
            let answer = ask(&app, &operation, &path, token).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{} with {token:?}: {:#}", operation.name, answer.body);
        }
        if operation.path.starts_with("/api/v1/admin/") {
            administration += 1;
            for person in [&owner, &viewer, &stranger] {
                let answer = ask(&app, &operation, &path, Some(&person.token)).await;
                assert_eq!(answer.status, StatusCode::FORBIDDEN, "{} as a user: {:#}", operation.name, answer.body);
            }
            continue;
        }
        if names_a_thing {
            foreign += 1;
            let answer = ask(&app, &operation, &path, Some(&stranger.token)).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{} as a stranger: {:#}", operation.name, answer.body);
            viewer_cannot_write(&app, &operation, &path, &viewer).await;
        }
    }
    assert!(protected > 30 && foreign > 15, "{protected} protected routes, {foreign} with an id");
    assert!(administration > 0, "the routes of administrators were not found");
    assert_eq!(picture(&owner, &things).await, before, "what the owner has is as it was");
    for query in ["/tasks", "/tasks?archived=true", "/tasks/trash", "/tags", "/notifications"] {
        assert_eq!(stranger.get(query).await.expect(200)["items"], json!([]), "{query}");
    }
    println!("{protected} protected routes, {foreign} of them with an id: no way in");
}

/// A viewer reads what is shared and changes nothing but their own order of projects.
async fn viewer_cannot_write(app: &TestApp, operation: &Operation, path: &str, viewer: &Person) {
    // Of a reminder, everybody's own, the path names one of the owner's.
    let own_business = ["sessions", "notifications", "reminders/", "users/me/"].iter().any(|part| path.contains(part));
    let expected: &[u16] = match operation.method {
        _ if own_business => &[404],
        _ if path.contains("/webhooks") => &[403], // the owner's business
        Method::GET => &[200],
        _ if path.ends_with("/watch") => &[204], // who sees a task may watch it
        _ if path.ends_with("/reminders") => &[422], // so may they set a reminder; the task has no such date
        _ if path.ends_with("/accept") || path.ends_with("/decline") => &[404], // the project is not offered to them
        _ if path.ends_with("/restore") && path.contains("/projects/") => &[200], // it is not in the trash: nothing happens
        _ => &[403],
    };
    let answer = ask(app, operation, path, Some(&viewer.token)).await;
    assert!(
        expected.contains(&answer.status.as_u16()),
        "{} as a viewer: {} {:#}",
        operation.name,
        answer.status,
        answer.body
    );
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn ids_in_a_body_are_authorized(db: PgPool) {
    let app = TestApp::start(db).await;
    let (owner, viewer, stranger) = (app.person("Olga").await, app.person("Vera").await, app.person("Sam").await);
    let things = Things::make(&owner, &viewer).await;
    let (project, task) = (&things.ids["projects"], &things.ids["tasks"]);
    let own = id_of(&stranger.task(json!({})).await);
    let create = |body: Value| stranger.post("/tasks", body);
    create(json!({ "title": "x", "project_id": project })).await.expect_fields(422, &["project_id"]);
    create(json!({ "title": "x", "parent_id": task })).await.expect_fields(422, &["parent_id"]);
    create(json!({ "title": "x", "assignee_id": owner.id })).await.expect_fields(422, &["assignee_id"]);
    create(json!({ "title": "x", "after": task })).await.expect_fields(422, &["after"]);
    let change = |body: Value| stranger.patch(format!("/tasks/{own}"), body);
    change(json!({ "project_id": project })).await.expect_fields(422, &["project_id"]);
    change(json!({ "parent_id": task })).await.expect_fields(422, &["parent_id"]);
    change(json!({ "assignee_id": owner.id })).await.expect_fields(422, &["assignee_id"]);
    change(json!({ "after": task })).await.expect_fields(422, &["after"]);
    create(json!({ "title": "x", "id": task })).await.expect_fields(409, &["id"]);
    // A viewer cannot take a task out of the project into one of their own either.
    let mine = viewer.project("Mine").await;
    viewer.patch(&format!("/tasks/{task}"), json!({ "project_id": mine })).await.expect(403);
    let into = id_of(&viewer.task(json!({})).await);
    viewer.patch(&format!("/tasks/{into}"), json!({ "project_id": project })).await.expect(403);
}
