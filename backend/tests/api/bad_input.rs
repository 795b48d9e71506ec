//! Bad input is never a 500: always a problem document that names the field.

use reqwest::{Method, header::CONTENT_TYPE};
use serde_json::{Value, json};
use sqlx::PgPool;
use todo::{db::MIGRATOR, router};
use uuid::Uuid;

use crate::support::{Answer, PASSWORD, Person, TestApp, administrator, id_of};

async fn raw(
    person: &Person,
    method: Method,
    path: &str,
    content_type: &str,
    body: impl Into<reqwest::Body>,
) -> Answer {
    Answer::read(person.request(method, path).header(CONTENT_TYPE, content_type).body(body)).await
}

/// Every path of the document, with the methods that take a JSON body and those that do not.
fn operations() -> Vec<(Method, String, bool)> {
    let document = serde_json::to_value(router::document()).expect("JSON");
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        let Some(path) = path.strip_prefix("/api/v1") else { continue };
        for method in [Method::GET, Method::POST, Method::PATCH, Method::DELETE] {
            let operation = &item[method.as_str().to_lowercase()];
            if operation.is_object() && path != "/ws" {
                let takes_json = !operation["requestBody"]["content"]["application/json"].is_null();
                operations.push((method, path.to_owned(), takes_json));
            }
        }
    }
    operations
}

/// The path with these ids: that of a user, and that of everything else.
fn fill(path: &str, user_id: &str, id: &str) -> String {
    let parts = path.split('/').map(|part| match part {
        "{user_id}" => user_id,
        part if part.starts_with('{') => id,
        part => part,
    });
    parts.collect::<Vec<_>>().join("/")
}

#[track_caller]
fn is_problem(answer: &Answer, what: &str) {
    assert!(answer.status.is_client_error(), "{what}: {} {:#}", answer.status, answer.body);
    assert_eq!(answer.header("content-type"), "application/problem+json", "{what}");
    assert!(answer.body["type"].as_str().is_some_and(|kind| kind.starts_with("/problems/")), "{what}");
}

#[track_caller]
fn names_a_field(answer: &Answer, what: &str) {
    is_problem(answer, what);
    let errors = answer.body["errors"].as_array().cloned().unwrap_or_default();
    assert!(!errors.is_empty(), "{what} names no field: {:#}", answer.body);
    let has_code = |error: &Value| error["code"].is_string() && error["params"].is_object();
    assert!(errors.iter().all(has_code), "{what} has no code: {:#}", answer.body);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn malformed_bodies_are_refused_by_every_route(db: PgPool) {
    let app = TestApp::start_with(db.clone(), &[("RATE_LIMIT_LOGIN_PER_ACCOUNT", "off")]).await;
    let ada = app.person("Ada").await;
    sqlx::query("UPDATE users SET is_admin = true").execute(&db).await.expect("an administrator");
    let project = ada.project("p").await;
    let bodies: [(&str, Vec<u8>); 8] = [
        ("malformed JSON", b"{\"title\": ".to_vec()),
        ("no JSON at all", b"hello".to_vec()),
        ("empty", Vec::new()),
        ("invalid UTF-8", b"{\"title\": \"\xff\xfe\"}".to_vec()),
        ("a list", b"[1, 2, 3]".to_vec()),
        ("a number", b"17".to_vec()),
        ("deeply nested", [b"[".repeat(10_000), b"]".repeat(10_000)].concat()),
        ("trailing garbage", b"{\"title\": \"x\", \"name\": \"x\", \"email\": \"a@example.org\"} x".to_vec()),
    ];
    for (method, path, takes_json) in operations() {
        if !takes_json {
            continue;
        }
        let path = fill(&path, &ada.id, &project);
        for (what, body) in &bodies {
            let answer = raw(&ada, method.clone(), &path, "application/json", body.clone()).await;
            if answer.status.as_u16() != 404 {
                names_a_field(&answer, &format!("{method} {path}: {what}"));
            }
        }
        let answer = raw(&ada, method.clone(), &path, "text/plain", "{}").await;
        is_problem(&answer, &format!("{method} {path}: text/plain"));
    }
}

/// What serde derives for a struct takes a list of its fields in order as well.
#[sqlx::test(migrator = "MIGRATOR")]
async fn list_is_refused_where_an_object_is_expected(db: PgPool) {
    let app = TestApp::start_with(db, &[("RATE_LIMIT_LOGIN_PER_ACCOUNT", "off")]).await;
    let ada = administrator(&app).await;
    let project = ada.project("p").await;
    let task = id_of(&ada.task(json!({ "due_date": "2199-01-01" })).await);
    for (method, path, field, body) in [
        (Method::POST, "/auth/login".to_owned(), "body", json!([ada.email, PASSWORD])),
        (Method::POST, "/auth/password-reset".to_owned(), "body", json!([ada.email])),
        (Method::POST, format!("/projects/{project}/invitations"), "body", json!([ada.email, "editor"])),
        (Method::POST, "/projects".to_owned(), "body", json!([null, "Listed", null, null])),
        (Method::POST, format!("/tasks/{task}/reminders"), "before", json!({ "relative_to": "due", "before": [1, 0] })),
        (
            Method::PATCH,
            "/notification-preferences".to_owned(),
            "quiet_hours",
            json!({ "quiet_hours": ["22:00", "07:00"] }),
        ),
        (
            Method::PATCH,
            "/notification-preferences".to_owned(),
            "kinds[0]",
            json!({ "kinds": [["task.assigned", true, false]] }),
        ),
        (Method::POST, "/admin/announcements".to_owned(), "texts.en", json!({ "texts": { "en": ["title", "text"] } })),
    ] {
        let answer = Answer::read(ada.request(method, &path).json(&body)).await.expect(422);
        let expected = json!([{
            "field": field, "code": "wrong_type", "params": {}, "message": "invalid type: sequence, expected an object",
        }]);
        assert_eq!(answer["errors"], expected, "{path}: {answer:#}");
    }
    let lists = json!({ "title": "lists stay lists", "tags": ["a", "b"] });
    ada.post("/tasks", lists).await.expect(201);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn invalid_values_name_their_field(db: PgPool) {
    let app = TestApp::start(db).await;
    let ada = app.person("Ada").await;
    let cases: Vec<(&str, Value)> = vec![
        ("title", json!({ "title": 5 })),
        ("title", json!({ "title": null })),
        ("title", json!({ "title": ["x"] })),
        ("title", json!({ "title": "\u{0}" })),
        ("title", json!({ "title": "x".repeat(501) })),
        ("title", json!({ "title": " \n " })),
        ("description", json!({ "title": "x", "description": "x".repeat(20_001) })),
        ("description", json!({ "title": "x", "description": "a\u{0}b" })),
        ("status", json!({ "title": "x", "status": "open" })),
        ("priority", json!({ "title": "x", "priority": 3 })),
        ("project_id", json!({ "title": "x", "project_id": "1; DROP TABLE tasks" })),
        ("project_id", json!({ "title": "x", "project_id": Uuid::now_v7() })),
        ("parent_id", json!({ "title": "x", "parent_id": Uuid::nil() })),
        ("assignee_id", json!({ "title": "x", "assignee_id": Uuid::now_v7() })),
        ("tags[1]", json!({ "title": "x", "tags": ["a", 5] })),
        ("tags[1]", json!({ "title": "x", "tags": ["a", "\u{0}"] })),
        ("tags[0]", json!({ "title": "x", "tags": ["x".repeat(51)] })),
        ("tags[1]", json!({ "title": "x", "tags": ["a", "b, c"] })),
        ("tags", json!({ "title": "x", "tags": vec!["x"; 21] })),
        ("tags", json!({ "title": "x", "tags": "a" })),
        ("due_date", json!({ "title": "x", "due_date": "2026-02-30" })),
        ("due_date", json!({ "title": "x", "due_date": "+262142-01-01" })),
        ("due_at", json!({ "title": "x", "due_at": "tomorrow" })),
        ("due_at", json!({ "title": "x", "due_at": 1_700_000_000 })),
        ("after", json!({ "title": "x", "after": "first" })),
        ("id", json!({ "title": "x", "id": "not an id" })),
    ];
    for (field, body) in cases {
        let answer = ada.post("/tasks", body.clone()).await;
        names_a_field(&answer, field);
        assert_eq!(answer.body["errors"][0]["field"], field, "{:#}", answer.body);
    }
    assert!(ada.titles("").await.is_empty(), "nothing of it was kept");
    let longest = json!({ "title": "备".repeat(500), "description": "数据".repeat(10_000), "tags": ["标".repeat(50)] });
    ada.post("/tasks", longest).await.expect(201);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn oversized_bodies_are_refused(db: PgPool) {
    let app = TestApp::start(db).await;
    let ada = app.person("Ada").await;
    let body = format!("{{\"title\": \"{}\"}}", "x".repeat(10 * 1024 * 1024));
    // The server may close the connection before the whole body was sent; an answer that does arrive is a 413.
    let sent = ada.request(Method::POST, "/tasks").header(CONTENT_TYPE, "application/json").body(body).send().await;
    if let Ok(response) = sent {
        assert_eq!(response.status().as_u16(), 413);
        let body: Value = response.json().await.expect("a problem");
        assert_eq!(body["errors"][0]["field"], "body");
    }
    let body = format!("{{\"title\": \"{}\"}}", "x".repeat(1_100_000));
    let answer = raw(&ada, Method::POST, "/tasks", "application/json", body).await;
    assert_eq!(answer.status.as_u16(), 413);
    names_a_field(&answer, "1.1 MB");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn cursors_with_impossible_times_are_refused(db: PgPool) {
    let app = TestApp::start(db).await;
    let ada = app.person("Ada").await;
    let encode = |value: Value| todo::http::page::encode_cursor(&value);
    for at in ["-200000-01-01T00:00:00Z", "-9999-01-01T00:00:00Z", "+200000-01-01T00:00:00Z"] {
        let trash = encode(json!({ "deleted_at": at, "id": Uuid::now_v7() }));
        let notifications = encode(json!({ "created_at": at, "id": Uuid::now_v7() }));
        for path in [format!("/tasks/trash?cursor={trash}"), format!("/notifications?cursor={notifications}")] {
            let answer = ada.get(&path).await;
            assert!(answer.status.as_u16() < 500, "{path}: {:#}", answer.body);
        }
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn paths_and_queries_are_validated_everywhere(db: PgPool) {
    let app = TestApp::start(db).await;
    let ada = app.person("Ada").await;
    let mut tried = 0;
    for (method, path, takes_json) in operations() {
        for id in ["nonsense", "%00", "%ff", "1%27--", "0199"] {
            if !path.contains('{') {
                continue;
            }
            let path = fill(&path, id, id);
            let request = ada.request(method.clone(), &path);
            let request = if takes_json { request.json(&json!({})) } else { request };
            let answer = Answer::read(request).await;
            is_problem(&answer, &format!("{method} {path}"));
            tried += 1;
        }
        if method == Method::GET {
            let path = fill(&path, &ada.id, &Uuid::now_v7().to_string());
            for query in [
                "limit=-1",
                "limit=99999999999999999999",
                "cursor=%ff%00",
                "q=%ff",
                "cursor=eyJ9",
                "archived=maybe",
                "=&&=",
                "limit=1&limit=2",
            ] {
                let answer = ada.get(&format!("{path}?{query}")).await;
                assert!(answer.status.as_u16() < 500, "{path}?{query}: {:#}", answer.body);
                tried += 1;
            }
        }
    }
    assert!(tried > 150, "{tried} tried");
    let long = format!("/tasks?q={}", "x".repeat(5_000));
    ada.get(&long).await.expect_fields(422, &["q"]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn error_answers_are_bounded(db: PgPool) {
    let app = TestApp::start(db).await;
    let ada = app.person("Ada").await;
    let webhooks = format!("/projects/{}/webhooks", ada.project("p").await);
    let url = "https://hooks.example.org/todo";
    let sent = async |path: &str, body: Value| {
        let answer = ada.post(path, body).await;
        assert!(answer.body.to_string().len() < 20_000, "{} characters", answer.body.to_string().len());
        answer
    };
    let answer = sent(&webhooks, json!({ "url": url, "events": vec!["x"; 90] })).await;
    assert_eq!(answer.body["errors"].as_array().map(Vec::len), Some(20));
    assert!(answer.body["detail"].as_str().is_some_and(|detail| detail.ends_with("And 70 more.")), "{:#}", answer.body);
    sent(&webhooks, json!({ "url": url, "events": vec!["x"; 10_000] })).await.expect_fields(422, &["events"]);
    sent("/tasks", json!({ "title": "x", "tags": vec![","; 10_000] })).await.expect_fields(422, &["tags"]);
    let choices = vec![json!({ "kind": "task.assigned" }); 10_000];
    ada.patch("/notification-preferences", json!({ "kinds": choices })).await.expect_fields(422, &["kinds"]);
    sent("/tasks", json!({ "title": "x", "status": "x".repeat(100_000) })).await.expect_fields(422, &["status"]);
    let name = "x".repeat(100_000);
    sent("/tasks", json!({ "title": "x", (name): "\u{0}" })).await.expect(422);
    let form = format!("grant_type={}", "%01".repeat(2000));
    let answer = raw(&ada, Method::POST, "/auth/token", "application/x-www-form-urlencoded", form).await;
    assert!(answer.body.to_string().len() < 3000, "{} characters", answer.body.to_string().len());
    let many = format!("/tasks?{}", "status=x&".repeat(1000));
    ada.get(&many).await.expect_fields(422, &["status"]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn each_route_class_has_its_own_body_limit(db: PgPool) {
    let app = TestApp::start(db).await;
    let ada = app.person("Ada").await;
    let project = ada.project("p").await;
    let refused = |answer: Answer, limit: usize| {
        names_a_field(&answer, &format!("{limit} bytes"));
        assert_eq!(answer.status.as_u16(), 413);
        assert_eq!(answer.body["detail"], format!("At most {limit} bytes are read here."));
    };
    let padded = |bytes: usize| format!("{{\"more\": \"{}\"}}", "x".repeat(bytes));
    let tags = format!("/projects/{project}/tags");
    let short = [
        "/auth/register",
        "/auth/login",
        "/auth/password",
        "/auth/password-reset",
        "/auth/password-reset/confirm",
        "/auth/email/confirm",
        "/invitations/accept",
        "/projects",
        &tags,
    ];
    for path in short {
        refused(raw(&ada, Method::POST, path, "application/json", padded(8 * 1024)).await, 8 * 1024);
    }
    let form = format!("grant_type=password&username={}", "x".repeat(8 * 1024));
    refused(raw(&ada, Method::POST, "/auth/token", "application/x-www-form-urlencoded", form).await, 8 * 1024);
    refused(raw(&ada, Method::POST, "/tasks", "application/json", padded(128 * 1024)).await, 128 * 1024);
    let webhooks = format!("/projects/{project}/webhooks");
    refused(raw(&ada, Method::POST, &webhooks, "application/json", padded(1_048_576)).await, 1_048_576);
}
