//! What is said of a change whose transaction did not end as usual: that it was undone and done again, that its outcome is not known, that the
//! database is full or not set up.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
};

use serde_json::json;
use sqlx::{PgPool, postgres::PgPoolOptions};
use todo::{
    db::MIGRATOR,
    id::{SessionId, UserId},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use uuid::Uuid;

use crate::support::{TestApp, administrator};

const PASS: u8 = 0;
const CUT_AFTER_COMMIT: u8 = 1;
const CUT_BEFORE_COMMIT: u8 = 2;

/// Stands before PostgreSQL, and cuts the line at a commit when it is told to.
struct Line {
    port: u16,
    mode: Arc<AtomicU8>,
}

impl Line {
    async fn start(db: &PgPool) -> Self {
        let options = db.connect_options();
        let target = format!("{}:{}", options.get_host(), options.get_port());
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().map(|address: SocketAddr| address.port()).expect("an address");
        let mode = Arc::new(AtomicU8::new(PASS));
        let current = Arc::clone(&mode);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(&target).await.expect("PostgreSQL");
                tokio::spawn(pass(client, server, Arc::clone(&current)));
            }
        });
        Self { port, mode }
    }

    fn pool(&self, db: &PgPool) -> PgPool {
        let options = db.connect_options().as_ref().clone().host("127.0.0.1").port(self.port);
        PgPoolOptions::new().max_connections(3).connect_lazy_with(options)
    }

    fn set(&self, mode: u8) {
        self.mode.store(mode, Ordering::SeqCst);
    }
}

async fn pass(mut client: TcpStream, mut server: TcpStream, mode: Arc<AtomicU8>) {
    let (mut from_client, mut from_server) = (vec![0; 65536], vec![0; 65536]);
    loop {
        tokio::select! {
            read = client.read(&mut from_client) => {
                let Ok(length @ 1..) = read else { return };
                let bytes = &from_client[..length];
                let is_commit = bytes.windows(7).any(|part| part == b"COMMIT\0");
                match mode.load(Ordering::SeqCst) {
                    CUT_BEFORE_COMMIT if is_commit => return,
                    CUT_AFTER_COMMIT if is_commit => {
                        server.write_all(bytes).await.expect("sent");
                        // It has done it when it answers, which nobody hears.
                        let _ = server.read(&mut from_server).await;
                        return;
                    }
                    _ => server.write_all(bytes).await.expect("sent"),
                }
            }
            read = server.read(&mut from_server) => {
                let Ok(length @ 1..) = read else { return };
                if client.write_all(&from_server[..length]).await.is_err() {
                    return;
                }
            }
        }
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn lost_commit_answer_is_outcome_unknown(db: PgPool) {
    let line = Line::start(&db).await;
    let app = TestApp::start(line.pool(&db)).await;
    let ada = app.person("Ada").await;
    for (mode, is_done) in [(CUT_AFTER_COMMIT, 200), (CUT_BEFORE_COMMIT, 404)] {
        let id = Uuid::now_v7();
        line.set(mode);
        let answer = ada.post("/tasks", json!({ "id": id, "title": "Is it there?" })).await.expect(503);
        line.set(PASS);
        assert_eq!(answer["type"], "/problems/outcome-unknown", "{answer:#}");
        assert!(!answer.to_string().contains("nothing was changed"), "{answer:#}");
        ada.get(format!("/tasks/{id}")).await.expect(is_done);
        let again = ada.post("/tasks", json!({ "id": id, "title": "Is it there?" })).await;
        assert!(again.status.is_success(), "the same again makes nothing twice");
    }
}

/// Has so many inserts of tasks fail with this SQLSTATE.
async fn fail_inserts(db: &PgPool, times: u32, code: &str) {
    let statements = [
        "DROP SEQUENCE IF EXISTS failures".to_owned(),
        "CREATE SEQUENCE failures".to_owned(),
        format!(
            "CREATE OR REPLACE FUNCTION fail_insert() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
             IF nextval('failures') <= {times} THEN RAISE EXCEPTION 'of the test' USING ERRCODE = '{code}'; END IF;
             RETURN NEW; END $$"
        ),
        "CREATE OR REPLACE TRIGGER fail_insert BEFORE INSERT ON tasks FOR EACH ROW EXECUTE FUNCTION fail_insert()"
            .to_owned(),
    ];
    for statement in statements {
        sqlx::query(sqlx::AssertSqlSafe(statement)).execute(db).await.expect("a trigger");
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn aborted_transaction_is_retried(db: PgPool) {
    let app = TestApp::start(db.clone()).await;
    let ada = app.person("Ada").await;
    for code in ["40P01", "40001"] {
        fail_inserts(&db, 3, code).await;
        ada.task(json!({ "title": code })).await;
    }
    fail_inserts(&db, 1000, "40P01").await;
    let answer = ada.post("/tasks", json!({ "title": "Never" })).await;
    assert_eq!((answer.status.as_u16(), answer.header("retry-after")), (503, "1"));
    assert_eq!(answer.body["type"], "/problems/unavailable");
    let tried: i64 = sqlx::query_scalar("SELECT last_value FROM failures").fetch_one(&db).await.expect("a count");
    assert_eq!(tried, 5);
    assert_eq!(ada.titles("limit=10").await.len(), 2);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn full_database_is_reported(db: PgPool) {
    let app = TestApp::start(db.clone()).await;
    let ada = app.person("Ada").await;
    for (code, what) in [("53100", "disk"), ("53200", "memory")] {
        fail_inserts(&db, 1000, code).await;
        let answer = ada.post("/tasks", json!({ "title": "No room" })).await;
        assert_eq!((answer.status.as_u16(), &answer.body["type"]), (503, &json!("/problems/database-full")));
        assert!(answer.body["detail"].as_str().is_some_and(|detail| detail.contains(what)), "{:#}", answer.body);
    }
}

/// The function of PostgreSQL's own that the doctor writes rows with is replaced by one that fails as a full disk does.
#[sqlx::test(migrator = "MIGRATOR")]
async fn the_doctor_finds_a_full_disk(db: PgPool) {
    let sound = TestApp::start(db.clone()).await;
    let root = administrator(&sound).await;
    for (code, cause) in [("53100", "database_disk_full"), ("53200", "database_out_of_memory")] {
        for statement in [
            format!(
                "CREATE OR REPLACE FUNCTION public.generate_series(integer, integer) RETURNS SETOF integer LANGUAGE plpgsql AS
                 $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '{code}'; END $$"
            ),
            "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = public, pg_catalog', current_database()); END $$".to_owned(),
        ] {
            sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&db).await.expect("set up");
        }
        let options = db.connect_options().as_ref().clone();
        let app = TestApp::start(PgPoolOptions::new().max_connections(5).connect_lazy_with(options)).await;
        let request = app.request(reqwest::Method::GET, "/api/v1/admin/doctor").bearer_auth(&root.token);
        let report = crate::support::Answer::read(request).await.expect(200);
        let items = report["items"].as_array().expect("findings");
        let found = items.iter().find(|item| item["id"] == "database").expect("looked at");
        assert_eq!((&found["cause"], &found["status"]), (&json!(cause), &json!("problem")), "{found:#}");
    }
}

#[sqlx::test(migrations = false)]
async fn missing_migrations_answer_503_with_a_remedy(db: PgPool) {
    crate::support::without_schema(&db).await;
    let app = TestApp::start(db.clone()).await;
    let token =
        app.state.tokens.issue(UserId::new(), SessionId::new(), chrono::Utc::now() + chrono::TimeDelta::hours(1));
    let token = token.expect("a token").token;
    let document = app.get("/api/openapi.json").await.expect(200);
    let mut asked = 0;
    for path in document["paths"].as_object().expect("paths").keys() {
        let is_plain = path.starts_with("/api/v1") && !path.contains('{') && !path.ends_with("/ws");
        if !is_plain || document["paths"][path].get("get").is_none() {
            continue;
        }
        let request = app.request(reqwest::Method::GET, path).bearer_auth(&token);
        let answer = crate::support::Answer::read(request).await;
        assert_ne!(answer.status.as_u16(), 500, "{path}: {:#}", answer.body);
        if answer.status.as_u16() == 503 {
            assert_eq!(answer.body["type"], "/problems/not-migrated", "{path}");
            assert!(answer.body["detail"].as_str().is_some_and(|detail| detail.contains("todo migrate")), "{path}");
            asked += 1;
        }
    }
    assert!(asked > 10, "{asked} routes");
    let body = json!({ "email": "a@example.org", "password": "seven quiet lanterns", "name": "A" });
    for path in ["/api/v1/auth/register", "/api/v1/auth/login"] {
        assert_eq!(app.post(path, body.clone()).await.expect(503)["type"], "/problems/not-migrated", "{path}");
    }
    assert_eq!(app.get("/health").await.expect(200)["status"], "ok");
    // And as soon as it is, it serves.
    MIGRATOR.run(&db).await.expect("migrated");
    app.post("/api/v1/auth/register", body).await.expect(201);
}
