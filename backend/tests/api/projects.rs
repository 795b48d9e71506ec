use reqwest::Method;
use serde_json::{Value, json};
use sqlx::PgPool;
use todo::db::MIGRATOR;
use uuid::Uuid;

use crate::support::{Answer, Person, TestApp, id_of, texts};

async fn names(person: &Person, query: &str) -> Vec<String> {
    texts(&person.get(&format!("/projects{query}")).await.expect(200)["items"], "name")
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn project_lifecycle(db: PgPool) {
    let app = TestApp::start(db).await;
    let ada = app.person("Ada").await;
    let project =
        ada.post("/projects", json!({ "name": " Garden ", "color": "#ABCDEF", "icon": "leaf" })).await.expect(201);
    assert_eq!(
        (&project["name"], &project["color"], &project["role"]),
        (&json!("Garden"), &json!("#abcdef"), &json!("owner"))
    );
    let path = format!("/projects/{}", project["id"].as_str().expect("an id"));

    let changed = ada.patch(&path, json!({ "name": "Yard" })).await.expect(200);
    assert_eq!((&changed["name"], &changed["icon"], &changed["version"]), (&json!("Yard"), &json!("leaf"), &json!(2)));
    let conflict = ada.patch_if_match(&path, json!({ "name": "Plot" }), "\"1\"").await.expect(412);
    assert_eq!(conflict["current"]["name"], "Yard");

    ada.patch(&path, json!({ "archived": true })).await.expect(200);
    assert_eq!(names(&ada, "").await, ["Inbox"]);
    assert_eq!(names(&ada, "?archived=true").await, ["Inbox", "Yard"]);
    ada.patch(&path, json!({ "archived": false })).await.expect(200);

    ada.delete(&path).await.expect(204);
    ada.get(&path).await.expect(404);
    assert_eq!(names(&ada, "").await, ["Inbox"]);
    assert_eq!(names(&ada, "/trash").await, ["Yard"]);
    ada.post(&format!("{path}/restore"), json!({})).await.expect(200);
    ada.post(&format!("{path}/restore"), json!({})).await.expect(200);
    assert_eq!(names(&ada, "").await, ["Inbox", "Yard"]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn repeated_id_creates_no_second_project(db: PgPool) {
    let app = TestApp::start(db).await;
    let (ada, eve) = (app.person("Ada").await, app.person("Eve").await);
    let body = json!({ "id": Uuid::now_v7(), "name": "Garden" });
    let first = ada.post("/projects", body.clone()).await.expect(201);
    let again = ada.post("/projects", body.clone()).await.expect(200);
    assert_eq!(first["id"], again["id"]);
    eve.post("/projects", body).await.expect_fields(409, &["id"]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn id_in_another_users_trash_is_taken(db: PgPool) {
    let app = TestApp::start(db).await;
    let (ada, bob) = (app.person("Ada").await, app.person("Bob").await);
    let project = ada.project("Garden").await;
    ada.add_member(&project, &bob, "editor").await;
    let task = id_of(&ada.task(json!({ "project_id": project })).await);
    let made = async |path: &str, body: Value| id_of(&ada.post(path, body).await.expect(201));
    let tag = made(&format!("/projects/{project}/tags"), json!({ "name": "tag" })).await;
    let reminder = json!({ "remind_at": "2199-01-01T00:00:00Z" });
    let reminder = made(&format!("/tasks/{task}/reminders"), reminder).await;
    let webhook = json!({ "url": "https://hooks.example.org/" });
    let webhook = made(&format!("/projects/{project}/webhooks"), webhook).await;
    let invitation = json!({ "email": "cy@example.org", "role": "editor" });
    let invitation = made(&format!("/projects/{project}/invitations"), invitation).await;
    ada.delete(format!("/projects/{project}")).await.expect(204);

    let own = bob.project("Own").await;
    let own_task = id_of(&bob.task(json!({ "project_id": own })).await);
    for (path, body) in [
        ("/projects".to_owned(), json!({ "id": project, "name": "x" })),
        ("/tasks".to_owned(), json!({ "id": task, "title": "x" })),
        (format!("/projects/{own}/tags"), json!({ "id": tag, "name": "x" })),
        (format!("/tasks/{own_task}/reminders"), json!({ "id": reminder, "remind_at": "2199-01-01T00:00:00Z" })),
        (format!("/projects/{own}/webhooks"), json!({ "id": webhook, "url": "https://hooks.example.org/" })),
        (
            format!("/projects/{own}/invitations"),
            json!({ "id": invitation, "email": "x@example.org", "role": "editor" }),
        ),
    ] {
        let answer = bob.post(&path, body).await.expect(409);
        let expected =
            json!([{ "field": "id", "code": "taken", "params": {}, "message": "is already taken; use another one" }]);
        assert_eq!(answer["errors"], expected, "{path}: {answer:#}");
    }
    bob.post(format!("/projects/{project}/restore"), json!({})).await.expect(404);
    // Its owner is told that it is there already.
    let again = ada.post("/projects", json!({ "id": project, "name": "x" })).await.expect(200);
    assert_eq!(again["name"], "Garden");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn each_member_has_their_own_order(db: PgPool) {
    let app = TestApp::start(db).await;
    let (ada, bob) = (app.person("Ada").await, app.person("Bob").await);
    let (a, b, c) = (ada.project("a").await, ada.project("b").await, ada.project("c").await);
    for id in [&a, &b, &c] {
        ada.add_member(id, &bob, "viewer").await;
    }
    let after = |id: Value| json!({ "after": id });
    ada.patch(&format!("/projects/{c}"), after(json!(a))).await.expect(200);
    assert_eq!(names(&ada, "").await, ["Inbox", "a", "c", "b"]);
    bob.patch(&format!("/projects/{c}"), after(Value::Null)).await.expect(200);
    assert_eq!(names(&bob, "").await, ["Inbox", "c", "a", "b"]);
    bob.patch(&format!("/projects/{c}"), after(json!(Uuid::now_v7()))).await.expect_fields(422, &["after"]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn inbox_cannot_be_changed_or_deleted(db: PgPool) {
    let app = TestApp::start(db).await;
    let (ada, bob) = (app.person("Ada").await, app.person("Bob").await);
    let inbox = ada.get("/projects").await.expect(200)["items"][0]["id"].as_str().expect("an id").to_owned();
    ada.delete(&format!("/projects/{inbox}")).await.expect(403);
    ada.patch(&format!("/projects/{inbox}"), json!({ "archived": true })).await.expect_fields(422, &["archived"]);
    let body = json!({ "email": bob.email, "role": "editor" });
    ada.post(&format!("/projects/{inbox}/invitations"), body).await.expect(403);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn invalid_fields_are_named(db: PgPool) {
    let app = TestApp::start(db).await;
    let ada = app.person("Ada").await;
    ada.post("/projects", json!({ "name": "", "color": "red", "icon": "" }))
        .await
        .expect_fields(422, &["name", "color", "icon"]);
    let id = ada.project("Garden").await;
    ada.patch(&format!("/projects/{id}"), json!({ "name": null })).await.expect_fields(422, &["name"]);
    let request = ada.request(Method::PATCH, &format!("/projects/{id}")).header("if-match", "\"x\"").json(&json!({}));
    Answer::read(request).await.expect_fields(400, &["If-Match"]);
}

/// The number beside a project is that of the rows which its list shows.
#[sqlx::test(migrator = "MIGRATOR")]
async fn subtasks_are_not_counted_as_open_tasks(db: PgPool) {
    let app = TestApp::start(db).await;
    let ada = app.person("Ada").await;
    let project = ada.project("House").await;
    let parent = id_of(&ada.task(json!({ "project_id": project })).await);
    ada.task(json!({ "project_id": project, "parent_id": parent })).await;
    assert_eq!(ada.get(&format!("/projects/{project}")).await.expect(200)["open_tasks"], 1);
    let list = ada.get("/projects").await.expect(200);
    assert_eq!(list["items"][1]["open_tasks"], 1);
}
