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
async fn roles_decide_what_a_member_may_do(db: PgPool) {
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
async fn a_role_can_be_changed_but_the_owner_stays(db: PgPool) {
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
async fn who_leaves_or_is_removed_sees_nothing_and_is_taken_off_tasks(db: PgPool) {
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
async fn a_new_role_and_the_members_own_order_do_not_lock_each_other_out(db: PgPool) {
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
