//! Tasks carry copies of what lists show of them: the names of their tags, and how many subtasks they have.

use serde_json::{Value, json};
use sqlx::{PgPool, migrate::Migrator};
use todo::db::MIGRATOR;

use crate::support::{self, TestApp, id_of};

/// Tasks whose copies are not what they are copied from.
async fn wrong_copies(db: &PgPool) -> Vec<String> {
    sqlx::query_scalar(
        "SELECT concat_ws(' ', t.title, t.tags, d.tags, t.subtasks_total, t.subtasks_done, d.subtasks)
         FROM tasks t JOIN task_details d USING (id)
         WHERE (t.tags, t.subtasks_total, t.subtasks_done) IS DISTINCT FROM (d.tags, d.subtasks[1], d.subtasks[2])",
    )
    .fetch_all(db)
    .await
    .expect("the copies")
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn row_copies_follow_every_write(db: PgPool) {
    let app = TestApp::start(db.clone()).await;
    let ada = app.person("Ada").await;
    let (project, other) = (ada.project("Garden").await, ada.project("House").await);
    let new = |title: &str, fields: Value| {
        let mut body = json!({ "title": title, "project_id": project });
        body.as_object_mut().expect("an object").extend(fields.as_object().expect("an object").clone());
        let ada = &ada;
        async move { id_of(&ada.task(body).await) }
    };
    let parent = new("parent", json!({ "tags": ["b", "A"] })).await;
    let second = new("second", json!({ "tags": ["A"] })).await;
    let child = new("child", json!({ "parent_id": parent, "tags": ["c"] })).await;
    let done = new("done", json!({ "parent_id": parent, "status": "done" })).await;
    let tags = ada.get(format!("/tags?project_id={project}")).await.expect(200);
    let tag = |name: &str| {
        id_of(tags["items"].as_array().and_then(|all| all.iter().find(|tag| tag["name"] == name)).expect("a tag"))
    };

    let task = |id: &str| format!("/tasks/{id}");
    let steps = [
        ("PATCH", task(&child), json!({ "status": "done" })),
        ("PATCH", task(&done), json!({ "status": "cancelled" })),
        ("PATCH", task(&child), json!({ "title": "not what is copied" })),
        ("PATCH", task(&parent), json!({ "tags": ["b", "d"] })),
        ("PATCH", format!("/tags/{}", tag("b")), json!({ "name": "z" })),
        ("PATCH", format!("/tags/{}", tag("c")), json!({ "color": "#123456" })),
        ("DELETE", format!("/tags/{}", tag("A")), Value::Null),
        ("DELETE", task(&done), Value::Null),
        ("POST", format!("/tasks/{done}/restore"), json!({})),
        ("PATCH", task(&done), json!({ "parent_id": second })),
        ("PATCH", task(&child), json!({ "parent_id": null })),
        ("PATCH", task(&child), json!({ "parent_id": second })),
        ("PATCH", task(&second), json!({ "project_id": other })),
        ("DELETE", task(&second), Value::Null),
        ("POST", format!("/tasks/{second}/restore"), json!({})),
        ("DELETE", task(&child), Value::Null),
        ("DELETE", format!("/tasks/trash/{child}"), Value::Null),
        ("DELETE", task(&second), Value::Null),
        ("DELETE", format!("/tasks/trash/{second}"), Value::Null),
    ];
    for (method, path, body) in steps {
        let answer = match method {
            "PATCH" => ada.patch(&path, body.clone()).await,
            "POST" => ada.post(&path, body.clone()).await,
            _ => ada.delete(&path).await,
        };
        assert!(answer.status.is_success(), "{method} {path} {body}: {}", answer.status);
        assert_eq!(wrong_copies(&db).await, [""; 0], "after {method} {path} {body}");
    }
    let last = ada.get(task(&parent)).await.expect(200);
    assert_eq!((&last["tags"], &last["subtasks"]), (&json!(["d", "z"]), &json!({ "total": 0, "done": 0 })));
}

/// Whoever works in the project meanwhile waits for each of these writes.
#[sqlx::test(migrator = "MIGRATOR")]
async fn tag_change_writes_each_task_once(db: PgPool) {
    let app = TestApp::start(db.clone()).await;
    let ada = app.person("Ada").await;
    let project = ada.project("Garden").await;
    for (title, tags) in [("one", json!(["old"])), ("two", json!(["old", "a", "z"])), ("other", json!(["a"]))] {
        ada.task(json!({ "title": title, "project_id": project, "tags": tags })).await;
    }
    let tags = ada.get(format!("/tags?project_id={project}")).await.expect(200);
    let old = id_of(tags["items"].as_array().and_then(|all| all.iter().find(|tag| tag["name"] == "old")).expect("it"));
    let tasks = async || {
        sqlx::query_as::<_, (String, Vec<String>, i64)>("SELECT title, tags, version FROM tasks ORDER BY title")
            .fetch_all(&db)
            .await
            .expect("the tasks")
    };
    let row = |title: &str, tags: &[&str], version: i64| {
        (title.to_owned(), tags.iter().map(|tag| (*tag).to_owned()).collect::<Vec<_>>(), version)
    };
    let before = tasks().await;
    assert_eq!(before, [row("one", &["old"], 1), row("other", &["a"], 1), row("two", &["a", "old", "z"], 1)]);
    let renamed = json!({ "name": "Name", "color": "#123456" });
    ada.patch(format!("/tags/{old}"), renamed.clone()).await.expect(200);
    let after = [row("one", &["Name"], 2), row("other", &["a"], 1), row("two", &["a", "Name", "z"], 2)];
    assert_eq!(tasks().await, after);
    ada.patch(format!("/tags/{old}"), renamed).await.expect(200);
    assert_eq!(tasks().await, after, "it is called so already");

    // What this transaction writes, and what its connection has written just before.
    let mut change = db.begin().await.expect("a transaction");
    let mut written = Vec::new();
    for statement in
        ["SELECT $1::uuid", "UPDATE tags SET name = 'once' WHERE id = $1::uuid", "DELETE FROM tags WHERE id = $1::uuid"]
    {
        sqlx::query(statement).bind(&old).execute(&mut *change).await.expect(statement);
        let so_far = "SELECT n_tup_upd FROM pg_stat_xact_user_tables WHERE relname = 'tasks'";
        written.push(sqlx::query_scalar::<_, i64>(so_far).fetch_one(&mut *change).await.expect("a count"));
    }
    assert_eq!([written[1] - written[0], written[2] - written[1]], [2, 2]);
    change.rollback().await.expect("undone");
    ada.delete(format!("/tags/{old}")).await.expect(204);
    assert_eq!(tasks().await, [row("one", &[], 3), row("other", &["a"], 1), row("two", &["a", "z"], 3)]);
    assert_eq!(wrong_copies(&db).await, [""; 0]);
}

/// The first migration with the copies.
const COPIES: i64 = 20_261_123_000_015;

#[sqlx::test(migrations = false)]
async fn existing_rows_are_backfilled(db: PgPool) {
    support::without_schema(&db).await;
    let before = MIGRATOR.iter().filter(|migration| migration.version < COPIES).cloned();
    Migrator::with_migrations(before.collect()).run(&db).await.expect("the schema of before");
    sqlx::raw_sql(
        "
        INSERT INTO users (id, email, name, password_hash) VALUES (gen_random_uuid(), 'ada@example.org', 'Ada', '-');
        INSERT INTO projects (id, owner_id, name, color, icon)
        SELECT gen_random_uuid(), users.id, p.name, '#4f46e5', 'folder' FROM users, (VALUES ('one'), ('two')) AS p (name);
        INSERT INTO topics (id, kind) SELECT id, 'project' FROM projects;
        INSERT INTO tags (id, project_id, name, color)
        SELECT gen_random_uuid(), id, tag, '#059669' FROM projects, (VALUES ('b'), ('A')) AS t (tag);
        INSERT INTO tasks (id, project_id, title, position)
        SELECT gen_random_uuid(), id, 'parent', 'a' FROM projects UNION ALL
        SELECT gen_random_uuid(), id, 'plain', 'b' FROM projects;
        INSERT INTO tasks (id, project_id, parent_id, title, position, status, completed_at, deleted_at)
        SELECT gen_random_uuid(), p.project_id, p.id, c.title, 'c', c.status, c.completed_at, c.deleted_at
        FROM tasks p, (VALUES ('open', 'todo', NULL::timestamptz, NULL::timestamptz), ('done', 'done', now(), NULL),
                            ('gone', 'done', now(), now())) AS c (title, status, completed_at, deleted_at)
        WHERE p.title = 'parent';
        INSERT INTO task_tags (task_id, tag_id, project_id)
        SELECT t.id, g.id, t.project_id FROM tasks t JOIN tags g USING (project_id) WHERE t.title IN ('parent', 'gone');
        ",
    )
    .execute(&db)
    .await
    .expect("rows of before");

    MIGRATOR.run(&db).await.expect("the schema of now");
    assert_eq!(wrong_copies(&db).await, [""; 0]);
    let parents: Vec<(Vec<String>, i32, i32)> =
        sqlx::query_as("SELECT tags, subtasks_total, subtasks_done FROM tasks WHERE title = 'parent'")
            .fetch_all(&db)
            .await
            .expect("the parents");
    assert_eq!(parents, vec![(vec!["A".to_owned(), "b".to_owned()], 2, 1); 2]);
}
