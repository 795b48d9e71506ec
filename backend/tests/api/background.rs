//! A background task that fails is said to, and comes back.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use reqwest::Method;
use serde_json::{Value, json};
use sqlx::PgPool;
use todo::{
    cli::background,
    db::MIGRATOR,
    ops::doctor::{self, Cause, Check, Finding, Severity},
};

use crate::support::{TestApp, administrator, until};

async fn finding(app: &TestApp) -> Finding {
    let findings = doctor::examine(&app.state).await;
    findings.into_iter().find(|finding| finding.id == Check::Background).expect("checked")
}

/// A task that panics until it is told not to.
fn spawn_faulty(app: &TestApp) -> Arc<AtomicBool> {
    let is_mended = Arc::new(AtomicBool::new(false));
    let (mended, draining) = (Arc::clone(&is_mended), app.state.draining.clone());
    app.state.supervisor.spawn("test_task", move || {
        let (mended, draining) = (Arc::clone(&mended), draining.clone());
        async move {
            assert!(mended.load(Ordering::Relaxed), "panics on purpose");
            draining.cancelled().await;
        }
    });
    is_mended
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn panicking_task_is_reported_and_restarted(db: PgPool) {
    let (app, other) = (TestApp::start(db.clone()).await, TestApp::start(db).await);
    background::start_report(&app.state);
    let root = administrator(&app).await;
    assert_eq!(finding(&app).await.cause, Cause::BackgroundOk);
    let is_mended = spawn_faulty(&app);
    let ready = async || app.get("/health/ready").await.expect(200);
    until("it has ended twice", async || ready().await["interrupted"][0]["ends"] == 2).await;
    let interrupted = ready().await;
    assert_eq!(
        (&interrupted["status"], &interrupted["checks"]["background"]),
        (&json!("degraded"), &json!("degraded"))
    );
    let task = &interrupted["interrupted"][0];
    assert_eq!(task["task"], "test_task");
    assert!(
        task["since"].is_string() && task["advice"].as_str().is_some_and(|advice| advice.contains("log")),
        "{task:#}"
    );
    assert!(!interrupted.to_string().contains("on purpose"), "nobody has signed in to see that");
    let metrics = app.request(Method::GET, "/metrics").send().await.expect("an answer").text().await.expect("a text");
    assert!(metrics.contains(r#"todo_background_task_ends_total{task="test_task"}"#), "{metrics}");

    let report = root.get("/admin/doctor").await.expect(200);
    let items = report["items"].as_array().expect("findings").iter();
    let found: Vec<&Value> = items.filter(|item| item["cause"] == "background_interrupted").collect();
    assert_eq!(found[0]["parameters"]["tasks"], "test_task (server)");
    until("the other server has heard", async || finding(&other).await.cause == Cause::BackgroundInterrupted).await;
    let told = finding(&other).await;
    assert_eq!(told.status, Severity::Problem);
    assert!(told.what().contains("test_task (server)") && told.what().contains("panics on purpose"), "{}", told.what());
    assert_eq!(other.get("/health/ready").await.expect(200)["status"], "ok", "it is not its own");

    is_mended.store(true, Ordering::Relaxed);
    until("it runs well again", async || ready().await["status"] == "ok").await;
    assert_eq!(ready().await["interrupted"], json!([]));
    until("the other server has heard that too", async || finding(&other).await.cause == Cause::BackgroundOk).await;
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn report_of_a_dead_process_is_ignored(db: PgPool) {
    let app = TestApp::start(db.clone()).await;
    let tell = "INSERT INTO background_interruptions (process, program, task, since, ends, reason, seen_at)
                VALUES (gen_random_uuid(), 'worker', 'mail', now() - interval '1 day', 3, 'x', now() - $1)";
    let seconds_ago = |seconds| todo::db::interval(Duration::from_secs(seconds));
    sqlx::query(tell).bind(seconds_ago(180)).execute(&db).await.expect("told");
    assert_eq!(finding(&app).await.cause, Cause::BackgroundOk);
    sqlx::query(tell).bind(seconds_ago(60)).execute(&db).await.expect("told");
    assert!(finding(&app).await.what().contains("mail (worker)"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn failing_worker_task_stops_no_other(db: PgPool) {
    let app = TestApp::start(db).await;
    app.spawn_worker();
    let _still_faulty = spawn_faulty(&app);
    until("it ends", async || !app.state.supervisor.interruptions().is_empty()).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    let interruptions = app.state.supervisor.interruptions();
    assert_eq!(interruptions.keys().collect::<Vec<_>>(), [&"test_task"]);
    app.state.draining.cancel();
    let drained = tokio::time::timeout(Duration::from_secs(10), app.state.supervisor.drained()).await;
    assert!(drained.is_ok(), "every task ends when it is told to, whatever state it is in");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn failing_job_is_reported_until_it_succeeds(db: PgPool) {
    let (app, other) = (TestApp::start(db.clone()).await, TestApp::start(db.clone()).await);
    let run = async |statement: &'static str| sqlx::query(statement).execute(&db).await.expect(statement);
    // What is done every second, or every ten, by whoever leads.
    run("ALTER TABLE digest_items RENAME TO elsewhere").await;
    run("ALTER TABLE reminders RENAME TO elsewhere_too").await;
    background::start_report(&app.state);
    todo::jobs::start(&app.state);
    until("the doctor tells", async || finding(&app).await.what().contains("reminders (server)")).await;
    let told = finding(&app).await;
    assert_eq!((told.cause, told.status), (Cause::BackgroundInterrupted, Severity::Problem));
    assert!(told.what().contains("\"reminders\" does not exist"), "{}", told.what());
    until("the other server has heard", async || finding(&other).await.what().contains("reminders (server)")).await;
    let ready = app.get("/health/ready").await.expect(200);
    assert_eq!((&ready["status"], &ready["checks"]["background"]), (&json!("degraded"), &json!("degraded")));
    let tasks = ready["interrupted"].as_array().expect("tasks");
    let job = tasks.iter().find(|task| task["task"] == "reminders").expect("the job");
    assert!(job["ends"].as_u64().is_some_and(|failures| failures >= 2), "{job:#}");

    run("ALTER TABLE elsewhere_too RENAME TO reminders").await;
    run("ALTER TABLE elsewhere RENAME TO digest_items").await;
    until("it works again", async || !finding(&app).await.what().contains("reminders (server)")).await;
}
