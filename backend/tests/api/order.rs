//! Keys of the manual order stay short, however often something is moved into the same place.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use serde_json::{Value, json};
use sqlx::PgPool;
use todo::{db::MIGRATOR, jobs};

use crate::support::{Person, TestApp, id_of, texts, until};

const MOVES: usize = 4001;
const LONG: usize = 64;

async fn longest(db: &PgPool, table: &str) -> usize {
    let sql = format!("SELECT max(octet_length(position)) FROM {table}");
    let longest: i32 = sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_one(db).await.expect("a length");
    usize::try_from(longest).expect("a length")
}

async fn ids(person: &Person, project: &str) -> Vec<String> {
    let list = person.get(format!("/tasks?project_id={project}&sort=position&limit=200")).await.expect(200);
    texts(&list["items"], "id")
}

/// Of five: the outermost, on one side and then on the other, goes between the two that were moved last. So the gap gets narrower with
/// each move. Says what goes after what.
fn next_move(order: &mut Vec<String>, number: usize) -> (String, String) {
    let moved = order.remove(if number.is_multiple_of(2) { 0 } else { 4 });
    order.insert(2, moved.clone());
    (moved, order[1].clone())
}

async fn move_task(person: &Person, order: &mut Vec<String>, number: usize) -> Value {
    let (moved, after) = next_move(order, number);
    person.patch(format!("/tasks/{moved}"), json!({ "after": after })).await.expect(200)
}

async fn five_tasks(person: &Person, project: &str) -> Vec<String> {
    let mut order = Vec::new();
    for _ in 0..5 {
        order.push(id_of(&person.task(json!({ "project_id": project })).await));
    }
    assert_eq!(ids(person, project).await, order);
    order
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn thousands_of_moves_while_keys_are_renewed(db: PgPool) {
    let app = TestApp::start_with(db.clone(), &[("RATE_LIMIT_REQUESTS_PER_USER", "off")]).await;
    jobs::start(&app.state);
    let ada = app.person("Ada").await;
    let project = ada.project("Sorted").await;
    let mut order = five_tasks(&ada, &project).await;
    let (mut longest_seen, mut versions) = (0, 0);
    for number in 0..MOVES {
        let answer = move_task(&ada, &mut order, number).await;
        longest_seen = longest_seen.max(answer["position"].as_str().map_or(0, str::len));
        versions += 1;
    }
    assert!(longest_seen < 4000, "{longest_seen} characters; without the worker they are 8,010");
    until("no key is long", async || longest(&db, "tasks").await <= LONG).await;
    assert_eq!(ids(&ada, &project).await, order);
    let total: i64 =
        sqlx::query_scalar("SELECT sum(version - 1)::bigint FROM tasks").fetch_one(&db).await.expect("a sum");
    assert_eq!(total, versions, "renewing is no change of a task");
    let renewed: i64 = sqlx::query_scalar("SELECT count(*) FROM events WHERE kind = 'order.renewed'")
        .fetch_one(&db)
        .await
        .expect("a count");
    assert!(renewed >= 1);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn key_renewal_is_one_event_for_one_gap(db: PgPool) {
    let app = TestApp::start_with(db.clone(), &[("RATE_LIMIT_REQUESTS_PER_USER", "off")]).await;
    let ada = app.person("Ada").await;
    let project = ada.project("Sorted").await;
    let mut order = five_tasks(&ada, &project).await;
    // Outside of the gap.
    let first = ada.task(json!({ "project_id": project, "after": null })).await;
    let last = ids(&ada, &project).await.len();
    for number in 0..40 {
        move_task(&ada, &mut order, number).await;
    }
    assert!(longest(&db, "tasks").await > LONG);
    // One in the gap goes to the trash, to come back to its place.
    let deleted = order.remove(3);
    ada.delete(format!("/tasks/{deleted}")).await.expect(204);
    order.insert(0, id_of(&first));
    assert_eq!((last, ids(&ada, &project).await), (6, order.clone()));
    let one = ada.get(format!("/tasks/{}", order[2])).await;
    let (tag, list) = (one.header("etag").to_owned(), format!("/tasks?project_id={project}&sort=position"));
    let list_tag = ada.get(&list).await.header("etag").to_owned();
    let positions = async || {
        sqlx::query_scalar::<_, String>("SELECT position FROM tasks ORDER BY position COLLATE \"C\", id")
            .fetch_all(&db)
            .await
            .expect("positions")
    };
    let before = positions().await;
    jobs::renew_order::run_once(&app.state).await.expect("renewed");
    jobs::renew_order::run_once(&app.state).await.expect("nothing to do");
    let after = positions().await;
    assert!(after.iter().all(|position| position.len() <= LONG), "{after:?}");
    assert_eq!(before[0], after[0], "what is not in the gap stays");
    assert_eq!(ids(&ada, &project).await, order);
    assert_ne!(
        ada.get_if_none_match(&format!("/tasks/{}", order[2]), &tag).await.expect(200)["position"],
        one.body["position"]
    );
    ada.get_if_none_match(&list, &list_tag).await.expect(200);
    let events: Vec<(Value, Option<uuid::Uuid>)> =
        sqlx::query_as("SELECT data, actor_id FROM events WHERE kind = 'order.renewed'")
            .fetch_all(&db)
            .await
            .expect("events");
    assert_eq!(events, [(json!({ "id": project }), None)]);
    ada.post(format!("/tasks/{deleted}/restore"), json!({})).await.expect(200);
    order.insert(4, deleted);
    assert_eq!(ids(&ada, &project).await, order, "to its place");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn moves_during_key_renewal_are_kept(db: PgPool) {
    let app = TestApp::start_with(db.clone(), &[("RATE_LIMIT_REQUESTS_PER_USER", "off")]).await;
    let ada = app.person("Ada").await;
    let project = ada.project("Sorted").await;
    let mut order = five_tasks(&ada, &project).await;
    let (state, ended) = (app.state.clone(), Arc::new(AtomicBool::new(false)));
    let stop = Arc::clone(&ended);
    let renewals = tokio::spawn(async move {
        while !stop.load(Ordering::Relaxed) {
            jobs::renew_order::run_once(&state).await.expect("renewed");
        }
    });
    for number in 0..400 {
        move_task(&ada, &mut order, number).await;
    }
    ended.store(true, Ordering::Relaxed);
    renewals.await.expect("renewals go on all the time");
    assert_eq!(ids(&ada, &project).await, order);
    assert!(longest(&db, "tasks").await <= LONG + 20);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn project_order_keys_are_renewed(db: PgPool) {
    let app = TestApp::start_with(db.clone(), &[("RATE_LIMIT_REQUESTS_PER_USER", "off")]).await;
    let ada = app.person("Ada").await;
    let mut order = Vec::new();
    for name in ["A", "B", "C", "D", "E"] {
        order.push(ada.project(name).await);
    }
    for number in 0..40 {
        let (moved, after) = next_move(&mut order, number);
        ada.patch(format!("/projects/{moved}"), json!({ "after": after })).await.expect(200);
    }
    assert!(longest(&db, "project_members").await > LONG);
    jobs::renew_order::run_once(&app.state).await.expect("renewed");
    assert!(longest(&db, "project_members").await <= LONG);
    let list = ada.get("/projects").await.expect(200);
    assert_eq!(texts(&list["items"], "id")[1..], order);
    let events: Vec<(uuid::Uuid, Value)> =
        sqlx::query_as("SELECT topic_id, data FROM events WHERE kind = 'order.renewed'")
            .fetch_all(&db)
            .await
            .expect("events");
    assert_eq!(events, [(ada.id.parse().expect("an id"), json!({ "id": ada.id }))]);
}
