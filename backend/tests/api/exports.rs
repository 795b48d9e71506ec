//! Export of all my data: who may have it, how often, and a worker that ends while it makes one.

use chrono::Utc;
use reqwest::Method;
use serde_json::json;
use sqlx::PgPool;
use todo::{db::MIGRATOR, exports, jobs};

use crate::support::{TestApp, notified};

#[sqlx::test(migrator = "MIGRATOR")]
async fn one_export_at_a_time_kept_for_a_week(db: PgPool) {
    let app = TestApp::start_with(db.clone(), &[("RATE_LIMIT_EXPORTS_PER_USER", "2/1d")]).await;
    let (ada, eve) = (app.person("Ada").await, app.person("Eve").await);
    assert_eq!(ada.get("/users/me/export").await.expect(200)["state"], "none");
    ada.get("/users/me/export/file").await.expect(404);
    for _ in 0..5 {
        assert_eq!(
            ada.post("/users/me/export", json!({})).await.expect(202)["state"],
            "waiting",
            "asking again changes nothing"
        );
    }
    exports::worker::run_once(&app.parts()).await.expect("made");
    assert_eq!(ada.get("/users/me/export").await.expect(200)["state"], "ready");
    eve.get("/users/me/export/file").await.expect(404);
    assert_eq!(app.request(Method::GET, "/api/v1/users/me/export/file").send().await.expect("an answer").status(), 401);
    assert_eq!(notified(&ada, "account.export_ready").await.len(), 1);

    ada.post("/users/me/export", json!({})).await.expect(202);
    ada.get("/users/me/export/file").await.expect(404);
    exports::worker::run_once(&app.parts()).await.expect("made");
    ada.post("/users/me/export", json!({})).await.expect(429);
    sqlx::query("UPDATE data_exports SET expires_at = now() - interval '1 second'")
        .execute(&db)
        .await
        .expect("a week later");
    ada.get("/users/me/export/file").await.expect(404);
    jobs::clean_up_once(&app.state, Utc::now()).await.expect("forgotten");
    let pieces: i64 =
        sqlx::query_scalar("SELECT count(*) FROM data_export_pieces").fetch_one(&db).await.expect("a count");
    assert_eq!(pieces, 0);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn export_streams_many_rows(db: PgPool) {
    let app = TestApp::start(db.clone()).await;
    let ada = app.person("Ada").await;
    let project = ada.project("Big").await;
    // Descriptions that hardly compress, so that the archive has several pieces; more tasks than a page has.
    sqlx::query(
        "INSERT INTO tasks (id, project_id, created_by, title, position, description)
         SELECT gen_random_uuid(), $1::uuid, $2::uuid, 'Task ' || i, '8' || lpad(i::text, 6, '0'),
                (SELECT string_agg(md5(i || '.' || j), '') FROM generate_series(1, 200) AS j)
         FROM generate_series(1, 1001) AS i",
    )
    .bind(&project)
    .bind(&ada.id)
    .execute(&db)
    .await
    .expect("tasks");
    ada.post("/users/me/export", json!({})).await.expect(202);
    // A worker had begun and was killed: its pieces are of no use.
    sqlx::query("UPDATE data_exports SET state = 'running', attempts = 1, claimed_until = now() + interval '1 minute'")
        .execute(&db)
        .await
        .expect("claimed");
    sqlx::query("INSERT INTO data_export_pieces SELECT id, 0, 'rubbish' FROM data_exports")
        .execute(&db)
        .await
        .expect("a piece");
    exports::worker::run_once(&app.parts()).await.expect("it is somebody else's");
    assert_eq!(ada.get("/users/me/export").await.expect(200)["state"], "running");
    sqlx::query("UPDATE data_exports SET claimed_until = now() - interval '1 second'")
        .execute(&db)
        .await
        .expect("its lease has run out");
    exports::worker::run_once(&app.parts()).await.expect("made");

    let pieces: i64 =
        sqlx::query_scalar("SELECT count(*) FROM data_export_pieces").fetch_one(&db).await.expect("a count");
    assert!(pieces > 2, "{pieces}");
    let answer = ada.request(Method::GET, "/users/me/export/file").send().await.expect("an answer");
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(answer.bytes().await.expect("a file"))).expect("a zip");
    let tasks: Vec<serde_json::Value> =
        serde_json::from_reader(archive.by_name("tasks.json").expect("tasks")).expect("JSON");
    let titles: std::collections::BTreeSet<_> =
        tasks.iter().map(|task| task["title"].as_str().expect("a title")).collect();
    assert_eq!((tasks.len(), titles.len()), (1001, 1001), "each once");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn trashed_project_is_only_in_its_owners_export(db: PgPool) {
    let app = TestApp::start(db.clone()).await;
    let (ada, eve) = (app.person("Ada").await, app.person("Eve").await);
    let project = ada.project("Heptagon").await;
    ada.add_member(&project, &eve, "editor").await;
    eve.task(json!({ "project_id": project, "title": "Heptagon" })).await;
    ada.delete(format!("/projects/{project}")).await.expect(204);
    for (person, expected) in [(&ada, true), (&eve, false)] {
        person.post("/users/me/export", json!({})).await.expect(202);
        exports::worker::run_once(&app.parts()).await.expect("made");
        let answer = person.request(Method::GET, "/users/me/export/file").send().await.expect("an answer");
        let bytes = answer.bytes().await.expect("a file");
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).expect("a zip");
        for file in ["projects.json", "tasks.json"] {
            let text = std::io::read_to_string(archive.by_name(file).expect(file)).expect("text");
            assert_eq!(text.contains("Heptagon"), expected, "{file} of {}", person.email);
        }
    }
}
