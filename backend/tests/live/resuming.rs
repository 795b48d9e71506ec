//! A client that was away gets what it missed, or is told to start over.

use std::time::Duration;

use serde_json::{Value, json};
use sqlx::PgPool;
use todo::db::MIGRATOR;

use crate::{
    client::{Socket, project_topic, revisions},
    support::{Person, TestApp},
};

/// A person with a project in which so many tasks were made.
async fn busy(app: &TestApp, tasks: usize) -> (Person, String, String) {
    let ann = app.person("Ann").await;
    let project = ann.project("Busy").await;
    make_tasks(&ann, &project, tasks).await;
    let topic = project_topic(&project);
    (ann, project, topic)
}

async fn make_tasks(person: &Person, project: &str, count: usize) {
    for _ in 0..count {
        person.task(json!({ "project_id": project })).await;
    }
}

async fn take(socket: &mut Socket, count: usize) -> Vec<i64> {
    let mut events = Vec::new();
    for _ in 0..count {
        events.push(socket.event().await);
    }
    revisions(&events)
}

fn resync(topic: &str, revision: i64) -> Value {
    json!({ "type": "resync", "topic": topic, "revision": revision })
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn missed_events_are_delivered_once_after_reconnecting(db: PgPool) {
    let app = TestApp::start(db).await;
    let (ann, project, topic) = busy(&app, 2).await;
    let mut socket = Socket::of(&app, &ann).await;
    make_tasks(&ann, &project, 1).await;
    assert_eq!(take(&mut socket, 1).await, [3]);
    drop(socket);

    make_tasks(&ann, &project, 4).await;
    let mut socket = Socket::resume(&app, &ann, json!({ topic.as_str(): 3 })).await;
    make_tasks(&ann, &project, 2).await;
    assert_eq!(take(&mut socket, 6).await, [4, 5, 6, 7, 8, 9]);
    socket.expect_silence(Duration::from_millis(300)).await;
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn subscribing_after_ready_starts_at_the_given_revision(db: PgPool) {
    let app = TestApp::start(db).await;
    let (ann, project, topic) = busy(&app, 5).await;
    for _ in 0..5 {
        let (mut socket, ready) = Socket::of_with_ready(&app, &ann).await;
        let revision = ready["topics"][&topic].as_i64().expect("a revision");
        // Happens between `ready` and `subscribe`.
        make_tasks(&ann, &project, 1).await;
        socket.say(json!({ "type": "subscribe", "topics": { topic.as_str(): revision - 3 } })).await;
        let expected: Vec<_> = (revision - 2..=revision + 1).collect();
        assert_eq!(take(&mut socket, 4).await, expected);
        socket.expect_silence(Duration::from_millis(300)).await;
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn client_without_subscribe_receives_events(db: PgPool) {
    let app = TestApp::start(db).await;
    let (ann, project, _) = busy(&app, 1).await;
    let mut socket = Socket::of(&app, &ann).await;
    make_tasks(&ann, &project, 1).await;
    assert_eq!(take(&mut socket, 1).await, [2]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn late_subscribe_neither_repeats_nor_reorders(db: PgPool) {
    let app = TestApp::start(db).await;
    let (ann, project, topic) = busy(&app, 5).await;
    let mut socket = Socket::of(&app, &ann).await;
    make_tasks(&ann, &project, 2).await;
    assert_eq!(take(&mut socket, 2).await, [6, 7]);

    // 6 and 7 were sent on this connection.
    socket.say(json!({ "type": "subscribe", "topics": { topic.as_str(): 5 } })).await;
    socket.say(json!({ "type": "subscribe", "topics": { topic.as_str(): 6 } })).await;
    socket.expect_silence(Duration::from_millis(300)).await;
    // 4 and 5 can no longer come before them.
    socket.say(json!({ "type": "subscribe", "topics": { topic.as_str(): 3 } })).await;
    assert_eq!(socket.message().await, resync(&topic, 7));
    make_tasks(&ann, &project, 1).await;
    assert_eq!(take(&mut socket, 1).await, [8]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn client_away_too_long_gets_resync(db: PgPool) {
    let app = TestApp::start_with(db, &[("WS_MAX_CATCH_UP", "5")]).await;
    let (ann, project, topic) = busy(&app, 9).await;
    let mut socket = Socket::resume(&app, &ann, json!({ topic.as_str(): 4 })).await;
    assert_eq!(take(&mut socket, 5).await, [5, 6, 7, 8, 9], "just so many");
    let mut socket = Socket::resume(&app, &ann, json!({ topic.as_str(): 3 })).await;
    assert_eq!(socket.message().await, resync(&topic, 9));
    make_tasks(&ann, &project, 1).await;
    assert_eq!(take(&mut socket, 1).await, [10]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn pruned_events_get_resync(db: PgPool) {
    let app = TestApp::start(db).await;
    let (ann, project, topic) = busy(&app, 6).await;
    sqlx::query("DELETE FROM events WHERE revision <= 3 AND kind = 'task.created'")
        .execute(&app.state.db)
        .await
        .expect("pruned");
    let mut socket = Socket::resume(&app, &ann, json!({ topic.as_str(): 2 })).await;
    assert_eq!(socket.message().await, resync(&topic, 6));
    make_tasks(&ann, &project, 1).await;
    assert_eq!(take(&mut socket, 1).await, [7]);
    let mut socket = Socket::resume(&app, &ann, json!({ topic.as_str(): 3 })).await;
    assert_eq!(take(&mut socket, 4).await, [4, 5, 6, 7]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn unknown_revision_gets_resync(db: PgPool) {
    let app = TestApp::start(db).await;
    let (ann, project, topic) = busy(&app, 2).await;
    let mut socket = Socket::resume(&app, &ann, json!({ topic.as_str(): 1000 })).await;
    assert_eq!(socket.message().await, resync(&topic, 2));
    make_tasks(&ann, &project, 1).await;
    assert_eq!(take(&mut socket, 1).await, [3]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn restored_database_gets_resync(db: PgPool) {
    let app = TestApp::start(db).await;
    let (ann, project, topic) = busy(&app, 6).await;
    let mut socket = Socket::of(&app, &ann).await;
    let id: uuid::Uuid = project.parse().expect("an id");
    sqlx::query("UPDATE topics SET revision = 4 WHERE id = $1")
        .bind(id)
        .execute(&app.state.db)
        .await
        .expect("set back");
    sqlx::query("DELETE FROM events WHERE topic_id = $1 AND revision > 4")
        .bind(id)
        .execute(&app.state.db)
        .await
        .expect("lost");
    assert_eq!(socket.message().await, resync(&topic, 4));
    make_tasks(&ann, &project, 1).await;
    assert_eq!(take(&mut socket, 1).await, [5]);
}
