//! Several replicas on one database tell each other through Redis, and manage without it.

use std::time::{Duration, Instant};

use serde_json::json;
use sqlx::PgPool;
use todo::db::MIGRATOR;

use crate::{
    client::{Socket, project_topic},
    processes::{Redis, free_port},
    support::{Person, TestApp},
};

/// Sooner than the poll that would find an event nobody has told.
const AT_ONCE: Duration = Duration::from_secs(2);

/// The same person, asking another replica.
fn at(person: &Person, app: &TestApp) -> Person {
    Person {
        client: person.client.clone(),
        base: app.url("/api/v1"),
        token: person.token.clone(),
        id: person.id.clone(),
        email: person.email.clone(),
        state: app.state.clone(),
    }
}

async fn hears_at_once(socket: &mut Socket, writer: &Person, project: &str) -> bool {
    let started = Instant::now();
    writer.task(json!({ "project_id": project })).await;
    socket.event_of(&project_topic(project)).await;
    started.elapsed() < AT_ONCE
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn replicas_share_events(db: PgPool) {
    let redis = Redis::start(free_port()).await;
    let variables = [("REDIS_URL", redis.url.as_str())];
    let (one, two) = (TestApp::start_with(db.clone(), &variables).await, TestApp::start_with(db, &variables).await);
    let ann = one.person("Ann").await;
    let project = ann.project("Shared").await;
    let mut socket = Socket::of(&two, &ann).await;
    // The subscription may have begun a moment ago; what was told before is found by asking the database.
    hears_at_once(&mut socket, &ann, &project).await;
    for _ in 0..3 {
        assert!(hears_at_once(&mut socket, &ann, &project).await);
    }
    ann.post("/auth/logout", json!({})).await.expect(204);
    let started = Instant::now();
    socket.expect_closed(4401).await;
    assert!(started.elapsed() < AT_ONCE);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn redis_restart_delays_events_and_loses_none(db: PgPool) {
    let mut redis = Redis::start(free_port()).await;
    let url = redis.url.clone();
    let variables = [("REDIS_URL", url.as_str())];
    let (one, two) = (TestApp::start_with(db.clone(), &variables).await, TestApp::start_with(db, &variables).await);
    let ann = one.person("Ann").await;
    let project = ann.project("Shared").await;
    let mut socket = Socket::of(&two, &ann).await;
    hears_at_once(&mut socket, &ann, &project).await;

    redis.kill();
    let slowest = Instant::now();
    for _ in 0..3 {
        hears_at_once(&mut socket, &ann, &project).await;
    }
    assert!(slowest.elapsed() < Duration::from_secs(12), "three polls took {:?}", slowest.elapsed());

    redis.restart().await;
    let deadline = Instant::now() + Duration::from_secs(15);
    let there = at(&ann, &two);
    let mut other = Socket::of(&one, &ann).await;
    while !(hears_quickly(&mut socket, &ann, &project).await && hears_quickly(&mut other, &there, &project).await) {
        assert!(Instant::now() < deadline, "replicas do not tell each other any more");
    }
}

/// Well below the shortest interval of polling.
async fn hears_quickly(socket: &mut Socket, writer: &Person, project: &str) -> bool {
    let task = writer.task(json!({ "project_id": project })).await;
    let written = Instant::now();
    while socket.event_of(&project_topic(project)).await["data"]["id"] != task["id"] {}
    written.elapsed() < Duration::from_millis(100)
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn replicas_share_the_daily_write_quota(db: PgPool) {
    let redis = Redis::start(free_port()).await;
    let variables = [("REDIS_URL", redis.url.as_str()), ("QUOTA_MEGABYTES_PER_DAY", "1")];
    let (one, two) = (TestApp::start_with(db.clone(), &variables).await, TestApp::start_with(db, &variables).await);
    let ann = one.person("Ann").await;
    let written_before_refused = async |person: &Person| {
        for count in 0..30 {
            let answer = person.post("/tasks", json!({ "title": "Long", "description": "文".repeat(20_000) })).await;
            if answer.status.as_u16() != 201 {
                assert_eq!(answer.expect(409)["quota"]["name"], "megabytes_per_day");
                return count;
            }
        }
        panic!("never refused")
    };
    assert_eq!(written_before_refused(&ann).await, 16, "of 60 KB each, with 2 KB for what each change costs besides");
    // The other replica tells Redis, and hears of the rest, with every 256 KB.
    let further = written_before_refused(&at(&ann, &two)).await;
    assert!(further <= 5, "{further} more");
}
