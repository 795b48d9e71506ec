use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;
use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use todo::db::MIGRATOR;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::{Answer, TestApp};

#[sqlx::test(migrator = "MIGRATOR")]
async fn health_reports_dependencies(db: PgPool) {
    let app = TestApp::start(db).await;
    assert_eq!(app.get("/health").await.expect(200)["status"], "ok");
    assert_eq!(
        app.get("/health/ready").await.expect(200),
        json!({ "status": "ok", "checks": { "database": "ok", "migrations": "ok", "redis": "not_configured", "mail": "not_configured", "background": "ok" },
            "deliveries": { "pending": 0, "parked": 0 }, "notices": { "pending": 0, "parked": 0 }, "interrupted": [] })
    );
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn details_and_metrics_are_internal_only(db: PgPool) {
    const TOKEN: &str = "f7c3bc1d808e04732adf679965ccc34c";
    let plain = TestApp::start(db.clone()).await;
    let proxied = TestApp::start_with(db.clone(), &[("TRUSTED_PROXIES", "1")]).await;
    let with_token = TestApp::start_with(db, &[("TRUSTED_PROXIES", "1"), ("METRICS_TOKEN", TOKEN)]).await;
    let bearer = format!("Bearer {TOKEN}");
    let from_outside = ("x-forwarded-for", "203.0.113.7");
    for (app, headers, is_inside) in [
        (&plain, vec![], true),
        (&proxied, vec![], true),
        (&proxied, vec![from_outside], false),
        // A proxy on this machine that nobody has told the server of, and a browser inside that comes through the proxy.
        (&plain, vec![from_outside], false),
        (&plain, vec![("forwarded", "for=203.0.113.7")], false),
        (&proxied, vec![("x-forwarded-for", "192.168.0.9")], false),
        (&proxied, vec![from_outside, ("authorization", bearer.as_str())], false),
        (&with_token, vec![from_outside], false),
        (&with_token, vec![from_outside, ("authorization", "Bearer f7c3bc1d")], false),
        (&with_token, vec![from_outside, ("authorization", bearer.as_str())], true),
    ] {
        let ask = async |path: &str| {
            let request = app.request(Method::GET, path);
            let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
            Answer::read(request).await
        };
        let metrics = ask("/metrics").await;
        assert_eq!(metrics.status.as_u16(), if is_inside { 200 } else { 404 }, "{headers:?}");
        let ready = ask("/health/ready").await.expect(200);
        assert_eq!(ready["status"], "ok");
        let told = (ready["checks"].is_object(), ready["deliveries"].is_object());
        assert_eq!(told, (is_inside, is_inside), "{headers:?}");
    }
}

#[tokio::test]
async fn server_survives_without_a_database() {
    let options = "postgres://todo@127.0.0.1:1/todo".parse().expect("a URL");
    let db = sqlx::postgres::PgPoolOptions::new()
        .acquire_timeout(std::time::Duration::from_millis(200))
        .connect_lazy_with(options);
    // The pool says no more than that its time is over.
    let reason = todo::db::connect_error(&db).await.expect("a reason");
    assert!(reason.contains("Connection refused"), "{reason}");
    let app = TestApp::start(db).await;
    app.get("/health").await.expect(200);
    assert_eq!(app.get("/health/ready").await.expect(503)["checks"]["database"], "unavailable");
    let login = app.post("/api/v1/auth/login", json!({ "email": "a@example.org", "password": "x" })).await;
    assert!(!login.header("retry-after").is_empty());
    assert_eq!(login.expect(503)["type"], "/problems/unavailable");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn every_answer_has_request_id_and_security_headers(db: PgPool) {
    let app = TestApp::start(db).await;
    let answer = app.get("/api/v1/users/me").await;
    let id = answer.header("x-request-id").to_owned();
    for (name, value) in
        [("x-content-type-options", "nosniff"), ("x-frame-options", "DENY"), ("www-authenticate", "Bearer")]
    {
        assert_eq!(answer.header(name), value);
    }
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert_eq!(answer.expect(401)["request_id"], json!(id));
    let with = |id: &'static str| Answer::read(app.request(Method::GET, "/health").header("x-request-id", id));
    assert_eq!(with("abc-123").await.header("x-request-id"), "abc-123");
    assert_ne!(with("a b;c").await.header("x-request-id"), "a b;c");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn answers_are_compressed_and_head_agrees(db: PgPool) {
    let app = TestApp::start(db).await;
    let headers = async |method: Method, encoding: Option<&str>| {
        let request = app.request(method, "/api/openapi.json");
        let request =
            encoding.into_iter().fold(request, |request, encoding| request.header("accept-encoding", encoding));
        request.send().await.expect("an answer").headers().clone()
    };
    let plain = headers(Method::GET, None).await;
    assert_eq!(plain.get("content-encoding"), None);
    let compressed = headers(Method::GET, Some("gzip")).await;
    assert_eq!(compressed["content-encoding"], "gzip");
    assert_eq!(compressed["vary"], "accept-encoding");
    assert_eq!(headers(Method::HEAD, None).await["content-length"], plain["content-length"]);
    assert_eq!(headers(Method::HEAD, Some("gzip")).await.get("content-length"), None);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn incomplete_requests_are_disconnected(db: PgPool) {
    let app = TestApp::start_with(db, &[("IDLE_CONNECTION_SECONDS", "1")]).await;
    let mut stream = tokio::net::TcpStream::connect(app.address).await.expect("a connection");
    stream.write_all(b"GET /health HTTP/1.1\r\nHost: x\r\nX-Slow: ").await.expect("written");
    let mut rest = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut rest)).await;
    assert!(read.is_ok(), "the connection is still open");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn metrics_count_requests_by_route_and_status(db: PgPool) {
    let app = TestApp::start(db).await;
    let person = app.person("Ada").await;
    person.get(&format!("/tasks/{}", uuid::Uuid::now_v7())).await.expect(404);
    person.get("/tasks").await.expect(200);
    person.get("/tasks").await.expect(200);
    app.get("/api/openapi.json").await.expect(200);
    for name in ["BREW", "SPIN"] {
        Answer::read(app.request(Method::from_bytes(name.as_bytes()).expect("a method"), "/api/v1/tasks"))
            .await
            .expect(405);
    }
    let text = app.request(Method::GET, "/metrics").send().await.expect("an answer").text().await.expect("a text");
    for part in [
        r#"todo_http_requests_total{method="GET",route="/api/v1/tasks/{id}",status="404"}"#,
        "todo_http_request_seconds_bucket",
        r#"todo_cache_reads_total{cache="answer",result="hit"}"#,
        r#"todo_database_connections{state="open"}"#,
        "todo_ws_connections",
        r#"method="OTHER""#,
        r#"route="/api/openapi.json""#,
    ] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
    assert!(!text.contains("BREW"), "a client cannot make metrics of its own")
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn documentation_pages_have_a_content_security_policy(db: PgPool) {
    let app = TestApp::start(db).await;
    let edge = include_str!("../../../nginx/conf/content-security-policy.conf");
    let line = edge.lines().find(|line| line.contains("^/api/docs")).expect("a policy");
    let policy = line.trim().trim_end_matches(';').split_once(' ').expect("a value").1.trim_matches('"');
    for path in ["/api/docs/", "/api/docs/swagger-initializer.js"] {
        let answer = app.get(path).await;
        assert_eq!((answer.status.as_u16(), answer.header("content-security-policy")), (200, policy), "{path}");
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn unknown_paths_and_methods_are_problem_documents(db: PgPool) {
    let app = TestApp::start(db).await;
    assert_eq!(app.get("/api/v1/nothing").await.expect(404)["type"], "/problems/not-found");
    assert_eq!(app.get("/nothing").await.expect(404)["type"], "/problems/not-found");
    let answer = Answer::read(app.request(Method::PUT, "/api/v1/tasks")).await;
    assert!(answer.header("allow").contains("POST"));
    assert_eq!(answer.expect(405)["type"], "/problems/method-not-allowed");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn spa_is_served_with_caching_and_policy(db: PgPool) {
    let directory = std::env::temp_dir().join(format!("todo-page-{}", uuid::Uuid::now_v7()));
    std::fs::create_dir_all(directory.join("assets")).expect("a folder");
    std::fs::write(directory.join("index.html"), "<!doctype html>page").expect("written");
    std::fs::write(directory.join("assets/app-1a2b.js"), "let a = 1").expect("written");
    for hidden in [".vite", "assets/.vite"] {
        std::fs::create_dir_all(directory.join(hidden)).expect("a folder");
        std::fs::write(directory.join(hidden).join("manifest.json"), "{}").expect("written");
    }
    let app = TestApp::start_with(db, &[("STATIC_DIR", &directory.display().to_string())]).await;
    let visit =
        |path: &str| app.request(Method::GET, path).header("accept", "text/html,application/xhtml+xml,*/*;q=0.8");
    let page = visit("/projects/some/page").send().await.expect("an answer");
    assert_eq!(page.headers()["vary"], "accept");
    assert_eq!((page.status().as_u16(), page.headers()["cache-control"].to_str().ok()), (200, Some("no-cache")));
    let policy = page.headers()["content-security-policy"].to_str().expect("a text").to_owned();
    assert!(policy.contains("script-src 'self';"), "{policy}");
    assert_eq!(page.text().await.expect("a text"), "<!doctype html>page");
    let script = Answer::read(app.request(Method::GET, "/assets/app-1a2b.js")).await;
    assert_eq!(script.header("cache-control"), "public, max-age=31536000, immutable");
    app.get("/assets/app-old.js").await.expect(404);
    let hidden = ["/.vite/manifest.json", "/%2evite/manifest.json", "/assets/.vite/manifest.json", "/.git/config"];
    for path in hidden {
        assert_eq!(app.get(path).await.expect(404)["type"], "/problems/not-found", "{path}");
    }
    for nothing in ["/robots.txt", "/.env", "/nope.png", "/wp-login.php", "/projects/v1.2"] {
        Answer::read(visit(nothing)).await.expect(404);
    }
    // Programs that take anything want a file.
    let programs = app.request(Method::GET, "/projects").header("accept", "*/*");
    assert_eq!(Answer::read(programs).await.expect(404)["type"], "/problems/not-found");
    Answer::read(app.request(Method::POST, "/projects").header("accept", "text/html")).await.expect(405);
    Answer::read(visit("/")).await.status.is_success().then_some(()).expect("the page itself");
    assert!(app.get("/index.html").await.status.is_success());
    app.get("/api/nothing").await.expect(404);
    std::fs::remove_dir_all(directory).expect("removed");
}

/// What the next statement on such a connection wrote would be acknowledged, and lost with the connection.
#[sqlx::test(migrator = "MIGRATOR")]
async fn cancelled_begin_leaves_no_open_transaction(db: PgPool) {
    let options = db.connect_options().as_ref().clone();
    // With threads of its own, so that a caller can go away at any moment of the other's work.
    let callers = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        runtime.expect("threads").block_on(go_away_while_beginning(options));
    });
    assert!(callers.join().is_ok());
}

/// Many callers, each of whom goes away a little later in the beginning.
async fn go_away_while_beginning(options: PgConnectOptions) {
    let one = || PgPoolOptions::new().max_connections(1).test_before_acquire(false).connect_lazy_with(options.clone());
    let (db, watcher) = (one(), one());
    let open = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'";
    for microseconds in (0..400).step_by(4) {
        sqlx::query("SELECT 1").execute(&db).await.expect("an answer");
        let pool = db.clone();
        let caller = tokio::spawn(async move { todo::db::begin(&pool).await.map(drop) });
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_micros(microseconds) {
            std::hint::spin_loop();
        }
        caller.abort();
        let _ = caller.await;
        // It comes back.
        drop(db.acquire().await.expect("the connection"));
        let deadline = Instant::now() + Duration::from_secs(10);
        while sqlx::query_scalar::<_, i64>(open).fetch_one(&watcher).await.expect("a count") > 0 {
            assert!(Instant::now() < deadline, "a transaction is left open after {microseconds} microseconds");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}
