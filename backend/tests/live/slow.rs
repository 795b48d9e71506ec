//! A client that does not read holds up nobody, and costs no more than its topics.

use std::time::{Duration, Instant};

use serde_json::json;
use sqlx::PgPool;
use todo::{
    db::MIGRATOR,
    events::{Change, EventKind, Topic},
};

use crate::{
    client::{Socket, project_topic},
    support::TestApp,
};

const EVENTS: i64 = 250;
const CATCH_UP: &str = "50";

#[sqlx::test(migrator = "MIGRATOR")]
async fn slow_client_gets_resync_without_delaying_others(db: PgPool) {
    let app = TestApp::start_with(db, &[("WS_MAX_CATCH_UP", CATCH_UP)]).await;
    let ann = app.person("Ann").await;
    let project = ann.project("Loud").await;
    let mut slow = Socket::open_with(app.address, &[], Some(4096)).await.expect("a connection");
    slow.say(json!({ "type": "auth", "token": ann.token, "topics": {} })).await;
    assert_eq!(slow.message().await["type"], "ready");
    let mut quick = Socket::of(&app, &ann).await;

    let started = Instant::now();
    let topic = Topic::Project(project.parse().expect("an id"));
    let text = "x".repeat(60_000);
    for revision in 1..=EVENTS {
        let mut change = Change::begin(&app.state.db, None).await.expect("a transaction");
        change.record(topic, EventKind::TaskUpdated, &json!({ "description": text })).await.expect("an event");
        change.commit(&app.state.bus).await.expect("a commit");
        let event = quick.event().await;
        assert_eq!(event["revision"], revision, "the quick one misses nothing: {}", event["type"]);
    }
    assert!(started.elapsed() < Duration::from_secs(14), "the machine is too slow for this test");

    // The slow one reads at last: what had gone out, then to start over, then on.
    let mut last = 0;
    let resumed = loop {
        let message = slow.message().await;
        let revision = message["revision"].as_i64().expect("a revision");
        if message["type"] == "resync" {
            break revision;
        }
        assert_eq!(revision, last + 1, "in order");
        last = revision;
    };
    assert_eq!(resumed, EVENTS);
    assert!(last < EVENTS - 50, "it had {last} before it was told to start over");
    ann.task(json!({ "project_id": project, "title": "on" })).await;
    let event = slow.event_of(&project_topic(&project)).await;
    assert_eq!((&event["revision"], &event["data"]["title"]), (&json!(EVENTS + 1), &json!("on")));
}
