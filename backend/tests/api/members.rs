use serde_json::{Value, json};
use sqlx::PgPool;
use todo::db::MIGRATOR;

use crate::support::{Person, TestApp, id_of, texts};

async fn setting(app: &TestApp) -> (Person, Person, Person, String) {
    let (owner, editor, viewer) = (app.person("Olga").await, app.person("Emil").await, app.person("Vera").await);
    let project = owner.project("Shared").await;
    owner.add_member(&project, &editor, "editor").await;
    owner.add_member(&project, &viewer, "viewer").await;
    (owner, editor, viewer, project)
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn roles_limit_what_members_may_do(db: PgPool) {
    let app = TestApp::start(db).await;
    let (owner, editor, viewer, project) = setting(&app).await;
    let path = format!("/projects/{project}");
    let task = id_of(&editor.task(json!({ "project_id": project, "tags": ["x"] })).await);

    viewer.get(&format!("/tasks/{task}")).await.expect(200);
    assert_eq!(viewer.titles(&format!("project_id={project}")).await, ["A task"]);
    viewer.patch(&format!("/tasks/{task}"), json!({ "status": "done" })).await.expect(403);
    viewer.delete(&format!("/tasks/{task}")).await.expect(403);
    viewer.post("/tasks", json!({ "title": "x", "project_id": project })).await.expect(403);
    viewer.post(&format!("{path}/tags"), json!({ "name": "y" })).await.expect(403);

    editor.post(&format!("{path}/tags"), json!({ "name": "y" })).await.expect(201);
    for member in [&editor, &viewer] {
        member.patch(&path, json!({ "name": "Mine" })).await.expect(403);
        member.delete(&path).await.expect(403);
        let body = json!({ "email": "x@example.org", "role": "editor" });
        member.post(&format!("{path}/invitations"), body).await.expect(403);
        member.delete(&format!("{path}/members/{}", owner.id)).await.expect(403);
    }
    let members = viewer.get(&format!("{path}/members")).await.expect(200);
    assert_eq!(texts(&members["items"], "role"), ["owner", "editor", "viewer"]);
    assert_eq!(texts(&members["items"], "name"), ["Olga", "Emil", "Vera"]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn role_can_be_changed_except_the_owners(db: PgPool) {
    let app = TestApp::start(db).await;
    let (owner, _, viewer, project) = setting(&app).await;
    let member = |person: &Person| format!("/projects/{project}/members/{}", person.id);
    owner.patch(&member(&viewer), json!({ "role": "editor" })).await.expect(200);
    viewer.post("/tasks", json!({ "title": "x", "project_id": project })).await.expect(201);
    owner.patch(&member(&viewer), json!({ "role": "owner" })).await.expect_fields(422, &["role"]);
    owner.patch(&member(&owner), json!({ "role": "viewer" })).await.expect(403);
    owner.delete(&member(&owner)).await.expect(403);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn former_member_loses_access_and_assignments(db: PgPool) {
    let app = TestApp::start(db).await;
    let (owner, editor, viewer, project) = setting(&app).await;
    let task = id_of(&owner.task(json!({ "project_id": project, "assignee_id": editor.id })).await);

    owner.delete(&format!("/projects/{project}/members/{}", editor.id)).await.expect(204);
    editor.get(&format!("/tasks/{task}")).await.expect(404);
    editor.get(&format!("/projects/{project}")).await.expect(404);
    assert!(editor.titles("").await.is_empty());
    let after = owner.get(&format!("/tasks/{task}")).await.expect(200);
    assert_eq!((&after["assignee_id"], &after["version"]), (&Value::Null, &json!(2)));

    viewer.delete(&format!("/projects/{project}/members/{}", viewer.id)).await.expect(204);
    viewer.get(&format!("/projects/{project}")).await.expect(404);
    owner.delete(&format!("/projects/{project}/members/{}", viewer.id)).await.expect(404);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn role_change_and_reorder_do_not_deadlock(db: PgPool) {
    let app = TestApp::start(db).await;
    let (owner, editor, _, project) = setting(&app).await;
    let roles = async {
        for role in ["viewer", "editor"].repeat(15) {
            owner
                .patch(format!("/projects/{project}/members/{}", editor.id), json!({ "role": role }))
                .await
                .expect(200);
        }
    };
    let order = async {
        for _ in 0..30 {
            editor.patch(format!("/projects/{project}"), json!({ "after": null })).await.expect(200);
        }
    };
    tokio::join!(roles, order);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn only_members_can_be_assigned(db: PgPool) {
    let app = TestApp::start(db).await;
    let (owner, editor, _, project) = setting(&app).await;
    let stranger = app.person("Sam").await;
    let task = id_of(&owner.task(json!({ "project_id": project })).await);
    let assign = |id: &str| owner.patch(format!("/tasks/{task}"), json!({ "assignee_id": id }));
    assign(&stranger.id).await.expect_fields(422, &["assignee_id"]);
    assert_eq!(assign(&editor.id).await.expect(200)["assignee_id"], json!(editor.id));
}

/// Who looks, and whose address they see.
#[sqlx::test(migrator = "MIGRATOR")]
async fn email_addresses_are_visible_to_owner_and_self(db: PgPool) {
    let app = TestApp::start(db.clone()).await;
    let (owner, editor, viewer, project) = setting(&app).await;
    let hook = json!({ "url": "https://hooks.example.org/todo" });
    owner.post(format!("/projects/{project}/webhooks"), hook).await.expect(201);
    let sam = app.person("Sam").await;
    owner.add_member(&project, &sam, "viewer").await;
    let path = format!("/projects/{project}/members");
    let changed = owner.patch(format!("{path}/{}", sam.id), json!({ "role": "editor" })).await.expect(200);
    assert_eq!(changed["email"], json!(sam.email), "the answer is the owner's");

    let seen = async |reader: &Person| -> Vec<Value> {
        let list = reader.get(&path).await.expect(200);
        list["items"].as_array().expect("a list").iter().map(|member| member["email"].clone()).collect()
    };
    assert_eq!(seen(&owner).await, [&owner, &editor, &viewer, &sam].map(|one| json!(one.email)));
    assert_eq!(seen(&editor).await, [Value::Null, json!(editor.email), Value::Null, Value::Null]);
    assert_eq!(seen(&sam).await, [Value::Null, Value::Null, Value::Null, json!(sam.email)]);

    let told: Vec<Value> = sqlx::query_scalar(
        "SELECT data FROM events WHERE kind LIKE 'member.%' UNION ALL SELECT payload FROM deliveries WHERE channel = 'webhook'",
    )
    .fetch_all(&db)
    .await
    .expect("rows");
    assert!(told.iter().any(|one| one["name"] == "Sam"), "{told:?}");
    assert!(told.iter().all(|one| !one.to_string().contains("@example.org")), "{told:?}");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn people_search_covers_shared_projects(db: PgPool) {
    let app = TestApp::start(db).await;
    let (ada, bob, carol, stranger) =
        (app.person("Ada").await, app.person("Bob").await, app.person("Carol").await, app.person("Bobby").await);
    for name in ["One", "Two"] {
        let project = ada.project(name).await;
        ada.add_member(&project, &bob, "viewer").await;
        ada.add_member(&project, &carol, "editor").await;
    }
    let names = async |person: &Person, query: &str| {
        texts(&person.get(&format!("/people?{query}")).await.expect(200)["items"], "name")
    };
    assert_eq!(names(&ada, "q=bO").await, ["Bob"]);
    assert_eq!(names(&ada, "").await, ["Bob", "Carol"]);
    assert_eq!(names(&ada, "limit=1").await, ["Bob"]);
    assert_eq!(names(&ada, "q=%25").await, Vec::<String>::new(), "no pattern");
    assert_eq!(names(&bob, "").await, ["Ada", "Carol"]);
    assert!(names(&stranger, "").await.is_empty());
    ada.get("/people?limit=0").await.expect_fields(422, &["limit"]);
}
