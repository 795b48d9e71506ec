//! What is deleted for good stands nowhere in the database any more.

use std::time::Duration;

use chrono::Utc;
use serde_json::json;
use sqlx::PgPool;
use todo::{db::MIGRATOR, erasure, jobs, scheduled::digest};

use crate::support::{Person, TestApp, columns_with, id_of};

/// Ada, and two who are told of what she does: Bob by single mails, Lin by a digest; and a webhook. No mail goes out.
struct Told {
    app: TestApp,
    ada: Person,
    bob: Person,
    lin: Person,
    project: String,
}

async fn setting(db: &PgPool, name: &str) -> Told {
    let app = TestApp::start_with(db.clone(), &[("SMTP_URL", "smtp://127.0.0.1:1")]).await;
    let (ada, bob, lin) = (app.person("Ada").await, app.person("Bob").await, app.person("Lin").await);
    sqlx::query("UPDATE users SET email_verified_at = now()").execute(db).await.expect("confirmed");
    lin.patch("/notification-preferences", json!({ "digest": { "frequency": "daily", "at": "08:00" } }))
        .await
        .expect(200);
    let project = ada.project(name).await;
    let hook = json!({ "url": "https://hooks.example.org/todo" });
    ada.post(format!("/projects/{project}/webhooks"), hook).await.expect(201);
    for member in [&bob, &lin] {
        ada.add_member(&project, member, "editor").await;
    }
    Told { app, ada, bob, lin, project }
}

/// A task of which everybody has been told, in the trash. Of the mails one was sent, one waits; of the digests too.
async fn make_known(db: &PgPool, told: &Told, title: &str) -> String {
    let Told { ada, bob, lin, project, .. } = told;
    let fields = json!({ "title": title, "description": title, "tags": [title], "project_id": project });
    let task = id_of(&ada.task(fields).await);
    let assign = async |id: &str| ada.patch(format!("/tasks/{task}"), json!({ "assignee_id": id })).await.expect(200);
    assign(&bob.id).await;
    assign(&lin.id).await;
    for statement in [
        "UPDATE deliveries SET state = 'sent', sent_at = now(), subject = 'It is: ' || (payload ->> 'task') WHERE channel = 'mail'",
        "UPDATE digest_items SET due_at = now()",
        "INSERT INTO webhook_attempts (delivery_id, number, at, duration_ms, response_excerpt)
         SELECT d.id, 1, now(), 1, e.data ->> 'title' FROM deliveries d
         JOIN events e ON d.event_key = 'project:' || e.topic_id || '@' || e.revision WHERE d.channel = 'webhook' ON CONFLICT DO NOTHING",
    ] {
        sqlx::query(statement).execute(db).await.expect("done");
    }
    digest::gather(db).await.expect("gathered");
    assign(&bob.id).await;
    assign(&lin.id).await;
    ada.delete(format!("/tasks/{task}")).await.expect(204);
    task
}

/// The queue is worked off twice, since somebody may have written in between.
async fn erase(db: &PgPool) {
    erasure::work_off(db, Duration::ZERO).await.expect("erased");
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM erasures").fetch_one(db).await.expect("a count");
    assert_eq!(left, 0);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn deleted_task_is_erased_from_events_and_messages(db: PgPool) {
    let told = setting(&db, "Spring").await;
    let task = make_known(&db, &told, "Heptagon").await;
    let other = make_known(&db, &told, "Octopus").await;
    let kept = columns_with(&db, "Octopus").await;
    assert_eq!(columns_with(&db, "Heptagon").await, kept);
    for column in [
        "deliveries.payload",
        "deliveries.subject",
        "digest_items.payload",
        "events.data",
        "webhook_attempts.response_excerpt",
    ] {
        assert!(kept.iter().any(|one| one == column), "{column} says nothing: {kept:?}");
    }
    let events = "SELECT count(*) FROM events";
    let before: i64 = sqlx::query_scalar(events).fetch_one(&db).await.expect("a count");

    told.ada.delete(format!("/tasks/trash/{task}")).await.expect(204);
    let tag: String =
        sqlx::query_scalar("SELECT id::text FROM tags WHERE name = 'Heptagon'").fetch_one(&db).await.expect("a tag");
    told.ada.delete(format!("/tags/{tag}")).await.expect(204);
    erase(&db).await;

    assert_eq!(columns_with(&db, "Heptagon").await, Vec::<String>::new());
    assert_eq!(columns_with(&db, "Octopus").await, kept, "what is not deleted stays");
    let after: i64 = sqlx::query_scalar(events).fetch_one(&db).await.expect("a count");
    assert_eq!(after, before + 2, "no event is missing, and the ends are told");
    let purged: i64 =
        sqlx::query_scalar("SELECT count(*) FROM events WHERE kind = 'task.purged' AND data ->> 'id' = $1")
            .bind(&task)
            .fetch_one(&db)
            .await
            .expect("a count");
    assert_eq!(purged, 1);
    told.ada.delete(format!("/tasks/trash/{other}")).await.expect(204);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn recreated_task_with_the_same_id_is_kept(db: PgPool) {
    let app = TestApp::start(db.clone()).await;
    let ada = app.person("Ada").await;
    let task = id_of(&ada.task(json!({ "title": "Heptagon" })).await);
    ada.delete(format!("/tasks/{task}")).await.expect(204);
    ada.delete(format!("/tasks/trash/{task}")).await.expect(204);
    ada.task(json!({ "id": task, "title": "Octopus" })).await;
    erase(&db).await;
    assert_eq!(columns_with(&db, "Heptagon").await, Vec::<String>::new());
    assert!(columns_with(&db, "Octopus").await.contains(&"events.data".to_owned()));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn foreign_id_erases_nothing_else(db: PgPool) {
    let told = setting(&db, "Octopus").await;
    let task = make_known(&db, &told, "Octopus").await;
    told.ada.post(format!("/tasks/{task}/restore"), json!({})).await.expect(200);
    let invitation = json!({ "email": "guest-octopus@example.net", "role": "viewer" });
    let invitation = told.ada.post(format!("/projects/{}/invitations", told.project), invitation).await.expect(201);
    let eve = told.app.person("Eve").await;
    let own = eve.project("Own").await;
    let kept = columns_with(&db, "Octopus").await;
    let mails = "SELECT count(*) FROM deliveries WHERE channel = 'mail'";
    let before: i64 = sqlx::query_scalar(mails).fetch_one(&db).await.expect("a count");

    for id in [task, told.project.clone(), id_of(&invitation), told.ada.id.clone()] {
        eve.post(format!("/projects/{own}/tags"), json!({ "id": id, "name": id })).await.expect(201);
        eve.delete(format!("/tags/{id}")).await.expect(204);
    }
    erase(&db).await;
    assert_eq!(columns_with(&db, "Octopus").await, kept);
    let after: i64 = sqlx::query_scalar(mails).fetch_one(&db).await.expect("a count");
    assert_eq!(after, before);
    let blank: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM events WHERE data ->> 'title' = '' OR data ->> 'name' = '' AND kind NOT LIKE 'tag.%'",
    )
    .fetch_one(&db)
    .await
    .expect("a count");
    assert_eq!(blank, 0);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn deleted_tag_is_erased_from_task_events(db: PgPool) {
    let app = TestApp::start(db.clone()).await;
    let ada = app.person("Ada").await;
    let project = ada.project("Zoo").await;
    let task = ada.task(json!({ "title": "Feed", "tags": ["Heptagon", "Octopus"], "project_id": project })).await;
    let tags = ada.get(format!("/tags?project_id={project}")).await.expect(200);
    let tag =
        tags["items"].as_array().expect("tags").iter().find(|tag| tag["name"] == "Heptagon").map(id_of).expect("it");
    ada.patch(format!("/tags/{tag}"), json!({ "name": "Octagon" })).await.expect(200);
    ada.patch(format!("/tasks/{}", id_of(&task)), json!({ "title": "Feed them" })).await.expect(200);
    // Older than events are kept: then the end of the tag alone says what it was called.
    sqlx::query("DELETE FROM events WHERE kind = 'tag.updated'").execute(&db).await.expect("pruned");
    ada.delete(format!("/tags/{tag}")).await.expect(204);
    erase(&db).await;
    for name in ["Heptagon", "Octagon"] {
        assert_eq!(columns_with(&db, name).await, Vec::<String>::new(), "{name}");
    }
    assert!(columns_with(&db, "Octopus").await.contains(&"events.data".to_owned()));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn deleted_project_is_erased_from_members_feeds(db: PgPool) {
    let told = setting(&db, "Heptagon").await;
    let task = make_known(&db, &told, "Octopus").await;
    let invitation = json!({ "email": "guest-octopus@example.net", "role": "viewer" });
    told.ada.post(format!("/projects/{}/invitations", told.project), invitation).await.expect(201);
    sqlx::query(
        "UPDATE deliveries SET subject = 'Heptagon' WHERE kind = 'project.invitation' OR recipient LIKE 'guest%'",
    )
    .execute(&db)
    .await
    .expect("a subject");
    // It has been moved, so what was told of it stands on two topics.
    told.ada.post(format!("/tasks/{task}/restore"), json!({})).await.expect(200);
    let other = told.ada.project("Other").await;
    told.ada.patch(format!("/tasks/{task}"), json!({ "project_id": other })).await.expect(200);
    told.ada.patch(format!("/projects/{}", told.project), json!({ "name": "Heptagon 2" })).await.expect(200);
    for project in [&told.project, &other] {
        told.ada.delete(format!("/projects/{project}")).await.expect(204);
    }
    sqlx::query("UPDATE projects SET deleted_at = deleted_at - interval '31 days' WHERE deleted_at IS NOT NULL")
        .execute(&db)
        .await
        .expect("old");
    jobs::clean_up_once(&told.app.state, Utc::now()).await.expect("cleaned up");
    erase(&db).await;
    for mark in ["Heptagon", "Octopus"] {
        assert_eq!(columns_with(&db, mark).await, Vec::<String>::new(), "{mark}");
    }
    told.bob.get("/notifications").await.expect(200);
    told.lin.get("/projects").await.expect(200);
    drop(told.app);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn project_being_erased_cannot_be_restored(db: PgPool) {
    let app = TestApp::start(db.clone()).await;
    let ada = app.person("Ada").await;
    let project = ada.project("Old").await;
    ada.delete(format!("/projects/{project}")).await.expect(204);
    sqlx::query("UPDATE projects SET erasing = true WHERE name = 'Old'").execute(&db).await.expect("begun");
    ada.post(format!("/projects/{project}/restore"), json!({})).await.expect(404);
    assert_eq!(ada.get("/projects/trash").await.expect(200)["items"], json!([]));
    erasure::purge_projects(&db).await.expect("gone");
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM topics WHERE id = $1::uuid")
        .bind(&project)
        .fetch_one(&db)
        .await
        .expect("a count");
    assert_eq!(left, 0);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn mail_with_several_tasks_is_sent_without_the_deleted_one(db: PgPool) {
    let app = TestApp::start(db.clone()).await;
    let ada = app.person("Ada").await;
    let mut tasks = Vec::new();
    for title in ["Heptagon", "Octopus", "Squid"] {
        let task = id_of(&ada.task(json!({ "title": title })).await);
        tasks.push(json!({ "task": title, "task_id": task, "due_date": "2026-12-01" }));
    }
    for (key, count) in [("one", 1), ("two", 2), ("three", 3)] {
        let things = &tasks[..count];
        let payload = json!({ "count": count, "late": false, "things": things });
        sqlx::query("INSERT INTO deliveries (id, event_key, recipient, channel, kind, user_id, payload) VALUES (gen_random_uuid(), $1, $2, 'mail', 'task.overdue', $2::uuid, $3)")
            .bind(key)
            .bind(&ada.id)
            .bind(payload)
            .execute(&db)
            .await
            .expect("queued");
    }
    let week = json!({ "overdue": 2, "due": 0, "done": 0, "things": &tasks[..2] });
    sqlx::query("INSERT INTO deliveries (id, event_key, recipient, channel, kind, user_id, payload) VALUES (gen_random_uuid(), 'week', $1, 'mail', 'digest.weekly', $1::uuid, $2)")
        .bind(&ada.id)
        .bind(week)
        .execute(&db)
        .await
        .expect("queued");
    let gone = tasks[0]["task_id"].as_str().expect("an id");
    ada.delete(format!("/tasks/{gone}")).await.expect(204);
    ada.delete(format!("/tasks/trash/{gone}")).await.expect(204);
    erase(&db).await;
    let left: Vec<(String, serde_json::Value)> = sqlx::query_as(
        "SELECT event_key, payload FROM deliveries WHERE kind <> 'account.confirm_email' ORDER BY event_key",
    )
    .fetch_all(&db)
    .await
    .expect("rows");
    let single = json!({ "task": "Octopus", "task_id": tasks[1]["task_id"], "due_date": "2026-12-01", "count": 1 });
    let both = json!({ "count": 2, "late": false, "things": &tasks[1..] });
    let week = json!({ "overdue": 2, "due": 0, "done": 0, "things": &tasks[1..2], "count": 1 });
    assert_eq!(left, [("three".to_owned(), both), ("two".to_owned(), single), ("week".to_owned(), week)]);
}
