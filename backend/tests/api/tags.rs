use serde_json::json;
use sqlx::PgPool;
use todo::db::MIGRATOR;

use crate::support::{TestApp, id_of, texts};

#[sqlx::test(migrator = "MIGRATOR")]
async fn tags_are_made_by_name_and_renamed_everywhere(db: PgPool) {
    let app = TestApp::start(db).await;
    let ada = app.person("Ada").await;
    let project = ada.project("Garden").await;
    let task = ada.task(json!({ "project_id": project, "tags": ["Seeds", "seeds", " 番茄 "] })).await;
    assert_eq!(task["tags"], json!(["Seeds", "番茄"]));

    let tags = ada.get(&format!("/tags?project_id={project}")).await.expect(200);
    assert_eq!(texts(&tags["items"], "name"), ["Seeds", "番茄"]);
    let seeds = id_of(&tags["items"][0]);
    ada.patch(&format!("/tags/{seeds}"), json!({ "name": "番茄" })).await.expect_fields(409, &["name"]);
    let renamed =
        ada.patch(&format!("/tags/{seeds}"), json!({ "name": "Plants", "color": "#00FF00" })).await.expect(200);
    assert_eq!(
        (&renamed["name"], &renamed["color"], &renamed["version"]),
        (&json!("Plants"), &json!("#00ff00"), &json!(2))
    );

    let path = format!("/tasks/{}", id_of(&task));
    let after = ada.get(&path).await.expect(200);
    assert_eq!((&after["tags"], &after["version"]), (&json!(["Plants", "番茄"]), &json!(2)));
    ada.delete(&format!("/tags/{seeds}")).await.expect(204);
    assert_eq!(ada.get(&path).await.expect(200)["tags"], json!(["番茄"]));
    assert_eq!(ada.patch(&path, json!({ "tags": [] })).await.expect(200)["tags"], json!([]));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn tags_belong_to_their_project(db: PgPool) {
    let app = TestApp::start(db).await;
    let (ada, eve) = (app.person("Ada").await, app.person("Eve").await);
    let project = ada.project("Garden").await;
    let body = json!({ "name": "seeds", "id": uuid::Uuid::now_v7() });
    let tag = ada.post(&format!("/projects/{project}/tags"), body.clone()).await.expect(201);
    ada.post(&format!("/projects/{project}/tags"), body).await.expect(200);
    ada.post(&format!("/projects/{project}/tags"), json!({ "name": "SEEDS" })).await.expect_fields(409, &["name"]);
    let path = format!("/tags/{}", id_of(&tag));
    eve.patch(&path, json!({ "name": "mine" })).await.expect(404);
    eve.delete(&path).await.expect(404);
    assert_eq!(eve.get(&format!("/tags?project_id={project}")).await.expect(200)["items"], json!([]));
    let conflict = ada.patch_if_match(&path, json!({ "name": "x" }), "\"9\"").await.expect(412);
    assert_eq!(conflict["current"]["name"], "seeds");
}
