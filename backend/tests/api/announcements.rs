//! Messages to everybody.

use std::time::Duration;

use serde_json::{Value, json};
use sqlx::PgPool;
use todo::{announcements::worker, db::MIGRATOR};
use uuid::Uuid;

use crate::support::{MailServer, PASSWORD, Person, TestApp, administrator, until};

const BOTH: &str = "/admin/announcements";

async fn register(app: &TestApp, db: &PgPool, name: &str, language: &str) -> Person {
    let email = format!("{}@example.org", name.to_lowercase());
    let body = json!({ "email": email, "password": PASSWORD, "name": name, "language": language });
    let person = Person::register(app, body).await;
    sqlx::query("UPDATE users SET email_verified_at = now() WHERE email = $1")
        .bind(&email)
        .execute(db)
        .await
        .expect("");
    person
}

fn texts() -> Value {
    json!({
        "en": { "title": "Maintenance <soon>", "text": "On Sunday nothing can be changed.\n\nThank you." },
        "zh-CN": { "title": "系统维护", "text": "周日将暂停修改。" },
    })
}

async fn count(db: &PgPool, query: &str) -> i64 {
    sqlx::query_scalar(sqlx::AssertSqlSafe(query.to_owned())).fetch_one(db).await.expect("a count")
}

async fn finished(root: &Person) -> Value {
    until("everybody was told", async || root.get(BOTH).await.expect(200)["items"][0]["finished_at"].is_string()).await;
    root.get(BOTH).await.expect(200)["items"][0].clone()
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn announcement_reaches_everyone_in_their_language(db: PgPool) {
    let mail = MailServer::start();
    let app = TestApp::start_with_mail(db.clone(), &mail, &[("PUBLIC_URL", "https://todo.example.org")]).await;
    let root = administrator(&app).await;
    let (lin, mei) = (register(&app, &db, "Lin", "en").await, register(&app, &db, "Mei", "zh-CN").await);
    let made = root.post(BOTH, json!({ "texts": texts() })).await.expect(201);
    assert_eq!((&made["texts"], &made["created_by"]["id"]), (&texts(), &json!(root.id)));
    assert!(made["finished_at"].is_null() && made["reached"] == 0, "the answer does not wait: {made:#}");
    let done = finished(&root).await;
    assert_eq!((&done["recipients"], &done["reached"]), (&json!(3), &json!(3)));
    for (reader, language) in [(&root, "en"), (&lin, "en"), (&mei, "zh-CN")] {
        let items = reader.get("/notifications").await.expect(200)["items"].clone();
        assert_eq!((&items[0]["kind"], &items[0]["data"]), (&json!("system.announcement"), &texts()[language]));
        assert_eq!(reader.get("/notifications/unread-count").await.expect(200)["unread"], 1, "{items:#}");
    }
    for (reader, subject, line) in [
        (&lin, "Maintenance <soon>", "On Sunday nothing can be changed.\r\n\r\nThank you."),
        (&mei, "系统维护", "周日将暂停修改。"),
    ] {
        // The mail that asks to confirm the address may come too, or be needed no more.
        let announced = || mail.mails().into_iter().find(|one| one.to == reader.email && one.subject() == subject);
        until("the mail arrives", async || announced().is_some()).await;
        let got = announced().expect("the mail");
        assert!(got.text().replace("\r\n", "\n").contains(&line.replace("\r\n", "\n")), "{}", got.text());
        assert!(!got.html().contains("<soon>"), "what was written is escaped");
        assert!(got.header("List-Unsubscribe").is_some_and(|link| link.contains("/api/v1/unsubscribe?token=")));
        assert_eq!(got.header("Auto-Submitted").as_deref(), Some("auto-generated"));
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn announcement_respects_channels_and_quiet_hours(db: PgPool) {
    let app = TestApp::start_with(db.clone(), &[("SMTP_URL", "smtp://127.0.0.1:1")]).await;
    let root = administrator(&app).await;
    let (quiet, page, none) = (
        register(&app, &db, "Quiet", "en").await,
        register(&app, &db, "Page", "en").await,
        register(&app, &db, "None", "en").await,
    );
    let choose = |in_app, mail| json!({ "kinds": [{ "kind": "system.announcement", "in_app": in_app, "mail": mail }] });
    page.patch("/notification-preferences", choose(true, false)).await.expect(200);
    none.patch("/notification-preferences", choose(false, false)).await.expect(200);
    let now = chrono::Utc::now();
    let hours = [-1, 2].map(|hours| (now + chrono::TimeDelta::hours(hours)).format("%H:%M").to_string());
    let hours = json!({ "quiet_hours": { "from": hours[0], "until": hours[1] } });
    quiet.patch("/notification-preferences", hours).await.expect(200);
    let english = json!({ "texts": { "zh-CN": texts()["zh-CN"] } });
    root.post(BOTH, english).await.expect(201);
    while worker::tell_some(&app.parts()).await.expect("told") {}
    let told = "SELECT count(*) FROM notifications WHERE kind = 'system.announcement'";
    assert_eq!(count(&db, told).await, 3, "the administrator, who is quiet, and who wants it in the page");
    let items = page.get("/notifications").await.expect(200)["items"].clone();
    assert_eq!(items[0]["data"]["title"], "系统维护", "the only language there is");
    let queued: Vec<(String, i16, bool)> = sqlx::query_as(
        "SELECT u.email, d.priority, d.next_attempt_at > now() + interval '1 hour' FROM deliveries d JOIN users u ON u.id = d.user_id \
         WHERE d.kind = 'system.announcement'",
    )
    .fetch_all(&db)
    .await
    .expect("rows");
    assert_eq!(queued, [(quiet.email.clone(), 2, true)], "the administrator's address is not confirmed");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn announcement_without_mail_is_shown_in_the_app(db: PgPool) {
    let app = TestApp::start(db.clone()).await;
    let root = administrator(&app).await;
    register(&app, &db, "Lin", "en").await;
    let id = Uuid::now_v7();
    root.post(BOTH, json!({ "id": id, "texts": texts() })).await.expect(201);
    root.post(BOTH, json!({ "id": id, "texts": texts() })).await.expect(200);
    while worker::tell_some(&app.parts()).await.expect("told") {}
    assert_eq!(count(&db, "SELECT count(*) FROM notifications").await, 2);
    assert_eq!(count(&db, "SELECT count(*) FROM deliveries").await, 0);
    root.post(BOTH, json!({ "texts": {} })).await.expect_fields(422, &["texts"]);
    let blank = json!({ "texts": { "en": { "title": " ", "text": "x" } } });
    root.post(BOTH, blank).await.expect_fields(422, &["texts.en.title"]);
    let long = json!({ "texts": { "zh-CN": { "title": "好", "text": "好".repeat(5001) } } });
    root.post(BOTH, long).await.expect_fields(422, &["texts.zh-CN.text"]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn announcement_to_ten_thousand_survives_killed_workers(db: PgPool) {
    let app = TestApp::start_with(db.clone(), &[("SMTP_URL", "smtp://127.0.0.1:1")]).await;
    let root = administrator(&app).await;
    for statement in [
        "INSERT INTO users (id, email, name, password_hash, email_verified_at)
         SELECT gen_random_uuid(), 'user' || n || '@example.org', 'User', '-', now() FROM generate_series(1, 9999) AS n",
        "INSERT INTO topics (id, kind) SELECT id, 'user' FROM users WHERE password_hash = '-'",
    ] {
        sqlx::query(statement).execute(&db).await.expect("users");
    }
    let before: i64 = count(&db, "SELECT sum(revision)::bigint FROM topics WHERE kind = 'user'").await;
    let answer = root.post(BOTH, json!({ "texts": texts() })).await.expect(201);
    assert_eq!(answer["reached"], 0);
    let run = || tokio::spawn(worker::run(app.parts(), app.state.draining.clone()));
    let (mut first, _second) = (run(), run());
    let mut tasks = 0;
    loop {
        root.task(json!({ "title": format!("Task {tasks}") })).await;
        tasks += 1;
        assert_eq!(root.titles("limit=1&sort=-created_at").await, [format!("Task {}", tasks - 1)]);
        let state = root.get(BOTH).await.expect(200)["items"][0].clone();
        if state["finished_at"].is_string() {
            assert_eq!((&state["recipients"], &state["reached"]), (&json!(10_000), &json!(10_000)));
            break;
        }
        // Ended in the middle of whatever it does, as by a kill; another takes its place.
        first.abort();
        first = run();
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(tasks > 1, "requests were answered meanwhile");
    for query in [
        "SELECT count(*) FROM notifications WHERE kind = 'system.announcement'",
        "SELECT count(DISTINCT user_id) FROM notifications WHERE kind = 'system.announcement'",
        "SELECT count(*) FROM events e JOIN users u ON u.id = e.topic_id WHERE e.kind = 'notification.created'",
        "SELECT count(DISTINCT e.topic_id) FROM events e WHERE e.kind = 'notification.created'",
    ] {
        assert_eq!(count(&db, query).await, 10_000, "{query}");
    }
    for query in ["count(*)", "count(DISTINCT user_id)"] {
        let query = format!("SELECT {query} FROM deliveries WHERE kind = 'system.announcement'");
        assert_eq!(count(&db, &query).await, 9_999, "all but the administrator, whose address is not confirmed");
    }
    let gaps =
        "SELECT count(*) FROM topics t WHERE revision <> (SELECT count(*) FROM events e WHERE e.topic_id = t.id)";
    assert_eq!(count(&db, gaps).await, 0, "revisions have no gaps");
    assert_eq!(count(&db, "SELECT sum(revision)::bigint FROM topics WHERE kind = 'user'").await, before + 10_000);
}
