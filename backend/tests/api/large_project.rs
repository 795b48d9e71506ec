//! What is done to a project of many members and tasks as a whole.

use serde_json::json;
use sqlx::PgPool;
use todo::db::MIGRATOR;

use crate::support::TestApp;

/// With a limit on the time of a request that a slow machine keeps, and that work for each member times each task would not.
#[sqlx::test(migrator = "MIGRATOR")]
async fn large_shared_project_can_be_restored(db: PgPool) {
    let app = TestApp::start_with(db.clone(), &[("REQUEST_TIMEOUT_SECONDS", "10")]).await;
    let ada = app.person("Ada").await;
    let project = ada.project("Large").await;
    ada.task(json!({ "project_id": project })).await;
    for statement in [
        "INSERT INTO users (id, email, name, password_hash) SELECT gen_random_uuid(), 'member' || n || '@example.org', 'Member', 'x' FROM generate_series(1, 1000) n",
        "INSERT INTO topics (id, kind) SELECT id, 'user' FROM users WHERE name = 'Member'",
        "INSERT INTO project_members (project_id, user_id, role, position) SELECT p.id, u.id, 'editor', 'a' FROM users u, projects p WHERE u.name = 'Member' AND p.name = 'Large'",
        "ALTER TABLE tasks DISABLE TRIGGER USER",
        "INSERT INTO tasks (id, project_id, title, position, created_by) SELECT gen_random_uuid(), project_id, 'Task', 'a' || n, created_by FROM tasks, generate_series(1, 20000) n",
        "ALTER TABLE tasks ENABLE TRIGGER USER",
        "ANALYZE",
    ] {
        sqlx::query(statement).execute(&db).await.expect(statement);
    }
    ada.delete(format!("/projects/{project}")).await.expect(204);
    let back = ada.post(format!("/projects/{project}/restore"), json!({})).await.expect(200);
    assert_eq!((&back["member_count"], &back["open_tasks"]), (&json!(1001), &json!(20001)));
    for (what, expected, statement) in [
        ("left", 1001, "SELECT count(DISTINCT topic_id) FROM events WHERE kind = 'project.left'"),
        (
            "joined",
            1001,
            "SELECT count(DISTINCT topic_id) FROM events WHERE kind = 'project.joined' AND data ->> 'name' = 'Large' AND at > (SELECT max(at) FROM events WHERE kind = 'project.left')",
        ),
        (
            "editors",
            1000,
            "SELECT count(*) FROM events WHERE kind = 'project.joined' AND data ->> 'role' = 'editor' AND data ->> 'open_tasks' = '20001'",
        ),
        (
            "told of both",
            2000,
            "SELECT count(*) FROM notifications WHERE kind = 'project.changed' AND data ->> 'change' IN ('deleted', 'restored')",
        ),
        ("told live", 2000, "SELECT count(*) FROM events WHERE kind = 'notification.created'"),
        (
            "gaps",
            0,
            "SELECT count(*) FROM topics t WHERE t.kind = 'user' AND t.revision <> (SELECT count(*) FROM events e WHERE e.topic_id = t.id)",
        ),
    ] {
        let count: i64 = sqlx::query_scalar(statement).fetch_one(&db).await.expect(statement);
        assert_eq!(count, expected, "{what}");
    }
}
