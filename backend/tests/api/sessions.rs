use std::time::{Duration, Instant};

use reqwest::{Method, RequestBuilder};
use serde_json::json;
use sqlx::PgPool;
use todo::db::MIGRATOR;

use crate::support::{Answer, PASSWORD, TestApp};

fn redis() -> String {
    std::env::var("REDIS_URL").expect("REDIS_URL: run the tests with `make test-backend`")
}

/// The refresh token that an answer sets.
fn refresh_token(answer: &Answer) -> String {
    let cookie = answer.cookie("todo_refresh_8000");
    let value = cookie.strip_prefix("todo_refresh_8000=").and_then(|rest| rest.split(';').next());
    value.expect("a refresh cookie").to_owned()
}

async fn refresh(app: &TestApp, token: &str) -> Answer {
    refresh_from(app, token, "127.0.0.1", "Mozilla/5.0 (X11) Firefox/140.0").await
}

/// Behind a proxy that is believed, from this address.
async fn refresh_from(app: &TestApp, token: &str, address: &str, user_agent: &str) -> Answer {
    Answer::read(refresh_request(app, token, address, user_agent)).await
}

fn refresh_request(app: &TestApp, token: &str, address: &str, user_agent: &str) -> RequestBuilder {
    app.request(Method::POST, "/api/v1/auth/refresh")
        .header("cookie", format!("todo_refresh_8000={token}"))
        .header("x-forwarded-for", address)
        .header("user-agent", user_agent)
}

const KEY: &str = "b7f0c1d2e3a4958677f0c1d2e3a49586";

/// Named by a key, out of another network and by another program each time.
async fn refresh_named(app: &TestApp, token: &str, number: u8, key: &str) -> Answer {
    let (address, program) = (format!("203.0.{number}.7"), format!("Browser {}", char::from(b'a' + number)));
    Answer::read(refresh_request(app, token, &address, &program).header("idempotency-key", key)).await
}

async fn later(db: &PgPool, minutes: f64) {
    sqlx::query("UPDATE refresh_tokens SET used_at = used_at - make_interval(secs => $1) WHERE used_at IS NOT NULL")
        .bind(minutes * 60.0)
        .execute(db)
        .await
        .expect("later");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn reuse_after_the_successor_was_used_ends_the_session(db: PgPool) {
    let app = TestApp::start(db).await;
    let first = refresh_token(&register(&app).await);
    let second = refresh_token(&refresh(&app, &first).await);
    let answer = refresh(&app, &second).await;
    let third = refresh_token(&answer);
    let token = answer.expect(200)["access_token"].as_str().expect("a token").to_owned();
    let me = || Answer::read(app.request(Method::GET, "/api/v1/users/me").bearer_auth(&token));
    me().await.expect(200);

    // At once, and yet too late: whoever got the second has used it.
    let replay = refresh(&app, &first).await;
    assert!(replay.header("set-cookie").contains("Max-Age=0"), "the browser keeps no dead cookie");
    assert_eq!(replay.expect(401)["type"], "/problems/session-ended");
    refresh(&app, &third).await.expect(401);
    me().await.expect(401);
}

/// The page was reloaded three times, and only the last answer arrived.
#[sqlx::test(migrator = "MIGRATOR")]
async fn lost_refresh_answer_is_repeated(db: PgPool) {
    let app = TestApp::start(db).await;
    let first = refresh_token(&register(&app).await);
    let successors = [refresh(&app, &first).await, refresh(&app, &first).await, refresh(&app, &first).await];
    let tokens = successors.each_ref().map(refresh_token);
    // The same, so it does not matter which of several tabs set the cookie last.
    assert!(tokens.iter().all(|token| *token == tokens[0]) && tokens[0] != first, "{tokens:?}");
    for answer in successors {
        let access = answer.expect(200)["access_token"].as_str().expect("a token").to_owned();
        Answer::read(app.request(Method::GET, "/api/v1/users/me").bearer_auth(access)).await.expect(200);
    }
    let next = refresh_token(&refresh(&app, &tokens[0]).await);
    refresh(&app, &next).await.expect(200);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn reuse_after_the_grace_period_ends_the_session(db: PgPool) {
    let app = TestApp::start(db.clone()).await;
    let first = refresh_token(&register(&app).await);
    let second = refresh_token(&refresh(&app, &first).await);
    later(&db, 0.25).await;
    refresh(&app, &first).await.expect(200);
    later(&db, 0.1).await;
    refresh(&app, &first).await.expect(401);
    refresh(&app, &second).await.expect(401);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn answer_is_repeated_twice_to_the_same_client_only(db: PgPool) {
    let app = TestApp::start_with(db, &[("TRUSTED_PROXIES", "127.0.0.1/32")]).await;
    let (here, firefox) = ("203.0.113.7", "Mozilla/5.0 (X11) Firefox/140.0");
    let first = refresh_token(&register(&app).await);
    let next = refresh_token(&refresh_from(&app, &first, here, firefox).await);
    let updated = refresh_from(&app, &first, "203.0.113.80", "Mozilla/5.0 (X11) Firefox/141.0").await;
    assert_eq!(refresh_token(&updated), next, "the same program in the same network");
    refresh_from(&app, &first, here, firefox).await.expect(200);
    let third = refresh_from(&app, &first, here, firefox).await;
    assert!(!third.header("retry-after").is_empty());
    third.expect(429);
    refresh_from(&app, &next, here, firefox).await.expect(200);

    for (address, user_agent) in [("198.51.100.1", firefox), (here, "curl/8.5.0")] {
        let email = json!({ "email": format!("{address}{}@example.org", user_agent.len()), "password": PASSWORD, "name": "Lin" });
        let first = refresh_token(&app.post("/api/v1/auth/register", email).await);
        let next = refresh_token(&refresh_from(&app, &first, here, firefox).await);
        refresh_from(&app, &first, address, user_agent).await.expect(401);
        refresh_from(&app, &next, here, firefox).await.expect(401);
    }
}

/// A telephone leaves the network in the moment of the answer, and is in another one when it asks again.
#[sqlx::test(migrator = "MIGRATOR")]
async fn refresh_with_the_same_key_is_repeated_from_any_network(db: PgPool) {
    let app = TestApp::start_with(db.clone(), &[("TRUSTED_PROXIES", "127.0.0.1/32")]).await;
    let first = refresh_token(&register(&app).await);
    let next = refresh_token(&refresh_named(&app, &first, 0, KEY).await);
    for number in 1..5 {
        later(&db, 14.0).await;
        let again = refresh_named(&app, &first, number, KEY).await;
        assert_eq!(refresh_token(&again), next);
        let access = again.expect(200)["access_token"].as_str().expect("a token").to_owned();
        Answer::read(app.request(Method::GET, "/api/v1/users/me").bearer_auth(access)).await.expect(200);
    }
    let after = refresh_token(&refresh_named(&app, &next, 5, "another-key-of-the-next-request").await);
    // Somebody has used the successor: whoever comes with the first now, and knows its key, is somebody else.
    refresh_named(&app, &first, 6, KEY).await.expect(401);
    refresh_named(&app, &after, 5, KEY).await.expect(401);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn used_token_without_key_or_after_an_hour_ends_the_session(db: PgPool) {
    let app = TestApp::start_with(db.clone(), &[("TRUSTED_PROXIES", "127.0.0.1/32")]).await;
    for (number, key, minutes) in [(1, "another-key-that-somebody-made-up", 0.0), (2, KEY, 61.0), (3, "", 0.0)] {
        let account = json!({ "email": format!("{number}@example.org"), "password": PASSWORD });
        let first = refresh_token(&app.post("/api/v1/auth/register", account).await);
        let next = refresh_token(&refresh_named(&app, &first, 0, KEY).await);
        later(&db, minutes).await;
        let again = if key.is_empty() {
            refresh_from(&app, &first, "198.51.100.1", "Browser a").await
        } else {
            refresh_named(&app, &first, number, key).await
        };
        assert_eq!(again.expect(401)["type"], "/problems/session-ended", "{number}");
        refresh_named(&app, &next, 0, KEY).await.expect(401);
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn guessable_idempotency_key_is_refused(db: PgPool) {
    let app = TestApp::start(db).await;
    let first = refresh_token(&register(&app).await);
    for key in ["1", "a key with spaces in it, and commas", &"x".repeat(129)] {
        refresh_named(&app, &first, 0, key).await.expect_fields(400, &["Idempotency-Key"]);
    }
    refresh_named(&app, &first, 0, KEY).await.expect(200);
}

/// A version that seals nothing may run beside.
#[sqlx::test(migrator = "MIGRATOR")]
async fn reuse_without_a_known_successor_ends_the_session(db: PgPool) {
    let app = TestApp::start(db.clone()).await;
    let first = refresh_token(&register(&app).await);
    refresh(&app, &first).await.expect(200);
    sqlx::query("UPDATE refresh_tokens SET successor = NULL").execute(&db).await.expect("updated");
    refresh(&app, &first).await.expect(401);
}

/// Tabs that open together on plain HTTP, where they have no lock in common.
#[sqlx::test(migrator = "MIGRATOR")]
async fn concurrent_refreshes_get_the_same_successor(db: PgPool) {
    let app = TestApp::start(db).await;
    let token = refresh_token(&register(&app).await);
    let (one, two, three) = tokio::join!(refresh(&app, &token), refresh(&app, &token), refresh(&app, &token));
    assert_eq!(refresh_token(&one), refresh_token(&two));
    assert_eq!(refresh_token(&one), refresh_token(&three));
    refresh(&app, &refresh_token(&three)).await.expect(200);
}

/// The same in a browser that changes its network at that moment: its tabs have the key in common.
#[sqlx::test(migrator = "MIGRATOR")]
async fn concurrent_refreshes_with_a_key_get_the_same_successor(db: PgPool) {
    let app = TestApp::start_with(db, &[("TRUSTED_PROXIES", "127.0.0.1/32")]).await;
    let token = refresh_token(&register(&app).await);
    let one = |number| refresh_named(&app, &token, number, KEY);
    let (a, b, c, d) = tokio::join!(one(1), one(2), one(3), one(4));
    let next = refresh_token(&a);
    for answer in [b, c, d] {
        assert_eq!(refresh_token(&answer), next);
    }
    refresh(&app, &next).await.expect(200);
}

/// An office of 400 people behind one address, none of whom is limited; and somebody there who tries tokens.
#[sqlx::test(migrator = "MIGRATOR")]
async fn refreshes_are_limited_by_session_and_failures_by_address(db: PgPool) {
    let limits = [("RATE_LIMIT_REFRESH_PER_ADDRESS", "3/15m"), ("RATE_LIMIT_REFRESH_PER_SESSION", "5/15m")];
    let app = TestApp::start_with(db, &limits).await;
    let mut token = refresh_token(&register(&app).await);
    let other = app.person("Ada").await;
    for _ in 0..5 {
        token = refresh_token(&refresh(&app, &token).await);
    }
    let refused = refresh(&app, &token).await;
    assert!(refused.header("retry-after").parse::<u64>().expect("seconds") > 0);
    assert_eq!(refused.expect(429)["type"], "/problems/rate-limited");
    for _ in 0..3 {
        let unknown = refresh(&app, "made-up").await;
        assert!(unknown.headers.get("set-cookie").is_none(), "it may be the cookie of another server on this host");
        unknown.expect(401);
    }
    refresh(&app, "made-up").await.expect(429);
    Answer::read(other.client.post(format!("{}/auth/refresh", other.base))).await.expect(200);
}

async fn register(app: &TestApp) -> Answer {
    app.post("/api/v1/auth/register", json!({ "email": "a@example.org", "password": PASSWORD })).await
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn forged_cookie_and_foreign_origin_are_refused(db: PgPool) {
    let app = TestApp::start(db).await;
    app.post("/api/v1/auth/refresh", json!({})).await.expect(401);
    refresh(&app, "made-up").await.expect(401);
    let login = app.post("/api/v1/auth/register", json!({ "email": "a@example.org", "password": PASSWORD })).await;
    let token = refresh_token(&login);
    let from = |origin: String| {
        let request = app.request(Method::POST, "/api/v1/auth/refresh").header("origin", origin);
        Answer::read(request.header("cookie", format!("todo_refresh_8000={token}")))
    };
    from("https://evil.example.org".to_owned()).await.expect(403);
    from(format!("http://{}", app.address)).await.expect(200);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn sessions_can_be_listed_and_ended(db: PgPool) {
    for variables in [vec![], vec![("REDIS_URL", redis())]] {
        let variables: Vec<_> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let app = TestApp::start_with(db.clone(), &variables).await;
        let here = app.person(if variables.is_empty() { "Ada" } else { "Bob" }).await;
        let there = here.sign_in_again(PASSWORD).await;
        let third = here.sign_in_again(PASSWORD).await;
        there.get("/users/me").await.expect(200);

        let sessions = here.get("/auth/sessions").await.expect(200);
        let sessions = sessions["items"].as_array().expect("a list").clone();
        assert_eq!(sessions.len(), 3);
        assert_eq!(sessions.iter().filter(|session| session["current"] == true).count(), 1);
        assert_eq!(sessions[0]["ip_address"], "127.0.0.1");
        let other = there.get("/auth/sessions").await.expect(200);
        let theirs =
            other["items"].as_array().expect("a list").iter().find(|session| session["current"] == true).cloned();
        let id = theirs.expect("the current one")["id"].as_str().expect("an id").to_owned();

        here.delete(&format!("/auth/sessions/{id}")).await.expect(204);
        assert_eq!(there.get("/users/me").await.expect(401)["type"], "/problems/session-ended");
        here.delete(&format!("/auth/sessions/{id}")).await.expect(404);
        assert_eq!(here.post("/auth/sessions/end-others", json!({})).await.expect(200)["ended"], 1);
        third.get("/users/me").await.expect(401);
        here.get("/users/me").await.expect(200);

        here.post("/auth/logout", json!({})).await.expect(204);
        here.get("/users/me").await.expect(401);
        Answer::read(here.client.post(format!("{}/auth/refresh", here.base))).await.expect(401);
        here.post("/auth/logout", json!({})).await.expect(204);
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn expired_session_is_refused(db: PgPool) {
    let app = TestApp::start(db.clone()).await;
    let person = app.person("Ada").await;
    sqlx::query("UPDATE sessions SET expires_at = now() - interval '1 second'").execute(&db).await.expect("updated");
    person.get("/users/me").await.expect(401);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn foreign_session_cannot_be_ended(db: PgPool) {
    let app = TestApp::start(db).await;
    let (ada, eve) = (app.person("Ada").await, app.person("Eve").await);
    let sessions = ada.get("/auth/sessions").await.expect(200);
    let id = sessions["items"][0]["id"].as_str().expect("an id");
    eve.delete(&format!("/auth/sessions/{id}")).await.expect(404);
    ada.get("/users/me").await.expect(200);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn token_endpoint_follows_rfc_6749(db: PgPool) {
    let app = TestApp::start(db).await;
    let person = app.person("Ada").await;
    let token =
        |form: Vec<(&'static str, String)>| Answer::read(app.request(Method::POST, "/api/v1/auth/token").form(&form));
    let password = |word: &str| {
        vec![("grant_type", "password".to_owned()), ("username", person.email.clone()), ("password", word.to_owned())]
    };

    let granted = token(password(PASSWORD)).await;
    assert_eq!(granted.header("cache-control"), "no-store");
    let granted = granted.expect(200);
    assert_eq!((&granted["token_type"], &granted["expires_in"]), (&json!("bearer"), &json!(900)));
    let access = granted["access_token"].as_str().expect("a token");
    Answer::read(app.request(Method::GET, "/api/v1/users/me").bearer_auth(access)).await.expect(200);
    let next = |token: &serde_json::Value| {
        vec![("grant_type", "refresh_token".to_owned()), ("refresh_token", token.as_str().expect("a token").to_owned())]
    };
    let second = token(next(&granted["refresh_token"])).await.expect(200);
    let again = token(next(&granted["refresh_token"])).await.expect(200);
    assert_eq!(again["refresh_token"], second["refresh_token"], "the answer may have been lost");
    let named = |key: &'static str| {
        let form = next(&second["refresh_token"]);
        Answer::read(app.request(Method::POST, "/api/v1/auth/token").header("idempotency-key", key).form(&form))
    };
    assert_eq!(named("1").await.expect(400)["error"], "invalid_request");
    let third = named(KEY).await.expect(200);
    for _ in 0..3 {
        assert_eq!(named(KEY).await.expect(200)["refresh_token"], third["refresh_token"]);
    }
    assert_eq!(token(next(&granted["refresh_token"])).await.expect(400)["error"], "invalid_grant");

    assert_eq!(token(password("wrong")).await.expect(400)["error"], "invalid_grant");
    assert_eq!(token(vec![("grant_type", "password".to_owned())]).await.expect(400)["error"], "invalid_request");
    assert_eq!(token(vec![]).await.expect(400)["error"], "invalid_request");
    let implicit = token(vec![("grant_type", "implicit".to_owned())]).await;
    assert_eq!(implicit.expect(400)["error"], "unsupported_grant_type");
    app.post("/api/v1/auth/token", json!({})).await.expect(415);
}

/// With the row gone behind the server's back, only the server's memory can still say yes; it says no as soon as anything is
/// written to the user's feed.
#[sqlx::test(migrator = "MIGRATOR")]
async fn sessions_are_cached_until_the_feed_changes(db: PgPool) {
    let app = TestApp::start_with(db.clone(), &[("REDIS_URL", &redis())]).await;
    let ada = app.person("Ada").await;
    let deadline = Instant::now() + Duration::from_secs(20);
    let remembered = loop {
        let session = ada.sign_in_again(PASSWORD).await;
        session.get("/users/me").await.expect(200);
        sqlx::query(
            "UPDATE sessions SET ended_at = now(), end_reason = 'signed_out' WHERE id = (SELECT id FROM sessions ORDER BY id DESC LIMIT 1)",
        )
        .execute(&db)
        .await
        .expect("updated");
        if session.get("/users/me").await.status.as_u16() == 200 {
            break session;
        }
        // Not until the server hears its replicas.
        assert!(Instant::now() < deadline, "sessions are not remembered");
    };
    ada.patch("/users/me", json!({ "name": "Ada L." })).await.expect(200);
    remembered.get("/users/me").await.expect(401);
}
