//! Nobody waits for all that somebody else has deleted.

use std::time::{Duration, Instant};

use serde_json::json;
use sqlx::PgPool;
use todo::{
    db::MIGRATOR,
    erasure::{self, Purge},
};

use crate::support::{Person, TestApp, id_of};

async fn many_tasks(db: &PgPool, project: &str, count: i32) {
    sqlx::query(
        "INSERT INTO tasks (id, project_id, title, position)
         SELECT gen_random_uuid(), $1::uuid, 'Task ' || n, lpad(n::text, 8, '0') FROM generate_series(1, $2) AS n",
    )
    .bind(project)
    .bind(count)
    .execute(db)
    .await
    .expect("tasks");
}

async fn delete_for_good(person: &Person, task: &str) {
    person.delete(format!("/tasks/{task}")).await.expect(204);
    person.delete(format!("/tasks/trash/{task}")).await.expect(204);
}

async fn titles_told(db: &PgPool, project: &str) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM events WHERE topic_id = $1::uuid AND data ->> 'title' <> ''")
        .bind(project)
        .fetch_one(db)
        .await
        .expect("a count")
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn erasure_takes_turns_between_owners(db: PgPool) {
    let app = TestApp::start(db.clone()).await;
    let (ada, bob) = (app.person("Ada").await, app.person("Bob").await);
    let (large, small) = (ada.project("Large").await, bob.project("Small").await);
    many_tasks(&db, &large, 2000).await;
    // As the steps of a larger deletion do.
    for _ in 0..4 {
        sqlx::query("DELETE FROM tasks WHERE id IN (SELECT id FROM tasks WHERE project_id = $1::uuid LIMIT 500)")
            .bind(&large)
            .execute(&db)
            .await
            .expect("deleted");
    }
    let task = id_of(&bob.task(json!({ "title": "Secret", "project_id": small })).await);
    delete_for_good(&bob, &task).await;
    assert!(titles_told(&db, &small).await > 0);
    let (things, is_done) =
        erasure::work_off_until(&db, Duration::from_secs(60), Instant::now()).await.expect("a few hundred");
    assert!(things < 2000 && !is_done, "{things}");
    assert_eq!(titles_told(&db, &small).await, 0, "its turn has come");

    // Who goes on deleting stands behind what they have deleted before.
    let (first, last): (i64, i64) =
        sqlx::query_as("SELECT min(turn), max(turn) FROM erasures WHERE checked_at IS NULL")
            .fetch_one(&db)
            .await
            .expect("");
    many_tasks(&db, &large, 1).await;
    sqlx::query("DELETE FROM tasks WHERE project_id = $1::uuid").bind(&large).execute(&db).await.expect("deleted");
    let next: i64 = sqlx::query_scalar("SELECT max(turn) FROM erasures").fetch_one(&db).await.expect("a turn");
    assert!(first > 1 && next == last + 1, "{first}, {last}, {next}");
    erasure::work_off(&db, Duration::ZERO).await.expect("all");
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM erasures").fetch_one(&db).await.expect("a count");
    assert_eq!(left, 0);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn small_project_is_erased_before_a_large_one(db: PgPool) {
    let app = TestApp::start(db.clone()).await;
    let (ada, bob) = (app.person("Ada").await, app.person("Bob").await);
    let large = ada.project("Large").await;
    many_tasks(&db, &large, 5000).await;
    sqlx::query("UPDATE topics SET revision = 5000 WHERE id = $1::uuid").bind(&large).execute(&db).await.expect("long");
    let erase = async |project: &str| {
        sqlx::query("UPDATE projects SET deleted_at = now(), erasing = true WHERE id = $1::uuid")
            .bind(project)
            .execute(&db)
            .await
            .expect("to be erased");
    };
    let left = async || -> Vec<String> {
        sqlx::query_scalar("SELECT name FROM projects WHERE erasing ORDER BY name").fetch_all(&db).await.expect("names")
    };
    erase(&large).await;
    let mut purge = Purge::default();
    // No time: one step.
    assert!(!purge.run(&db, Instant::now()).await.expect("begun"));
    let tasks: i64 = sqlx::query_scalar("SELECT count(*) FROM tasks").fetch_one(&db).await.expect("a count");
    assert!((1..5000).contains(&tasks), "{tasks}");
    let small = bob.project("Small").await;
    many_tasks(&db, &small, 10).await;
    erase(&small).await;
    for _ in 0..10 {
        purge.run(&db, Instant::now()).await.expect("a step");
        if left().await == ["Large"] {
            break;
        }
    }
    assert_eq!(left().await, ["Large"], "the small one is gone first");
    assert!(purge.run(&db, Instant::now() + Duration::from_secs(60)).await.expect("all"));
    assert_eq!(left().await, [""; 0]);
    assert_eq!(purge.outcome().expect("no failure"), 2);
}
