//! Messages to webhooks refer to their events: how little they take, how long their bodies are kept, and how many may wait.

use std::time::Duration;

use axum::http::StatusCode;
use chrono::Utc;
use serde_json::{Value, json};
use sqlx::PgPool;
use todo::{db::MIGRATOR, jobs};

use crate::support::{Person, Receiver, TestApp, id_of, texts, until};

const HERE: [(&str, &str); 2] = [("WEBHOOK_ALLOWED_NETWORKS", "127.0.0.0/8"), ("WEBHOOK_ALLOW_HTTP", "true")];

async fn hook(owner: &Person, project: &str, url: &str) -> String {
    let made = owner.post(format!("/projects/{project}/webhooks"), json!({ "url": url })).await.expect(201);
    format!("/projects/{project}/webhooks/{}", id_of(&made))
}

async fn log(owner: &Person, path: &str) -> Value {
    owner.get(format!("{path}/deliveries")).await.expect(200)["items"].clone()
}

async fn details(owner: &Person, path: &str, delivery: &Value) -> Value {
    owner.get(format!("{path}/deliveries/{}", id_of(delivery))).await.expect(200)
}

async fn run(db: &PgPool, sql: &str) {
    sqlx::query(sqlx::AssertSqlSafe(sql.to_owned())).execute(db).await.expect(sql);
}

async fn count(db: &PgPool, sql: &str) -> i64 {
    sqlx::query_scalar(sqlx::AssertSqlSafe(sql.to_owned())).fetch_one(db).await.expect(sql)
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn queued_messages_are_small_and_sent_complete(db: PgPool) {
    let app = TestApp::start_with(db.clone(), &HERE).await;
    let receiver = Receiver::start(async |_, before| match before {
        0 => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::NO_CONTENT,
    })
    .await;
    let ada = app.person("Ada").await;
    let project = ada.project("Hooked").await;
    // Text that no compression makes small.
    let long: String =
        (0..20_000_u32).map(|n| char::from(b'!' + (n.wrapping_mul(2_654_435_761) >> 25) as u8 % 90)).collect();
    let task = ada.task(json!({ "project_id": project, "description": long })).await;
    let first = hook(&ada, &project, &receiver.url("/0")).await;
    for number in 1..10 {
        hook(&ada, &project, &receiver.url(&format!("/{number}"))).await;
    }
    ada.patch(format!("/tasks/{}", id_of(&task)), json!({ "status": "done" })).await.expect(200);
    let bytes = count(&db, "SELECT sum(pg_column_size(d.*))::bigint FROM deliveries d").await;
    assert!(bytes < 10 * 600, "{bytes} bytes wait for ten webhooks");

    let before = details(&ada, &first, &log(&ada, &first).await[0]).await["body"].clone();
    app.spawn_worker();
    receiver.at("/9", 1).await;
    until("all have it, the one that failed in its second attempt", async || {
        count(&db, "SELECT count(*) FROM deliveries WHERE state = 'sent'").await == 10
    })
    .await;
    let bodies: Vec<String> = receiver.all().into_iter().map(|request| request.body).collect();
    assert_eq!(bodies.len(), 11);
    assert!(bodies.iter().all(|body| *body == before), "every attempt has the same bytes");
    let body: Value = serde_json::from_str(&bodies[0]).expect("JSON");
    assert_eq!((&body["type"], &body["data"]["status"]), (&json!("task.updated"), &json!("done")));
    assert_eq!((&body["data"]["description"], &body["data"]["actor_id"]), (&json!(long), &json!(ada.id)));
    assert_eq!((&body["data"]["project_id"], &body["data"]["revision"]), (&json!(project), &json!(2)));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn event_is_kept_while_a_message_is_unsent(db: PgPool) {
    let app = TestApp::start_with(db.clone(), &HERE).await;
    let receiver = Receiver::start(async |_, _| ()).await;
    let ada = app.person("Ada").await;
    let project = ada.project("Hooked").await;
    let path = hook(&ada, &project, &receiver.url("/hook")).await;
    for title in ["One", "Two", "Three"] {
        ada.task(json!({ "project_id": project, "title": title })).await;
    }
    run(&db, "UPDATE events SET at = now() - interval '40 days'").await;
    // Two of the three wait: one for its turn, one until somebody has it tried again.
    run(&db, "UPDATE deliveries SET state = 'sent', sent_at = now() WHERE event_revision = 1").await;
    run(&db, "UPDATE deliveries SET state = 'parked' WHERE event_revision = 2").await;
    let of_project = format!("SELECT count(*) FROM events WHERE topic_id = '{project}'");
    let clean_up = async || jobs::clean_up_once(&app.state, Utc::now()).await.expect("cleaned up");
    clean_up().await;
    assert_eq!(count(&db, &of_project).await, 2);
    let parked = log(&ada, &path).await[1].clone();
    ada.post(format!("{path}/deliveries/{}/send-again", id_of(&parked)), json!({})).await.expect(202);
    app.spawn_worker();
    let told = receiver.at("/hook", 2).await;
    assert!(told.iter().any(|request| request.json()["data"]["title"] == "Two"), "{told:?}");
    until("both are sent", async || count(&db, "SELECT count(*) FROM deliveries WHERE state = 'sent'").await == 3)
        .await;
    clean_up().await;
    assert_eq!(count(&db, &of_project).await, 0);
    let sent = log(&ada, &path).await;
    assert_eq!(details(&ada, &path, &sent[2]).await["body"], json!(null));
    ada.post(format!("{path}/deliveries/{}/send-again", id_of(&sent[2])), json!({}))
        .await
        .expect_fields(409, &["body"]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn delivered_bodies_are_deleted_after_a_week(db: PgPool) {
    let app = TestApp::start_with(db.clone(), &HERE).await;
    let receiver = Receiver::start(async |_, _| ()).await;
    let ada = app.person("Ada").await;
    let project = ada.project("Hooked").await;
    let path = hook(&ada, &project, &receiver.url("/hook")).await;
    ada.task(json!({ "project_id": project })).await;
    // As a server of the release before queues it.
    sqlx::query(
        "INSERT INTO deliveries (id, event_key, recipient, channel, kind, webhook_id, payload)
         SELECT gen_random_uuid(), 'project:old', id::text, 'webhook', 'task.updated', id, '{\"title\": \"Whole\"}' FROM webhooks",
    )
    .execute(&db)
    .await
    .expect("queued");
    app.spawn_worker();
    let told = receiver.at("/hook", 2).await;
    assert!(told.iter().any(|request| request.json()["data"] == json!({ "title": "Whole" })), "{told:?}");
    until("both are sent", async || count(&db, "SELECT count(*) FROM deliveries WHERE state = 'sent'").await == 2)
        .await;

    let clean_up = async || jobs::clean_up_once(&app.state, Utc::now()).await.expect("cleaned up");
    run(&db, "UPDATE deliveries SET sent_at = now() - interval '6 days'").await;
    clean_up().await;
    let sent = log(&ada, &path).await;
    for one in [&sent[0], &sent[1]] {
        assert!(details(&ada, &path, one).await["body"].is_string(), "{one:#}");
    }
    run(&db, "UPDATE deliveries SET sent_at = now() - interval '8 days'").await;
    clean_up().await;
    assert_eq!(count(&db, "SELECT count(*) FROM deliveries WHERE payload ? 'title'").await, 0);
    for one in [&sent[0], &sent[1]] {
        assert_eq!(details(&ada, &path, one).await["body"], json!(null));
        let again = format!("{path}/deliveries/{}/send-again", id_of(one));
        ada.post(again, json!({})).await.expect_fields(409, &["body"]);
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn overloaded_webhook_is_switched_off_but_drained(db: PgPool) {
    let variables = [&HERE[..], &[("WEBHOOK_MAX_WAITING", "5")]].concat();
    let app = TestApp::start_with(db.clone(), &variables).await;
    let receiver = Receiver::start(async |_, _| ()).await;
    let ada = app.person("Ada").await;
    let (project, other) = (ada.project("Hooked").await, ada.project("Other").await);
    let path = hook(&ada, &project, &receiver.url("/hook")).await;
    let beside = hook(&ada, &project, &receiver.url("/beside")).await;
    ada.patch(&beside, json!({ "events": ["task.deleted"] })).await.expect(200);
    for _ in 0..8 {
        ada.task(json!({ "project_id": project })).await;
        ada.task(json!({ "project_id": other })).await;
    }
    let webhook = ada.get(&path).await.expect(200);
    assert_eq!((&webhook["is_active"], &webhook["disabled_reason"]), (&json!(false), &json!("overloaded")));
    assert_eq!(ada.get(&beside).await.expect(200)["is_active"], true);
    assert_eq!(log(&ada, &path).await.as_array().map(Vec::len), Some(5));

    app.spawn_worker();
    receiver.at("/hook", 5).await;
    until("what waited is sent", async || texts(&log(&ada, &path).await, "state").iter().all(|state| state == "sent"))
        .await;
    let webhook = ada.patch(&path, json!({ "is_active": true })).await.expect(200);
    assert_eq!(webhook["disabled_reason"], json!(null));
    ada.task(json!({ "project_id": project })).await;
    receiver.at("/hook", 6).await;
}

/// What it is told of may never be in the revisions in which what waits is counted.
#[sqlx::test(migrator = "MIGRATOR")]
async fn limit_counts_only_subscribed_events(db: PgPool) {
    let variables = [&HERE[..], &[("WEBHOOK_MAX_WAITING", "128")]].concat();
    let app = TestApp::start_with(db.clone(), &variables).await;
    let ada = app.person("Ada").await;
    let project = ada.project("Hooked").await;
    let url = "http://127.0.0.1:9/hook";
    let made = json!({ "url": url, "events": ["task.created"] });
    let path = format!("/projects/{project}/webhooks");
    let path = format!("{path}/{}", id_of(&ada.post(&path, made).await.expect(201)));
    for _ in 0..140 {
        let task = ada.task(json!({ "project_id": project })).await;
        ada.patch(format!("/tasks/{}", id_of(&task)), json!({ "status": "done" })).await.expect(200);
    }
    assert_eq!(ada.get(&path).await.expect(200)["disabled_reason"], "overloaded");
    assert_eq!(count(&db, "SELECT count(*) FROM deliveries").await, 128);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn owner_switching_off_parks_waiting_messages(db: PgPool) {
    let variables = [&HERE[..], &[("WEBHOOK_MAX_WAITING", "1")]].concat();
    let app = TestApp::start_with(db.clone(), &variables).await;
    let receiver = Receiver::start(async |_, _| ()).await;
    let ada = app.person("Ada").await;
    let project = ada.project("Hooked").await;
    let path = hook(&ada, &project, &receiver.url("/hook")).await;
    ada.task(json!({ "project_id": project })).await;
    let off = ada.patch(&path, json!({ "is_active": false })).await.expect(200);
    assert_eq!((&off["is_active"], &off["disabled_reason"]), (&json!(false), &json!(null)));
    app.spawn_worker();
    until("it is parked", async || log(&ada, &path).await[0]["state"] == "parked").await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(receiver.all().is_empty());
}
