use serde_json::{Value, json};
use sqlx::PgPool;
use todo::db::MIGRATOR;

use crate::support::{TestApp, id_of, texts};

#[sqlx::test(migrator = "MIGRATOR")]
async fn affected_people_are_notified(db: PgPool) {
    let app = TestApp::start(db).await;
    let (ada, bob) = (app.person("Ada").await, app.person("Bob").await);
    let project = ada.project("Shared").await;
    ada.add_member(&project, &bob, "editor").await;
    let task = id_of(&ada.task(json!({ "title": "t", "project_id": project, "assignee_id": bob.id })).await);
    let path = format!("/tasks/{task}");
    bob.patch(&path, json!({ "status": "done" })).await.expect(200);
    bob.patch(&path, json!({ "title": "renamed" })).await.expect(200);
    ada.patch(&path, json!({ "status": "todo" })).await.expect(200);

    let bobs = bob.get("/notifications").await.expect(200);
    assert_eq!(texts(&bobs["items"], "kind"), ["task.status_changed", "task.assigned", "project.invited"]);
    let adas = ada.get("/notifications").await.expect(200);
    insta::assert_json_snapshot!(adas["items"], {
        "[].id" => "…", "[].created_at" => "…", "[].actor.id" => "…", "[].task.id" => "…", "[].project.id" => "…"
    }, @r#"
    [
      {
        "actor": {
          "id": "…",
          "name": "Bob"
        },
        "created_at": "…",
        "data": {
          "from": "todo",
          "to": "done"
        },
        "id": "…",
        "kind": "task.status_changed",
        "project": {
          "id": "…",
          "name": "Shared"
        },
        "read_at": null,
        "task": {
          "id": "…",
          "title": "renamed"
        }
      }
    ]
    "#);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn notifications_can_be_marked_read(db: PgPool) {
    let app = TestApp::start(db).await;
    let (ada, bob) = (app.person("Ada").await, app.person("Bob").await);
    for name in ["one", "two", "three"] {
        let project = ada.project(name).await;
        ada.add_member(&project, &bob, "viewer").await;
    }
    let unread = || async { bob.get("/notifications/unread-count").await.expect(200)["unread"].clone() };
    assert_eq!(unread().await, 3);
    let first = bob.get("/notifications?limit=2").await.expect(200);
    let cursor = first["next_cursor"].as_str().expect("a cursor");
    let second = bob.get(&format!("/notifications?limit=2&cursor={cursor}")).await.expect(200);
    assert_eq!(second["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(second["next_cursor"], Value::Null);

    let id = id_of(&first["items"][0]);
    ada.post(&format!("/notifications/{id}/read"), json!({})).await.expect(404);
    bob.post(&format!("/notifications/{id}/read"), json!({})).await.expect(204);
    bob.post(&format!("/notifications/{id}/read"), json!({})).await.expect(204);
    assert_eq!(unread().await, 2);
    assert_eq!(bob.get("/notifications?unread=true").await.expect(200)["items"].as_array().map(Vec::len), Some(2));
    bob.post("/notifications/read-all", json!({})).await.expect(204);
    assert_eq!(unread().await, 0);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn notifications_hide_tasks_from_former_members(db: PgPool) {
    let app = TestApp::start(db).await;
    let (ada, bob) = (app.person("Ada").await, app.person("Bob").await);
    let project = ada.project("Shared").await;
    ada.add_member(&project, &bob, "editor").await;
    let task = id_of(&ada.task(json!({ "title": "old title", "project_id": project, "assignee_id": bob.id })).await);
    ada.delete(&format!("/projects/{project}/members/{}", bob.id)).await.expect(204);
    ada.patch(&format!("/tasks/{task}"), json!({ "title": "secret", "status": "done" })).await.expect(200);
    let items = bob.get("/notifications").await.expect(200)["items"].clone();
    let kinds = ["project.changed", "task.assigned", "project.invited"];
    assert_eq!(texts(&items, "kind"), kinds, "that they were removed, and nothing after that");
    assert!(items.as_array().expect("a list").iter().all(|item| item["task"].is_null() && item["project"].is_null()));
}
