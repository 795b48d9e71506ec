//! What goes out, against a real SMTP server.

use std::time::Duration;

use serde_json::json;
use sqlx::PgPool;
use todo::db::MIGRATOR;

use crate::support::{MailServer, Person, TestApp, until};

async fn register(app: &TestApp, email: &str, language: &str) -> Person {
    let body = json!({ "email": email, "password": crate::support::PASSWORD, "name": "Lin 林", "language": language });
    Person::register(app, body).await
}

/// State, attempts and attempts without an answer of the deliveries to somebody.
async fn states(db: &PgPool, email: &str) -> Vec<(String, i32, i32)> {
    sqlx::query_as(
        "SELECT state, d.attempts, d.unacknowledged FROM deliveries d JOIN users u ON u.id = d.user_id WHERE u.email = $1 ORDER BY d.id",
    )
    .bind(email)
    .fetch_all(db)
    .await
    .expect("rows")
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn mail_has_headers_and_both_parts_in_the_readers_language(db: PgPool) {
    let mail = MailServer::start();
    let variables = [("MAIL_FROM", "Todo List Plus <todo@example.org>"), ("PUBLIC_URL", "https://todo.example.org")];
    let app = TestApp::start_with_mail(db.clone(), &mail, &variables).await;
    for (address, language, subject, greeting) in [
        ("en@example.org", "en", "Confirm your email address", "Hello Lin 林,"),
        ("zh@example.org", "zh-CN", "请确认您的邮箱地址", "Lin 林，您好！"),
    ] {
        register(&app, address, language).await;
        let got = mail.mails_to(address, 1).await.remove(0);
        assert_eq!(got.subject(), subject);
        let id: uuid::Uuid =
            sqlx::query_scalar("SELECT d.id FROM deliveries d JOIN users u ON u.id = d.user_id WHERE email = $1")
                .bind(address)
                .fetch_one(&db)
                .await
                .expect("a delivery");
        assert_eq!(got.message_id(), format!("{id}@example.org"));
        assert_eq!(got.header("Auto-Submitted").as_deref(), Some("auto-generated"));
        assert!(got.header("Date").is_some_and(|date| date.ends_with("+0000")));
        assert!(got.header("From").expect("a sender").contains("todo@example.org"));
        assert_eq!(got.header("List-Unsubscribe"), None, "an account's own mails cannot be unsubscribed from");
        assert!(got.header("Content-Type").expect("a type").starts_with("multipart/alternative"));
        for form in [got.text(), got.html()] {
            assert!(
                form.contains(greeting) && form.contains("https://todo.example.org/confirm-email?token="),
                "{form}"
            );
        }
        assert!(got.html().contains(&format!("<html lang=\"{language}\">")));
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn permanent_failures_are_parked_and_others_retried(db: PgPool) {
    let mail = MailServer::start();
    let app = TestApp::start_with_mail(db.clone(), &mail, &[]).await;
    register(&app, "refused@example.org", "en").await;
    register(&app, "busy@example.org", "en").await;
    mail.mails_to("busy@example.org", 1).await;
    until("parked", async || states(&db, "refused@example.org").await == [("parked".to_owned(), 1, 0)]).await;
    until("sent", async || states(&db, "busy@example.org").await == [("sent".to_owned(), 2, 0)]).await;
    let error: String = sqlx::query_scalar("SELECT last_error FROM deliveries WHERE state = 'parked'")
        .fetch_one(&db)
        .await
        .expect("an error");
    assert!(error.contains("no such person here"), "{error}");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn only_a_lost_answer_duplicates_a_mail(db: PgPool) {
    let mail = MailServer::start();
    let app = TestApp::start_with_mail(db.clone(), &mail, &[("SMTP_CONNECTIONS", "1")]).await;
    register(&app, "lost@example.org", "en").await;
    let mails = mail.mails_to("lost@example.org", 2).await;
    assert_eq!(mails[0].message_id(), mails[1].message_id());
    until("sent", async || states(&db, "lost@example.org").await == [("sent".to_owned(), 2, 1)]).await;
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn claims_of_a_killed_worker_are_released(db: PgPool) {
    let mut mail = MailServer::start();
    mail.kill();
    let url = mail.url();
    let app = TestApp::start_with(db.clone(), &[("SMTP_URL", &url), ("DELIVERY_LEASE_SECONDS", "4")]).await;
    register(&app, "ada@example.org", "en").await;
    let claimed = todo::outbox::store::claim(&db, todo::outbox::Channel::Mail, 10, app.state.config.delivery_lease)
        .await
        .expect("claimed");
    assert_eq!(claimed.len(), 1);
    let shown = todo::outbox::store::Shown { user_id: None, subject: Some("A subject"), address: "ada@example.org" };
    todo::outbox::store::begin(&db, &claimed[0], &shown, app.state.config.delivery_lease).await.expect("begun");
    mail.restart();
    app.spawn_worker();
    mail.mails_to("ada@example.org", 1).await;
    until("sent", async || states(&db, "ada@example.org").await == [("sent".to_owned(), 2, 1)]).await;
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn many_workers_send_each_mail_once_despite_outages(db: PgPool) {
    let mut mail = MailServer::start();
    let app = TestApp::start_with_mail(db.clone(), &mail, &[("SMTP_CONNECTIONS", "2")]).await;
    app.spawn_worker();
    app.spawn_worker();
    mail.kill();
    sqlx::query(
        "INSERT INTO users (id, email, name, password_hash)
         SELECT gen_random_uuid(), 'user' || n || '@example.org', 'User', '-' FROM generate_series(1, 300) AS n",
    )
    .execute(&db)
    .await
    .expect("users");
    sqlx::query(
        "INSERT INTO deliveries (id, event_key, recipient, channel, kind, user_id)
         SELECT gen_random_uuid(), 'test', id::text, 'mail', 'account.confirm_email', id FROM users",
    )
    .execute(&db)
    .await
    .expect("deliveries");
    tokio::time::sleep(Duration::from_secs(3)).await;
    mail.restart();
    let sent = async || {
        sqlx::query_scalar::<_, i64>("SELECT count(*) FROM deliveries WHERE state = 'sent'").fetch_one(&db).await
    };
    until("all sent", async || sent().await.expect("a count") == 300).await;
    let mut ids: Vec<String> = mail.mails().iter().map(crate::support::Mail::message_id).collect();
    assert_eq!(ids.len(), 300);
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 300, "each once");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn smtp_credentials_are_sent(db: PgPool) {
    let mail = MailServer::start();
    let credentials = [("SMTP_USERNAME", "todo"), ("SMTP_PASSWORD", "right")];
    let app = TestApp::start_with_mail(db, &mail, &credentials).await;
    register(&app, "ada@example.org", "en").await;
    assert_eq!(mail.mails_to("ada@example.org", 1).await[0].user.as_deref(), Some("todo"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn readiness_reports_the_mail_server(db: PgPool) {
    let mail = MailServer::start();
    let app = TestApp::start_with_mail(db.clone(), &mail, &[]).await;
    assert_eq!(app.get("/health/ready").await.expect(200)["checks"]["mail"], "ok");
    assert_eq!(app.get("/api/v1/server").await.expect(200)["mail"], true);
    let away = TestApp::start_with(db, &[("SMTP_URL", "smtp://127.0.0.1:1")]).await;
    let ready = away.get("/health/ready").await.expect(200);
    assert_eq!((&ready["checks"]["mail"], &ready["status"]), (&json!("degraded"), &json!("degraded")));
}
