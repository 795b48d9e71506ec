//! What administrators are told of the installation.

use std::{net::SocketAddr, path::PathBuf, sync::Arc};

use reqwest::Method;
use serde_json::{Value, json};
use sqlx::PgPool;
use todo::{
    db::MIGRATOR,
    ops::doctor::{Cause, Severity},
};
use tokio_rustls::TlsAcceptor;

use crate::support::{Answer, MailServer, Person, TestApp, administrator};

/// The same person at another server with the same database.
fn elsewhere(person: &Person, app: &TestApp) -> Person {
    Person {
        client: person.client.clone(),
        base: app.url("/api/v1"),
        token: person.token.clone(),
        id: person.id.clone(),
        email: person.email.clone(),
        state: app.state.clone(),
    }
}

/// What one check has found, for a request with these headers.
async fn finding(person: &Person, check: &str, headers: &[(&str, &str)]) -> Value {
    let mut request = person.request(Method::GET, "/admin/doctor");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let report = Answer::read(request).await.expect(200);
    let items = report["items"].as_array().expect("findings");
    items.iter().find(|item| item["id"] == check).unwrap_or_else(|| panic!("{check} is not in {report:#}")).clone()
}

async fn cause(person: &Person, check: &str, headers: &[(&str, &str)]) -> String {
    finding(person, check, headers).await["cause"].as_str().expect("a cause").to_owned()
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn doctor_is_for_administrators_only(db: PgPool) {
    let app = TestApp::start(db).await;
    app.get("/api/v1/admin/doctor").await.expect(401);
    let refusal = app.person("Ada").await.get("/admin/doctor").await.expect(403);
    assert_eq!(refusal["type"], "/problems/forbidden");
    let report = administrator(&app).await.get("/admin/doctor").await.expect(200);
    let checks: Vec<_> = report["items"].as_array().expect("findings").iter().map(|item| item["id"].clone()).collect();
    assert_eq!(checks.len(), 13, "{checks:?}");
    assert!(report["checked_at"].is_string());
    for (check, expected) in [
        ("database", "database_ok"),
        ("redis", "redis_not_configured"),
        ("clock", "clock_ok"),
        ("cookies", "cookies_ok"),
        ("mail", "mail_not_configured"),
    ] {
        let found = report["items"].as_array().expect("findings").iter().find(|item| item["id"] == check);
        assert_eq!(found.expect("checked")["cause"], expected);
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn doctor_reports_the_client_address(db: PgPool) {
    let direct = TestApp::start(db.clone()).await;
    let root = administrator(&direct).await;
    let found = finding(&root, "client_address", &[]).await;
    assert_eq!((&found["cause"], &found["parameters"]["address"]), (&json!("direct_connection"), &json!("127.0.0.1")));
    let proxied = [("x-forwarded-for", "203.0.113.7")];
    assert_eq!(cause(&root, "client_address", &proxied).await, "proxy_not_trusted");

    let behind = TestApp::start_with(db.clone(), &[("TRUSTED_PROXIES", "2")]).await;
    let root = elsewhere(&root, &behind);
    for (chain, expected) in [
        ("203.0.113.7, 10.0.0.2", "client_address_ok"),
        ("6.6.6.6, 203.0.113.7, 10.0.0.2", "client_address_ok"),
        ("203.0.113.7, 10.0.0.3, 10.0.0.2", "more_proxies_than_trusted"),
        ("172.18.0.1, 10.0.0.2", "client_address_is_docker"),
        ("203.0.113.7", "forwarded_for_too_short"),
        ("203.0.113.7:4711, 10.0.0.2", "client_address_ok"),
        ("unknown, 10.0.0.2", "forwarded_for_unreadable"),
        ("", "forwarded_for_missing"),
    ] {
        assert_eq!(cause(&root, "client_address", &[("x-forwarded-for", chain)]).await, expected, "{chain:?}");
    }

    let named = TestApp::start_with(db, &[("TRUSTED_PROXIES", "127.0.0.1, 10.0.0.0/8")]).await;
    let root = elsewhere(&root, &named);
    for (chain, expected) in [
        ("6.6.6.6, 203.0.113.7, 10.0.0.2", "client_address_ok"),
        ("203.0.113.7, 192.168.0.3, 10.0.0.2", "more_proxies_than_trusted"),
        ("172.18.0.1, 10.0.0.2", "client_address_is_docker"),
        ("unknown, 10.0.0.2", "forwarded_for_unreadable"),
        ("", "forwarded_for_missing"),
    ] {
        assert_eq!(cause(&root, "client_address", &[("x-forwarded-for", chain)]).await, expected, "{chain:?}");
    }

    let long = "x".repeat(2000);
    let found = finding(&root, "client_address", &[("x-forwarded-for", &format!("{long}, 10.0.0.2"))]).await;
    assert_eq!(found["parameters"]["entry"].as_str().expect("a text").len(), 300);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn doctor_compares_the_public_url_with_the_request(db: PgPool) {
    let plain = TestApp::start(db.clone()).await;
    let root = administrator(&plain).await;
    assert_eq!(cause(&root, "public_address", &[]).await, "public_url_not_needed");
    assert_eq!(cause(&root, "public_address", &[("host", "todo.example.org")]).await, "public_url_missing");

    let variables = [("PUBLIC_URL", "https://todo.example.org"), ("TRUSTED_PROXIES", "1")];
    let public = TestApp::start_with(db.clone(), &variables).await;
    let root = elsewhere(&root, &public);
    for (host, proto, expected) in [
        ("todo.example.org", Some("https"), "public_address_ok"),
        ("TODO.example.org:443", Some("https"), "public_address_ok"),
        ("todo.example.org", Some("http"), "scheme_differs"),
        ("todo.example.org", None, "forwarded_proto_missing"),
        ("backend:8000", Some("https"), "host_differs"),
        ("a b", Some("https"), "host_differs"),
    ] {
        let mut headers = vec![("x-forwarded-host", host)];
        headers.extend(proto.map(|proto| ("x-forwarded-proto", proto)));
        assert_eq!(cause(&root, "public_address", &headers).await, expected, "{host} {proto:?}");
    }
    let found = finding(&root, "cookies", &[]).await;
    assert_eq!(found["parameters"]["flags"], "HttpOnly, Secure, SameSite=Strict");

    for (variables, expected) in [
        ([("PUBLIC_URL", "https://todo.example.org"), ("COOKIE_SECURE", "false")], "cookie_not_secure"),
        ([("PUBLIC_URL", "http://todo.example.org"), ("COOKIE_SECURE", "true")], "cookie_secure_without_https"),
    ] {
        let app = TestApp::start_with(db.clone(), &variables).await;
        let root = elsewhere(&root, &app);
        assert_eq!(cause(&root, "cookies", &[]).await, expected);
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn doctor_reports_the_age_of_backups(db: PgPool) {
    let folder = std::env::temp_dir().join(format!("todo-backups-{}", uuid::Uuid::now_v7()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let file: PathBuf = folder.join("status.json");
    let app = TestApp::start_with(db, &[("BACKUP_STATUS_FILE", &file.display().to_string())]).await;
    let root = administrator(&app).await;
    assert_eq!(cause(&root, "backup", &[]).await, "backup_status_missing");
    let status = |good: Option<chrono::TimeDelta>, failed: bool| {
        let now = chrono::Utc::now();
        json!({
            "last_started_at": now, "last_good_at": good.map(|age| now - age), "last_good": "2026-11-23T02-00-00Z",
            "last_good_bytes": 123_456_789, "last_failed_at": failed.then_some(now),
            "last_error": failed.then_some("pg_dump: no space left"), "max_age_seconds": 93_600, "count": 4,
        })
        .to_string()
    };
    let hours = chrono::TimeDelta::hours;
    for (content, expected, severity) in [
        (status(Some(hours(2)), false), "backup_ok", "ok"),
        (status(Some(hours(2)), true), "backup_last_failed", "warning"),
        (status(Some(hours(50)), false), "backup_too_old", "problem"),
        (status(None, true), "backup_never_succeeded", "problem"),
        (status(None, false), "backup_never", "problem"),
        ("{\"last_good_at\":".to_owned(), "backup_status_unreadable", "problem"),
        (String::new(), "backup_status_unreadable", "problem"),
    ] {
        std::fs::write(&file, &content).expect("written");
        let found = finding(&root, "backup", &[]).await;
        assert_eq!((&found["cause"], &found["status"]), (&json!(expected), &json!(severity)), "{content}");
    }
    std::fs::remove_dir_all(folder).expect("removed");
}

/// A TLS server on this machine with a certificate of its own making; gives its address.
pub async fn tls_server(names: &[&str], days: std::ops::Range<i64>) -> SocketAddr {
    let mut parameters =
        rcgen::CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()).expect("names");
    let now = time::OffsetDateTime::now_utc();
    parameters.not_before = now + time::Duration::days(days.start);
    parameters.not_after = now + time::Duration::days(days.end);
    let key = rcgen::KeyPair::generate().expect("a key");
    let certificate = parameters.self_signed(&key).expect("a certificate");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            rustls::pki_types::PrivateKeyDer::try_from(key.serialize_der()).expect("a key"),
        )
        .expect("a certificate");
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // Held for a moment: who has seen the certificate hangs up.
            let stream = acceptor.accept(stream).await;
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            drop(stream);
        }
    });
    address
}

async fn certificate_at(root: &Person, db: &PgPool, public_url: &str, address: &str) -> Value {
    let variables = [("PUBLIC_URL", public_url), ("CERTIFICATE_CHECK_ADDRESS", address)];
    let app = TestApp::start_with(db.clone(), &variables).await;
    finding(&elsewhere(root, &app), "certificate", &[]).await
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn doctor_checks_the_certificate(db: PgPool) {
    let root = administrator(&TestApp::start(db.clone()).await).await;
    for (names, days, expected, status) in [
        (["127.0.0.1"], -1..60, "certificate_self_signed", "warning"),
        (["127.0.0.1"], -1..3, "certificate_expires_very_soon", "problem"),
        (["127.0.0.1"], -90..-1, "certificate_expired", "problem"),
        (["127.0.0.1"], 2..90, "certificate_not_yet_valid", "problem"),
        (["other.example.org"], -1..60, "certificate_wrong_name", "problem"),
    ] {
        let address = tls_server(&names, days).await;
        let found = certificate_at(&root, &db, &format!("https://{address}"), "").await;
        assert_eq!((&found["cause"], &found["status"]), (&json!(expected), &json!(status)), "{found:#}");
        assert_eq!(found["parameters"]["names"], names[0]);
    }
    let left = tls_server(&["127.0.0.1"], -1..60).await;
    let found = certificate_at(&root, &db, &format!("https://{left}"), "").await;
    assert!([59, 60].contains(&found["parameters"]["days_left"].as_i64().expect("a number")), "{found:#}");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn doctor_checks_the_certificate_internally(db: PgPool) {
    let plain = TestApp::start(db.clone()).await;
    let root = administrator(&plain).await;
    let inside = tls_server(&["127.0.0.1"], -1..60).await;
    let found = certificate_at(&root, &db, "https://127.0.0.1:1", &inside.to_string()).await;
    assert_eq!(found["cause"], "certificate_self_signed", "{found:#}");
    assert_eq!(found["parameters"]["address"], inside.to_string());
    let found = certificate_at(&root, &db, "https://127.0.0.1:1", "127.0.0.1:2").await;
    assert_eq!((&found["cause"], &found["status"]), (&json!("certificate_unreachable"), &json!("unknown")));
    // A server without TLS: the API itself.
    let found = certificate_at(&root, &db, &format!("https://{}", plain.address), "").await;
    assert_eq!(found["cause"], "certificate_handshake_failed", "{found:#}");
    let found = certificate_at(&root, &db, "http://todo.example.org", "").await;
    assert_eq!(found["cause"], "certificate_none");
    let found = certificate_at(&root, &db, "http://localhost:8000", "").await;
    assert_eq!(found["cause"], "certificate_not_needed");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn unavailable_services_fail_only_their_check(db: PgPool) {
    let app = TestApp::start_with(db, &[("REDIS_URL", "redis://127.0.0.1:1")]).await;
    let root = administrator(&app).await;
    assert_eq!(cause(&root, "redis", &[]).await, "redis_unreachable");
    sqlx::query("DELETE FROM _sqlx_migrations WHERE version = (SELECT max(version) FROM _sqlx_migrations)")
        .execute(&app.state.db)
        .await
        .expect("deleted");
    assert_eq!(cause(&root, "database", &[]).await, "migrations_pending");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn doctor_reports_changed_collations(db: PgPool) {
    let app = TestApp::start(db.clone()).await;
    let root = administrator(&app).await;
    assert_eq!(cause(&root, "collations", &[]).await, "collations_ok");
    let run = async |statement: &'static str| sqlx::query(statement).execute(&db).await.expect(statement);
    run("CREATE COLLATION \"of before\" (provider = icu, locale = 'de', version = '1.2')").await;
    assert_eq!(cause(&root, "collations", &[]).await, "collations_ok", "nothing depends on it");
    run("CREATE TABLE words (word text COLLATE \"of before\")").await;
    let found = finding(&root, "collations", &[]).await;
    assert_eq!((&found["cause"], &found["status"]), (&json!("collations_changed"), &json!("warning")));
    assert_eq!(found["parameters"]["stored"], "1.2");
    let statements = found["parameters"]["statements"].as_str().expect("what to do");
    assert_eq!(statements, "ALTER COLLATION public.\"of before\" REFRESH VERSION;");
    sqlx::raw_sql(sqlx::AssertSqlSafe(statements.to_owned())).execute(&db).await.expect("the advice works");
    assert_eq!(cause(&root, "collations", &[]).await, "collations_ok");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn doctor_checks_the_mail_server(db: PgPool) {
    let mail = MailServer::start();
    let app = TestApp::start_with_mail(db.clone(), &mail, &[]).await;
    let root = administrator(&app).await;
    assert_eq!(cause(&root, "mail", &[]).await, "mail_ok");
    let away = TestApp::start_with(db, &[("SMTP_URL", "smtp://127.0.0.1:1")]).await;
    let found = finding(&elsewhere(&root, &away), "mail", &[]).await;
    assert_eq!((&found["cause"], &found["status"]), (&json!("mail_unreachable"), &json!("problem")));
    assert!(found["parameters"]["error"].as_str().is_some_and(|error| error.contains("Connection")), "{found:#}");
}

#[tokio::test]
async fn other_checks_work_without_a_database() {
    let options = "postgres://todo@127.0.0.1:1/todo".parse().expect("a URL");
    let db = sqlx::postgres::PgPoolOptions::new()
        .acquire_timeout(std::time::Duration::from_millis(200))
        .connect_lazy_with(options);
    let app = TestApp::start(db).await;
    let findings = todo::ops::doctor::examine(&app.state).await;
    let of = |cause: Cause| findings.iter().find(|finding| finding.cause == cause);
    let database = of(Cause::DatabaseUnreachable).expect("it is away");
    assert_eq!(database.status, Severity::Problem);
    assert!(database.remedy().contains("DATABASE_URL") && !database.what().contains('{'), "{}", database.what());
    assert!(of(Cause::ClockUnknown).is_some() && of(Cause::CookiesOk).is_some());
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn exhausted_pool_is_reported_separately(db: PgPool) {
    let pool = sqlx::postgres::PgPoolOptions::new()
        .max_connections(1)
        .acquire_timeout(std::time::Duration::from_millis(500))
        .connect_lazy_with((*db.connect_options()).clone());
    let app = TestApp::start_with(pool.clone(), &[("DATABASE_MAX_CONNECTIONS", "1")]).await;
    let held = pool.acquire().await.expect("the only one");
    let of_database = |findings: Vec<todo::ops::doctor::Finding>| {
        findings.into_iter().find(|finding| finding.id == todo::ops::doctor::Check::Database).expect("checked").cause
    };
    assert_eq!(of_database(todo::ops::doctor::examine(&app.state).await), Cause::DatabasePoolFull);
    drop(held);
    assert_eq!(of_database(todo::ops::doctor::examine(&app.state).await), Cause::DatabaseOk);
}
