use reqwest::Method;
use serde_json::json;
use sqlx::PgPool;
use todo::db::MIGRATOR;

use crate::support::{Answer, PASSWORD, TestApp};

#[sqlx::test(migrator = "MIGRATOR")]
async fn registration_signs_in_and_creates_an_inbox(db: PgPool) {
    let app = TestApp::start(db).await;
    let body = json!({ "email": "Lin@Example.org", "password": PASSWORD, "name": "林晓", "language": "zh-CN", "time_zone": "Asia/Shanghai" });
    let answer = app.post("/api/v1/auth/register", body).await;
    let cookie = answer.cookie("todo_refresh_8000").to_owned();
    for part in ["todo_refresh_8000=", "HttpOnly", "SameSite=Strict", "Path=/api/v1/auth", "Max-Age=2592000"] {
        assert!(cookie.contains(part), "{part} is not in {cookie}");
    }
    let device = answer.cookie("todo_device_8000").to_owned();
    for part in ["HttpOnly", "SameSite=Strict", "Path=/api/v1/auth", "Max-Age=34560000"] {
        assert!(device.contains(part), "{part} is not in {device}");
    }
    assert_eq!(answer.header("cache-control"), "no-store");
    insta::assert_json_snapshot!(answer.expect(201), { ".access_token" => "…", ".topics" => "…", ".user.id" => "…", ".user.created_at" => "…" }, @r#"
    {
      "access_token": "…",
      "expires_in": 900,
      "token_type": "bearer",
      "topics": "…",
      "unread_notifications": 0,
      "user": {
        "created_at": "…",
        "email": "Lin@Example.org",
        "email_verified_at": null,
        "id": "…",
        "is_admin": false,
        "language": "zh-CN",
        "name": "林晓",
        "time_zone": "Asia/Shanghai",
        "version": 1
      }
    }
    "#);
    let again = app.post("/api/v1/auth/login", json!({ "email": "lin@example.ORG", "password": PASSWORD })).await;
    let token = again.expect(200)["access_token"].as_str().expect("a token").to_owned();
    let projects = Answer::read(app.request(Method::GET, "/api/v1/projects").bearer_auth(token)).await.expect(200);
    assert_eq!(projects["items"][0]["is_inbox"], true);
    assert_eq!(projects["items"][0]["role"], "owner");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn invalid_registration_names_its_fields(db: PgPool) {
    let app = TestApp::start(db).await;
    let register = |body| app.post("/api/v1/auth/register", body);
    let wrong = json!({ "email": "nobody", "password": PASSWORD, "time_zone": "Mars/Olympus", "name": " " });
    register(wrong).await.expect_fields(422, &["email", "name", "time_zone"]);
    let french = json!({ "email": "a@example.org", "password": PASSWORD, "language": "fr" });
    register(french).await.expect_fields(422, &["language"]);
    register(json!({ "email": "a@example.org", "password": "short" })).await.expect_fields(422, &["password"]);
    register(json!({ "email": "a@example.org" })).await.expect_fields(422, &["password"]);
    for common in ["password", "12345678", "qwertyuiop", "Passw0rd", "aaaaaaaaaa", "a@example.org"] {
        register(json!({ "email": "a@example.org", "password": common })).await.expect_fields(422, &["password"]);
    }
    register(json!({ "email": "a@example.org", "password": PASSWORD })).await.expect(201);
    for (name, password) in [("A", "nine slow rivers north"), ("B", PASSWORD)] {
        let other = json!({ "email": "A@example.org", "password": password, "name": name });
        register(other).await.expect_fields(409, &["email"]);
    }
}

/// The line broke after the account was made: the page sends the form again.
#[sqlx::test(migrator = "MIGRATOR")]
async fn lost_registration_answer_can_be_repeated_for_a_minute(db: PgPool) {
    let app = TestApp::start(db.clone()).await;
    let register = async || {
        let body =
            json!({ "email": "ada@example.org", "password": PASSWORD, "name": "Ada", "time_zone": "Asia/Shanghai" });
        app.post("/api/v1/auth/register", body).await
    };
    let first = register().await.expect(201);
    let again = register().await;
    assert!(again.cookie("todo_refresh_8000").contains("HttpOnly"), "signed in");
    let again = again.expect(201);
    assert_eq!(again["user"], first["user"], "nothing changes");
    let token = again["access_token"].as_str().expect("a token");
    Answer::read(app.request(Method::GET, "/api/v1/users/me").bearer_auth(token)).await.expect(200);
    let accounts: i64 = sqlx::query_scalar("SELECT count(*) FROM users").fetch_one(&db).await.expect("a count");
    assert_eq!(accounts, 1);
    sqlx::query("UPDATE users SET created_at = now() - interval '61 seconds'").execute(&db).await.expect("later");
    register().await.expect_fields(409, &["email"]);
}

/// Who has registered has had the answer; somebody else tries passwords by registering again.
#[sqlx::test(migrator = "MIGRATOR")]
async fn repeated_registration_is_limited_like_sign_in(db: PgPool) {
    let limits = [("RATE_LIMIT_LOGIN_PER_ACCOUNT", "3/1h"), ("RATE_LIMIT_REGISTER_PER_ADDRESS", "off")];
    let app = TestApp::start_with(db, &limits).await;
    let register = async |password: &str| {
        let body = json!({ "email": "ada@example.org", "password": password, "name": "Ada" });
        app.post("/api/v1/auth/register", body).await
    };
    register(PASSWORD).await.expect(201);
    for _ in 0..3 {
        register("nine slow rivers north").await.expect_fields(409, &["email"]);
    }
    register(PASSWORD).await.expect(429);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn wrong_password_and_unknown_account_look_alike(db: PgPool) {
    let app = TestApp::start(db).await;
    let person = app.person("Ada").await;
    let strip = |mut body: serde_json::Value| {
        body["request_id"].take();
        body
    };
    let wrong = app.post("/api/v1/auth/login", json!({ "email": person.email, "password": "wrong" })).await;
    let unknown = app.post("/api/v1/auth/login", json!({ "email": "x@example.org", "password": "wrong" })).await;
    assert_eq!(strip(wrong.expect(401)), strip(unknown.expect(401)));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn sign_ins_are_limited_per_account_and_address(db: PgPool) {
    let limits = [("RATE_LIMIT_LOGIN_PER_ACCOUNT", "3/1h"), ("RATE_LIMIT_LOGIN_PER_ADDRESS", "5/1h")];
    let app = TestApp::start_with(db, &limits).await;
    let login = |email: &str| app.post("/api/v1/auth/login", json!({ "email": email, "password": "wrong" }));
    for _ in 0..3 {
        login("a@example.org").await.expect(401);
    }
    let refused = login("A@example.org").await;
    assert!(refused.header("retry-after").parse::<u32>().is_ok_and(|seconds| seconds > 0));
    assert_eq!(refused.expect(429)["type"], "/problems/rate-limited");
    for other in ["b@example.org", "c@example.org"] {
        login(other).await.expect(401);
    }
    login("d@example.org").await.expect(429);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn the_profile_can_be_read_and_changed(db: PgPool) {
    let app = TestApp::start(db).await;
    let person = app.person("Ada").await;
    let changed =
        person.patch("/users/me", json!({ "name": "Ada L.", "time_zone": "Europe/Berlin" })).await.expect(200);
    assert_eq!(
        (&changed["name"], &changed["time_zone"], &changed["version"]),
        (&json!("Ada L."), &json!("Europe/Berlin"), &json!(2))
    );
    person.patch("/users/me", json!({ "time_zone": "Nowhere" })).await.expect_fields(422, &["time_zone"]);
    person.patch("/users/me", json!({ "name": null })).await.expect_fields(422, &["name"]);
    let conflict = person.patch_if_match("/users/me", json!({ "name": "B" }), "\"1\"").await.expect(412);
    assert_eq!(conflict["current"]["name"], "Ada L.");
    assert_eq!(person.get("/users/me").await.expect(200)["name"], "Ada L.");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn registration_can_be_closed(db: PgPool) {
    let app = TestApp::start_with(db, &[("REGISTRATION_OPEN", "false")]).await;
    app.post("/api/v1/auth/register", json!({ "email": "a@example.org", "password": PASSWORD })).await.expect(403);
}
