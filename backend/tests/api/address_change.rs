//! A new address for an account, and the old one taken back.

use reqwest::Method;
use serde_json::json;
use sqlx::PgPool;
use todo::db::MIGRATOR;

use crate::support::{Answer, Mail, MailServer, PASSWORD, Person, TestApp, until};

const CONFIRM: &str = "/api/v1/auth/email/confirm";
const TAKE_BACK: &str = "/api/v1/auth/email/take-back";
const RESET: &str = "/api/v1/auth/password-reset";
const NEXT: &str = "nine slow rivers north";
const URL: (&str, &str) = ("PUBLIC_URL", "https://todo.example.org");
const QUESTION: &str = "Confirm your new email address";
const NEWS: &str = "The email address of your account was changed";
const RESET_MAIL: &str = "Choose a new password";

async fn ask(person: &Person, email: &str) -> Answer {
    person.post("/users/me/email", json!({ "email": email, "password": PASSWORD })).await
}

async fn mails_of(mail: &MailServer, address: &str, subject: &str, count: usize) -> Vec<Mail> {
    let find = || -> Vec<Mail> {
        mail.mails().into_iter().filter(|mail| mail.to == address && mail.subject() == subject).collect()
    };
    until(subject, async || find().len() >= count).await;
    find()
}

async fn link_to(mail: &MailServer, address: &str, count: usize) -> String {
    mails_of(mail, address, QUESTION, count).await[count - 1].token("confirm-email")
}

async fn use_link(app: &TestApp, path: &str, token: &str) -> Answer {
    app.post(path, json!({ "token": token })).await
}

async fn confirm(person: &Person, token: &str) -> Answer {
    person.post("/auth/email/confirm", json!({ "token": token })).await
}

async fn email_of(db: &PgPool, person: &Person) -> (String, bool) {
    sqlx::query_as("SELECT email, email_verified_at IS NOT NULL FROM users WHERE id = $1::uuid")
        .bind(&person.id)
        .fetch_one(db)
        .await
        .expect("the account")
}

async fn sign_in(app: &TestApp, email: &str, password: &str) -> u16 {
    app.post("/api/v1/auth/login", json!({ "email": email, "password": password })).await.status.as_u16()
}

/// A server with mail, and Ada whose address is confirmed.
async fn setting(db: &PgPool, mail: &MailServer) -> (TestApp, Person) {
    let app = TestApp::start_with_mail(db.clone(), mail, &[URL, ("RATE_LIMIT_RESET_PER_ACCOUNT", "off")]).await;
    let ada = app.person("Ada").await;
    sqlx::query("UPDATE users SET email_verified_at = now()").execute(db).await.expect("confirmed");
    (app, ada)
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn address_owner_can_register_despite_requests_from_others(db: PgPool) {
    let mail = MailServer::start();
    let limits = [("TRUSTED_PROXIES", "127.0.0.1/32"), ("RATE_LIMIT_RESET_PER_ACCOUNT", "2/1h")];
    let app = TestApp::start_with_mail(db, &mail, &limits).await;
    let mut answers = Vec::new();
    for name in ["Eve", "Mal"] {
        let person = app.person(name).await;
        for _ in 0..2 {
            answers.push(ask(&person, "lin@example.org").await.status.as_u16());
        }
    }
    assert_eq!(answers, [202, 202, 429, 429]);
    let body = json!({ "email": "lin@example.org", "password": NEXT, "name": "Lin" });
    let own = app.request(Method::POST, "/api/v1/auth/register").header("x-forwarded-for", "198.51.100.1").json(&body);
    Answer::read(own).await.expect(202);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn new_address_takes_effect_once_confirmed(db: PgPool) {
    let mail = MailServer::start();
    let (app, ada) = setting(&db, &mail).await;
    let wrong = json!({ "email": "new@example.org", "password": NEXT });
    ada.post("/users/me/email", wrong).await.expect_fields(422, &["password"]);
    ask(&ada, "nonsense").await.expect_fields(422, &["email"]);
    ask(&ada, &ada.email.to_uppercase()).await.expect_fields(422, &["email"]);
    app.post(RESET, json!({ "email": ada.email })).await.expect(202);
    let reset = mails_of(&mail, &ada.email, RESET_MAIL, 1).await[0].token("reset-password");

    ask(&ada, "New@example.org").await.expect(202);
    let token = link_to(&mail, "New@example.org", 1).await;
    // Whoever reads the mail need not be who has asked, and gives nothing away by following the link.
    app.post(CONFIRM, json!({ "token": token })).await.expect(401);
    confirm(&app.person("Eve").await, &token).await.expect(403);
    assert_eq!(email_of(&db, &ada).await, (ada.email.clone(), true));
    confirm(&ada, &token).await.expect(204);
    assert_eq!(email_of(&db, &ada).await, ("New@example.org".to_owned(), true));
    // A lost answer comes again, to whoever has asked, for a minute.
    confirm(&ada, &token).await.expect(204);
    confirm(&app.person("Zoe").await, &token).await.expect_fields(422, &["token"]);
    let later = "UPDATE address_changes SET confirmed_at = confirmed_at - interval '61 seconds'";
    sqlx::query(later).execute(&db).await.expect("later");
    confirm(&ada, &token).await.expect_fields(422, &["token"]);
    assert_eq!(ada.get("/users/me").await.expect(200)["email"], "New@example.org", "the session stays");
    let event: String =
        sqlx::query_scalar("SELECT data ->> 'email' FROM events WHERE kind = 'user.updated' ORDER BY revision DESC")
            .fetch_one(&db)
            .await
            .expect("an event");
    assert_eq!(event, "New@example.org");
    assert_eq!(
        (sign_in(&app, &ada.email, PASSWORD).await, sign_in(&app, "new@example.org", PASSWORD).await),
        (401, 200)
    );
    let old = json!({ "token": reset, "password": NEXT });
    app.post("/api/v1/auth/password-reset/confirm", old).await.expect_fields(422, &["token"]);
    let told = mails_of(&mail, &ada.email, NEWS, 1).await.remove(0);
    assert!(told.text().contains("New@example.org"), "{}", told.text());
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn old_address_can_reclaim_the_account(db: PgPool) {
    let mail = MailServer::start();
    let (app, ada) = setting(&db, &mail).await;
    // Eve has found a session and knows the password.
    ask(&ada, "eve@example.org").await.expect(202);
    confirm(&ada, &link_to(&mail, "eve@example.org", 1).await).await.expect(204);
    let news = mails_of(&mail, &ada.email, NEWS, 1).await.remove(0).token("take-back-address");
    ask(&ada, "eve2@example.org").await.expect(202);
    confirm(&ada, &link_to(&mail, "eve2@example.org", 1).await).await.expect(204);
    let of_eve = mails_of(&mail, "eve@example.org", NEWS, 1).await.remove(0).token("take-back-address");
    ask(&ada, "eve3@example.org").await.expect(202);
    let waiting = link_to(&mail, "eve3@example.org", 1).await;
    app.post(RESET, json!({ "email": "eve2@example.org" })).await.expect(202);
    let reset = mails_of(&mail, "eve2@example.org", RESET_MAIL, 1).await[0].token("reset-password");

    use_link(&app, TAKE_BACK, &waiting).await.expect_fields(422, &["token"]);
    confirm(&ada, &news).await.expect_fields(422, &["token"]);
    assert_eq!(use_link(&app, TAKE_BACK, &news).await.expect(200), json!({ "email": ada.email }));
    assert_eq!(email_of(&db, &ada).await, (ada.email.clone(), true));
    ada.get("/users/me").await.expect(401);
    assert_eq!(sign_in(&app, &ada.email, PASSWORD).await, 401, "Eve knows the password");
    use_link(&app, TAKE_BACK, &of_eve).await.expect_fields(422, &["token"]);
    // A lost answer comes again for a minute, and nothing is done again.
    assert_eq!(use_link(&app, TAKE_BACK, &news).await.expect(200), json!({ "email": ada.email }));
    assert_eq!(mails_of(&mail, &ada.email, RESET_MAIL, 1).await.len(), 1, "the one to choose another");
    let later = "UPDATE address_changes SET taken_back_at = taken_back_at - interval '61 seconds'";
    sqlx::query(later).execute(&db).await.expect("later");
    use_link(&app, TAKE_BACK, &news).await.expect_fields(422, &["token"]);
    let choose =
        |token: &str| app.post("/api/v1/auth/password-reset/confirm", json!({ "token": token, "password": NEXT }));
    choose(&reset).await.expect_fields(422, &["token"]);
    let own = mails_of(&mail, &ada.email, RESET_MAIL, 1).await.remove(0).token("reset-password");
    choose(&own).await.expect(200);
    confirm(&ada.sign_in_again(NEXT).await, &waiting).await.expect_fields(422, &["token"]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn first_owner_can_still_reclaim_after_a_later_one(db: PgPool) {
    let mail = MailServer::start();
    let (app, ada) = setting(&db, &mail).await;
    for email in ["eve@example.org", "eve2@example.org"] {
        ask(&ada, email).await.expect(202);
        confirm(&ada, &link_to(&mail, email, 1).await).await.expect(204);
    }
    let of_eve = mails_of(&mail, "eve@example.org", NEWS, 1).await.remove(0).token("take-back-address");
    let own = mails_of(&mail, &ada.email, NEWS, 1).await.remove(0).token("take-back-address");
    use_link(&app, TAKE_BACK, &of_eve).await.expect(200);
    use_link(&app, TAKE_BACK, &own).await.expect(200);
    assert_eq!(email_of(&db, &ada).await, (ada.email.clone(), true));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn links_expire_with_time_and_a_new_password(db: PgPool) {
    let mail = MailServer::start();
    let (app, ada) = setting(&db, &mail).await;
    ask(&ada, "one@example.org").await.expect(202);
    let first = link_to(&mail, "one@example.org", 1).await;
    ask(&ada, "two@example.org").await.expect(202);
    let second = link_to(&mail, "two@example.org", 1).await;
    confirm(&ada, &first).await.expect_fields(422, &["token"]);
    ada.post("/auth/password", json!({ "current_password": PASSWORD, "new_password": NEXT })).await.expect(204);
    confirm(&ada, &second).await.expect_fields(422, &["token"]);
    ada.post("/users/me/email", json!({ "email": "two@example.org", "password": NEXT })).await.expect(202);
    confirm(&ada, &link_to(&mail, "two@example.org", 2).await).await.expect(204);
    let news = mails_of(&mail, &ada.email, NEWS, 1).await.remove(0).token("take-back-address");
    sqlx::query("UPDATE address_changes SET expires_at = now()").execute(&db).await.expect("a week later");
    use_link(&app, TAKE_BACK, &news).await.expect_fields(422, &["token"]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn address_change_reveals_no_account(db: PgPool) {
    let mail = MailServer::start();
    let (app, ada) = setting(&db, &mail).await;
    let bob = app.person("Bob").await;
    let (taken, free) = (ask(&ada, &bob.email).await, ask(&ada, "free@example.org").await);
    assert_eq!((taken.status, taken.body), (free.status, free.body));
    mails_of(&mail, &bob.email, "You already have an account", 1).await;

    // Bob never showed that his address is his: it may be a typing error, and its owner must not get his account.
    ask(&bob, "bobs@example.org").await.expect(202);
    confirm(&bob, &link_to(&mail, "bobs@example.org", 1).await).await.expect(204);
    assert_eq!(email_of(&db, &bob).await, ("bobs@example.org".to_owned(), true));
    let told: i64 = sqlx::query_scalar("SELECT count(*) FROM deliveries WHERE kind = 'account.address_changed'")
        .fetch_one(&db)
        .await
        .expect("a count");
    assert_eq!(told, 0);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn address_changes_immediately_without_mail(db: PgPool) {
    let app = TestApp::start(db.clone()).await;
    let (ada, bob) = (app.person("Ada").await, app.person("Bob").await);
    ask(&ada, &bob.email.to_uppercase()).await.expect_fields(409, &["email"]);
    assert_eq!(ask(&ada, "new@example.org").await.expect(200)["email"], "new@example.org");
    assert_eq!(email_of(&db, &ada).await, ("new@example.org".to_owned(), false));
    assert_eq!(sign_in(&app, "new@example.org", PASSWORD).await, 200);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn disabled_account_cannot_change_its_address(db: PgPool) {
    let mail = MailServer::start();
    let (app, ada) = setting(&db, &mail).await;
    ask(&ada, "ada@new.example.org").await.expect(202);
    let token = link_to(&mail, "ada@new.example.org", 1).await;
    let disable = "UPDATE users SET disabled_at = now()";
    sqlx::query(disable).execute(&db).await.expect("disabled");
    assert_eq!(confirm(&ada, &token).await.expect(401)["type"], "/problems/account-disabled");
    sqlx::query("UPDATE users SET disabled_at = NULL").execute(&db).await.expect("enabled");
    confirm(&ada, &token).await.expect(204);
    let back = mails_of(&mail, &ada.email, NEWS, 1).await[0].token("take-back-address");
    sqlx::query(disable).execute(&db).await.expect("disabled");
    assert_eq!(use_link(&app, TAKE_BACK, &back).await.expect(401)["type"], "/problems/account-disabled");
}
