//! A connection shows what its user may see, from the moment that they may until the moment that they may not.

use std::time::Duration;

use serde_json::{Value, json};
use sqlx::PgPool;
use todo::db::MIGRATOR;

use crate::{
    client::{Socket, project_topic, user_topic},
    support::{Person, TestApp},
};

const A_WHILE: Duration = Duration::from_millis(400);

async fn remove(by: &Person, project: &str, member: &Person) {
    by.delete(format!("/projects/{project}/members/{}", member.id)).await.expect(204);
}

/// Ann's project and Bob, who is a member of it.
async fn shared(app: &TestApp) -> (Person, Person, String, String) {
    let (ann, bob) = (app.person("Ann").await, app.person("Bob").await);
    let project = ann.project("Shared").await;
    ann.add_member(&project, &bob, "editor").await;
    let topic = project_topic(&project);
    (ann, bob, project, topic)
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn foreign_topic_is_unknown(db: PgPool) {
    let app = TestApp::start(db).await;
    let (ann, bob) = (app.person("Ann").await, app.person("Bob").await);
    let project = ann.project("Private").await;
    let mut socket = Socket::of(&app, &bob).await;
    let nowhere = project_topic(&uuid::Uuid::now_v7().to_string());
    for topic in [project_topic(&project), user_topic(&ann), nowhere, "task:1".to_owned(), String::new()] {
        socket.say(json!({ "type": "subscribe", "topics": { topic.as_str(): 0 } })).await;
        let error = socket.message().await;
        assert_eq!((&error["type"], &error["code"]), (&json!("error"), &json!("unknown-topic")));
        assert_eq!(error["topic"], topic);
    }
    ann.task(json!({ "project_id": project })).await;
    socket.expect_silence(A_WHILE).await;
    bob.task(json!({})).await;
    assert_eq!(socket.event().await["kind"], "task.created", "the connection lives on");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn joined_project_is_subscribed(db: PgPool) {
    let app = TestApp::start(db).await;
    let (ann, bob) = (app.person("Ann").await, app.person("Bob").await);
    let project = ann.project("Shared").await;
    ann.task(json!({ "project_id": project, "title": "before" })).await;
    let mut socket = Socket::of(&app, &bob).await;

    ann.add_member(&project, &bob, "viewer").await;
    ann.task(json!({ "project_id": project, "title": "after" })).await;
    let joined = socket.event_of_kind("project.joined").await;
    assert_eq!((&joined["topic"], &joined["data"]["id"]), (&json!(user_topic(&bob)), &json!(project)));
    let event = socket.event_of(&project_topic(&project)).await;
    assert_eq!(event["data"]["title"], "after", "nothing between joining and following is lost");

    // One's own new project, too.
    let own = bob.project("Bob's").await;
    bob.task(json!({ "project_id": own, "title": "mine" })).await;
    assert_eq!(socket.event_of(&project_topic(&own)).await["data"]["title"], "mine");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn subscribing_works_before_the_joined_event(db: PgPool) {
    let app = TestApp::start(db).await;
    let ann = app.person("Ann").await;
    let mut socket = Socket::of(&app, &ann).await;
    for _ in 0..10 {
        let project = ann.project("New").await;
        let topic = project_topic(&project);
        socket.say(json!({ "type": "subscribe", "topics": { topic.as_str(): 0 } })).await;
        ann.task(json!({ "project_id": project })).await;
        let event = socket.event_of(&topic).await;
        assert_eq!((&event["kind"], &event["revision"]), (&json!("task.created"), &json!(1)));
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn events_before_joining_are_not_sent(db: PgPool) {
    let app = TestApp::start(db).await;
    let (ann, bob) = (app.person("Ann").await, app.person("Bob").await);
    let project = ann.project("Shared").await;
    ann.task(json!({ "project_id": project, "title": "secret" })).await;
    ann.add_member(&project, &bob, "viewer").await;
    let topic = project_topic(&project);
    let mut socket = Socket::resume(&app, &bob, json!({ topic.as_str(): 0 })).await;
    assert_eq!(socket.message().await, json!({ "type": "resync", "topic": topic, "revision": 4 }));
    // After the task, and that Bob was invited, and that the invitation has ended.
    let mut socket = Socket::resume(&app, &bob, json!({ topic.as_str(): 3 })).await;
    assert_eq!(socket.event().await["kind"], "member.added");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn removed_member_receives_no_more_events(db: PgPool) {
    let app = TestApp::start(db).await;
    let (ann, bob, project, topic) = shared(&app).await;
    let mut socket = Socket::of(&app, &bob).await;
    let mut anns = Socket::of(&app, &ann).await;

    remove(&ann, &project, &bob).await;
    ann.task(json!({ "project_id": project, "title": "secret" })).await;
    assert_eq!(anns.event_of_kind("task.created").await["data"]["title"], "secret");
    let mut heard = Vec::new();
    while let Ok(message) = tokio::time::timeout(A_WHILE, socket.message()).await {
        heard.push(message);
    }
    let kinds: Vec<_> = heard.iter().map(|message| message["kind"].as_str().unwrap_or_default()).collect();
    assert!(kinds.contains(&"project.left"), "{kinds:?}");
    assert!(!kinds.contains(&"task.created"), "{kinds:?}");

    // Nor by asking.
    socket.say(json!({ "type": "subscribe", "topics": { topic.as_str(): 1 } })).await;
    assert_eq!(socket.message().await["code"], "unknown-topic");
    let mut socket = Socket::resume(&app, &bob, json!({ topic.as_str(): 1 })).await;
    assert_eq!(socket.message().await["code"], "unknown-topic");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn rejoining_member_receives_events_again(db: PgPool) {
    let app = TestApp::start(db).await;
    let (ann, bob, project, topic) = shared(&app).await;
    let mut socket = Socket::of(&app, &bob).await;
    for round in 0..3 {
        remove(&bob, &project, &bob).await;
        ann.task(json!({ "project_id": project, "title": "secret" })).await;
        ann.add_member(&project, &bob, "editor").await;
        let title = format!("welcome back {round}");
        ann.task(json!({ "project_id": project, "title": title })).await;
        loop {
            let event = socket.event_of(&topic).await;
            assert_ne!(event["data"]["title"], "secret");
            if event["data"]["title"] == title.as_str() {
                break;
            }
        }
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn stale_leave_event_does_not_end_a_new_membership(db: PgPool) {
    let app = TestApp::start(db).await;
    let (ann, bob, project, topic) = shared(&app).await;
    let (_, ready) = Socket::of_with_ready(&app, &bob).await;
    let known: Value = ready["topics"].clone();
    remove(&bob, &project, &bob).await;
    ann.add_member(&project, &bob, "editor").await;

    ann.task(json!({ "project_id": project, "title": "before ready" })).await;

    // Replays the user's feed with leaving and joining, over a project that is followed from now.
    let feed = user_topic(&bob);
    let mut socket = Socket::resume(&app, &bob, json!({ feed.as_str(): known[&feed] })).await;
    assert_eq!(socket.event_of_kind("project.left").await["topic"], feed);
    assert_eq!(socket.event_of_kind("project.joined").await["topic"], feed);
    ann.task(json!({ "project_id": project, "title": "now" })).await;
    assert_eq!(socket.event_of(&topic).await["data"]["title"], "now");
    socket.expect_silence(A_WHILE).await;

    // Replays the project alone, from before leaving.
    let mut socket = Socket::resume(&app, &bob, json!({ topic.as_str(): known[&topic] })).await;
    assert_eq!(socket.message().await["type"], "resync");
    ann.task(json!({ "project_id": project, "title": "later" })).await;
    assert_eq!(socket.event_of(&topic).await["data"]["title"], "later");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn trashed_project_is_silent_until_restored(db: PgPool) {
    let app = TestApp::start(db).await;
    let (ann, bob, project, topic) = shared(&app).await;
    let (mut socket, ready) = Socket::of_with_ready(&app, &bob).await;
    ann.delete(format!("/projects/{project}")).await.expect(204);
    socket.event_of_kind("project.left").await;
    ann.post(format!("/projects/{project}/restore"), json!({})).await.expect(200);
    ann.task(json!({ "project_id": project, "title": "again" })).await;
    socket.event_of_kind("project.joined").await;
    assert_eq!(socket.event_of(&topic).await["data"]["title"], "again");

    // Who was away meanwhile hears of the trash, and that it is over.
    let mut socket = Socket::resume(&app, &bob, json!({ topic.as_str(): ready["topics"][&topic] })).await;
    for kind in ["project.deleted", "project.restored", "task.created"] {
        assert_eq!(socket.event().await["kind"], kind);
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn ending_a_session_closes_only_its_sockets(db: PgPool) {
    let app = TestApp::start(db).await;
    let ann = app.person("Ann").await;
    let elsewhere = ann.sign_in_again(crate::support::PASSWORD).await;
    let (mut here, mut there) = (Socket::of(&app, &ann).await, Socket::of(&app, &elsewhere).await);
    ann.post("/auth/sessions/end-others", json!({})).await.expect(200);
    there.expect_closed(4401).await;
    assert_eq!(here.event_of_kind("session.ended").await["topic"], user_topic(&ann));
    here.expect_silence(A_WHILE).await;
    ann.post("/auth/logout", json!({})).await.expect(204);
    here.expect_closed(4401).await;
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn new_token_extends_a_connection(db: PgPool) {
    let app = TestApp::start_with(db, &[("ACCESS_TOKEN_SECONDS", "6")]).await;
    let (ann, bob) = (app.person("Ann").await, app.person("Bob").await);
    let mut renewed = Socket::of(&app, &ann).await;
    let mut stale = Socket::of(&app, &ann).await;
    let mut foreign = Socket::of(&app, &ann).await;
    foreign.say(json!({ "type": "auth", "token": bob.token })).await;
    foreign.expect_closed(4401).await;

    tokio::time::sleep(Duration::from_secs(2)).await;
    let answer = ann.post("/auth/refresh", json!({})).await.expect(200);
    renewed.say(json!({ "type": "auth", "token": answer["access_token"] })).await;
    assert_eq!(renewed.message().await, json!({ "type": "authenticated" }));
    stale.expect_closed(4401).await;
    renewed.say(json!({ "type": "auth", "token": ann.token })).await;
    renewed.expect_closed(4401).await;
}
