//! Registering webhooks, and what is queued for them.

use serde_json::{Value, json};
use sqlx::PgPool;
use todo::db::MIGRATOR;
use uuid::Uuid;

use crate::support::{Person, TestApp, id_of, texts};

const URL: &str = "https://hooks.example.org/todo";

async fn register(person: &Person, project: &str, fields: Value) -> Value {
    let mut body = json!({ "url": URL });
    if let (Some(body), Some(fields)) = (body.as_object_mut(), fields.as_object()) {
        body.extend(fields.clone());
    }
    person.post(format!("/projects/{project}/webhooks"), body).await.expect(201)
}

/// The messages to a webhook, newest first.
async fn log(person: &Person, project: &str, webhook: &str) -> Value {
    person.get(format!("/projects/{project}/webhooks/{webhook}/deliveries")).await.expect(200)["items"].clone()
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn secret_is_shown_only_when_created_or_rotated(db: PgPool) {
    let app = TestApp::start(db).await;
    let ada = app.person("Ada").await;
    let project = ada.project("Hooked").await;
    let made = register(&ada, &project, json!({ "events": ["task.created"] })).await;
    let (path, secret) = (format!("/projects/{project}/webhooks/{}", id_of(&made)), made["secret"].as_str());
    assert!(secret.is_some_and(|secret| secret.starts_with("whsec_")), "{made:#}");
    assert_eq!(
        (&made["url"], &made["events"], &made["is_active"]),
        (&json!(URL), &json!(["task.created"]), &json!(true))
    );

    let listed = ada.get(format!("/projects/{project}/webhooks")).await.expect(200);
    let one = ada.get(&path).await.expect(200);
    assert_eq!(listed["items"], json!([one]));
    assert_eq!(one.get("secret"), None);
    let again = json!({ "id": made["id"], "url": URL });
    let again = ada.post(format!("/projects/{project}/webhooks"), again).await.expect(200);
    assert_eq!(again, one, "nothing new was made, and nothing secret is told");

    let rotated = ada.post(format!("{path}/rotate-secret"), json!({})).await.expect(200);
    let new = rotated["secret"].as_str();
    assert!(new.is_some_and(|new| new.starts_with("whsec_")) && new != secret);
    assert_eq!(rotated["version"], 2);
    ada.patch_if_match(&path, json!({ "events": [] }), "\"1\"").await.expect(412);
    assert_eq!(ada.patch_if_match(&path, json!({ "events": [] }), "\"2\"").await.expect(200)["events"], json!([]));
    ada.delete(&path).await.expect(204);
    ada.get(&path).await.expect(404);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn project_is_limited_to_ten_webhooks(db: PgPool) {
    let app = TestApp::start(db).await;
    let ada = app.person("Ada").await;
    let project = ada.project("Hooked").await;
    let path = format!("/projects/{project}/webhooks");
    for _ in 0..9 {
        ada.post(&path, json!({ "url": URL })).await.expect(201);
    }
    let at_once = (0..3).map(|_| ada.post(&path, json!({ "url": URL })));
    let answers = futures_util::future::join_all(at_once).await;
    let refused: Vec<_> = answers.into_iter().filter(|answer| answer.status.as_u16() != 201).collect();
    assert_eq!(refused.len(), 2);
    refused.into_iter().for_each(|answer| answer.expect_fields(422, &["url"]));
    let taken = ada.get(&path).await.expect(200)["items"][0]["id"].clone();
    let elsewhere = ada.project("Other").await;
    let body = json!({ "id": taken, "url": URL });
    ada.post(format!("/projects/{elsewhere}/webhooks"), body).await.expect_fields(409, &["id"]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn urls_and_events_are_validated(db: PgPool) {
    let app = TestApp::start(db).await;
    let ada = app.person("Ada").await;
    let project = ada.project("Hooked").await;
    let path = format!("/projects/{project}/webhooks");
    for url in [
        "",
        "hooks.example.org",
        "ftp://hooks.example.org/",
        "http://hooks.example.org/",
        "https://ada:secret@hooks.example.org/",
        "https://ada@hooks.example.org/",
        "https://hooks.example.org/#part",
        "https://localhost/",
        "https://LocalHost./",
        "https://a.localhost:8443/",
        "https://127.0.0.1/",
    ] {
        ada.post(&path, json!({ "url": url })).await.expect_fields(422, &["url"]);
    }
    ada.post(&path, json!({ "url": format!("https://h.example/{}", "x".repeat(2000)) }))
        .await
        .expect_fields(422, &["url"]);
    for events in [json!(["task.created", "nothing"]), json!(["", "notification.created"])] {
        let answer = ada.post(&path, json!({ "url": URL, "events": events })).await;
        assert_eq!(answer.status.as_u16(), 422, "{:#}", answer.body);
        assert!(answer.body["errors"][0]["field"].as_str().is_some_and(|field| field.starts_with("events[")));
    }
    let webhook = format!("{path}/{}", id_of(&register(&ada, &project, json!({})).await));
    ada.patch(&webhook, json!({ "url": "http://10.0.0.1/" })).await.expect_fields(422, &["url"]);
    ada.patch(&webhook, json!({ "url": null })).await.expect_fields(422, &["url"]);
    ada.patch(&webhook, json!({ "events": ["*"] })).await.expect_fields(422, &["events[0]"]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn each_event_is_queued_once_per_subscribed_webhook(db: PgPool) {
    let app = TestApp::start(db.clone()).await;
    let ada = app.person("Ada").await;
    let (project, other) = (ada.project("Hooked").await, ada.project("Other").await);
    let all = id_of(&register(&ada, &project, json!({})).await);
    let some = id_of(&register(&ada, &project, json!({ "events": ["task.deleted"] })).await);
    let off = id_of(&register(&ada, &project, json!({})).await);
    ada.patch(format!("/projects/{project}/webhooks/{off}"), json!({ "is_active": false })).await.expect(200);

    let task = ada.task(json!({ "project_id": project, "title": "Tell it" })).await;
    ada.task(json!({ "project_id": other })).await;
    ada.delete(format!("/tasks/{}", id_of(&task))).await.expect(204);
    assert_eq!(texts(&log(&ada, &project, &all).await, "event_type"), ["task.deleted", "task.created"]);
    assert_eq!(texts(&log(&ada, &project, &some).await, "event_type"), ["task.deleted"]);
    assert_eq!(log(&ada, &project, &off).await, json!([]));
    let total: i64 = sqlx::query_scalar("SELECT count(*) FROM deliveries").fetch_one(&db).await.expect("a count");
    assert_eq!(total, 3, "nothing else was queued");

    let created = &log(&ada, &project, &all).await[1];
    assert_eq!((&created["state"], &created["attempts"]), (&json!("pending"), &json!(0)));
    let path = format!("/projects/{project}/webhooks/{all}/deliveries/{}", id_of(created));
    let details = ada.get(path).await.expect(200);
    let body: Value = serde_json::from_str(details["body"].as_str().expect("a text")).expect("JSON");
    assert_eq!(body["type"], "task.created");
    assert_eq!(body["timestamp"], task["created_at"]);
    assert_eq!((&body["data"]["title"], &body["data"]["id"]), (&json!("Tell it"), &task["id"]));
    assert_eq!((&body["data"]["project_id"], &body["data"]["actor_id"]), (&json!(project), &json!(ada.id)));
    assert_eq!(body["data"]["revision"], 1);
    assert_eq!(details["tries"], json!([]));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn missing_body_cannot_be_resent(db: PgPool) {
    let app = TestApp::start(db).await;
    let ada = app.person("Ada").await;
    let (project, other) = (ada.project("Hooked").await, ada.project("Other").await);
    let webhook = id_of(&register(&ada, &project, json!({})).await);
    let path = format!("/projects/{project}/webhooks/{webhook}");
    let sent = ada.post(format!("{path}/test"), json!({})).await.expect(202);
    assert_eq!((&sent["event_type"], &sent["state"]), (&json!("webhook.test"), &json!("pending")));
    ada.post(format!("{path}/deliveries/{}/send-again", id_of(&sent)), json!({})).await.expect(202);
    ada.post(format!("{path}/deliveries/{}/send-again", Uuid::now_v7()), json!({})).await.expect(404);
    ada.post(format!("/projects/{other}/webhooks/{webhook}/test"), json!({})).await.expect(404);
    ada.get(format!("/projects/{other}/webhooks/{webhook}/deliveries/{}", id_of(&sent))).await.expect(404);
    ada.patch(&path, json!({ "is_active": false })).await.expect(200);
    ada.post(format!("{path}/test"), json!({})).await.expect_fields(409, &["is_active"]);
}
