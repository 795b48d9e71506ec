//! The commands of the binary that need no running server.

use std::{
    io::Write,
    process::{Command, Output, Stdio},
};

use serde_json::json;
use sqlx::{ConnectOptions, PgPool};
use todo::db::MIGRATOR;

use crate::support::{self, PASSWORD, TestApp};

fn todo(arguments: &[&str], variables: &[(&str, &str)], input: &str) -> Output {
    let mut process = Command::new(env!("CARGO_BIN_EXE_todo"))
        .args(arguments)
        .env_remove("DATABASE_URL")
        .envs(variables.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("started");
    process.stdin.take().expect("an input").write_all(input.as_bytes()).expect("written");
    process.wait_with_output().expect("ended")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn every_command_has_help() {
    let commands: [&[&str]; 15] = [
        &["serve"],
        &["worker"],
        &["migrate"],
        &["seed"],
        &["healthcheck"],
        &["doctor"],
        &["check-config"],
        &["openapi"],
        &["admin"],
        &["admin", "reset-password"],
        &["admin", "announce"],
        &["admin", "delete"],
        &["admin", "transfer"],
        &["admin", "deliveries", "list"],
        &["admin", "deliveries", "retry"],
    ];
    for command in commands {
        let output = todo(&[command, &["--help"]].concat(), &[], "");
        assert!(output.status.success() && text(&output.stdout).contains("Usage: todo"), "{command:?}");
    }
}

#[test]
fn all_configuration_problems_are_reported_at_once() {
    let variables =
        [("PORT", "x"), ("LOG_FORMAT", "xml"), ("DATABASE_URL", "postgres://u:hunter22@h/d"), ("JWT_SECRET", "short")];
    let output = todo(&["serve"], &variables, "");
    let said = text(&output.stderr);
    assert!(!output.status.success());
    for name in ["PORT", "LOG_FORMAT", "JWT_SECRET"] {
        assert!(said.contains(name), "{name} is not in {said}");
    }
    assert!(!said.contains("hunter22"), "{said}");
}

#[test]
fn configuration_is_checked_without_connecting() {
    let database = ("DATABASE_URL", "postgres://u:hunter22@nowhere.invalid/d");
    let right = [database, ("JWT_SECRET", "a-secret-for-tests-only-0123456789abcdef")];
    let output = todo(&["check-config"], &right, "");
    assert!(output.status.success(), "{}", text(&output.stderr));

    let wrong =
        [&right[..], &[("SESSION_DAYS", "abc"), ("PUBLIC_URL", "nonsense"), ("LOG_LEVEL", "todo=loud")]].concat();
    let output = todo(&["check-config"], &wrong, "");
    let said = text(&output.stderr);
    assert!(!output.status.success());
    for name in ["SESSION_DAYS: \"abc\"", "PUBLIC_URL", "LOG_LEVEL"] {
        assert!(said.contains(name), "{name} is not in {said}");
    }
}

#[test]
fn openapi_document_is_printed() {
    let output = todo(&["openapi"], &[], "");
    assert!(output.status.success());
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(document["info"]["title"], "Todo List Plus");
}

#[test]
fn health_check_without_a_server_fails() {
    assert!(!todo(&["healthcheck"], &[("PORT", "1")], "").status.success());
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn administrators_are_created_and_passwords_reset(db: PgPool) {
    let url = db.connect_options().to_url_lossy().to_string();
    let variables = [("DATABASE_URL", url.as_str()), ("JWT_SECRET", "a-secret-for-tests-only-0123456789abcdef")];
    let app = TestApp::start(db.clone()).await;

    let created = todo(&["admin", "create", "--email", "root@example.org"], &variables, PASSWORD);
    assert!(created.status.success(), "{}", text(&created.stderr));
    let login =
        |password: &str| app.post("/api/v1/auth/login", json!({ "email": "root@example.org", "password": password }));
    assert_eq!(login(PASSWORD).await.expect(200)["user"]["is_admin"], true);
    let weak = todo(&["admin", "create", "--email", "b@example.org"], &variables, "password");
    assert!(!weak.status.success() && text(&weak.stderr).contains("password is too common"), "{}", text(&weak.stderr));

    for (name, message) in [("a\nb", "must be one line"), ("\u{200b}", "must not be blank")] {
        let refused = todo(&["admin", "create", "--email", "c@example.org", "--name", name], &variables, PASSWORD);
        assert!(!refused.status.success() && text(&refused.stderr).contains(message), "{}", text(&refused.stderr));
    }

    let ada = app.person("Ada").await;
    let promoted = todo(&["admin", "promote", "--email", &ada.email], &variables, "");
    assert!(promoted.status.success(), "{}", text(&promoted.stderr));
    assert_eq!(ada.get("/users/me").await.expect(200)["is_admin"], true);

    let link = "INSERT INTO account_tokens (token_hash, user_id, purpose, email, expires_at)
                SELECT sha256('x'), id, 'reset_password', email, now() + interval '1 hour' FROM users WHERE email = $1";
    sqlx::query(link).bind(&ada.email).execute(&db).await.expect("a link that is out");
    let reset = todo(&["admin", "reset-password", "--email", &ada.email], &variables, "");
    let links: i64 = sqlx::query_scalar("SELECT count(*) FROM account_tokens").fetch_one(&db).await.expect("a count");
    assert_eq!(links, 0, "a new password voids it");
    let said = text(&reset.stdout);
    let password = said.lines().find_map(|line| line.strip_prefix("Password: ")).expect("a password");
    ada.get("/users/me").await.expect(401);
    ada.sign_in_again(password).await.get("/users/me").await.expect(200);
    let unknown = todo(&["admin", "promote", "--email", "nobody@example.org"], &variables, "");
    assert!(text(&unknown.stderr).contains("nobody@example.org has no account"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn promotion_needs_a_confirmed_address_when_mail_is_on(db: PgPool) {
    let url = db.connect_options().to_url_lossy().to_string();
    let smtp = ("SMTP_URL", "smtp://127.0.0.1:1");
    let variables = [("DATABASE_URL", url.as_str()), ("JWT_SECRET", "a-secret-for-tests-only-0123456789abcdef"), smtp];
    let app = TestApp::start_with(db.clone(), &[smtp]).await;
    let ada = app.person("Ada").await;
    let promote = || todo(&["admin", "promote", "--email", &ada.email], &variables, "");
    let refused = promote();
    assert!(
        !refused.status.success() && text(&refused.stderr).contains("have it confirmed"),
        "{}",
        text(&refused.stderr)
    );
    assert_eq!(ada.get("/users/me").await.expect(200)["is_admin"], false);
    sqlx::query("UPDATE users SET email_verified_at = now()").execute(&db).await.expect("confirmed");
    assert!(promote().status.success());

    let created = todo(&["admin", "create", "--email", "root@example.org"], &variables, PASSWORD);
    assert!(created.status.success(), "{}", text(&created.stderr));
    let root = app.post("/api/v1/auth/login", json!({ "email": "root@example.org", "password": PASSWORD })).await;
    assert!(root.expect(200)["user"]["email_verified_at"].is_string(), "who makes it knows whose it is");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn doctor_prints_remedies_and_fails_on_problems(db: PgPool) {
    let url = db.connect_options().to_url_lossy().to_string();
    let variables =
        [("DATABASE_URL", url.as_str()), ("JWT_SECRET", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822c")];
    let output = todo(&["doctor"], &variables, "");
    let said = text(&output.stdout);
    assert!(output.status.success(), "{said}{}", text(&output.stderr));
    assert!(said.contains("PostgreSQL 15") && said.contains("→") && !said.contains('{'), "{said}");
    let broken = [variables.as_slice(), &[("BACKUP_STATUS_FILE", "/nowhere/status.json")]].concat();
    let output = todo(&["doctor"], &broken, "");
    let said = text(&output.stdout);
    assert!(!output.status.success() && said.contains("PROBLEM") && said.contains("make backup"), "{said}");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn sample_data_is_created_once_and_never_in_production(db: PgPool) {
    let url = db.connect_options().to_url_lossy().to_string();
    let variables =
        [("DATABASE_URL", url.as_str()), ("JWT_SECRET", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822c")];
    for _ in 0..2 {
        let output = todo(&["seed"], &variables, "");
        assert!(
            output.status.success() && text(&output.stdout).contains("ada@example.org"),
            "{}",
            text(&output.stderr)
        );
    }
    let projects: i64 = sqlx::query_scalar("SELECT count(*) FROM projects").fetch_one(&db).await.expect("a count");
    assert_eq!(projects, 5);
    let production =
        [variables.as_slice(), &[("APP_ENV", "production"), ("PUBLIC_URL", "https://todo.example.org")]].concat();
    let refused = todo(&["seed"], &production, "");
    assert!(!refused.status.success() && text(&refused.stderr).contains("production"), "{}", text(&refused.stderr));

    let migrated = todo(&["migrate"], &variables, "");
    assert!(migrated.status.success() && text(&migrated.stdout).contains("up to date"));
}

#[sqlx::test(migrations = false)]
async fn migration_status_lists_without_running(db: PgPool) {
    support::without_schema(&db).await;
    let url = db.connect_options().to_url_lossy().to_string();
    let variables =
        [("DATABASE_URL", url.as_str()), ("JWT_SECRET", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822c")];
    let status = || {
        let output = todo(&["migrate", "--status"], &variables, "");
        assert!(output.status.success(), "{}", text(&output.stderr));
        let lines = text(&output.stdout);
        lines.lines().map(|line| line.split_whitespace().next().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    let count = MIGRATOR.iter().count();
    for _ in 0..2 {
        assert_eq!(status(), vec!["pending"; count]);
    }
    assert!(todo(&["migrate"], &variables, "").status.success());
    assert_eq!(status(), vec!["applied"; count]);

    // As after a step back from a newer version: its migrations stay, and this version works with them.
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                 VALUES (99991231235959, 'of tomorrow', true, '', 0)";
    sqlx::query(newer).execute(&db).await.expect("a row");
    assert_eq!(status().last().map(String::as_str), Some("newer"));
    let again = todo(&["migrate"], &variables, "");
    assert!(again.status.success(), "{}", text(&again.stderr));
    sqlx::query("UPDATE _sqlx_migrations SET checksum = '' WHERE description = 'accounts'")
        .execute(&db)
        .await
        .expect("a change");
    assert_eq!(status()[0], "broken");
    assert!(!todo(&["migrate"], &variables, "").status.success());
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn deliveries_can_be_listed_and_retried(db: PgPool) {
    let url = db.connect_options().to_url_lossy().to_string();
    let variables = [("DATABASE_URL", url.as_str()), ("JWT_SECRET", "a-secret-for-tests-only-0123456789abcdef")];
    let run = |arguments: &[&str]| todo(&[&["admin", "deliveries"], arguments].concat(), &variables, "");
    let app = TestApp::start_with(db.clone(), &[("SMTP_URL", "smtp://127.0.0.1:1")]).await;
    assert!(text(&run(&["list"]).stdout).contains("There are none."));
    let (ada, bob) = (app.person("Ada").await, app.person("Bob").await);
    let park = "UPDATE deliveries SET state = 'parked', attempts = 7, last_error = E'550 no\\x1b[31m\\r\\nsuch person' WHERE user_id = $1::uuid";
    sqlx::query(park).bind(&ada.id).execute(&db).await.expect("parked");
    let said = text(&run(&["list"]).stdout);
    let lines: Vec<_> = said.lines().collect();
    assert_eq!(lines.len(), 3, "{said}");
    assert!(lines[0].starts_with("ID ") && lines[1].contains(&bob.email), "the newest first: {said}");
    assert!(lines[2].ends_with("550 no [31m such person") && lines[2].contains(&ada.email), "{said}");
    let column = lines[0].find("STATE").expect("a column");
    assert_eq!((&lines[1][column..column + 7], &lines[2][column..column + 6]), ("pending", "parked"));
    let parked = text(&run(&["list", "--state", "parked", "--limit", "5"]).stdout);
    assert!(parked.contains(&ada.email) && !parked.contains(&bob.email), "{parked}");

    let [pending, parked] = [lines[1], lines[2]].map(|line| line.split_whitespace().next().expect("an id").to_owned());
    let refused = run(&["retry", &pending]);
    assert!(!refused.status.success() && text(&refused.stderr).contains("is not parked"), "{}", text(&refused.stderr));
    assert!(run(&["retry", &parked]).status.success());
    assert!(text(&run(&["list", "--state", "parked"]).stdout).contains("There are none."));
    sqlx::query("UPDATE deliveries SET state = 'parked'").execute(&db).await.expect("parked");
    assert!(text(&run(&["retry", "--all"]).stdout).contains("2 are tried again."));
    assert!(!run(&["retry"]).status.success());
    let missing = run(&["retry", "0199aa4e-0000-7000-8000-000000000000"]);
    assert!(text(&missing.stderr).contains("there is no delivery"), "{}", text(&missing.stderr));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn announcements_are_queued_for_the_worker(db: PgPool) {
    let url = db.connect_options().to_url_lossy().to_string();
    let variables = [("DATABASE_URL", url.as_str()), ("JWT_SECRET", "a-secret-for-tests-only-0123456789abcdef")];
    let announce =
        |arguments: &[&str], input: &str| todo(&[&["admin", "announce"], arguments].concat(), &variables, input);
    let both = ["--title", "Soon", "--text", "A pause", "--title-zh", "即将", "--text-zh", "暂停"];
    for (arguments, input) in [(&both[..], ""), (&["--title", "Piped"][..], "one\ntwo\n"), (&both[4..], "")] {
        let output = announce(arguments, input);
        assert!(output.status.success(), "{}", text(&output.stderr));
    }
    let texts: Vec<serde_json::Value> =
        sqlx::query_scalar("SELECT texts FROM announcements ORDER BY created_at").fetch_all(&db).await.expect("rows");
    let (en, zh) = (json!({ "title": "Soon", "text": "A pause" }), json!({ "title": "即将", "text": "暂停" }));
    let piped = json!({ "en": { "title": "Piped", "text": "one\ntwo" } });
    assert_eq!(texts, [json!({ "en": en, "zh-CN": zh }), piped, json!({ "zh-CN": zh })]);
    let blank = announce(&["--title", "Blank", "--text", " "], "");
    assert!(!blank.status.success() && text(&blank.stderr).contains("must not be blank"), "{}", text(&blank.stderr));
    assert!(!announce(&["--text", "no title"], "").status.success());
}
