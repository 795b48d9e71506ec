//! What administrators do with accounts, in the page and by commands.

use std::process::{Command, Output};

use serde_json::{Value, json};
use sqlx::{ConnectOptions, PgPool};
use todo::db::MIGRATOR;

use crate::support::{MailServer, PASSWORD, Person, TestApp, administrator, id_of, texts};

fn todo(db: &PgPool, arguments: &[&str]) -> Output {
    let url = db.connect_options().to_url_lossy().to_string();
    Command::new(env!("CARGO_BIN_EXE_todo"))
        .arg("admin")
        .args(arguments)
        .envs([("DATABASE_URL", url.as_str()), ("JWT_SECRET", "a-secret-for-tests-only-0123456789abcdef")])
        .output()
        .expect("started")
}

#[track_caller]
fn says(output: &Output, expected: &str) {
    let said = String::from_utf8_lossy(if output.status.success() { &output.stdout } else { &output.stderr });
    assert!(said.contains(expected), "{expected:?} is not in {said}");
}

fn path(person: &Person, action: &str) -> String {
    format!("/admin/accounts/{}{action}", person.id)
}

async fn is_disabled(answer: crate::support::Answer) -> bool {
    answer.expect(401)["type"] == "/problems/account-disabled"
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn accounts_can_be_listed_and_searched(db: PgPool) {
    let app = TestApp::start(db).await;
    let admin = administrator(&app).await;
    let mut people = Vec::new();
    for (person, name) in [("Anna", "Anna Ång"), ("Bob", "Bob_100%"), ("Lin", "小林")] {
        let person = app.person(person).await;
        person.patch("/users/me", json!({ "name": name })).await.expect(200);
        people.push(person);
    }
    let mut names = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = admin.get(format!("/admin/accounts?limit=3{cursor}")).await.expect(200);
        names.extend(texts(&page["items"], "name"));
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(names[..3], ["小林", "Bob_100%", "Anna Ång"]);
    assert_eq!(names.len(), 4);
    for (q, found) in
        [("ånG", "Anna Ång"), ("_100%25", "Bob_100%"), ("小林", "小林"), (people[0].email.as_str(), "Anna Ång")]
    {
        let page = admin.get(format!("/admin/accounts?q={q}")).await.expect(200);
        assert_eq!(texts(&page["items"], "name"), [found], "{q}");
    }
    admin.get("/admin/accounts?cursor=bm90").await.expect_fields(422, &["cursor"]);

    let (anna, bob) = (&people[0], &people[1]);
    let shared = anna.project("Shared").await;
    anna.project("Own").await;
    anna.add_member(&shared, bob, "viewer").await;
    anna.sign_in_again(PASSWORD).await;
    let shown = admin.get(path(anna, "")).await.expect(200);
    assert_eq!(
        (&shown["sessions"], &shown["projects_owned"], &shown["projects_shared"]),
        (&json!(2), &json!(2), &json!(1))
    );
    assert_eq!(shown["shared_projects"][0]["name"], "Shared");
    assert_eq!(texts(&shown["shared_projects"][0]["candidates"], "email"), [bob.email.as_str()]);
    assert!(shown["last_seen_at"].is_string() && shown["disabled_at"].is_null());
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn disabling_takes_effect_immediately_and_can_be_reversed(db: PgPool) {
    let mail = MailServer::start();
    let app = TestApp::start_with_mail(db.clone(), &mail, &[]).await;
    // Another server, which learns of it through nothing but the database.
    let other = TestApp::start(db.clone()).await;
    let admin = administrator(&app).await;
    let (lin, ada) = (app.person("Lin").await, app.person("Ada").await);
    sqlx::query("UPDATE users SET email_verified_at = now()").execute(&db).await.expect("confirmed");
    let project = lin.project("Shared").await;
    lin.add_member(&project, &ada, "editor").await;
    let webhook =
        lin.post(format!("/projects/{project}/webhooks"), json!({ "url": "https://hooks.example.org/" })).await;
    let webhook = id_of(&webhook.expect(201));
    let invitation = json!({ "email": "guest@example.org", "role": "viewer" });
    let invitation = lin.post(format!("/projects/{project}/invitations"), invitation).await.expect(201);
    app.post("/api/v1/auth/password-reset", json!({ "email": lin.email })).await.expect(202);
    let reset = mail.mails_to(&lin.email, 2).await;
    let reset =
        reset.iter().find(|mail| mail.text().contains("/reset-password?")).expect("a link").token("reset-password");

    admin.post(path(&lin, "/disable"), json!({ "reason": "a\nb" })).await.expect_fields(422, &["reason"]);
    let shown = admin.post(path(&lin, "/disable"), json!({ "reason": "Left" })).await.expect(200);
    assert_eq!((&shown["disabled_reason"], &shown["sessions"]), (&json!("Left"), &json!(0)));
    assert!(is_disabled(lin.get("/projects").await).await);
    let elsewhere = other.request(reqwest::Method::GET, "/api/v1/projects").bearer_auth(&lin.token);
    assert!(is_disabled(crate::support::Answer::read(elsewhere).await).await);
    assert!(is_disabled(lin.post("/auth/refresh", json!({})).await).await);
    let login = |password: &str| app.post("/api/v1/auth/login", json!({ "email": lin.email, "password": password }));
    assert!(is_disabled(login(PASSWORD).await).await);
    assert_eq!(login("not the password").await.expect(401)["type"], "/problems/unauthenticated");
    let chosen = json!({ "token": reset, "password": "nine slow rivers north" });
    assert!(is_disabled(app.post("/api/v1/auth/password-reset/confirm", chosen.clone()).await).await);

    // What is theirs does nothing; what is shared goes on.
    let token = invitation["url"].as_str().and_then(|url| url.split_once("token=")).expect("a token").1;
    app.get(&format!("/api/v1/invitations/accept?token={token}")).await.expect(404);
    ada.task(json!({ "project_id": project, "assignee_id": lin.id })).await;
    let waiting: (bool, i64) = sqlx::query_as(
        "SELECT w.is_active, (SELECT count(*) FROM deliveries WHERE webhook_id = w.id AND kind = 'task.created')
         FROM webhooks w WHERE w.id = $1::uuid",
    )
    .bind(&webhook)
    .fetch_one(&db)
    .await
    .expect("a webhook");
    assert_eq!(waiting, (false, 0));
    // The mail after it is sent: so the one before was looked at, and not sent.
    app.post("/api/v1/auth/password-reset", json!({ "email": ada.email })).await.expect(202);
    mail.mails_to(&ada.email, 2).await;
    assert_eq!(mail.mails_to(&lin.email, 2).await.len(), 2, "no mail to who is disabled");

    admin.post(path(&lin, "/enable"), json!({})).await.expect(200);
    assert_eq!(lin.get("/projects").await.expect(401)["type"], "/problems/session-ended");
    let again = lin.sign_in_again(PASSWORD).await;
    let webhook = again.get(format!("/projects/{project}/webhooks/{webhook}")).await.expect(200);
    assert_eq!(webhook["is_active"], true);
    app.get(&format!("/api/v1/invitations/accept?token={token}")).await.expect(200);
    app.post("/api/v1/auth/password-reset/confirm", chosen).await.expect(200);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn new_owner_enables_webhooks_of_a_disabled_account(db: PgPool) {
    let app = TestApp::start(db.clone()).await;
    let admin = administrator(&app).await;
    let (mal, bob) = (app.person("Mal").await, app.person("Bob").await);
    let project = mal.project("Shared").await;
    mal.add_member(&project, &bob, "editor").await;
    let hook = json!({ "url": "https://hooks.example.org/mal" });
    let hook = id_of(&mal.post(format!("/projects/{project}/webhooks"), hook).await.expect(201));
    admin.post(path(&mal, "/disable"), json!({})).await.expect(200);
    admin.post(format!("/admin/projects/{project}/transfer"), json!({ "user_id": bob.id })).await.expect(204);
    bob.task(json!({ "project_id": project, "title": "After the hand-over" })).await;
    admin.post(path(&mal, "/enable"), json!({})).await.expect(200);
    let webhook = format!("/projects/{project}/webhooks/{hook}");
    assert_eq!(bob.get(&webhook).await.expect(200)["is_active"], false);
    let queued: i64 =
        sqlx::query_scalar("SELECT count(*) FROM deliveries WHERE channel = 'webhook' AND kind = 'task.created'")
            .fetch_one(&db)
            .await
            .expect("a count");
    assert_eq!(queued, 0);
    // Nor does it come on with the account of the new owner, unless that one has switched it on.
    let disable_and_enable = async || {
        admin.post(path(&bob, "/disable"), json!({})).await.expect(200);
        admin.post(path(&bob, "/enable"), json!({})).await.expect(200);
        bob.sign_in_again(PASSWORD).await
    };
    let again = disable_and_enable().await;
    assert_eq!(again.get(&webhook).await.expect(200)["is_active"], false);
    assert_eq!(again.patch(&webhook, json!({ "is_active": true })).await.expect(200)["is_active"], true);
    let again = disable_and_enable().await;
    assert_eq!(again.get(&webhook).await.expect(200)["is_active"], true);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn last_administrator_is_protected(db: PgPool) {
    let app = TestApp::start(db.clone()).await;
    let admin = administrator(&app).await;
    for action in ["/demote", "/disable"] {
        let answer = admin.post(path(&admin, action), json!({})).await;
        assert!([403, 409].contains(&answer.status.as_u16()), "{action}: {:#}", answer.body);
    }
    says(&todo(&db, &["disable", "--email", &admin.email]), "no other account that can sign in");
    says(&todo(&db, &["delete", "--email", &admin.email, "--yes"]), "no other account that can sign in");

    let second = app.person("Second").await;
    second.get("/admin/accounts").await.expect(403);
    admin.post(path(&second, "/promote"), json!({})).await.expect(200);
    second.get("/admin/accounts").await.expect(200);
    // Each takes the other's rights: one of them comes too late.
    let (one, other) =
        tokio::join!(admin.post(path(&second, "/demote"), json!({})), second.post(path(&admin, "/demote"), json!({})));
    let mut statuses = [one.status.as_u16(), other.status.as_u16()];
    statuses.sort_unstable();
    assert!(statuses[0] == 200 && [403, 409].contains(&statuses[1]), "{statuses:?}");
    let administrators: i64 =
        sqlx::query_scalar("SELECT count(*) FROM users WHERE is_admin").fetch_one(&db).await.expect("a count");
    assert_eq!(administrators, 1);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn account_without_shared_projects_can_be_deleted(db: PgPool) {
    let app = TestApp::start(db.clone()).await;
    let admin = administrator(&app).await;
    let (lin, ada) = (app.person("Lin").await, app.person("Ada").await);
    let theirs = lin.project("Theirs").await;
    lin.add_member(&theirs, &ada, "editor").await;
    let shared = ada.project("Shared").await;
    ada.add_member(&shared, &lin, "editor").await;
    let task = id_of(&lin.task(json!({ "project_id": shared, "assignee_id": lin.id, "title": "Stays" })).await);
    lin.project("Alone").await;

    admin.delete(path(&lin, "")).await.expect_fields(409, &["shared_projects"]);
    says(&todo(&db, &["delete", "--email", &lin.email, "--yes"]), "need another owner first");
    assert_eq!(admin.get(path(&lin, "")).await.expect(200)["disabled_at"], Value::Null, "nothing has happened");
    let to = json!({ "user_id": ada.id });
    admin.post(format!("/admin/projects/{theirs}/transfer"), to).await.expect(204);
    says(&todo(&db, &["delete", "--email", &lin.email]), "say so with --yes");
    let before = ada.get(format!("/projects/{shared}")).await.expect(200)["member_count"].clone();
    admin.delete(path(&lin, "")).await.expect(204);

    admin.get(path(&lin, "")).await.expect(404);
    lin.get("/projects").await.expect(401);
    assert_eq!(before, json!(2));
    assert_eq!(ada.get(format!("/projects/{shared}")).await.expect(200)["member_count"], 1);
    let task = ada.get(format!("/tasks/{task}")).await.expect(200);
    assert_eq!((&task["assignee_id"], &task["created_by"]), (&Value::Null, &Value::Null));
    let told: i64 =
        sqlx::query_scalar("SELECT count(*) FROM events WHERE topic_id = $1::uuid AND kind = 'member.removed'")
            .bind(&shared)
            .fetch_one(&db)
            .await
            .expect("a count");
    assert_eq!(told, 1, "the members are told live");
    let left: i64 = sqlx::query_scalar(
        "SELECT (SELECT count(*) FROM topics WHERE id = $1::uuid) + (SELECT count(*) FROM projects WHERE owner_id = $1::uuid)",
    )
    .bind(&lin.id)
    .fetch_one(&db)
    .await
    .expect("a count");
    assert_eq!(left, 0);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn every_admin_action_has_a_command(db: PgPool) {
    let app = TestApp::start(db.clone()).await;
    let (ada, lin) = (app.person("Ada").await, app.person("Lin").await);
    let project = ada.project("Shared").await;
    ada.add_member(&project, &lin, "editor").await;
    let email = ["--email", ada.email.as_str()];
    let run = |arguments: &[&str]| todo(&db, &[arguments, &email].concat());
    says(&todo(&db, &["list"]), &lin.email);
    says(&todo(&db, &["search", "ada"]), &ada.email);
    says(&run(&["show"]), "1, 1 of them shared");
    says(&run(&["promote"]), "is an administrator");
    assert_eq!(ada.get("/users/me").await.expect(200)["is_admin"], true, "with the next request");
    says(&todo(&db, &["promote", "--email", &lin.email]), "is an administrator");
    says(&run(&["demote"]), "no longer");
    says(&run(&["end-sessions"]), "1 session(s)");
    ada.get("/users/me").await.expect(401);
    says(&run(&["disable", "--reason", "Away"]), "is disabled");
    says(&run(&["show"]), "Away");
    says(&run(&["enable"]), "can be used again");
    says(&todo(&db, &["transfer", "--project", &project, "--to", &lin.email]), "is the owner");
    assert_eq!(lin.get(format!("/projects/{project}")).await.expect(200)["role"], "owner");
    says(&run(&["delete", "--yes"]), "is deleted");
    says(&run(&["show"]), "has no account");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn setup_code_creates_one_administrator(db: PgPool) {
    let app = TestApp::start(db.clone()).await;
    let printed = todo(&db, &["setup-code"]);
    let code = String::from_utf8(printed.stdout).expect("text").trim().to_owned();
    assert_eq!(code.len(), 17, "{code}");
    let same = todo::accounts::setup::code(&db).await.expect("a code");
    assert_eq!(same.as_deref(), Some(code.as_str()), "every server has the same");

    let (ada, bob) = (app.person("Ada").await, app.person("Bob").await);
    assert_eq!(ada.get("/users/me").await.expect(200)["is_admin"], false, "the first account alone is nothing");
    let claim = async |person: &Person, code: &str| person.post("/setup/administrator", json!({ "code": code })).await;
    claim(&ada, "AAAAA-AAAAA-AAAAA").await.expect_fields(422, &["code"]);
    let typed = code.to_lowercase().replace('-', " ");
    let (one, other) = tokio::join!(claim(&ada, &typed), claim(&bob, &code));
    let mut statuses = [one.status.as_u16(), other.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 403]);
    let first = if one.status.is_success() { &ada } else { &bob };
    first.get("/admin/accounts").await.expect(200);
    // The answer may have been lost: for a minute the same request of the same person gets it again, and nobody else's does.
    let version = first.get("/users/me").await.expect(200)["version"].clone();
    assert_eq!(claim(first, &code).await.expect(200)["version"], version, "nothing changes");
    claim(first, "AAAAA-AAAAA-AAAAA").await.expect(403);
    let second = if one.status.is_success() { &bob } else { &ada };
    claim(second, &code).await.expect(403);
    sqlx::query("UPDATE used_setup_code SET used_at = now() - interval '61 seconds'")
        .execute(&db)
        .await
        .expect("later");
    claim(first, &code).await.expect(403);
    says(&todo(&db, &["setup-code"]), "an administrator already");

    // Two last ones can go at the same time: an installation without any is one that was never set up.
    sqlx::query("UPDATE users SET is_admin = false").execute(&db).await.expect("nobody");
    let next = todo::accounts::setup::code(&db).await.expect("a code").expect("one again");
    assert_ne!(next, code, "the old one is used up");
    claim(&bob, &code).await.expect_fields(422, &["code"]);
    claim(&bob, &next).await.expect(200);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn setup_code_guessing_is_rate_limited(db: PgPool) {
    let app = TestApp::start_with(db.clone(), &[("RATE_LIMIT_LOGIN_PER_ACCOUNT", "3/1h")]).await;
    let ada = app.person("Ada").await;
    let code = todo::accounts::setup::code(&db).await.expect("a code").expect("a code");
    for _ in 0..3 {
        ada.post("/setup/administrator", json!({ "code": "x" })).await.expect(422);
    }
    ada.post("/setup/administrator", json!({ "code": code })).await.expect(429);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn session_has_a_maximum_age(db: PgPool) {
    let app = TestApp::start_with(db.clone(), &[("SESSION_MAX_DAYS", "90")]).await;
    let ada = app.person("Ada").await;
    let age = async |minutes: i32| {
        let older = sqlx::query("UPDATE sessions SET created_at = now() - make_interval(mins => $1)").bind(minutes);
        older.execute(&db).await.expect("older");
    };
    let max = 90 * 24 * 60;
    age(max - 5).await;
    let renewed = ada.post("/auth/refresh", json!({})).await.expect(200);
    let expires_in = renewed["expires_in"].as_u64().expect("seconds");
    assert!((200..=300).contains(&expires_in), "the token ends with the session: {expires_in}");
    let listed = ada.get("/auth/sessions").await.expect(200)["items"][0].clone();
    assert_eq!(listed["expires_at"], listed["ends_at"]);

    age(max + 1).await;
    assert_eq!(ada.post("/auth/refresh", json!({})).await.expect(401)["type"], "/problems/session-ended");
}
