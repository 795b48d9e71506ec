use serde_json::json;
use sqlx::PgPool;
use todo::db::MIGRATOR;

use crate::support::{PASSWORD, TestApp};

const NEXT: &str = "nine slow rivers north";

#[sqlx::test(migrator = "MIGRATOR")]
async fn password_change_ends_other_sessions(db: PgPool) {
    let app = TestApp::start(db).await;
    let here = app.person("Ada").await;
    let there = here.sign_in_again(PASSWORD).await;
    let change = |current: &str, new: &str| {
        here.post("/auth/password", json!({ "current_password": current, "new_password": new }))
    };
    change("wrong", NEXT).await.expect_fields(422, &["current_password"]);
    change(PASSWORD, "short").await.expect_fields(422, &["new_password"]);
    change(PASSWORD, "password1").await.expect_fields(422, &["new_password"]);
    change(PASSWORD, NEXT).await.expect(204);
    here.get("/users/me").await.expect(200);
    there.get("/users/me").await.expect(401);
    app.post("/api/v1/auth/login", json!({ "email": here.email, "password": PASSWORD })).await.expect(401);
    here.sign_in_again(NEXT).await.get("/users/me").await.expect(200);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn no_session_survives_a_password_change(db: PgPool) {
    let app = TestApp::start_with(db, &[("RATE_LIMIT_LOGIN_PER_ACCOUNT", "off")]).await;
    let here = app.person("Ada").await;
    let mut logins = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let request = app.request(reqwest::Method::POST, "/api/v1/auth/login");
        let request = request.json(&json!({ "email": here.email, "password": PASSWORD }));
        logins.spawn(async move { crate::support::Answer::read(request).await });
    }
    here.post("/auth/password", json!({ "current_password": PASSWORD, "new_password": NEXT })).await.expect(204);
    while let Some(login) = logins.join_next().await {
        let login = login.expect("joined");
        if login.status.as_u16() == 200 {
            let token = login.body["access_token"].as_str().expect("a token");
            let me = app.request(reqwest::Method::GET, "/api/v1/users/me").bearer_auth(token);
            crate::support::Answer::read(me).await.expect(401);
        }
    }
}

/// The old password was right when it was compared; then the sign-in waits for a change of the password.
#[sqlx::test(migrator = "MIGRATOR")]
async fn sign_in_during_password_change_is_refused(db: PgPool) {
    let app = TestApp::start(db.clone()).await;
    let here = app.person("Ada").await;
    for with_event in [false, true] {
        let mut change = db.begin().await.expect("a transaction");
        let id = uuid::Uuid::parse_str(&here.id).expect("an id");
        let topic = sqlx::query("SELECT FROM topics WHERE id = $1 FOR NO KEY UPDATE").bind(id);
        topic.execute(&mut *change).await.expect("locked");
        let login = app.request(reqwest::Method::POST, "/api/v1/auth/login");
        let login = login.json(&json!({ "email": here.email, "password": PASSWORD }));
        let login = tokio::spawn(async move { crate::support::Answer::read(login).await });
        let waiting = "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND relation IS NULL AND pid IN
            (SELECT pid FROM pg_stat_activity WHERE datname = current_database()))";
        while !sqlx::query_scalar::<_, bool>(waiting).fetch_one(&db).await.expect("the locks") {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        let hash = sqlx::query("UPDATE users SET password_hash = password_hash || 'x' WHERE id = $1").bind(id);
        hash.execute(&mut *change).await.expect("changed");
        if with_event {
            let revision = sqlx::query("UPDATE topics SET revision = revision + 1 WHERE id = $1").bind(id);
            revision.execute(&mut *change).await.expect("changed");
        }
        change.commit().await.expect("committed");
        login.await.expect("joined").expect(401);
        let sessions: i64 = sqlx::query_scalar("SELECT count(*) FROM sessions").fetch_one(&db).await.expect("a count");
        assert_eq!(sessions, 1);
        let hash = sqlx::query("UPDATE users SET password_hash = rtrim(password_hash, 'x') WHERE id = $1").bind(id);
        hash.execute(&db).await.expect("changed back");
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn profile_and_password_can_be_saved_concurrently(db: PgPool) {
    let app = TestApp::start_with(db, &[("RATE_LIMIT_LOGIN_PER_ACCOUNT", "off")]).await;
    let here = app.person("Ada").await;
    let passwords = async {
        for (current, new) in [(PASSWORD, NEXT), (NEXT, PASSWORD), (PASSWORD, NEXT)] {
            here.post("/auth/password", json!({ "current_password": current, "new_password": new })).await.expect(204);
        }
    };
    let profile = async {
        for number in 0..60 {
            here.patch("/users/me", json!({ "name": format!("Ada {number}") })).await.expect(200);
        }
    };
    tokio::join!(passwords, profile);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn sign_in_burst_is_queued_then_refused(db: PgPool) {
    let variables =
        [("PASSWORD_HASH_CONCURRENCY", "1"), ("PASSWORD_HASH_QUEUE", "2"), ("RATE_LIMIT_LOGIN_PER_ACCOUNT", "off")];
    let app = TestApp::start_with(db, &variables).await;
    let person = app.person("Ada").await;
    let mut answers = Vec::new();
    for _ in 0..24 {
        let url = app.url("/api/v1/auth/login");
        let body = json!({ "email": person.email, "password": PASSWORD });
        answers.push(tokio::spawn(async move {
            let response = reqwest::Client::new().post(url).json(&body).send().await.expect("an answer");
            (response.status().as_u16(), response.headers().contains_key("retry-after"))
        }));
    }
    let (mut accepted, mut refused) = (0, 0);
    for answer in answers {
        match answer.await.expect("joined") {
            (200, _) => accepted += 1,
            (429, true) => refused += 1,
            other => panic!("{other:?}"),
        }
    }
    assert!(accepted >= 3 && refused > 0, "{accepted} accepted, {refused} refused");
    person.get("/users/me").await.expect(200);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn passwords_are_stored_as_argon2id_with_owasp_parameters(db: PgPool) {
    let app = TestApp::start(db.clone()).await;
    app.person("Ada").await;
    let hash: String = sqlx::query_scalar("SELECT password_hash FROM users").fetch_one(&db).await.expect("a hash");
    assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
}
