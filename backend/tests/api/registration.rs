//! Registering with mail on: the same for every address, and no account before the link in the mail was used.

use chrono::Utc;
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::PgPool;
use todo::{db::MIGRATOR, jobs};

use crate::support::{Answer, Mail, MailServer, PASSWORD, TestApp, until};

const REGISTER: &str = "/api/v1/auth/register";
const CONFIRM: &str = "/api/v1/auth/email/confirm";
const OTHER: &str = "nine slow rivers north";
const URL: (&str, &str) = ("PUBLIC_URL", "https://todo.example.org");

async fn register(app: &TestApp, email: &str, password: &str, name: &str) -> Answer {
    app.post(REGISTER, json!({ "email": email, "password": password, "name": name, "language": "zh-CN" })).await
}

async fn sign_in(app: &TestApp, email: &str, password: &str) -> u16 {
    app.post("/api/v1/auth/login", json!({ "email": email, "password": password })).await.status.as_u16()
}

/// The mail with this subject, once it has come.
async fn mail_of(mail: &MailServer, address: &str, subject: &str) -> Mail {
    let find = || mail.mails().into_iter().find(|mail| mail.to == address && mail.subject() == subject);
    until(subject, async || find().is_some()).await;
    find().expect("the mail")
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn registration_link_creates_the_account_and_signs_in(db: PgPool) {
    let mail = MailServer::start();
    let app = TestApp::start_with_mail(db.clone(), &mail, &[URL]).await;
    let answer = register(&app, "Lin@example.org", PASSWORD, "www.evil.example").await;
    assert_eq!(answer.cookie("todo_refresh_443"), "", "no session");
    assert_eq!(answer.expect(202), Value::Null);
    assert_eq!(sign_in(&app, "lin@example.org", PASSWORD).await, 401);
    let users: i64 = sqlx::query_scalar("SELECT count(*) FROM users").fetch_one(&db).await.expect("a count");
    assert_eq!(users, 0);

    let got = mail_of(&mail, "Lin@example.org", "请完成注册").await;
    assert!(
        !got.text().contains("evil") && !got.html().contains("evil"),
        "what strangers call themselves: {}",
        got.text()
    );
    let token = got.token("confirm-email");
    for wrong in [token[1..].to_owned(), format!("{token}x"), token.split('.').next().expect("an id").to_owned()] {
        app.post(CONFIRM, json!({ "token": wrong })).await.expect_fields(422, &["token"]);
    }
    let confirm = |password: Value| app.post(CONFIRM, json!({ "token": token, "password": password }));
    for password in [Value::Null, json!(OTHER)] {
        confirm(password).await.expect_fields(422, &["password"]);
    }
    let answer = confirm(json!(PASSWORD)).await;
    assert!(answer.headers.get_all("set-cookie").iter().count() == 2, "a session and a known device");
    let signed_in = answer.expect(200);
    assert_eq!(signed_in["user"]["email"], "Lin@example.org");
    assert!(signed_in["user"]["email_verified_at"].is_string() && signed_in["access_token"].is_string());
    assert_eq!(sign_in(&app, "lin@example.org", PASSWORD).await, 200);
    // The answer may have been lost: for a minute the same link with the same password signs in.
    for password in [Value::Null, json!(OTHER)] {
        confirm(password).await.expect_fields(422, &["password"]);
    }
    let again = confirm(json!(PASSWORD)).await.expect(200);
    assert_eq!(again["user"]["id"], signed_in["user"]["id"]);
    let users: i64 = sqlx::query_scalar("SELECT count(*) FROM users").fetch_one(&db).await.expect("a count");
    assert_eq!(users, 1);
    // Not once another password was chosen.
    let access = again["access_token"].as_str().expect("a token");
    let change = app.request(reqwest::Method::POST, "/api/v1/auth/password").bearer_auth(access);
    Answer::read(change.json(&json!({ "current_password": PASSWORD, "new_password": OTHER }))).await.expect(204);
    confirm(json!(PASSWORD)).await.expect_fields(422, &["token"]);
    sqlx::query("UPDATE registrations SET expires_at = now()").execute(&db).await.expect("a minute later");
    confirm(json!(OTHER)).await.expect_fields(422, &["token"]);
}

/// The page was reloaded before the answer came.
#[sqlx::test(migrator = "MIGRATOR")]
async fn concurrent_link_use_creates_one_account(db: PgPool) {
    let mail = MailServer::start();
    let app = TestApp::start_with_mail(db.clone(), &mail, &[URL]).await;
    register(&app, "lin@example.org", PASSWORD, "Lin").await.expect(202);
    let token = mail_of(&mail, "lin@example.org", "请完成注册").await.token("confirm-email");
    let confirm = || app.post(CONFIRM, json!({ "token": token, "password": PASSWORD }));
    let (one, two) = tokio::join!(confirm(), confirm());
    assert_eq!(one.expect(200)["user"]["id"], two.expect(200)["user"]["id"]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn answer_does_not_reveal_accounts(db: PgPool) {
    let mail = MailServer::start();
    let app = TestApp::start_with_mail(db.clone(), &mail, &[URL]).await;
    let ada = app.person("Ada").await;
    for _ in 0..6 {
        register(&app, "nobody@example.org", "password", "Eve").await.expect_fields(422, &["password"]);
    }
    let known = register(&app, &ada.email.to_uppercase(), OTHER, "Eve").await;
    let unknown = register(&app, "nobody@example.org", OTHER, "Eve").await;
    let said = |answer: Answer| {
        let mut names: Vec<_> = answer.headers.keys().map(|name| name.as_str().to_owned()).collect();
        names.sort_unstable();
        (answer.status, names, answer.body)
    };
    assert_eq!(said(known), said(unknown));
    let queued: Vec<Value> = sqlx::query_scalar("SELECT payload FROM deliveries WHERE kind = 'account.registration'")
        .fetch_all(&db)
        .await
        .expect("rows");
    assert_eq!(queued.len(), 2, "nor does what is written");
    for email in [ada.email.as_str(), "nobody@example.org"] {
        assert_eq!(sign_in(&app, email, OTHER).await, 401);
    }

    let told = mail_of(&mail, &ada.email, "You already have an account").await;
    for link in ["https://todo.example.org/login", "https://todo.example.org/reset-password"] {
        assert!(told.text().contains(link), "{}", told.text());
    }
    assert!(!told.text().contains("token="), "no link that changes anything");
    assert_eq!(sign_in(&app, &ada.email, PASSWORD).await, 200);
    mail_of(&mail, "nobody@example.org", "请完成注册").await;
    // Mails to one address are few, whoever has it.
    for email in [ada.email.as_str(), "nobody@example.org"] {
        for _ in 0..4 {
            register(&app, email, OTHER, "Eve").await.expect(202);
        }
        register(&app, email, OTHER, "Eve").await.expect(429);
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn one_sender_cannot_block_a_registration(db: PgPool) {
    let mail = MailServer::start();
    let settings = [URL, ("TRUSTED_PROXIES", "127.0.0.1/32"), ("RATE_LIMIT_RESET_PER_ACCOUNT", "2/1h")];
    let app = TestApp::start_with_mail(db, &mail, &settings).await;
    let register_from = async |address: &str| {
        let body = json!({ "email": "lin@example.org", "password": OTHER, "name": "Lin" });
        let request = app.request(Method::POST, REGISTER).header("x-forwarded-for", address).json(&body);
        Answer::read(request).await.status.as_u16()
    };
    let mut answers = Vec::new();
    for address in ["203.0.113.7", "203.0.113.7", "203.0.113.7", "198.51.100.1"] {
        answers.push(register_from(address).await);
    }
    assert_eq!(answers, [202, 202, 429, 202]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn earlier_registration_does_not_set_the_password(db: PgPool) {
    let mail = MailServer::start();
    let app = TestApp::start_with_mail(db.clone(), &mail, &[URL]).await;
    let email = "lin@example.org";
    register(&app, email, OTHER, "Eve").await.expect(202);
    let first = mail_of(&mail, email, "请完成注册").await.token("confirm-email");
    register(&app, email, PASSWORD, "Lin").await.expect(202);
    register(&app, email, OTHER, "Eve").await.expect(202);
    let links: Vec<_> = mail.mails_to(email, 3).await.iter().map(|mail| mail.token("confirm-email")).collect();
    let (own, later) = (&links[1], &links[2]);
    assert_ne!((own, later), (&first, &first));
    // Lin, who reads the mails, has not chosen what Eve has.
    let with_own = |token: &str| app.post(CONFIRM, json!({ "token": token, "password": PASSWORD }));
    for eves in [&first, later] {
        with_own(eves).await.expect_fields(422, &["password"]);
    }
    let name = with_own(own).await.expect(200)["user"]["name"].clone();
    assert_eq!(name, "Lin");
    for other in [&first, later] {
        with_own(other).await.expect_fields(422, &["token"]);
    }
    assert_eq!((sign_in(&app, email, OTHER).await, sign_in(&app, email, PASSWORD).await), (401, 200));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn invitation_mail_confirms_the_address(db: PgPool) {
    let mail = MailServer::start();
    let app = TestApp::start_with_mail(db.clone(), &mail, &[URL]).await;
    let owner = app.person("Olga").await;
    sqlx::query("UPDATE users SET email_verified_at = now()").execute(&db).await.expect("confirmed");
    let project = owner.project("Spring").await;
    let body = json!({ "email": "guest@example.org", "role": "editor" });
    let made = owner.post(format!("/projects/{project}/invitations"), body).await.expect(201);
    let copied = made["url"].as_str().and_then(|url| url.split("token=").nth(1)).expect("a link").to_owned();
    let mailed = mail_of(&mail, "guest@example.org", "Olga invites you to “Spring”").await.token("invitations/accept");
    let with = |email: &str, token: &str| {
        app.post(REGISTER, json!({ "email": email, "password": PASSWORD, "name": "G", "invitation_token": token }))
    };
    // Whoever invites has the copied link, and anybody can name another address.
    with("guest@example.org", &copied).await.expect(202);
    with("other@example.org", &mailed).await.expect(202);
    with("guest@example.org", "nonsense").await.expect(202);
    let answer = with("GUEST@example.org", &mailed).await.expect(201);
    assert!(answer["user"]["email_verified_at"].is_string());
    let token = answer["access_token"].as_str().expect("a token");
    let accept = app.request(reqwest::Method::POST, "/api/v1/invitations/accept").bearer_auth(token);
    Answer::read(accept.json(&json!({ "token": mailed }))).await.expect(200);
    let waiting: Vec<String> =
        sqlx::query_scalar("SELECT email FROM registrations").fetch_all(&db).await.expect("rows");
    assert_eq!(waiting, ["other@example.org"], "the address has its account");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn unconfirmed_registrations_expire(db: PgPool) {
    let mail = MailServer::start();
    let app = TestApp::start_with_mail(db.clone(), &mail, &[URL]).await;
    let old = app.person("Olga").await;
    for email in ["late@example.org", "waits@example.org"] {
        register(&app, email, PASSWORD, "Lin").await.expect(202);
    }
    let token = mail_of(&mail, "late@example.org", "请完成注册").await.token("confirm-email");
    let a_week = "UPDATE registrations SET expires_at = expires_at - interval '7 days' WHERE email LIKE 'late%'";
    sqlx::query(a_week).execute(&db).await.expect("a week later");
    sqlx::query("UPDATE users SET created_at = created_at - interval '8 days'").execute(&db).await.expect("later");
    app.post(CONFIRM, json!({ "token": token })).await.expect_fields(422, &["token"]);
    jobs::clean_up_once(&app.state, Utc::now()).await.expect("cleaned up");
    let waiting: Vec<String> =
        sqlx::query_scalar("SELECT email FROM registrations").fetch_all(&db).await.expect("rows");
    assert_eq!(waiting, ["waits@example.org"]);
    old.get("/users/me").await.expect(200);
    assert_eq!(sign_in(&app, &old.email, PASSWORD).await, 200, "an account from before mail, never confirmed");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn inviting_needs_a_confirmed_address_when_mail_is_on(db: PgPool) {
    let mail = MailServer::start();
    let app = TestApp::start_with_mail(db.clone(), &mail, &[URL]).await;
    let owner = app.person("https://evil.example/a-very-long-name-that-goes-on-and-on-and-on-for-a-long-time").await;
    let project = owner.project("Visit www.evil.example").await;
    let path = format!("/projects/{project}/invitations");
    let invite = |email: &str| owner.post(&path, json!({ "email": email, "role": "viewer" }));
    let refused = invite("guest@example.org").await.expect(403);
    assert_eq!(refused["code"], "address_unconfirmed", "{refused:#}");
    sqlx::query("UPDATE users SET email_verified_at = now()").execute(&db).await.expect("confirmed");
    let made = invite("guest@example.org").await.expect(201);
    let got = mail.mails_to("guest@example.org", 1).await.remove(0);
    let names =
        "https: / / evil. example/ a-very-long-name-that-goes-on-and-on-an… invites you to “Visit www. evil. example”";
    assert_eq!(got.subject(), names);
    for form in [got.text(), got.html()] {
        assert!(
            !form.contains("evil.example") && !form.contains("://evil") && form.contains("evil. example"),
            "{form}"
        );
    }
    sqlx::query("UPDATE users SET email_verified_at = NULL").execute(&db).await.expect("not any more");
    let id = made["id"].as_str().expect("an id");
    owner.post(format!("{path}/{id}/send"), json!({})).await.expect(403);
}
