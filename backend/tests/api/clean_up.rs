//! Clean-up comes to its end: in steps, each job by itself, one process at a time, and for months at the same cost.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use sqlx::{PgPool, postgres::PgPoolOptions};
use todo::{
    db::MIGRATOR,
    id::ProcessId,
    jobs::{self, leader},
};

use crate::support::{TestApp, id_of};

async fn run(db: &PgPool, sql: &'static str) {
    sqlx::query(sql).execute(db).await.expect(sql);
}

async fn count(db: &PgPool, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(db).await.expect(sql)
}

/// What a day brings: events of a new topic and of an old one, and a bit of all that is forgotten some time.
const A_DAY: [&str; 6] = [
    "WITH topic AS (INSERT INTO topics (id, kind, revision) VALUES (gen_random_uuid(), 'project', 200) RETURNING id)
     INSERT INTO events (topic_id, revision, kind, data, at)
     SELECT id, n, 'task.updated', jsonb_build_object('id', gen_random_uuid(), 'title', repeat('x', 200)), $1 + n * interval '1 second'
     FROM topic, generate_series(1, 200) n",
    "INSERT INTO notifications (id, user_id, kind, data, created_at)
     SELECT gen_random_uuid(), u.id, 'task.assigned', jsonb_build_object('text', repeat('x', 100)), $1 + n * interval '1 second'
     FROM users u, generate_series(1, 200) n",
    "INSERT INTO deliveries (id, event_key, recipient, channel, kind, user_id, state, sent_at, created_at)
     SELECT gen_random_uuid(), gen_random_uuid()::text, 'x', 'mail', 'task.assigned', u.id, 'sent', $1, $1 + n * interval '1 second'
     FROM users u, generate_series(1, 100) n",
    "INSERT INTO sessions (id, user_id, created_at, expires_at)
     SELECT gen_random_uuid(), u.id, $1, $1 + n * interval '1 minute' FROM users u, generate_series(1, 50) n",
    "INSERT INTO due_notices (task_id, user_id, kind, due_at, is_waiting, created_at)
     SELECT t.id, t.created_by, 'task.overdue', $1 + n * interval '1 second', false, $1 FROM tasks t, generate_series(1, 100) n",
    "INSERT INTO invitations (id, project_id, email, role, invited_by, expires_at)
     SELECT gen_random_uuid(), t.project_id, gen_random_uuid() || '@example.org', 'viewer', t.created_by, $1 FROM tasks t, generate_series(1, 20)",
];

/// Blocks of tables and indexes that were touched so far. Over the connection that has touched them, which tells what it has counted.
async fn blocks_touched(db: &PgPool) -> i64 {
    run(db, "SELECT pg_stat_force_next_flush()").await;
    run(db, "SELECT pg_stat_clear_snapshot()").await;
    count(
        db,
        "SELECT coalesce(sum(coalesce(heap_blks_read, 0) + coalesce(heap_blks_hit, 0) + coalesce(idx_blks_read, 0)
                + coalesce(idx_blks_hit, 0) + coalesce(toast_blks_read, 0) + coalesce(toast_blks_hit, 0)), 0)::bigint
         FROM pg_statio_user_tables",
    )
    .await
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn idle_clean_up_has_constant_cost(db: PgPool) {
    let one = PgPoolOptions::new().max_connections(1).connect_lazy_with(db.connect_options().as_ref().clone());
    let variables = [("EVENT_RETENTION_DAYS", "20"), ("NOTIFICATION_RETENTION_DAYS", "20")];
    let app = TestApp::start_with(one.clone(), &variables).await;
    let ada = app.person("Ada").await;
    ada.task(json!({})).await;
    let begin: DateTime<Utc> = "2026-01-01T00:00:00Z".parse().expect("an instant");
    let mut costs = Vec::new();
    for day in 0..90 {
        let now = begin + TimeDelta::days(day);
        for statement in A_DAY {
            sqlx::query(statement).bind(now).execute(&one).await.expect(statement);
        }
        jobs::clean_up_once(&app.state, now).await.expect("cleaned up");
        if day % 10 == 9 {
            // As autovacuum does.
            run(&one, "VACUUM ANALYZE").await;
            let before = blocks_touched(&one).await;
            assert_eq!(jobs::clean_up_once(&app.state, now).await.expect("cleaned up"), 0, "day {day}");
            costs.push(blocks_touched(&one).await - before);
        }
    }
    let (early, late) = (costs[2], costs.iter().skip(2).max().expect("costs"));
    assert!(*late <= early + 30 && *late < 300, "blocks of a look at nothing, every ten days: {costs:?}");
    let kept = count(&db, "SELECT count(*) FROM events WHERE at < '2026-06-01'").await;
    assert!((20 * 200..=21 * 200).contains(&kept), "{kept} events are left of 90 days");
    let kept = count(&db, "SELECT count(*) FROM sessions WHERE expires_at < '2026-06-01'").await;
    assert!((7 * 50..=8 * 50).contains(&kept), "{kept} sessions");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn large_project_is_deleted_in_short_statements(db: PgPool) {
    let limited = db.connect_options().as_ref().clone().options([("statement_timeout", "1500")]);
    let app = TestApp::start(db.clone()).await;
    let worker = TestApp::start(PgPoolOptions::new().max_connections(2).connect_lazy_with(limited)).await;
    let ada = app.person("Ada").await;
    let project = ada.project("Large").await;
    let parent = id_of(&ada.task(json!({ "project_id": project })).await);
    for statement in [
        // What the triggers would write is made below, for all at once.
        "ALTER TABLE tasks DISABLE TRIGGER USER",
        "INSERT INTO tasks (id, project_id, parent_id, title, position, created_by)
         SELECT gen_random_uuid(), project_id, CASE WHEN n % 3 = 0 THEN id END, 'Task ' || n, 'a' || n, created_by
         FROM tasks, generate_series(1, 20000) n",
        "INSERT INTO task_search (task_id, project_id, vector)
         SELECT id, project_id, to_tsvector('simple', title) FROM tasks ON CONFLICT DO NOTHING",
        "INSERT INTO notifications (id, user_id, kind, project_id, task_id)
         SELECT gen_random_uuid(), created_by, 'task.assigned', project_id, id FROM tasks",
        "INSERT INTO events (topic_id, revision, kind, data)
         SELECT p.id, 1000 + n, 'task.updated', '{}' FROM projects p, generate_series(1, 20000) n WHERE p.name = 'Large'",
        "ALTER TABLE tasks ENABLE TRIGGER USER",
        "ANALYZE",
    ] {
        run(&db, statement).await;
    }
    ada.get(format!("/tasks/{parent}")).await.expect(200);
    ada.delete(format!("/projects/{project}")).await.expect(204);
    let in_31_days = Utc::now() + TimeDelta::days(31);
    jobs::clean_up_once(&worker.state, in_31_days).await.expect("cleaned up, within the time of each statement");
    assert_eq!(count(&db, "SELECT count(*) FROM projects WHERE name = 'Large'").await, 0);
    assert_eq!(count(&db, "SELECT count(*) FROM tasks").await, 0);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn failing_job_does_not_stop_others(db: PgPool) {
    let app = TestApp::start(db.clone()).await;
    let ada = app.person("Ada").await;
    ada.task(json!({})).await;
    run(&db, "UPDATE events SET at = now() - interval '40 days'").await;
    run(&db, "ALTER TABLE sessions RENAME TO elsewhere").await;
    run(&db, "ALTER TABLE account_tokens RENAME TO elsewhere_too").await;
    let failure = jobs::clean_up_once(&app.state, Utc::now()).await.expect_err("two tables are gone").to_string();
    assert!(failure.contains("prune_sessions") && failure.contains("prune_account_tokens"), "{failure}");
    assert_eq!(count(&db, "SELECT count(*) FROM events").await, 0);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn leader_keeps_the_lease_until_released_or_expired(db: PgPool) {
    let lease = Duration::from_secs(30);
    let (one, other) = (ProcessId::new(), ProcessId::new());
    let claim = async |process| leader::claim(&db, process, lease).await.expect("an answer");
    assert!(claim(one).await && !claim(other).await && claim(one).await, "the first, and it renews");
    run(&db, "UPDATE leases SET expires_at = now() - interval '1 second'").await;
    assert!(claim(other).await && !claim(one).await, "it was not heard of for too long");
    leader::release(&db, one).await.expect("it is not its own");
    assert!(!claim(one).await);
    leader::release(&db, other).await.expect("released");
    assert!(claim(one).await);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn only_the_leader_runs_leader_jobs(db: PgPool) {
    let (first, second) = (TestApp::start(db.clone()).await, TestApp::start(db.clone()).await);
    let ada = first.person("Ada").await;
    jobs::start(&first.state);
    crate::support::until("the first leads", async || count(&db, "SELECT count(*) FROM leases").await == 1).await;
    jobs::start(&second.state);
    let id = id_of(&ada.task(json!({})).await);
    ada.delete(format!("/tasks/{id}")).await.expect(204);
    ada.delete(format!("/tasks/trash/{id}")).await.expect(204);
    let waiting = "SELECT count(*) FROM erasures WHERE checked_at IS NULL";
    crate::support::until("the leader has erased it", async || count(&db, waiting).await == 0).await;
    first.state.draining.cancel();
    first.state.supervisor.drained().await;
    crate::support::until("the other leads", async || {
        let holder: Option<ProcessId> =
            sqlx::query_scalar("SELECT holder FROM leases").fetch_optional(&db).await.expect("a row");
        holder == Some(second.state.process)
    })
    .await;
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn expired_export_is_deleted_in_steps(db: PgPool) {
    let app = TestApp::start(db.clone()).await;
    let (ada, bob) = (app.person("Ada").await, app.person("Bob").await);
    for person in [&ada, &bob] {
        person.post("/users/me/export", json!({})).await.expect(202);
    }
    run(&db, "UPDATE data_exports e SET state = 'ready', expires_at = now() + interval '1 day'").await;
    run(&db, "UPDATE data_exports e SET expires_at = now() - interval '1 day' FROM users u WHERE u.id = e.user_id AND u.name = 'Ada'").await;
    run(&db, "INSERT INTO data_export_pieces SELECT id, n, 'piece' FROM data_exports, generate_series(0, 4999) AS n")
        .await;
    for statement in [
        "CREATE TABLE steps (rows bigint)",
        "CREATE FUNCTION count_step() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN INSERT INTO steps SELECT count(*) FROM gone; RETURN NULL; END $$",
        "CREATE TRIGGER counted AFTER DELETE ON data_export_pieces REFERENCING OLD TABLE AS gone
         FOR EACH STATEMENT EXECUTE FUNCTION count_step()",
    ] {
        run(&db, statement).await;
    }
    jobs::clean_up_once(&app.state, Utc::now()).await.expect("cleaned up");
    assert!(count(&db, "SELECT max(rows) FROM steps").await <= 2000);
    assert_eq!(count(&db, "SELECT sum(rows)::bigint FROM steps").await, 5000);
    assert_eq!(count(&db, "SELECT count(*) FROM data_exports").await, 1);
    assert_eq!(bob.get("/users/me/export").await.expect(200)["state"], "ready");
}
