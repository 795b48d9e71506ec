use serde_json::json;
use sqlx::PgPool;
use todo::db::MIGRATOR;

use crate::support::{TestApp, id_of, texts};

#[sqlx::test(migrator = "MIGRATOR")]
async fn tags_are_created_by_name_and_renamed_everywhere(db: PgPool) {
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
async fn tags_are_paged(db: PgPool) {
    let app = TestApp::start(db).await;
    let (ada, eve) = (app.person("Ada").await, app.person("Eve").await);
    eve.task(json!({ "tags": ["hers"] })).await;
    let mut made = Vec::new();
    for (project, names) in [("One", ["b", "a", "C"]), ("Two", ["c", "A", "番茄"])] {
        let project = ada.project(project).await;
        ada.task(json!({ "project_id": project, "tags": names })).await;
        let whole = ada.get(&format!("/tags?project_id={project}")).await.expect(200);
        assert!(whole["next_cursor"].is_null());
        made.push((project, texts(&whole["items"], "name")));
    }
    made.sort_unstable();
    let mut found = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = ada.get(&format!("/tags?limit=2{cursor}")).await.expect(200);
        found.extend(texts(&page["items"], "name"));
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(found, made.into_iter().flat_map(|(_, names)| names).collect::<Vec<_>>());
    ada.get("/tags?cursor=bm90").await.expect_fields(422, &["cursor"]);
    ada.get("/tags?limit=1001").await.expect_fields(422, &["limit"]);
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

/// Two people add one each, neither of whom has seen the other's.
#[sqlx::test(migrator = "MIGRATOR")]
async fn concurrent_tag_changes_are_merged(db: PgPool) {
    let app = TestApp::start(db).await;
    let (ada, bob) = (app.person("Ada").await, app.person("Bob").await);
    let project = ada.project("Garden").await;
    ada.add_member(&project, &bob, "editor").await;
    let task = ada.task(json!({ "project_id": project, "tags": ["Seeds"] })).await;
    let path = format!("/tasks/{}", id_of(&task));
    let (one, two) = tokio::join!(
        ada.patch(&path, json!({ "add_tags": ["工作"] })),
        bob.patch(&path, json!({ "add_tags": ["home", "SEEDS"] })),
    );
    one.expect(200);
    two.expect(200);
    let tags = ada.get(&path).await.expect(200)["tags"].clone();
    let mut tags: Vec<_> = tags.as_array().expect("a list").iter().filter_map(|tag| tag.as_str()).collect();
    tags.sort_unstable();
    assert_eq!(tags, ["Seeds", "home", "工作"]);

    let (one, two) = tokio::join!(
        ada.patch(&path, json!({ "remove_tags": ["seeds"] })),
        bob.patch(&path, json!({ "add_tags": ["weeds"], "remove_tags": ["home"] })),
    );
    one.expect(200);
    two.expect(200);
    let after = ada.get(&path).await.expect(200);
    assert_eq!(after["tags"].as_array().map(Vec::len), Some(2), "{after}");
    // Again, as after a lost answer: nothing changes, and nothing is told.
    let again = bob.patch(&path, json!({ "add_tags": ["weeds"], "remove_tags": ["home"] })).await.expect(200);
    assert_eq!(again["version"], after["version"]);

    let both = json!({ "tags": ["a"], "add_tags": ["b"] });
    ada.patch(&path, both).await.expect_fields(422, &["tags"]);
    ada.patch(&path, json!({ "add_tags": ["x".repeat(51)] })).await.expect_fields(422, &["add_tags[0]"]);
    let many: Vec<String> = (0..19).map(|number| format!("tag {number}")).collect();
    ada.patch(&path, json!({ "add_tags": many })).await.expect_fields(422, &["add_tags"]);
    assert_eq!(ada.get(&path).await.expect(200)["tags"], after["tags"]);
}
