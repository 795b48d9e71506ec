//! Messages to webhooks, at a real receiver.

use std::{
    io::Write,
    process::{Command, Stdio},
    time::Duration,
};

use axum::http::StatusCode;
use serde_json::{Value, json};
use sqlx::PgPool;
use todo::db::MIGRATOR;

use crate::support::{Person, Received, Receiver, TestApp, id_of, texts, until};

/// This machine may be reached, and without TLS.
const HERE: [(&str, &str); 2] = [("WEBHOOK_ALLOWED_NETWORKS", "127.0.0.0/8"), ("WEBHOOK_ALLOW_HTTP", "true")];

struct Hook {
    owner: Person,
    project: String,
    path: String,
    secret: String,
}

impl Hook {
    async fn make(app: &TestApp, url: &str) -> Self {
        let owner = app.person("Ada").await;
        let project = owner.project("Hooked").await;
        let made = owner.post(format!("/projects/{project}/webhooks"), json!({ "url": url })).await.expect(201);
        let secret = made["secret"].as_str().expect("a secret").to_owned();
        Self { path: format!("/projects/{project}/webhooks/{}", id_of(&made)), owner, project, secret }
    }

    async fn task(&self) -> Value {
        self.owner.task(json!({ "project_id": self.project })).await
    }

    async fn webhook(&self) -> Value {
        self.owner.get(&self.path).await.expect(200)
    }

    async fn log(&self) -> Value {
        self.owner.get(format!("{}/deliveries", self.path)).await.expect(200)["items"].clone()
    }

    /// The log, as soon as it is as wanted.
    async fn log_until(&self, what: &str, holds: impl Fn(&Value) -> bool) -> Value {
        for _ in 0..400 {
            let log = self.log().await;
            if holds(&log) {
                return log;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("never {what}: {:#}", self.log().await);
    }

    async fn details(&self, delivery: &Value) -> Value {
        self.owner.get(format!("{}/deliveries/{}", self.path, id_of(delivery))).await.expect(200)
    }
}

fn state_is(state: &'static str) -> impl Fn(&Value) -> bool {
    move |log| log[0]["state"] == state
}

/// Whether the reference library takes the message.
fn verifies(secret: &str, request: &Received) -> bool {
    let names = ["webhook-id", "webhook-timestamp", "webhook-signature"];
    let headers: Value = names.iter().map(|name| ((*name).to_owned(), json!(request.header(name)))).collect();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/webhooks/verify.mjs");
    let mut node = Command::new("node")
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("node; scripts/ensure.sh smtp installs what the tests need");
    let input = json!({ "secret": secret, "headers": headers, "body": request.body });
    node.stdin.take().expect("an input").write_all(input.to_string().as_bytes()).expect("written");
    node.wait().expect("its end").success()
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn reference_library_verifies_messages_during_rotation(db: PgPool) {
    let app = TestApp::start_with(db.clone(), &HERE).await;
    app.spawn_worker();
    let receiver = Receiver::start(async |_, _| "thanks").await;
    let hook = Hook::make(&app, &receiver.url("/hook")).await;
    let task = hook.task().await;
    let got = receiver.at("/hook", 1).await.remove(0);
    assert!(verifies(&hook.secret, &got), "{got:?}");
    assert!(!verifies("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", &got), "another secret");
    assert!(!verifies(&hook.secret, &Received { body: got.body.replace("A task", "B task"), ..got.clone() }));
    assert_eq!(got.header("content-type"), "application/json");
    assert_eq!((&got.json()["type"], &got.json()["data"]["id"]), (&json!("task.created"), &task["id"]));
    let sent = hook.log_until("sent", state_is("sent")).await;
    assert_eq!(got.header("webhook-id"), id_of(&sent[0]));
    let details = hook.details(&sent[0]).await;
    assert_eq!(details["body"], got.body.as_str());
    let tries = &details["tries"][0];
    assert_eq!((&tries["status"], &tries["response_excerpt"]), (&json!(200), &json!("thanks")));
    assert_eq!(hook.webhook().await["last_status"], 200);

    let rotated = hook.owner.post(format!("{}/rotate-secret", hook.path), json!({})).await.expect(200);
    let new = rotated["secret"].as_str().expect("a secret");
    hook.task().await;
    let got = receiver.at("/hook", 2).await.remove(1);
    assert!(verifies(&hook.secret, &got) && verifies(new, &got), "both secrets");
    sqlx::query("UPDATE webhooks SET old_secret_until = now()").execute(&db).await.expect("a day later");
    hook.task().await;
    let got = receiver.at("/hook", 3).await.remove(2);
    assert!(!verifies(&hook.secret, &got) && verifies(new, &got), "the new one alone");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn failed_message_is_retried_with_the_same_id(db: PgPool) {
    let app = TestApp::start_with(db, &HERE).await;
    app.spawn_worker();
    let receiver = Receiver::start(async |_, before| match before {
        0 => (StatusCode::INTERNAL_SERVER_ERROR, "x".repeat(5000)),
        _ => (StatusCode::NO_CONTENT, String::new()),
    })
    .await;
    let hook = Hook::make(&app, &receiver.url("/hook")).await;
    hook.owner.post(format!("{}/test", hook.path), json!({})).await.expect(202);
    let got = receiver.at("/hook", 2).await;
    assert_eq!(got[0].header("webhook-id"), got[1].header("webhook-id"));
    assert_eq!((&got[0].body, &got[0].json()["type"]), (&got[1].body, &json!("webhook.test")));
    let log = hook.log_until("sent", state_is("sent")).await;
    assert_eq!((&log[0]["attempts"], &log[0]["last_status"]), (&json!(2), &json!(204)));
    let tries = hook.details(&log[0]).await["tries"].clone();
    assert_eq!((&tries[0]["status"], &tries[1]["status"]), (&json!(500), &json!(204)));
    assert_eq!(tries[0]["response_excerpt"].as_str().map(str::len), Some(1024));
    assert_eq!(tries[0]["error"], "the receiver answered 500 Internal Server Error");

    hook.owner.post(format!("{}/deliveries/{}/send-again", hook.path, id_of(&log[0])), json!({})).await.expect(202);
    let again = receiver.at("/hook", 3).await.remove(2);
    assert_eq!(again.header("webhook-id"), got[0].header("webhook-id"));
    hook.log_until("sent again", |log| log[0]["attempts"] == 3 && log[0]["state"] == "sent").await;
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn retry_after_is_honoured_and_redirects_are_not_followed(db: PgPool) {
    let app = TestApp::start_with(db.clone(), &HERE).await;
    app.spawn_worker();
    let receiver = Receiver::start(async |request, _| match request.path.as_str() {
        "/busy" => (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "600")]),
        _ => (StatusCode::TEMPORARY_REDIRECT, [("location", "/elsewhere")]),
    })
    .await;
    let hook = Hook::make(&app, &receiver.url("/busy")).await;
    hook.task().await;
    // The attempt is written down before what follows from it.
    let log = hook.log_until("put off", |log| log[0]["last_error"].is_string()).await;
    assert_eq!(log[0]["last_status"], 429);
    let pause: f64 = sqlx::query_scalar("SELECT extract(epoch FROM next_attempt_at - now())::float8 FROM deliveries")
        .fetch_one(&db)
        .await
        .expect("a time");
    assert!((540.0..=600.0).contains(&pause), "{pause} s, {log:#}");

    let hook = Hook::make(&app, &receiver.url("/moved")).await;
    hook.task().await;
    let log = hook.log_until("put off", |log| log[0]["last_error"].is_string()).await;
    assert_eq!(log[0]["last_status"], 307);
    assert!(log[0]["last_error"].as_str().is_some_and(|error| error.contains("redirects are not followed")), "{log:#}");
    assert!(receiver.all().iter().all(|request| request.path != "/elsewhere"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn gone_receiver_is_switched_off(db: PgPool) {
    let app = TestApp::start_with(db.clone(), &HERE).await;
    let receiver = Receiver::start(async |_, _| StatusCode::GONE).await;
    let hook = Hook::make(&app, &receiver.url("/hook")).await;
    hook.task().await;
    app.spawn_worker();
    hook.log_until("parked", state_is("parked")).await;
    let webhook = async || (hook.webhook().await["is_active"].clone(), hook.webhook().await["disabled_reason"].clone());
    for _ in 0..100 {
        if webhook().await.0 == false {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(webhook().await, (json!(false), json!("gone")));
    hook.task().await;
    assert_eq!(hook.log().await.as_array().map(Vec::len), Some(1), "nothing more is queued");
    hook.owner.patch(&hook.path, json!({ "is_active": true })).await.expect(200);
    assert_eq!(webhook().await, (json!(true), json!(null)));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn webhook_is_switched_off_after_days_of_failure(db: PgPool) {
    let app = TestApp::start_with(db.clone(), &HERE).await;
    let receiver = Receiver::start(async |_, _| StatusCode::BAD_GATEWAY).await;
    let hook = Hook::make(&app, &receiver.url("/hook")).await;
    hook.task().await;
    for sql in [
        "UPDATE deliveries SET created_at = now() - interval '4 days'",
        "UPDATE webhooks SET failing_since = now() - interval '4 days'",
    ] {
        sqlx::query(sql).execute(&db).await.expect("days later");
    }
    app.spawn_worker();
    hook.log_until("parked", state_is("parked")).await;
    for _ in 0..100 {
        if hook.webhook().await["disabled_reason"] == "failing" {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("still on: {:#}", hook.webhook().await);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn slow_receiver_does_not_delay_others(db: PgPool) {
    let variables = [&HERE[..], &[("WEBHOOK_CONNECTIONS", "2")]].concat();
    let app = TestApp::start_with(db, &variables).await;
    app.spawn_worker();
    let receiver = Receiver::start(async |request, _| {
        if request.path == "/slow" {
            tokio::time::sleep(Duration::from_secs(3600)).await;
        }
    })
    .await;
    let slow = Hook::make(&app, &receiver.url("/slow")).await;
    for _ in 0..20 {
        slow.task().await;
    }
    receiver.at("/slow", 1).await;
    let quick = Hook::make(&app, &receiver.url("/quick")).await;
    for _ in 0..20 {
        quick.task().await;
    }
    receiver.at("/quick", 20).await;
    let slow = receiver.all().iter().filter(|request| request.path == "/slow").count();
    assert!(slow <= 4, "{slow} at once at the slow one");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn waiting_messages_end_with_their_webhook_or_project(db: PgPool) {
    let app = TestApp::start_with(db.clone(), &HERE).await;
    let receiver = Receiver::start(async |_, _| ()).await;
    let (deleted, trashed) =
        (Hook::make(&app, &receiver.url("/deleted")).await, Hook::make(&app, &receiver.url("/trashed")).await);
    deleted.task().await;
    trashed.task().await;
    deleted.owner.delete(&deleted.path).await.expect(204);
    trashed.owner.delete(format!("/projects/{}", trashed.project)).await.expect(204);
    app.spawn_worker();
    let told = receiver.at("/trashed", 1).await;
    assert_eq!(told[0].json()["type"], "project.deleted");
    // Once the project is back, it would be sent.
    until("what waited for the project in the trash is given up", async || {
        let parked = "SELECT EXISTS (SELECT FROM deliveries WHERE kind = 'task.created' AND state = 'parked')";
        sqlx::query_scalar::<_, bool>(parked).fetch_one(&db).await.expect("an answer")
    })
    .await;
    trashed.owner.post(format!("/projects/{}/restore", trashed.project), json!({})).await.expect(200);
    let log = trashed
        .log_until("settled", |log| log.as_array().is_some_and(|all| all.iter().all(|one| one["state"] != "pending")))
        .await;
    assert_eq!(texts(&log, "event_type"), ["project.restored", "project.deleted", "task.created"]);
    assert_eq!(texts(&log, "state"), ["sent", "sent", "parked"]);
    assert!(receiver.all().iter().all(|request| request.path != "/deleted"));
}
