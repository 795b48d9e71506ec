//! A page reads its lists as soon as it is signed in, and connects meanwhile: what happens in between is told once.

use std::time::Duration;

use serde_json::{Value, json};
use sqlx::PgPool;
use todo::db::MIGRATOR;

use crate::{
    client::{Socket, project_topic, user_topic},
    support::{PASSWORD, Person, TestApp},
};

async fn sign_in(app: &TestApp, person: &Person) -> Value {
    app.post("/api/v1/auth/login", json!({ "email": person.email, "password": PASSWORD })).await.expect(200)
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn events_between_session_and_ready_arrive_once(db: PgPool) {
    let app = TestApp::start(db).await;
    let (ann, bob) = (app.person("Ann").await, app.person("Bob").await);
    let project = ann.project("Shared").await;
    ann.add_member(&project, &bob, "editor").await;
    ann.task(json!({ "project_id": project })).await;

    let session = sign_in(&app, &bob).await;
    let topics = session["topics"].clone();
    let told = |topic: &str| topics[topic].as_i64().expect("a revision");
    assert_eq!(topics.as_object().map(serde_json::Map::len), Some(3), "the feed, the Inbox, the project: {topics:#}");

    // One before the page reads its list, and one after: it cannot know which is in its answer.
    let task = ann.task(json!({ "project_id": project, "assignee_id": bob.id })).await;
    let list = bob.get(&format!("/tasks?project_id={project}")).await.expect(200);
    assert_eq!(list["items"].as_array().map(Vec::len), Some(2));
    let late = ann.task(json!({ "project_id": project })).await;

    let mut socket = Socket::resume(&app, &bob, topics.clone()).await;
    let mut events = Vec::new();
    for _ in 0..3 {
        events.push(socket.event().await);
    }
    socket.expect_silence(Duration::from_millis(300)).await;
    let of = |topic: &str| events.iter().filter(|event| event["topic"] == topic).collect::<Vec<_>>();
    let in_project = of(&project_topic(&project));
    let ids: Vec<_> = in_project.iter().map(|event| event["data"]["id"].clone()).collect();
    assert_eq!(ids, [task["id"].clone(), late["id"].clone()]);
    assert_eq!(in_project[0]["revision"], told(&project_topic(&project)) + 1);
    assert_eq!(of(&user_topic(&bob))[0]["revision"], told(&user_topic(&bob)) + 1);

    // Nothing has happened since the next one: nothing is told again.
    let session = sign_in(&app, &bob).await;
    drop(socket);
    let mut socket = Socket::resume(&app, &bob, session["topics"].clone()).await;
    socket.expect_silence(Duration::from_millis(300)).await;
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn unread_count_names_its_revision(db: PgPool) {
    let app = TestApp::start(db).await;
    let (ann, bob) = (app.person("Ann").await, app.person("Bob").await);
    let project = ann.project("Shared").await;
    ann.add_member(&project, &bob, "editor").await;
    let session = sign_in(&app, &bob).await;
    let topic = user_topic(&bob);
    assert_eq!(session["unread_notifications"], 1, "the invitation");
    let count = || async { bob.get("/notifications/unread-count").await.expect(200) };
    assert_eq!(count().await, json!({ "unread": 1, "revision": session["topics"][&topic] }));

    let mut socket = Socket::resume(&app, &bob, session["topics"].clone()).await;
    ann.task(json!({ "project_id": project, "assignee_id": bob.id })).await;
    let event = socket.event_of(&topic).await;
    assert_eq!(event["kind"], "notification.created");
    assert_eq!(count().await, json!({ "unread": 2, "revision": event["revision"] }));
}
