use chrono::Utc;
use serde_json::{Value, json};
use sqlx::PgPool;
use todo::{db::MIGRATOR, jobs};

use crate::support::{Person, TestApp, id_of, texts};

async fn trash(person: &Person) -> Vec<String> {
    texts(&person.get("/tasks/trash").await.expect(200)["items"], "title")
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_deleted_task_can_be_restored_with_its_subtasks(db: PgPool) {
    let app = TestApp::start(db).await;
    let ada = app.person("Ada").await;
    let parent = id_of(&ada.task(json!({ "title": "parent", "tags": ["x"] })).await);
    let child = id_of(&ada.task(json!({ "title": "child", "parent_id": parent })).await);
    let gone = id_of(&ada.task(json!({ "title": "gone before", "parent_id": parent })).await);
    ada.delete(&format!("/tasks/{gone}")).await.expect(204);
    ada.delete(&format!("/tasks/{parent}")).await.expect(204);
    ada.delete(&format!("/tasks/{parent}")).await.expect(404);
    ada.patch(&format!("/tasks/{parent}"), json!({ "title": "x" })).await.expect(404);
    assert!(ada.titles("").await.is_empty());
    assert_eq!(trash(&ada).await, ["parent", "gone before"]);

    let restored = ada.post(&format!("/tasks/{parent}/restore"), json!({})).await.expect(200);
    assert_eq!((&restored["deleted_at"], &restored["tags"]), (&Value::Null, &json!(["x"])));
    assert_eq!(restored["subtasks"]["total"], 1);
    assert_eq!(ada.get(&format!("/tasks/{child}")).await.expect(200)["deleted_at"], Value::Null);
    assert_eq!(trash(&ada).await, ["gone before"]);

    ada.delete(&format!("/tasks/{parent}")).await.expect(204);
    let alone = ada.post(&format!("/tasks/{gone}/restore"), json!({})).await.expect(200);
    assert_eq!(alone["parent_id"], Value::Null, "its parent is in the trash");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn restored_task_gets_a_unique_position(db: PgPool) {
    let app = TestApp::start(db).await;
    let ada = app.person("Ada").await;
    let project = ada.project("p").await;
    let make = |title: &'static str| ada.task(json!({ "title": title, "project_id": project }));
    make("last").await;
    let first = id_of(&make("first").await);
    ada.delete(&format!("/tasks/{first}")).await.expect(204);
    let second = id_of(&make("second").await);
    ada.post(&format!("/tasks/{first}/restore"), json!({})).await.expect(200);
    let third = id_of(&make("third").await);
    ada.patch(&format!("/tasks/{third}"), json!({ "after": second })).await.expect(200);
    let order = ada.titles(&format!("project_id={project}")).await;
    let place = |title: &str| order.iter().position(|one| one == title);
    assert_eq!(place("third"), place("second").map(|place| place + 1), "{order:?}");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn restoring_many_subtasks_takes_few_statements(db: PgPool) {
    let app = TestApp::start(db.clone()).await;
    let ada = app.person("Ada").await;
    let project = ada.project("p").await;
    let parent = id_of(&ada.task(json!({ "title": "parent", "project_id": project })).await);
    let run = async |sql: &'static str| {
        sqlx::query(sql).bind(&parent).execute(&db).await.expect(sql);
    };
    run("INSERT INTO tasks (id, project_id, parent_id, title, position, created_by)
         SELECT gen_random_uuid(), project_id, id, 'Part ' || n, lpad(to_hex(2147484000 + n), 8, '0'), created_by
         FROM tasks, generate_series(1, 400) AS n WHERE id = $1::uuid")
    .await;
    ada.delete(&format!("/tasks/{parent}")).await.expect(204);
    // Places were taken meanwhile, one of them twice.
    run("INSERT INTO tasks (id, project_id, title, position, created_by)
         SELECT gen_random_uuid(), project_id, 'Other', position, created_by FROM tasks, generate_series(1, 2) AS n
         WHERE parent_id = $1::uuid AND (n = 1 AND title LIKE 'Part %2' OR title = 'Part 7')")
    .await;
    for statement in [
        "CREATE TABLE statements (name text)",
        "CREATE FUNCTION count_statement() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN INSERT INTO statements VALUES (TG_TABLE_NAME); RETURN NULL; END $$",
        "CREATE TRIGGER counted AFTER INSERT ON events FOR EACH STATEMENT EXECUTE FUNCTION count_statement()",
        "CREATE TRIGGER counted AFTER UPDATE ON tasks FOR EACH STATEMENT EXECUTE FUNCTION count_statement()",
    ] {
        sqlx::query(statement).execute(&db).await.expect(statement);
    }
    let before: i64 = sqlx::query_scalar("SELECT revision FROM topics WHERE id = $1::uuid")
        .bind(&project)
        .fetch_one(&db)
        .await
        .expect("a revision");
    ada.post(&format!("/tasks/{parent}/restore"), json!({})).await.expect(200);
    let statements: i64 = sqlx::query_scalar("SELECT count(*) FROM statements").fetch_one(&db).await.expect("a count");
    assert!(statements < 10, "{statements} statements that write");
    let revisions: Vec<i64> = sqlx::query_scalar(
        "SELECT revision FROM events WHERE topic_id = $1::uuid AND kind = 'task.restored' ORDER BY revision",
    )
    .bind(&project)
    .fetch_all(&db)
    .await
    .expect("events");
    assert!(revisions.into_iter().eq(before + 1..=before + 401), "each is a revision of its own, without a gap");
    let twice: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM tasks one JOIN tasks other USING (project_id, position)
         WHERE one.parent_id = $1::uuid AND one.id <> other.id AND one.deleted_at IS NULL AND other.deleted_at IS NULL",
    )
    .bind(&parent)
    .fetch_one(&db)
    .await
    .expect("a count");
    assert_eq!(twice, 0, "places are nobody else's");
    let order: Vec<String> =
        sqlx::query_scalar("SELECT title FROM tasks WHERE parent_id = $1::uuid ORDER BY position, id")
            .bind(&parent)
            .fetch_all(&db)
            .await
            .expect("titles");
    assert!(order.into_iter().eq((1..=400).map(|n| format!("Part {n}"))), "in their order");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn separately_deleted_subtask_outlives_its_parent(db: PgPool) {
    let app = TestApp::start(db).await;
    let ada = app.person("Ada").await;
    let parent = id_of(&ada.task(json!({ "title": "parent" })).await);
    let child = id_of(&ada.task(json!({ "title": "child", "parent_id": parent })).await);
    ada.delete(&format!("/tasks/{child}")).await.expect(204);
    ada.delete(&format!("/tasks/{parent}")).await.expect(204);
    ada.delete(&format!("/tasks/trash/{parent}")).await.expect(204);
    assert_eq!(trash(&ada).await, ["child"]);
    let restored = ada.post(&format!("/tasks/{child}/restore"), json!({})).await.expect(200);
    assert_eq!(restored["parent_id"], Value::Null);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn the_trash_is_paged_and_can_be_emptied(db: PgPool) {
    let app = TestApp::start(db).await;
    let (ada, eve) = (app.person("Ada").await, app.person("Eve").await);
    let mut ids = Vec::new();
    for index in 0..5 {
        let id = id_of(&ada.task(json!({ "title": format!("{index}") })).await);
        ada.delete(&format!("/tasks/{id}")).await.expect(204);
        ids.push(id);
    }
    let first = ada.get("/tasks/trash?limit=3").await.expect(200);
    let cursor = first["next_cursor"].as_str().expect("a cursor");
    let second = ada.get(&format!("/tasks/trash?limit=3&cursor={cursor}")).await.expect(200);
    assert_eq!(texts(&first["items"], "title"), ["4", "3", "2"]);
    assert_eq!(
        (texts(&second["items"], "title"), &second["next_cursor"]),
        (vec!["1".into(), "0".into()], &Value::Null)
    );
    eve.delete(&format!("/tasks/trash/{}", ids[0])).await.expect(404);
    eve.post(&format!("/tasks/{}/restore", ids[0]), json!({})).await.expect(404);
    ada.delete(&format!("/tasks/trash/{}", ids[0])).await.expect(204);
    ada.get(&format!("/tasks/{}", ids[0])).await.expect(404);
    let alive = id_of(&ada.task(json!({})).await);
    ada.delete(&format!("/tasks/trash/{alive}")).await.expect(404);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn worker_empties_the_trash(db: PgPool) {
    let app = TestApp::start(db.clone()).await;
    let ada = app.person("Ada").await;
    for title in ["old", "new"] {
        let id = id_of(&ada.task(json!({ "title": title })).await);
        ada.delete(&format!("/tasks/{id}")).await.expect(204);
    }
    let project = ada.project("Old").await;
    ada.task(json!({ "project_id": project })).await;
    ada.delete(&format!("/projects/{project}")).await.expect(204);
    for statement in [
        "UPDATE tasks SET deleted_at = deleted_at - interval '31 days' WHERE title = 'old'",
        "UPDATE projects SET deleted_at = deleted_at - interval '31 days' WHERE name = 'Old'",
        "UPDATE events SET at = at - interval '31 days'",
    ] {
        sqlx::query(statement).execute(&db).await.expect("updated");
    }
    jobs::clean_up_once(&app.state, Utc::now()).await.expect("cleaned up");
    jobs::clean_up_once(&app.state, Utc::now()).await.expect("nothing more to do");
    assert_eq!(trash(&ada).await, ["new"]);
    assert_eq!(ada.get("/projects/trash").await.expect(200)["items"], json!([]));
    let kept: i64 = sqlx::query_scalar("SELECT count(*) FROM events").fetch_one(&db).await.expect("a count");
    assert_eq!(kept, 0, "clients that come back so late reload");
}
