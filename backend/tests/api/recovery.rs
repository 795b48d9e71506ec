//! A forgotten password, and the proof of an address, by mail.

use std::time::{Duration, Instant};

use serde_json::json;
use sqlx::PgPool;
use todo::{
    db::MIGRATOR,
    mailer,
    outbox::{self, Channel},
};

use crate::support::{Mail, MailServer, PASSWORD, TestApp};

const NEXT: &str = "nine slow rivers north";
const RESET: &str = "/api/v1/auth/password-reset";
const CONFIRM_RESET: &str = "/api/v1/auth/password-reset/confirm";
const CONFIRM_EMAIL: &str = "/auth/email/confirm";

#[sqlx::test(migrator = "MIGRATOR")]
async fn forgotten_password_can_be_reset_by_mail(db: PgPool) {
    let mail = MailServer::start();
    let app = TestApp::start_with_mail(db.clone(), &mail, &[("PUBLIC_URL", "https://todo.example.org")]).await;
    let ada = app.person("Ada").await;
    app.post(RESET, json!({ "email": ada.email.to_uppercase() })).await.expect(202);
    let mails = mail.mails_to(&ada.email, 2).await;
    let reset = mails.iter().find(|mail| mail.subject() == "Choose a new password").expect("the mail");
    assert!(reset.text().contains("https://todo.example.org/reset-password?token="), "{}", reset.text());
    let token = reset.token("reset-password");
    let hashes: Vec<Vec<u8>> =
        sqlx::query_scalar("SELECT token_hash FROM account_tokens").fetch_all(&db).await.expect("");
    assert!(hashes.iter().all(|hash| hash != token.as_bytes()), "the token itself is not stored");

    let confirm =
        |token: &str, password: &str| app.post(CONFIRM_RESET, json!({ "token": token, "password": password }));
    confirm(&token, "short").await.expect_fields(422, &["password"]);
    confirm(&token, "password1").await.expect_fields(422, &["password"]);
    confirm("wrong", NEXT).await.expect_fields(422, &["token"]);
    let changed = confirm(&token, NEXT).await;
    assert!(changed.headers.get("set-cookie").is_none(), "a reset opens no session");
    assert_eq!(changed.expect(200), json!({ "email": ada.email }), "what to sign in with");

    ada.get("/users/me").await.expect(401);
    app.post("/api/v1/auth/login", json!({ "email": ada.email, "password": PASSWORD })).await.expect(401);
    let again = ada.sign_in_again(NEXT).await;
    // Another password is another request; the same one again is a lost answer, which ends no session.
    confirm(&token, PASSWORD).await.expect_fields(422, &["token"]);
    confirm(&token, NEXT).await.expect(200);
    assert!(again.get("/users/me").await.expect(200)["email_verified_at"].is_string(), "the mail has arrived");
    let told = mail.mails_to(&ada.email, 3).await;
    assert!(told.iter().any(|mail| mail.subject() == "Your password was changed" && mail.text().contains("127.0.0.1")));
    assert_eq!(told.len(), 3, "told once");
    a_minute_later(&db).await;
    confirm(&token, NEXT).await.expect_fields(422, &["token"]);
}

/// The answer is not lost any more.
async fn a_minute_later(db: &PgPool) {
    let later = "UPDATE account_tokens SET used_at = used_at - interval '61 seconds' WHERE used_at IS NOT NULL";
    sqlx::query(later).execute(db).await.expect("later");
}

/// Two taps on the button: neither is told that the link is not good.
#[sqlx::test(migrator = "MIGRATOR")]
async fn concurrent_resets_with_the_same_password_succeed(db: PgPool) {
    let mail = MailServer::start();
    let app = TestApp::start_with_mail(db.clone(), &mail, &[]).await;
    let ada = app.person("Ada").await;
    app.post(RESET, json!({ "email": ada.email })).await.expect(202);
    let mails = mail.mails_to(&ada.email, 2).await;
    let reset = mails.iter().find(|mail| mail.subject() == "Choose a new password").expect("the mail");
    let body = json!({ "token": reset.token("reset-password"), "password": NEXT });
    let (one, two) = tokio::join!(app.post(CONFIRM_RESET, body.clone()), app.post(CONFIRM_RESET, body.clone()));
    one.expect(200);
    two.expect(200);
    let events: i64 = sqlx::query_scalar("SELECT count(*) FROM notifications WHERE kind = 'security.password_changed'")
        .fetch_one(&db)
        .await
        .expect("a count");
    assert_eq!(events, 1);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn expired_or_foreign_token_is_refused(db: PgPool) {
    let mail = MailServer::start();
    let app = TestApp::start_with_mail(db.clone(), &mail, &[]).await;
    let ada = app.person("Ada").await;
    let confirmation = mail.mails_to(&ada.email, 1).await[0].token("confirm-email");
    let body = json!({ "token": confirmation, "password": NEXT });
    app.post(CONFIRM_RESET, body).await.expect_fields(422, &["token"]);
    app.post(RESET, json!({ "email": ada.email })).await.expect(202);
    let token = mail.mails_to(&ada.email, 2).await[1].token("reset-password");
    sqlx::query("UPDATE account_tokens SET expires_at = now()").execute(&db).await.expect("expired");
    app.post(CONFIRM_RESET, json!({ "token": token, "password": NEXT })).await.expect_fields(422, &["token"]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn new_password_invalidates_sent_links(db: PgPool) {
    let mail = MailServer::start();
    let app = TestApp::start_with_mail(db.clone(), &mail, &[]).await;
    let (ada, bob) = (app.person("Ada").await, app.person("Bob").await);
    for person in [&ada, &ada, &bob] {
        app.post(RESET, json!({ "email": person.email })).await.expect(202);
    }
    let resets = |mails: Vec<Mail>| mails.into_iter().filter(|mail| mail.subject() == "Choose a new password");
    let sent = mail.mails_to(&ada.email, 3).await;
    let confirmation = sent.iter().find(|mail| mail.subject() == "Confirm your email address").expect("the mail");
    let confirmation = confirmation.token("confirm-email");
    let links: Vec<Mail> = resets(sent).collect();
    assert_eq!(links.len(), 2);
    let of_bob = resets(mail.mails_to(&bob.email, 2).await).next().expect("the mail").token("reset-password");
    ada.post("/auth/password", json!({ "current_password": PASSWORD, "new_password": NEXT })).await.expect(204);
    for link in &links {
        let body = json!({ "token": link.token("reset-password"), "password": PASSWORD });
        app.post(CONFIRM_RESET, body).await.expect_fields(422, &["token"]);
    }
    ada.sign_in_again(NEXT).await;
    // What is somebody else's, or for something else, stays good.
    app.post(CONFIRM_RESET, json!({ "token": of_bob, "password": NEXT })).await.expect(200);
    ada.post(CONFIRM_EMAIL, json!({ "token": confirmation })).await.expect(204);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn new_password_invalidates_waiting_links(db: PgPool) {
    let mail = MailServer::start();
    let url = mail.url();
    let app = TestApp::start_with(db.clone(), &[("SMTP_URL", url.as_str())]).await;
    let (ada, bob) = (app.person("Ada").await, app.person("Bob").await);
    for person in [&ada, &ada, &bob] {
        app.post(RESET, json!({ "email": person.email.to_uppercase() })).await.expect(202);
    }
    // One was given up, and an administrator may have it tried again.
    let parked = "UPDATE deliveries SET state = 'parked'
                  WHERE id = (SELECT min(id::text)::uuid FROM deliveries WHERE kind = 'account.reset_password')";
    sqlx::query(parked).execute(&db).await.expect("parked");
    ada.post("/auth/password", json!({ "current_password": PASSWORD, "new_password": NEXT })).await.expect(204);
    sqlx::query("UPDATE deliveries SET state = 'pending'").execute(&db).await.expect("tried again");
    app.spawn_worker();
    wait_until_nothing_is_due(&db).await;
    let subjects = |of: &str| -> Vec<String> {
        let mut subjects: Vec<_> =
            mail.mails().iter().filter(|mail| mail.to == of).map(|mail| mail.subject()).collect();
        subjects.sort_unstable();
        subjects
    };
    assert_eq!(subjects(&ada.email), ["Confirm your email address", "Your password was changed"]);
    assert_eq!(subjects(&bob.email), ["Choose a new password", "Confirm your email address"]);
}

/// A worker that had claimed the mail before the password was changed makes the token only now.
#[sqlx::test(migrator = "MIGRATOR")]
async fn cancelled_mail_creates_no_token(db: PgPool) {
    let mail = MailServer::start();
    let url = mail.url();
    let app = TestApp::start_with(db.clone(), &[("SMTP_URL", url.as_str())]).await;
    let ada = app.person("Ada").await;
    app.post(RESET, json!({ "email": ada.email })).await.expect(202);
    let claimed = outbox::store::claim(&db, Channel::Mail, 10, Duration::from_secs(60)).await.expect("claimed");
    let reset = claimed.iter().find(|one| one.kind == "account.reset_password").expect("the mail");
    ada.post("/auth/password", json!({ "current_password": PASSWORD, "new_password": NEXT })).await.expect(204);
    mailer::compose::compose(&app.parts(), reset).await.expect("composed");
    let tokens: i64 = sqlx::query_scalar("SELECT count(*) FROM account_tokens").fetch_one(&db).await.expect("a count");
    assert_eq!(tokens, 0);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn answer_does_not_reveal_accounts(db: PgPool) {
    let mail = MailServer::start();
    let app = TestApp::start_with_mail(db.clone(), &mail, &[("RATE_LIMIT_RESET_PER_ADDRESS", "off")]).await;
    let ada = app.person("Ada").await;
    let ask = |email: String| {
        let app = &app;
        async move {
            let started = Instant::now();
            let answer = app.post(RESET, json!({ "email": email })).await;
            (answer.status.as_u16(), answer.body, started.elapsed())
        }
    };
    let known = ask(ada.email.clone()).await;
    let unknown = ask("nobody@example.org".to_owned()).await;
    assert_eq!((known.0, &known.1), (unknown.0, &unknown.1));
    for _ in 0..5 {
        ask("nobody@example.org".to_owned()).await;
        ask(ada.email.clone()).await;
    }
    assert_eq!((ask("nobody@example.org".to_owned()).await.0, ask(ada.email.clone()).await.0), (429, 429));
    mail.mails_to(&ada.email, 6).await;
    wait_until_nothing_is_due(&db).await;
    assert!(mail.mails().iter().all(|mail| mail.to == ada.email), "strangers get no mail");
}

async fn wait_until_nothing_is_due(db: &PgPool) {
    for _ in 0..200 {
        let due: i64 = sqlx::query_scalar("SELECT count(*) FROM deliveries WHERE state = 'pending'")
            .fetch_one(db)
            .await
            .expect("a count");
        if due == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("still due");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn address_is_confirmed_once_and_the_mail_can_be_resent(db: PgPool) {
    let mail = MailServer::start();
    let app = TestApp::start_with_mail(db.clone(), &mail, &[]).await;
    let (ada, bob) = (app.person("Ada").await, app.person("Bob").await);
    assert!(ada.get("/users/me").await.expect(200)["email_verified_at"].is_null());
    let first = mail.mails_to(&ada.email, 1).await[0].token("confirm-email");
    ada.post("/auth/email/resend", json!({})).await.expect(202);
    let second = mail.mails_to(&ada.email, 2).await[1].token("confirm-email");
    // Whoever reads the mail need not be who has made the account with their address.
    app.post(&format!("/api/v1{CONFIRM_EMAIL}"), json!({ "token": second })).await.expect(401);
    bob.post(CONFIRM_EMAIL, json!({ "token": second })).await.expect(403);
    ada.post(CONFIRM_EMAIL, json!({ "token": second })).await.expect(204);
    let confirmed = ada.get("/users/me").await.expect(200);
    assert!(confirmed["email_verified_at"].is_string());
    ada.post(CONFIRM_EMAIL, json!({ "token": second })).await.expect(204);
    bob.post(CONFIRM_EMAIL, json!({ "token": second })).await.expect(403);
    assert_eq!(ada.get("/users/me").await.expect(200), confirmed, "a lost answer comes again, and nothing changes");
    a_minute_later(&db).await;
    for used in [first, second] {
        ada.post(CONFIRM_EMAIL, json!({ "token": used })).await.expect_fields(422, &["token"]);
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn everything_else_works_without_mail(db: PgPool) {
    let app = TestApp::start(db.clone()).await;
    assert_eq!(app.get("/api/v1/server").await.expect(200)["mail"], false);
    let ada = app.person("Ada").await;
    app.post(RESET, json!({ "email": ada.email })).await.expect(403);
    ada.post("/auth/email/resend", json!({})).await.expect(403);
    ada.post("/auth/password", json!({ "current_password": PASSWORD, "new_password": NEXT })).await.expect(204);
    let queued: i64 = sqlx::query_scalar("SELECT count(*) FROM deliveries").fetch_one(&db).await.expect("a count");
    assert_eq!(queued, 0, "nothing waits for a mail server that is not there");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn one_sender_cannot_block_password_resets(db: PgPool) {
    let mail = MailServer::start();
    let settings = [("TRUSTED_PROXIES", "127.0.0.1/32"), ("RATE_LIMIT_RESET_PER_ACCOUNT", "2/1h")];
    let app = TestApp::start_with_mail(db, &mail, &settings).await;
    let ask_from = async |address: &str| {
        let body = json!({ "email": "lin@example.org" });
        let request = app.request(reqwest::Method::POST, RESET).header("x-forwarded-for", address).json(&body);
        crate::support::Answer::read(request).await.status.as_u16()
    };
    let mut answers = Vec::new();
    for address in ["203.0.113.7", "203.0.113.7", "203.0.113.7", "198.51.100.1"] {
        answers.push(ask_from(address).await);
    }
    assert_eq!(answers, [202, 202, 429, 202]);
}
