//! What happens reaches everybody whom it concerns, once and in order.

use std::time::Duration;

use serde_json::{Value, json};
use sqlx::PgPool;
use todo::{
    announcements,
    db::MIGRATOR,
    events::{Change, EventKind, Topic},
    id::AnnouncementId,
};

use crate::{
    client::{Socket, project_topic, revisions, user_topic},
    support::{TestApp, id_of},
};

#[sqlx::test(migrator = "MIGRATOR")]
async fn changes_of_a_project_reach_its_members(db: PgPool) {
    let app = TestApp::start(db).await;
    let (ann, bob) = (app.person("Ann").await, app.person("Bob").await);
    let project = ann.project("Shared").await;
    ann.add_member(&project, &bob, "editor").await;
    let mut socket = Socket::of(&app, &ann).await;

    let task = bob.task(json!({ "project_id": project, "title": "写报告", "tags": ["work"] })).await;
    let task_path = format!("/tasks/{}", id_of(&task));
    let changed = bob.patch(&task_path, json!({ "status": "done" })).await.expect(200);
    bob.delete(&task_path).await.expect(204);

    let topic = project_topic(&project);
    let mut events = Vec::new();
    for kind in ["tag.created", "task.created", "task.updated", "task.deleted"] {
        let event = socket.event_of(&topic).await;
        assert_eq!((&event["kind"], &event["actor"]), (&json!(kind), &json!(bob.id)), "{event:#}");
        events.push(event);
    }
    assert_eq!(events[1]["data"], task, "an event carries what the answer to the request did");
    assert_eq!(events[2]["data"], changed);
    assert_eq!(events[3]["data"]["id"], task["id"]);
    let numbers = revisions(&events);
    assert!(numbers.windows(2).all(|pair| pair[1] == pair[0] + 1), "{numbers:?}");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn personal_events_reach_only_their_user(db: PgPool) {
    let app = TestApp::start(db).await;
    let (ann, bob) = (app.person("Ann").await, app.person("Bob").await);
    let project = ann.project("Shared").await;
    ann.add_member(&project, &bob, "editor").await;
    let task = ann.task(json!({ "project_id": project, "assignee_id": bob.id })).await;
    let (mut anns, mut bobs) = (Socket::of(&app, &ann).await, Socket::of(&app, &bob).await);

    ann.patch(format!("/tasks/{}", id_of(&task)), json!({ "status": "in_progress" })).await.expect(200);
    let notification = bobs.event_of(&user_topic(&bob)).await;
    assert_eq!(notification["kind"], "notification.created");
    assert_eq!(notification["data"]["kind"], "task.status_changed");
    bob.post("/notifications/read-all", json!({})).await.expect(204);
    assert_eq!(bobs.event_of(&user_topic(&bob)).await["kind"], "notification.read");

    assert_eq!(anns.event().await["kind"], "task.updated");
    anns.expect_silence(Duration::from_millis(500)).await;
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn concurrent_writes_are_delivered_in_order(db: PgPool) {
    let app = TestApp::start(db).await;
    let ann = app.person("Ann").await;
    let project = ann.project("Busy").await;
    let mut sockets = [Socket::of(&app, &ann).await, Socket::of(&app, &ann).await];

    const WRITERS: usize = 8;
    const TASKS: usize = 10;
    let writers = (0..WRITERS).map(|_| async {
        for _ in 0..TASKS {
            ann.task(json!({ "project_id": project })).await;
        }
    });
    futures_util::future::join_all(writers).await;

    let topic = project_topic(&project);
    for socket in &mut sockets {
        let mut events: Vec<Value> = Vec::new();
        while events.len() < WRITERS * TASKS {
            events.push(socket.event_of(&topic).await);
        }
        assert_eq!(revisions(&events), (1..=80).collect::<Vec<_>>());
        socket.expect_silence(Duration::from_millis(300)).await;
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn unannounced_events_are_found_by_polling(db: PgPool) {
    let app = TestApp::start(db.clone()).await;
    let ann = app.person("Ann").await;
    let project = ann.project("Quiet").await;
    let mut socket = Socket::of(&app, &ann).await;

    // Another process that writes and has no way to tell.
    let elsewhere = TestApp::start(db).await;
    let topic = Topic::Project(project.parse().expect("an id"));
    let mut change = Change::begin(&elsewhere.state.db, None).await.expect("a transaction");
    for number in 1..=300 {
        change.record(topic, EventKind::TaskPurged, &json!({ "id": number })).await.expect("an event");
    }
    change.commit(&elsewhere.state.bus).await.expect("a commit");

    let mut events = Vec::new();
    while events.len() < 300 {
        events.push(socket.event().await);
    }
    assert_eq!(revisions(&events), (1..=300).collect::<Vec<_>>());
    assert_eq!(events[299]["data"], json!({ "id": 300 }));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn announcement_event_matches_the_list(db: PgPool) {
    let app = TestApp::start(db.clone()).await;
    let people = [app.person("Ann").await, app.person("Bob").await];
    let mut sockets = Vec::new();
    for person in &people {
        sockets.push((person, Socket::of(&app, person).await));
    }
    let texts = json!({ "zh-CN": { "title": "系统维护", "text": "周日" } });
    let texts = serde_json::from_value(texts).expect("texts");
    announcements::store::insert(&db, AnnouncementId::new(), &texts, None).await.expect("written");
    while announcements::worker::tell_some(&app.parts()).await.expect("told") {}
    for (person, socket) in &mut sockets {
        let event = socket.event_of(&user_topic(person)).await;
        let listed = person.get("/notifications").await.expect(200)["items"][0].clone();
        assert_eq!((&event["kind"], &event["actor"]), (&json!("notification.created"), &Value::Null), "{event:#}");
        assert_eq!(event["data"], listed);
        assert_eq!(listed["data"]["title"], "系统维护");
    }
}
