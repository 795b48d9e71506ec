//! What somebody holds for long in the database holds up whoever wants the same, and nobody else.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;
use sqlx::{PgPool, Postgres, Transaction, postgres::PgPoolOptions};
use todo::db::MIGRATOR;
use tokio::{task::JoinSet, time::sleep};

use crate::support::{Answer, TestApp};

/// As a long change of the project does.
async fn hold(db: &PgPool, project: &str) -> Transaction<'static, Postgres> {
    let mut holder = db.begin().await.expect("a transaction");
    let lock = "SELECT FROM topics WHERE id = $1::uuid FOR NO KEY UPDATE";
    sqlx::query(lock).bind(project).execute(&mut *holder).await.expect("the lock");
    holder
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn waiting_writes_leave_connections_for_others(db: PgPool) {
    // Fewer than the three have turns.
    let few = PgPoolOptions::new().max_connections(5).acquire_timeout(Duration::from_secs(5));
    let app = TestApp::start(few.connect_with(db.connect_options().as_ref().clone()).await.expect("a pool")).await;
    let (ada, bob, eve) = (app.person("Ada").await, app.person("Bob").await, app.person("Eve").await);
    let other = app.person("Other").await;
    let project = ada.project("Held").await;
    for member in [&bob, &eve] {
        ada.add_member(&project, member, "editor").await;
    }
    let task = ada.task(json!({ "project_id": project })).await;
    let holder = hold(&db, &project).await;
    let mut waiting = JoinSet::new();
    for number in 0..20 {
        let person = [&ada, &bob, &eve][number % 3];
        let request = match number % 2 {
            0 => person.request(Method::POST, "/tasks").json(&json!({ "project_id": project, "title": "New" })),
            _ => {
                let path = format!("/tasks/{}", task["id"].as_str().expect("an id"));
                person.request(Method::PATCH, &path).json(&json!({ "priority": "high" }))
            }
        };
        waiting.spawn(Answer::read(request));
    }
    sleep(Duration::from_millis(300)).await;
    let started = Instant::now();
    other.task(json!({ "title": "Not concerned" })).await;
    let held_up = started.elapsed();
    drop(holder);
    assert!(held_up < Duration::from_secs(1), "{held_up:?}");
    for answer in waiting.join_all().await {
        assert!([200, 201].contains(&answer.status.as_u16()), "{:#}", answer.body);
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn long_waiting_write_gets_retry_after(db: PgPool) {
    let app = TestApp::start(db.clone()).await;
    let ada = app.person("Ada").await;
    let project = ada.project("Held").await;
    let holder = hold(&db, &project).await;
    let refused = ada.post("/tasks", json!({ "project_id": project, "title": "New" })).await;
    assert!(!refused.header("retry-after").is_empty());
    assert_eq!(refused.expect(429)["type"], "/problems/busy");
    drop(holder);
    ada.task(json!({ "project_id": project })).await;
}
