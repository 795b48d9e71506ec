use serde_json::json;
use sqlx::PgPool;
use todo::db::MIGRATOR;

use crate::support::{TestApp, id_of};

#[sqlx::test(migrator = "MIGRATOR")]
async fn search_supports_stems_chinese_pairs_and_prefixes(db: PgPool) {
    let app = TestApp::start(db).await;
    let ada = app.person("Ada").await;
    for (title, description) in [
        ("Prepare the meetings", ""),
        ("整理数据备份", "每周一次，学习Rust之后"),
        ("Report", "Backups of the database are needed before the release"),
        ("日本語のテスト", "カタカナ"),
        ("O'Reilly & \"friends\" | (all) !", "a:b <-> c* \\ '"),
    ] {
        ada.task(json!({ "title": title, "description": description })).await;
    }
    let find = |q: &'static str| {
        let ada = &ada;
        async move {
            let list = ada.request(reqwest::Method::GET, "/tasks").query(&[("q", q)]);
            crate::support::texts(&crate::support::Answer::read(list).await.expect(200)["items"], "title")
        }
    };
    assert_eq!(find("meeting").await, ["Prepare the meetings"]);
    assert_eq!(find("MEETS").await, ["Prepare the meetings"]);
    assert_eq!(find("prep").await, ["Prepare the meetings"]);
    assert_eq!(find("backup").await, ["Report"]);
    assert_eq!(find("databases releasing").await, ["Report"], "all words, each stemmed");
    assert_eq!(find("report meeting").await, [""; 0]);
    for chinese in ["备份", "数据", "据备", "数据备份", "学习", "每周", "备", "学习rust", "备份 每周"]
    {
        assert_eq!(find(chinese).await, ["整理数据备份"], "{chinese}");
    }
    assert_eq!(find("备数").await, [""; 0]);
    assert_eq!(find("テスト").await, ["日本語のテスト"]);
    assert_eq!(find("o'reilly").await.len(), 1);
    for nothing in ["!!!", "' OR 1=1 --", "a:*&|!()", "<->", "\\", "''"] {
        find(nothing).await; // no input is an error
    }
    assert_eq!(find("  ").await.len(), 5, "blank is no search");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn titles_rank_first_and_matches_are_highlighted(db: PgPool) {
    let app = TestApp::start(db).await;
    let ada = app.person("Ada").await;
    ada.task(json!({ "title": "Second", "description": "about the garden" })).await;
    ada.task(json!({ "title": "Garden first" })).await;
    ada.task(json!({ "title": "Other" })).await;
    let found = ada.get("/tasks?q=garden").await.expect(200);
    assert_eq!(crate::support::texts(&found["items"], "title"), ["Garden first", "Second"]);
    assert_eq!(
        found["items"][0]["highlights"],
        json!({ "title": [{ "text": "Garden", "match": true }, { "text": " first", "match": false }], "description": null })
    );
    assert_eq!(
        found["items"][1]["highlights"]["description"],
        json!([{ "text": "about the ", "match": false }, { "text": "garden", "match": true }])
    );
    assert_eq!(ada.titles("q=garden&sort=-title&limit=1").await, ["Second"]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn search_follows_changes_moves_and_access(db: PgPool) {
    let app = TestApp::start(db).await;
    let (ada, bob) = (app.person("Ada").await, app.person("Bob").await);
    let (mine, ours) = (ada.project("mine").await, ada.project("ours").await);
    ada.add_member(&ours, &bob, "viewer").await;
    let task = id_of(&ada.task(json!({ "title": "secret plan", "project_id": mine })).await);
    assert!(bob.titles("q=secret").await.is_empty());
    ada.patch(&format!("/tasks/{task}"), json!({ "project_id": ours, "title": "open plan" })).await.expect(200);
    assert!(ada.titles("q=secret").await.is_empty());
    assert_eq!(bob.titles("q=open").await, ["open plan"]);
    ada.delete(&format!("/tasks/{task}")).await.expect(204);
    assert!(bob.titles("q=open").await.is_empty());
}
