//! How many requests of one user are under way at a time.

use std::time::Duration;

use serde_json::json;
use sqlx::PgPool;
use todo::db::MIGRATOR;
use tokio::time::timeout;

use crate::{
    client::Socket,
    support::{Answer, TestApp},
};

#[sqlx::test(migrator = "MIGRATOR")]
async fn concurrent_requests_are_limited_per_user(db: PgPool) {
    let app = TestApp::start_with(db.clone(), &[("REQUESTS_AT_ONCE_PER_USER", "2")]).await;
    let (ann, bob) = (app.person("Ann").await, app.person("Bob").await);
    let _sockets = (Socket::of(&app, &ann).await, Socket::of(&app, &ann).await, Socket::of(&app, &ann).await);

    // Who reads tags waits for as long as this transaction holds their table.
    let mut holding = db.begin().await.expect("a transaction");
    sqlx::query("LOCK TABLE tags IN ACCESS EXCLUSIVE MODE").execute(&mut *holding).await.expect("locked");
    let reads = [(); 2].map(|()| tokio::spawn(Answer::read(ann.request(reqwest::Method::GET, "/tags"))));
    // Until both are under way it is answered.
    crate::support::until("both slots are taken", async || ann.get("/users/me").await.status.as_u16() == 429).await;
    let refused = ann.get("/users/me").await;
    assert!(refused.header("retry-after").parse::<u32>().is_ok_and(|seconds| seconds > 0));
    assert_eq!(refused.expect(429)["type"], "/problems/busy");
    bob.get("/users/me").await.expect(200);

    holding.rollback().await.expect("let go");
    for read in reads {
        read.await.expect("joined").expect(200);
    }
    ann.get("/users/me").await.expect(200);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn slow_requests_leave_connections_for_others(db: PgPool) {
    let app = TestApp::start_with(db.clone(), &[("REQUESTS_RUNNING_PER_USER", "2")]).await;
    let (ann, bob) = (app.person("Ann").await, app.person("Bob").await);
    let project = ann.project("Held").await;
    let mut holding = db.begin().await.expect("a transaction");
    let topic = sqlx::query("SELECT FROM topics WHERE id = $1::uuid FOR NO KEY UPDATE").bind(&project);
    topic.execute(&mut *holding).await.expect("locked");
    // More than there are connections; each waits for the topic with one in hand, once it has its turn.
    let mut writes = Vec::new();
    for _ in 0..20 {
        let request =
            ann.request(reqwest::Method::POST, "/tasks").json(&json!({ "title": "a", "project_id": project }));
        writes.push(tokio::spawn(Answer::read(request)));
    }
    let waiting =
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    crate::support::until("two wait for the lock", async || {
        sqlx::query_scalar::<_, i64>(waiting).fetch_one(&db).await.expect("a count") == 2
    })
    .await;
    for _ in 0..3 {
        bob.task(json!({})).await;
    }
    let read = timeout(Duration::from_secs(1), ann.get("/tasks")).await;
    read.expect("reads do not wait for changes of the same user").expect(200);
    holding.rollback().await.expect("let go");
    for write in writes {
        write.await.expect("joined").expect(201);
    }
}
