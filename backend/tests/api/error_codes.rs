//! What is wrong comes as a code: of a field with its parameters, of anything else by itself.

use reqwest::{Method, header::CONTENT_TYPE};
use serde_json::{Value, json};
use sqlx::PgPool;
use todo::db::MIGRATOR;
use uuid::Uuid;

use crate::support::{Answer, PASSWORD, Person, TestApp, id_of};

type Case = (&'static str, Value, &'static str, &'static str, Value);

fn codes(answer: &Value) -> Vec<(&str, &str, &Value)> {
    let errors = answer["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
    assert!(errors.iter().all(|error| error["message"].as_str().is_some_and(|text| !text.is_empty())), "{answer:#}");
    errors
        .iter()
        .map(|error| {
            (error["field"].as_str().unwrap_or_default(), error["code"].as_str().unwrap_or_default(), &error["params"])
        })
        .collect()
}

async fn check(person: &Person, method: Method, cases: Vec<Case>) {
    for (path, body, field, code, params) in cases {
        let mut request = person.request(method.clone(), path);
        if method != Method::GET {
            request = request.json(&body);
        }
        let answer = Answer::read(request).await;
        assert!([409, 422].contains(&answer.status.as_u16()), "{path} {body}: {}", answer.status);
        assert_eq!(codes(&answer.body), [(field, code, &params)], "{path} {body}: {:#}", answer.body);
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn of_bodies(db: PgPool) {
    let app = TestApp::start(db).await;
    let ada = app.person("Ada").await;
    ada.project("Garden").await;
    let none = json!({});
    let statuses = json!({ "allowed": "todo, in_progress, done, cancelled" });
    let cases: Vec<Case> = vec![
        ("/tasks", json!({}), "title", "required", none.clone()),
        ("/tasks", json!({ "title": 5 }), "title", "wrong_type", none.clone()),
        ("/tasks", json!([]), "body", "wrong_type", none.clone()),
        ("/tasks", json!({ "title": "x".repeat(501) }), "title", "too_long", json!({ "max": 500 })),
        ("/tasks", json!({ "title": " " }), "title", "blank", none.clone()),
        ("/tasks", json!({ "title": "a\u{0}" }), "title", "nul_character", none.clone()),
        (
            "/tasks",
            json!({ "title": "x", "description": "\u{7}" }),
            "description",
            "control_character",
            json!({ "character": "U+0007" }),
        ),
        ("/tasks", json!({ "title": "x", "status": "open" }), "status", "unknown_value", statuses),
        ("/tasks", json!({ "title": "x", "id": "1" }), "id", "invalid_format", none.clone()),
        ("/tasks", json!({ "title": "x", "due_date": "2026-02-30" }), "due_date", "invalid_format", none.clone()),
        (
            "/tasks",
            json!({ "title": "x", "due_date": "0001-01-01" }),
            "due_date",
            "year_out_of_range",
            json!({ "min": 1900, "max": 9999 }),
        ),
        ("/tasks", json!({ "title": "x", "tags": vec!["x"; 21] }), "tags", "too_many", json!({ "max": 20 })),
        ("/tasks", json!({ "title": "x", "tags": ["a,b"] }), "tags[0]", "contains_comma", none.clone()),
        ("/tasks", json!({ "title": "x", "project_id": Uuid::nil() }), "project_id", "not_your_project", none.clone()),
        ("/projects", json!({ "name": "x", "color": "blue" }), "color", "invalid_color", none.clone()),
        ("/auth/password-reset", json!({ "email": "nobody" }), "email", "invalid_email", none.clone()),
        (
            "/auth/password",
            json!({ "current_password": "x", "new_password": "short" }),
            "new_password",
            "too_short",
            json!({ "min": 8 }),
        ),
        (
            "/auth/password",
            json!({ "current_password": PASSWORD, "new_password": "password1" }),
            "new_password",
            "password_too_common",
            none.clone(),
        ),
        (
            "/auth/password",
            json!({ "current_password": "not mine at all", "new_password": "eleven grey herons" }),
            "current_password",
            "wrong_password",
            none.clone(),
        ),
        ("/auth/email/confirm", json!({ "token": "x" }), "token", "link_expired", none.clone()),
        ("/invitations/accept", json!({ "token": "x" }), "token", "invitation_expired", none.clone()),
    ];
    check(&ada, Method::POST, cases).await;
    let cases: Vec<Case> = vec![
        ("/users/me", json!({ "time_zone": "Moon/Sea" }), "time_zone", "invalid_time_zone", none.clone()),
        ("/users/me", json!({ "name": null }), "name", "wrong_type", none.clone()),
        (
            "/notification-preferences",
            json!({ "quiet_hours": { "from": "8", "until": "9" } }),
            "quiet_hours",
            "invalid_time",
            none,
        ),
    ];
    check(&ada, Method::PATCH, cases).await;
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn of_queries(db: PgPool) {
    let app = TestApp::start(db).await;
    let ada = app.person("Ada").await;
    let none = json!({});
    let sorts = "position, created_at, updated_at, completed_at, due, priority, title, status, relevance";
    let cases: Vec<Case> = vec![
        ("/tasks?limit=0", none.clone(), "limit", "too_small", json!({ "min": 1 })),
        ("/tasks?limit=201", none.clone(), "limit", "too_large", json!({ "max": 200 })),
        ("/tasks?limit=many", none.clone(), "limit", "invalid_format", none.clone()),
        ("/tasks?due=soon", none.clone(), "due", "unknown_value", json!({ "allowed": "today, week, overdue, none" })),
        ("/tasks?due_after=soon", none.clone(), "due_after", "invalid_date", none.clone()),
        ("/tasks?assignee_id=x", none.clone(), "assignee_id", "unknown_value", json!({ "allowed": "an id, me, none" })),
        ("/tasks?sort=size", none.clone(), "sort", "invalid_sort", json!({ "allowed": sorts })),
        ("/tasks?sort=relevance", none.clone(), "sort", "relevance_needs_search", none.clone()),
        ("/tasks?cursor=x", none.clone(), "cursor", "invalid_cursor", none.clone()),
        ("/tasks?tag=a,b,c,d,e,f,g,h,i,j,k", none.clone(), "tag", "too_many", json!({ "max": 10 })),
    ];
    check(&ada, Method::GET, cases).await;
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn of_what_is_stored(db: PgPool) {
    let app = TestApp::start(db).await;
    let (ada, bob) = (app.person("Ada").await, app.person("Bob").await);
    let project = ada.project("Garden").await;
    let task = id_of(&ada.task(json!({ "project_id": project })).await);
    let tags = format!("/projects/{project}/tags");
    ada.post(&tags, json!({ "name": "tools" })).await.expect(201);
    let none = json!({});
    for (path, body, field, code, params) in [
        (tags, json!({ "name": "Tools" }), "name", "tag_name_taken", none.clone()),
        (
            format!("/tasks/{task}/reminders"),
            json!({ "remind_at": "2000-01-01T00:00:00Z" }),
            "remind_at",
            "in_the_past",
            none.clone(),
        ),
        (
            format!("/tasks/{task}/reminders"),
            json!({ "relative_to": "due", "before": { "days": 1, "minutes": 0 } }),
            "relative_to",
            "task_lacks_date",
            none.clone(),
        ),
        (
            format!("/projects/{project}/webhooks"),
            json!({ "url": "https://10.0.0.1/" }),
            "url",
            "url_not_public",
            none.clone(),
        ),
        (
            format!("/projects/{project}/webhooks"),
            json!({ "url": "http://hooks.example.org/" }),
            "url",
            "url_not_https",
            none.clone(),
        ),
        (
            format!("/projects/{project}/webhooks"),
            json!({ "url": "https://hooks.example.org/", "events": ["x"] }),
            "events[0]",
            "not_project_event",
            none.clone(),
        ),
        (
            format!("/projects/{project}/invitations"),
            json!({ "email": ada.email, "role": "editor" }),
            "email",
            "already_member",
            none.clone(),
        ),
        (
            format!("/projects/{project}/transfer"),
            json!({ "user_id": Uuid::nil() }),
            "user_id",
            "not_member",
            none.clone(),
        ),
    ] {
        let answer = ada.post(&path, body).await;
        assert!([409, 422].contains(&answer.status.as_u16()), "{path}: {:#}", answer.body);
        assert_eq!(codes(&answer.body), [(field, code, &params)], "{path}: {:#}", answer.body);
    }
    let taken = json!({ "email": bob.email, "password": "eleven grey herons" });
    let answer = app.post("/api/v1/auth/register", taken).await.expect(409);
    assert_eq!(codes(&answer), [("email", "account_exists", &none)]);
    let both = json!({ "due_date": "2026-12-01", "due_at": "2026-12-01T08:00:00Z" });
    let answer = ada.patch(format!("/tasks/{task}"), both).await.expect(422);
    let choices = json!({ "choices": "due_date (a day) or due_at (an instant)" });
    assert_eq!(codes(&answer), [("due_date", "choose_one", &choices), ("due_at", "choose_one", &choices)]);
    let answer = ada.patch(format!("/tasks/{task}"), json!({ "parent_id": task })).await.expect(422);
    assert_eq!(codes(&answer), [("parent_id", "same_task", &none)]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn of_requests_that_cannot_be_read(db: PgPool) {
    let app = TestApp::start(db).await;
    let ada = app.person("Ada").await;
    let send = async |body: Vec<u8>| {
        let request = ada.request(Method::POST, "/tasks").header(CONTENT_TYPE, "application/json");
        Answer::read(request.body(body)).await
    };
    let none = json!({});
    assert_eq!(codes(&send(b"{".to_vec()).await.expect(400)), [("body", "invalid_json", &none)]);
    assert_eq!(codes(&send(vec![0xff]).await.expect(400)), [("body", "invalid_encoding", &none)]);
    let limit = json!({ "max": 131_072 });
    assert_eq!(codes(&send(vec![b' '; 200_000]).await.expect(413)), [("body", "body_too_large", &limit)]);
    assert_eq!(codes(&ada.get("/tasks/x").await.expect(400)), [("id", "invalid_format", &none)]);
    let task = ada.task(none.clone()).await;
    let answer = ada.patch_if_match(&format!("/tasks/{}", id_of(&task)), json!({ "title": "x" }), "a b").await;
    assert_eq!(codes(&answer.expect(400)), [("If-Match", "invalid_version", &none)]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn of_what_no_field_is_to_blame_for(db: PgPool) {
    let app = TestApp::start(db).await;
    let (ada, eve) = (app.person("Ada").await, app.person("Eve").await);
    let viewer = app.person("Vic").await;
    let project = ada.project("Garden").await;
    ada.add_member(&project, &viewer, "viewer").await;
    let inbox = id_of(&ada.get("/projects").await.expect(200)["items"][0]);
    let (path, tags) = (format!("/projects/{project}"), format!("/projects/{project}/tags"));
    let cases = [
        (&viewer, Method::POST, tags.clone(), json!({ "name": "x" }), "project_read_only"),
        (&viewer, Method::PATCH, path.clone(), json!({ "name": "x" }), "owner_only"),
        (&ada, Method::DELETE, format!("{path}/members/{}", ada.id), json!({}), "owner_cannot_leave"),
        (&ada, Method::PATCH, format!("{path}/members/{}", ada.id), json!({ "role": "viewer" }), "owner_keeps_role"),
        (&viewer, Method::DELETE, format!("{path}/members/{}", ada.id), json!({}), "owner_removes_members"),
        (&ada, Method::DELETE, format!("/projects/{inbox}"), json!({}), "inbox_not_deletable"),
        (&eve, Method::GET, "/admin/accounts".to_owned(), json!({}), "administrators_only"),
        (&eve, Method::GET, path, json!({}), "project_not_found"),
        (&ada, Method::PATCH, format!("/tags/{project}"), json!({ "name": "x" }), "tag_not_found"),
        (&ada, Method::GET, "/nowhere".to_owned(), json!({}), "route_not_found"),
    ];
    for (who, method, path, body, code) in cases {
        let mut request = who.request(method.clone(), &path);
        if method != Method::GET {
            request = request.json(&body);
        }
        let answer = Answer::read(request).await;
        assert!([403, 404].contains(&answer.status.as_u16()), "{method} {path}: {}", answer.status);
        assert_eq!(answer.body["code"], code, "{method} {path}: {:#}", answer.body);
    }
    let wrong = json!({ "email": ada.email, "password": "not mine at all" });
    assert_eq!(app.post("/api/v1/auth/login", wrong).await.expect(401)["code"], "wrong_credentials");
    let stranger = app.get("/api/v1/tasks").await.expect(401);
    assert_eq!(stranger["code"], "access_token_missing");
    let invalid = ada.post("/tasks", json!({})).await.expect(422);
    assert!(invalid.get("code").is_none(), "its fields say it: {invalid:#}");
}
