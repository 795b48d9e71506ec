//! Two who cross: somebody holds a lock when another comes, who must go on with what is true when it is let go. Each test holds the lock
//! itself, so the order is always the same.

use std::time::Duration;

use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};
use sqlx::{PgPool, Postgres, Transaction};
use todo::{account_deletion::worker, db::MIGRATOR, jobs};

use crate::support::{PASSWORD, Person, TestApp, id_of, until};

/// Holds topics of projects or users.
async fn hold<'a>(db: &PgPool, ids: &[&str]) -> Transaction<'a, Postgres> {
    let mut held = db.begin().await.expect("a transaction");
    let ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
    sqlx::query("SELECT FROM topics WHERE id = ANY($1::uuid[]) FOR UPDATE")
        .bind(ids)
        .execute(&mut *held)
        .await
        .expect("locked");
    held
}

async fn somebody_waits(db: &PgPool) {
    let waiting =
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    until("somebody waits", async || sqlx::query_scalar::<_, i64>(waiting).fetch_one(db).await.expect("a count") > 0)
        .await;
}

async fn run(held: &mut Transaction<'_, Postgres>, sql: &'static str, id: &str) {
    sqlx::query(sql).bind(id.to_owned()).execute(&mut **held).await.expect(sql);
}

async fn ask_for_the_end(person: &Person, projects: Value) {
    let body = json!({ "password": PASSWORD, "projects": projects });
    person.post("/users/me/deletion", body).await.expect(202);
}

async fn sign_in_and_keep(app: &TestApp, person: &Person) -> crate::support::Answer {
    let body = json!({ "email": person.email, "password": PASSWORD, "keep_account": true });
    app.post("/api/v1/auth/login", body).await
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn kept_account_is_not_erased_with_another(db: PgPool) {
    let app = TestApp::start(db.clone()).await;
    let (first, second) = (app.person("First").await, app.person("Second").await);
    for person in [&first, &second] {
        ask_for_the_end(person, json!([])).await;
    }
    sqlx::query("UPDATE account_deletions SET due_at = now() - CASE WHEN user_id = $1::uuid THEN 2 ELSE 1 END * interval '1 hour'")
        .bind(&first.id)
        .execute(&db)
        .await
        .expect("due");
    let held = hold(&db, &[&first.id]).await;
    let crossing = async {
        somebody_waits(&db).await;
        sign_in_and_keep(&app, &second).await.expect(200);
        held.rollback().await.expect("let go");
    };
    let parts = app.parts();
    let (done, ()) = tokio::join!(worker::run_once(&parts), crossing);
    done.expect("erased");
    sign_in_and_keep(&app, &second).await.expect(200);
    sign_in_and_keep(&app, &first).await.expect(401);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn late_cancellation_takes_no_project_from_an_heir(db: PgPool) {
    let app = TestApp::start(db.clone()).await;
    let (ada, bob) = (app.person("Ada").await, app.person("Bob").await);
    let project = ada.project("Shared").await;
    ada.add_member(&project, &bob, "viewer").await;
    ask_for_the_end(&ada, json!([{ "project_id": project, "heir_id": bob.id }])).await;
    sqlx::query("UPDATE account_deletions SET due_at = now(), begun_at = now()").execute(&db).await.expect("begun");
    sign_in_and_keep(&app, &ada).await.expect(401);
    worker::run_once(&app.parts()).await.expect("erased");
    assert_eq!(bob.get(format!("/projects/{project}")).await.expect(200)["role"], "owner");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn outsiders_cannot_lock_a_project(db: PgPool) {
    let app = TestApp::start(db.clone()).await;
    let (ada, eve) = (app.person("Ada").await, app.person("Eve").await);
    let (foreign, own) = (ada.project("Private").await, eve.project("Mine").await);
    let task = id_of(&eve.task(json!({ "project_id": own })).await);
    // Its own writes hold it off for long; those of a stranger never come to that.
    let held = hold(&db, &[&foreign, &ada.id]).await;
    let end = json!({ "password": PASSWORD, "projects": [{ "project_id": foreign, "heir_id": ada.id }] });
    let asked = async {
        eve.patch(format!("/tasks/{task}"), json!({ "project_id": foreign })).await.expect(422);
        eve.post("/tasks", json!({ "title": "Here", "project_id": foreign })).await.expect(422);
        eve.post("/users/me/deletion", end).await.expect(422);
        eve.post(format!("/projects/{foreign}/restore"), json!({})).await.expect(404);
        eve.patch(format!("/projects/{own}/members/{}", ada.id), json!({ "role": "viewer" })).await.expect(404);
        eve.delete(format!("/projects/{own}/members/{}", ada.id)).await.expect(404);
        eve.post(format!("/projects/{own}/transfer"), json!({ "user_id": ada.id })).await.expect(422);
    };
    tokio::time::timeout(Duration::from_secs(20), asked).await.expect("answers without the lock");
    held.rollback().await.expect("let go");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn task_being_restored_is_not_deleted(db: PgPool) {
    let app = TestApp::start(db.clone()).await;
    let ada = app.person("Ada").await;
    let task = id_of(&ada.task(json!({})).await);
    ada.delete(format!("/tasks/{task}")).await.expect(204);
    sqlx::query("UPDATE tasks SET deleted_at = now() - interval '90 days'").execute(&db).await.expect("old");
    let mut held = db.begin().await.expect("a transaction");
    run(&mut held, "UPDATE tasks SET deleted_at = NULL WHERE id = $1::uuid", &task).await;
    let crossing = async {
        somebody_waits(&db).await;
        held.commit().await.expect("restored");
    };
    let (done, ()) = tokio::join!(jobs::empty_trash::tasks(&db, Utc::now() - TimeDelta::days(30)), crossing);
    assert_eq!(done.expect("emptied"), 0);
    ada.get(format!("/tasks/{task}")).await.expect(200);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn former_owner_cannot_remove_members(db: PgPool) {
    let app = TestApp::start(db.clone()).await;
    let (ada, eve, bob) = (app.person("Ada").await, app.person("Eve").await, app.person("Bob").await);
    let project = ada.project("Shared").await;
    for member in [&eve, &bob] {
        ada.add_member(&project, member, "editor").await;
    }
    let mut held = hold(&db, &[&project]).await;
    let crossing = async {
        somebody_waits(&db).await;
        run(&mut held, "UPDATE project_members SET role = 'editor' WHERE user_id = $1::uuid AND NOT EXISTS (SELECT FROM projects WHERE id = project_id AND is_inbox)", &ada.id).await;
        run(&mut held, "UPDATE project_members SET role = 'owner' WHERE user_id = $1::uuid AND NOT EXISTS (SELECT FROM projects WHERE id = project_id AND is_inbox)", &eve.id).await;
        run(&mut held, "UPDATE projects SET owner_id = $1::uuid WHERE name = 'Shared'", &eve.id).await;
        held.commit().await.expect("handed over");
    };
    let (removed, ()) = tokio::join!(ada.delete(format!("/projects/{project}/members/{}", bob.id)), crossing);
    removed.expect(403);
    bob.get(format!("/projects/{project}")).await.expect(200);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn joining_is_refused_while_the_owner_is_leaving(db: PgPool) {
    let app = TestApp::start(db.clone()).await;
    let (ada, eve, bob) = (app.person("Ada").await, app.person("Eve").await, app.person("Bob").await);
    let project = ada.project("Private").await;
    for (person, by_link) in [(&eve, true), (&bob, false)] {
        let invitation = json!({ "email": person.email, "role": "viewer" });
        let invitation = ada.post(format!("/projects/{project}/invitations"), invitation).await.expect(201);
        let mut held = hold(&db, &[&ada.id]).await;
        let crossing = async {
            somebody_waits(&db).await;
            run(&mut held, "INSERT INTO account_deletions (user_id, due_at) VALUES ($1::uuid, now())", &ada.id).await;
            held.commit().await.expect("asked for");
        };
        let accept = async {
            if by_link {
                let token = invitation["url"].as_str().and_then(|url| url.split("token=").nth(1)).expect("a link");
                person.post("/invitations/accept", json!({ "token": token })).await.expect(422);
            } else {
                let path = format!("/users/me/invitations/{}/accept", id_of(&invitation));
                person.post(path, json!({})).await.expect(404);
            }
        };
        tokio::join!(accept, crossing);
        person.get(format!("/projects/{project}")).await.expect(404);
        sqlx::query("DELETE FROM account_deletions").execute(&db).await.expect("kept");
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn webhooks_of_an_erased_owner_stay_off(db: PgPool) {
    let app =
        TestApp::start_with(db.clone(), &[("WEBHOOK_ALLOWED_NETWORKS", "127.0.0.0/8"), ("WEBHOOK_ALLOW_HTTP", "true")])
            .await;
    let (ada, bob) = (app.person("Ada").await, app.person("Bob").await);
    let project = ada.project("Shared").await;
    ada.add_member(&project, &bob, "editor").await;
    let hook = json!({ "url": "http://127.0.0.1:9/", "events": ["task.created"] });
    ada.post(format!("/projects/{project}/webhooks"), hook).await.expect(201);
    ask_for_the_end(&ada, json!([{ "project_id": project, "heir_id": bob.id }])).await;
    sqlx::query("UPDATE account_deletions SET due_at = now()").execute(&db).await.expect("due");
    worker::run_once(&app.parts()).await.expect("erased");
    let hooks = bob.get(format!("/projects/{project}/webhooks")).await.expect(200);
    assert_eq!(hooks["items"][0]["is_active"], false, "{hooks:#}");
}
