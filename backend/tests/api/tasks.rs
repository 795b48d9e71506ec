use reqwest::Method;
use serde_json::{Value, json};
use sqlx::PgPool;
use todo::db::MIGRATOR;
use uuid::Uuid;

use crate::support::{Answer, TestApp, id_of};

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_task_needs_only_a_title(db: PgPool) {
    let app = TestApp::start(db).await;
    let ada = app.person("Ada").await;
    let task = ada.post("/tasks", json!({ "title": "  Buy milk " })).await.expect(201);
    let inbox = ada.get("/projects").await.expect(200)["items"][0]["id"].clone();
    assert_eq!(task["project_id"], inbox);
    insta::assert_json_snapshot!(task, {
        ".id" => "…", ".project_id" => "…", ".created_by" => "…", ".created_at" => "…", ".updated_at" => "…"
    }, @r#"
    {
      "assignee_id": null,
      "completed_at": null,
      "created_at": "…",
      "created_by": "…",
      "deleted_at": null,
      "description": "",
      "due_at": null,
      "due_date": null,
      "id": "…",
      "parent_id": null,
      "position": "80000000",
      "priority": "none",
      "project_id": "…",
      "start_at": null,
      "start_date": null,
      "status": "todo",
      "subtasks": {
        "done": 0,
        "total": 0
      },
      "tags": [],
      "title": "Buy milk",
      "updated_at": "…",
      "version": 1
    }
    "#);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn patch_changes_given_fields_and_null_clears(db: PgPool) {
    let app = TestApp::start(db).await;
    let ada = app.person("Ada").await;
    let task = ada
        .task(json!({ "description": "d", "priority": "high", "due_date": "2026-12-01", "assignee_id": ada.id }))
        .await;
    let path = format!("/tasks/{}", id_of(&task));
    let done = ada.patch(&path, json!({ "status": "done" })).await.expect(200);
    assert_eq!(
        (&done["status"], &done["description"], &done["due_date"]),
        (&json!("done"), &json!("d"), &json!("2026-12-01"))
    );
    assert!(done["completed_at"].is_string());
    let reopened = ada.patch(&path, json!({ "status": "in_progress", "assignee_id": null })).await.expect(200);
    assert_eq!((&reopened["completed_at"], &reopened["assignee_id"]), (&Value::Null, &Value::Null));
    assert_eq!(reopened["version"], 3);
    let same = ada.patch(&path, json!({ "status": "in_progress" })).await.expect(200);
    assert_eq!(same["version"], 3, "what changes nothing is no new version");
    ada.patch(&path, json!({ "title": null })).await.expect_fields(422, &["title"]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn change_answer_equals_a_later_read(db: PgPool) {
    let app = TestApp::start(db.clone()).await;
    let ada = app.person("Ada").await;
    let (home, work) = (ada.project("Home").await, ada.project("Work").await);
    let task = ada.task(json!({ "project_id": home, "tags": ["one"], "due_date": "2026-12-01" })).await;
    let parent = ada.task(json!({ "project_id": home })).await;
    let path = format!("/tasks/{}", id_of(&task));
    for patch in [
        // PostgreSQL keeps microseconds.
        json!({ "title": " New ", "description": "d", "start_at": "2026-12-01T08:00:00.123456789Z", "assignee_id": ada.id }),
        json!({ "status": "done", "priority": "urgent", "due_at": "2026-12-02T08:00:00.1234565Z" }),
        json!({ "status": "todo", "due_at": null, "start_date": "2026-12-03" }),
        json!({ "tags": ["two", "three"] }),
        json!({ "parent_id": id_of(&parent) }),
        json!({ "project_id": work, "after": null }),
    ] {
        let answer = ada.patch(&path, patch.clone()).await.expect(200);
        assert_eq!(answer, ada.get(&path).await.expect(200), "{patch}");
        let event: Value = sqlx::query_scalar(
            "SELECT data FROM events WHERE data ->> 'title' = 'New' ORDER BY at DESC, revision DESC LIMIT 1",
        )
        .fetch_one(&db)
        .await
        .expect("an event");
        assert_eq!(answer, event, "{patch}");
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn due_day_and_instant_are_exclusive(db: PgPool) {
    let app = TestApp::start(db).await;
    let ada = app.person("Ada").await;
    let both = json!({ "title": "x", "due_date": "2026-12-01", "due_at": "2026-12-01T08:00:00Z" });
    ada.post("/tasks", both).await.expect_fields(422, &["due_date", "due_at"]);
    let task = ada.task(json!({ "due_date": "2026-12-01", "start_date": "2026-11-30" })).await;
    let path = format!("/tasks/{}", id_of(&task));
    let changed = ada.patch(&path, json!({ "due_at": "2026-12-01T10:00:00+02:00" })).await.expect(200);
    assert_eq!((&changed["due_date"], &changed["due_at"]), (&Value::Null, &json!("2026-12-01T08:00:00Z")));
    assert_eq!(changed["start_date"], "2026-11-30");
    ada.patch(&path, json!({ "due_date": "12026-12-01" })).await.expect_fields(422, &["due_date"]);
    let cleared = ada.patch(&path, json!({ "due_at": null })).await.expect(200);
    assert_eq!((&cleared["due_date"], &cleared["due_at"]), (&Value::Null, &Value::Null));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn stale_version_is_refused_with_current_state(db: PgPool) {
    let app = TestApp::start(db).await;
    let ada = app.person("Ada").await;
    let path = format!("/tasks/{}", id_of(&ada.task(json!({})).await));
    let tag = ada.get(&path).await.header("etag").to_owned();
    ada.patch_if_match(&path, json!({ "title": "one" }), &tag).await.expect(200);
    let conflict = ada.patch_if_match(&path, json!({ "title": "two" }), &tag).await.expect(412);
    assert_eq!((&conflict["current"]["title"], &conflict["current"]["version"]), (&json!("one"), &json!(2)));
    ada.patch_if_match(&path, json!({ "title": "three" }), "\"2\"").await.expect(200);
    let delete = ada.request(Method::DELETE, &path).header("if-match", "\"1\"");
    Answer::read(delete).await.expect(412);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn repeated_id_creates_no_second_task(db: PgPool) {
    let app = TestApp::start(db).await;
    let (ada, eve) = (app.person("Ada").await, app.person("Eve").await);
    let body = json!({ "id": Uuid::now_v7(), "title": "once" });
    let (one, two) = tokio::join!(ada.post("/tasks", body.clone()), ada.post("/tasks", body.clone()));
    let mut statuses = [one.status.as_u16(), two.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 201]);
    assert_eq!(ada.titles("").await, ["once"]);
    eve.post("/tasks", body).await.expect_fields(409, &["id"]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn concurrent_reads_get_their_own_answers(db: PgPool) {
    let app = TestApp::start(db).await;
    let (ada, eve) = (app.person("Ada").await, app.person("Eve").await);
    let mut asked = Vec::new();
    for place in 0..10 {
        let title = format!("task {place}");
        asked
            .push((title.clone(), id_of(&ada.task(json!({ "title": title, "tags": [format!("tag {place}")] })).await)));
    }
    let reads = asked.iter().cycle().take(100).map(async |(title, id)| {
        let path = format!("/tasks/{id}");
        let nowhere = format!("/tasks/{}", Uuid::now_v7());
        let (mine, foreign, nothing) = tokio::join!(ada.get(&path), eve.get(&path), ada.get(&nowhere));
        assert_eq!(mine.expect(200)["title"], *title);
        foreign.expect(404);
        nothing.expect(404);
    });
    futures_util::future::join_all(reads).await;
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn subtasks_are_counted_and_one_level_deep(db: PgPool) {
    let app = TestApp::start(db).await;
    let ada = app.person("Ada").await;
    let parent = id_of(&ada.task(json!({ "title": "parent" })).await);
    let first = id_of(&ada.task(json!({ "title": "first", "parent_id": parent })).await);
    ada.task(json!({ "title": "second", "parent_id": parent, "status": "done" })).await;
    let path = format!("/tasks/{parent}");
    assert_eq!(ada.get(&path).await.expect(200)["subtasks"], json!({ "total": 2, "done": 1 }));
    assert_eq!(ada.titles(&format!("parent_id={parent}&sort=position")).await, ["first", "second"]);
    assert_eq!(ada.titles("parent_id=none").await, ["parent"]);

    ada.post("/tasks", json!({ "title": "x", "parent_id": first })).await.expect_fields(422, &["parent_id"]);
    ada.patch(&path, json!({ "parent_id": first })).await.expect_fields(422, &["parent_id"]);
    ada.patch(&path, json!({ "parent_id": parent })).await.expect_fields(422, &["parent_id"]);
    let other = id_of(&ada.task(json!({ "project_id": ada.project("Other").await })).await);
    ada.patch(&format!("/tasks/{first}"), json!({ "parent_id": other })).await.expect_fields(422, &["parent_id"]);
    ada.patch(&format!("/tasks/{first}"), json!({ "parent_id": null })).await.expect(200);
    assert_eq!(ada.get(&path).await.expect(200)["subtasks"], json!({ "total": 1, "done": 1 }));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn moving_a_task_keeps_subtasks_and_tags(db: PgPool) {
    let app = TestApp::start(db).await;
    let (ada, bob) = (app.person("Ada").await, app.person("Bob").await);
    let (from, to) = (ada.project("from").await, ada.project("to").await);
    ada.add_member(&from, &bob, "editor").await;
    let task = json!({ "title": "parent", "project_id": from, "tags": ["a", "b"], "assignee_id": bob.id });
    let parent = id_of(&ada.task(task).await);
    let child = json!({ "title": "child", "parent_id": parent, "tags": ["b"], "assignee_id": ada.id });
    let child = id_of(&ada.task(child).await);

    let moved = ada.patch(&format!("/tasks/{parent}"), json!({ "project_id": to })).await.expect(200);
    assert_eq!((&moved["project_id"], &moved["tags"]), (&json!(to), &json!(["a", "b"])));
    assert_eq!(moved["assignee_id"], Value::Null, "Bob is not in the other project");
    assert_eq!(moved["subtasks"]["total"], 1);
    let child = ada.get(&format!("/tasks/{child}")).await.expect(200);
    assert_eq!((&child["project_id"], &child["tags"]), (&json!(to), &json!(["b"])));
    assert_eq!(child["assignee_id"], json!(ada.id));
    bob.get(&format!("/tasks/{parent}")).await.expect(404);
    let mine = bob.project("mine").await;
    ada.patch(&format!("/tasks/{parent}"), json!({ "project_id": mine })).await.expect_fields(422, &["project_id"]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn manual_order_survives_concurrent_moves(db: PgPool) {
    let app = TestApp::start(db).await;
    let ada = app.person("Ada").await;
    let project = ada.project("Order").await;
    let mut ids = Vec::new();
    for index in 0..8 {
        ids.push(id_of(&ada.task(json!({ "title": format!("{index}"), "project_id": project })).await));
    }
    let list = format!("project_id={project}");
    assert_eq!(ada.titles(&list).await, ["0", "1", "2", "3", "4", "5", "6", "7"], "a new task comes last");
    ada.patch(&format!("/tasks/{}", ids[7]), json!({ "after": null })).await.expect(200);
    ada.patch(&format!("/tasks/{}", ids[0]), json!({ "after": ids[3] })).await.expect(200);
    assert_eq!(ada.titles(&list).await, ["7", "1", "2", "3", "0", "4", "5", "6"]);
    let first = id_of(&ada.task(json!({ "title": "first", "project_id": project, "after": null })).await);
    let inbox = id_of(&ada.task(json!({ "title": "from the Inbox" })).await);
    ada.patch(&format!("/tasks/{inbox}"), json!({ "project_id": project })).await.expect(200);
    let titles = ada.titles(&list).await;
    assert_eq!((titles[0].as_str(), titles[9].as_str()), ("first", "from the Inbox"), "what is moved here comes last");
    for id in [first, inbox] {
        ada.delete(&format!("/tasks/{id}")).await.expect(204);
    }

    // Many moves to the same place at once: every task keeps a place of its own.
    let mut moves = tokio::task::JoinSet::new();
    for round in 0..40 {
        let request = ada.request(Method::PATCH, &format!("/tasks/{}", ids[round % 6]));
        let request = request.json(&json!({ "after": ids[7] }));
        moves.spawn(async move { Answer::read(request).await.status.as_u16() });
    }
    while let Some(status) = moves.join_next().await {
        assert_eq!(status.expect("joined"), 200);
    }
    let positions = ada.get(&format!("/tasks?{list}")).await.expect(200);
    let mut positions = crate::support::texts(&positions["items"], "position");
    assert_eq!(positions.len(), 8);
    assert!(positions.is_sorted());
    positions.dedup();
    assert_eq!(positions.len(), 8, "no two tasks at one place");
    ada.patch(&format!("/tasks/{}", ids[0]), json!({ "after": ids[0] })).await.expect_fields(422, &["after"]);
    ada.patch(&format!("/tasks/{}", ids[0]), json!({ "after": Uuid::now_v7() })).await.expect_fields(422, &["after"]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn unchanged_task_answers_304(db: PgPool) {
    let app = TestApp::start(db).await;
    let ada = app.person("Ada").await;
    let parent = id_of(&ada.task(json!({})).await);
    let path = format!("/tasks/{parent}");
    let tag = ada.get(&path).await.header("etag").to_owned();
    ada.get_if_none_match(&path, &tag).await.expect(304);
    ada.task(json!({ "parent_id": parent })).await;
    ada.get_if_none_match(&path, &tag).await.expect(200);
}
