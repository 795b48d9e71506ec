use serde_json::{Value, json};
use sqlx::PgPool;
use todo::db::MIGRATOR;

use crate::support::{Person, TestApp, id_of, texts};

/// A list's titles, page by page.
async fn walk(person: &Person, query: &str, limit: usize) -> Vec<String> {
    let (mut titles, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = person.get(&format!("/tasks?{query}&limit={limit}{cursor}")).await.expect(200);
        let items = texts(&page["items"], "title");
        assert!(items.len() <= limit);
        titles.extend(items);
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return titles,
        }
    }
}

async fn sample(app: &TestApp) -> Person {
    let body =
        json!({ "email": "ada@example.org", "password": crate::support::PASSWORD, "time_zone": "Asia/Shanghai" });
    let ada = Person::register(app, body).await;
    let tasks = [
        json!({ "title": "b", "status": "todo", "priority": "high", "tags": ["x", "y"], "due_date": "2026-01-05" }),
        json!({ "title": "a", "status": "done", "priority": "low", "tags": ["x"] }),
        json!({ "title": "d", "status": "in_progress", "priority": "urgent", "due_at": "2026-01-04T20:00:00Z" }),
        json!({ "title": "c", "status": "todo", "priority": "none", "assignee_id": ada.id }),
        json!({ "title": "e", "status": "cancelled", "priority": "medium", "tags": ["y"], "due_date": "2026-01-07" }),
    ];
    for task in tasks {
        ada.task(task).await;
    }
    ada
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn filters_combine(db: PgPool) {
    let app = TestApp::start(db).await;
    let ada = sample(&app).await;
    let list = |query: &str| {
        let query = format!("{query}&sort=title");
        let ada = &ada;
        async move { ada.titles(&query).await.concat() }
    };
    assert_eq!(list("").await, "abcde");
    assert_eq!(list("status=todo").await, "bc");
    assert_eq!(list("status=todo,done").await, "abc");
    assert_eq!(list("status=todo&status=done").await, "abc");
    assert_eq!(list("priority=high,urgent").await, "bd");
    assert_eq!(list("tag=x").await, "ab");
    assert_eq!(list("tag=X&tag=y").await, "b");
    assert_eq!(list("tag=x&status=done").await, "a");
    assert_eq!(list("assignee_id=me").await, "c");
    assert_eq!(list("assignee_id=none&status=todo").await, "b");
    assert_eq!(list("due=none").await, "ac");
    assert_eq!(list("due=overdue").await, "bd", "what is cancelled is not overdue");
    assert_eq!(list("due_after=2026-01-05").await, "bde", "04:00 on the 5th in Shanghai");
    assert_eq!(list("due_before=2026-01-05").await, "");
    assert_eq!(list("due_after=2026-01-05&due_before=2026-01-06").await, "bd");
    assert_eq!(list("due_after=2026-01-04T21:00:00Z").await, "be");
    assert_eq!(list("q=b").await, "b");
    let projects = ada.get("/projects").await.expect(200);
    assert_eq!(list(&format!("project_id={}", id_of(&projects["items"][0]))).await, "abcde");
    assert_eq!(list(&format!("project_id={}", uuid::Uuid::now_v7())).await, "");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn every_sort_order_pages_without_gaps_or_duplicates(db: PgPool) {
    let app = TestApp::start(db).await;
    let ada = sample(&app).await;
    let orders = [
        ("title", "abcde"),
        ("-title", "edcba"),
        ("created_at", "badce"),
        ("-created_at", "ecdab"),
        ("priority", "caebd"),
        ("-priority", "dbeac"),
        ("due", "dbe"),
        ("-due", "ebd"),
        ("position", "badce"),
        ("status", "bcdae"),
        ("completed_at", "a"),
        ("-completed_at", "a"),
        ("updated_at", "badce"),
    ];
    for (sort, expected) in orders {
        for limit in [1, 2, 3, 100] {
            let titles = walk(&ada, &format!("sort={sort}"), limit).await;
            assert!(titles.concat().starts_with(expected), "{sort} by {limit}: {titles:?}");
            let mut sorted = titles.clone();
            sorted.sort();
            assert_eq!(sorted.concat(), "abcde", "{sort} by {limit}: {titles:?}");
        }
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn counts_accept_the_same_filters_as_lists(db: PgPool) {
    let app = TestApp::start(db).await;
    let ada = sample(&app).await;
    let counts = |query: &'static str| ada.get(query);
    assert_eq!(
        counts("/tasks/counts").await.expect(200),
        json!({ "total": 5, "by_status": { "todo": 2, "in_progress": 1, "done": 1, "cancelled": 1 } })
    );
    assert_eq!(counts("/tasks/counts?tag=x").await.expect(200)["total"], 2);
    assert_eq!(counts("/tasks/counts?q=b").await.expect(200)["by_status"]["todo"], 1);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn archived_and_deleted_projects_are_left_out(db: PgPool) {
    let app = TestApp::start(db).await;
    let ada = app.person("Ada").await;
    let project = ada.project("Old").await;
    ada.task(json!({ "title": "old", "project_id": project })).await;
    ada.patch(&format!("/projects/{project}"), json!({ "archived": true })).await.expect(200);
    assert!(ada.titles("").await.is_empty());
    assert!(ada.titles("q=old").await.is_empty());
    assert_eq!(ada.titles("archived=true").await, ["old"]);
    assert_eq!(ada.titles(&format!("project_id={project}")).await, ["old"]);
    ada.delete(&format!("/projects/{project}")).await.expect(204);
    assert!(ada.titles(&format!("archived=true&project_id={project}")).await.is_empty());
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn invalid_query_parameters_are_named(db: PgPool) {
    let app = TestApp::start(db).await;
    let ada = sample(&app).await;
    for (query, fields) in [
        ("status=open", vec!["status"]),
        ("priority=1", vec!["priority"]),
        ("limit=0", vec!["limit"]),
        ("limit=100000", vec!["limit"]),
        ("limit=many", vec!["limit"]),
        ("sort=colour", vec!["sort"]),
        ("sort=relevance", vec!["sort"]),
        ("due=soon", vec!["due"]),
        ("due_before=tomorrow", vec!["due_before"]),
        ("project_id=1", vec!["project_id"]),
        ("assignee_id=you", vec!["assignee_id"]),
        ("tag=a,b,c,d,e,f,g,h,i,j,k", vec!["tag"]),
        ("cursor=!!!", vec!["cursor"]),
        ("cursor=bm90IGpzb24", vec!["cursor"]),
        ("q=a%00b", vec!["q"]),
        ("status=open&due=soon", vec!["due", "status"]),
    ] {
        ada.get(&format!("/tasks?{query}")).await.expect_fields(422, &fields);
    }
    let page = ada.get("/tasks?sort=title&limit=1").await.expect(200);
    let cursor = page["next_cursor"].as_str().expect("a cursor");
    ada.get(&format!("/tasks?sort=due&cursor={cursor}")).await.expect_fields(422, &["cursor"]);
    // A cursor that somebody made up, of the right form but with a value that is no time.
    let made_up = json!({ "sort": { "key": "due", "descending": false }, "value": "x", "id": uuid::Uuid::now_v7() });
    let made_up = todo::http::page::encode_cursor(&made_up);
    ada.get(&format!("/tasks?sort=due&cursor={made_up}")).await.expect_fields(422, &["cursor"]);
    assert_eq!(ada.get("/tasks?sort=title&limit=200").await.expect(200)["next_cursor"], Value::Null);
}
