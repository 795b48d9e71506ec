//! Clients that ask and take no answer, or take it slowly.

use std::time::{Duration, Instant};

use serde_json::json;
use sqlx::PgPool;
use todo::db::MIGRATOR;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    time::{sleep, timeout},
};

use crate::{
    client::PATIENCE,
    support::{Person, TestApp},
};

const TASKS: usize = 150;

/// More than the system keeps of a connection whose client does not read.
const ANSWERS: usize = 3;

async fn with_long_tasks(db: PgPool, stall: &str, slots: &str) -> (TestApp, Person) {
    with_long_tasks_and(db, &[("WRITE_STALL_SECONDS", stall), ("REQUESTS_AT_ONCE_PER_USER", slots)]).await
}

async fn with_long_tasks_and(db: PgPool, variables: &[(&str, &str)]) -> (TestApp, Person) {
    let app = TestApp::start_with(db, variables).await;
    let ann = app.person("Ann").await;
    for _ in 0..TASKS {
        ann.task(json!({ "description": "数据".repeat(10_000) })).await;
    }
    (app, ann)
}

/// Asks for long lists, one after the other.
async fn ask(app: &TestApp, ann: &Person) -> TcpStream {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(16 * 1024).expect("a small buffer");
    let mut stream = socket.connect(app.address).await.expect("a connection");
    let request = format!(
        "GET /api/v1/tasks?limit=200 HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n\r\n",
        app.address, ann.token
    );
    stream.write_all(request.repeat(ANSWERS).as_bytes()).await.expect("sent");
    stream
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn stalled_reader_is_disconnected_but_slow_reader_is_served(db: PgPool) {
    let (app, ann) = with_long_tasks(db, "1", "100").await;
    let (mut stuck, mut slow) = (ask(&app, &ann).await, ask(&app, &ann).await);
    let asked = Instant::now();
    let expected = TASKS * 60_000 * ANSWERS;
    let mut taken = 0;
    let mut piece = vec![0; 64 * 1024];
    while taken < expected {
        if asked.elapsed() < Duration::from_secs(4) {
            sleep(Duration::from_millis(200)).await;
        }
        let count = timeout(PATIENCE, slow.read(&mut piece)).await.expect("in time").expect("more of the answer");
        assert!(count > 0, "cut off after {taken} bytes");
        taken += count;
    }
    // The connection is gone, so that what is sent on it is refused; reading would give what had arrived before.
    while stuck.write_all(b"x").await.is_ok() {
        assert!(asked.elapsed() < PATIENCE, "still open");
        sleep(Duration::from_millis(100)).await;
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn unread_answers_count_for_their_user(db: PgPool) {
    let (app, ann) = with_long_tasks(db, "5", "12").await;
    let stuck = ask(&app, &ann).await;
    // It has begun to come.
    stuck.readable().await.expect("an answer");
    let again = ann.get("/tasks?limit=200").await;
    assert!(!again.header("retry-after").is_empty());
    assert_eq!(again.expect(429)["type"], "/problems/busy");
    ann.get("/users/me").await.expect(200);
    let asked = Instant::now();
    while ann.get("/tasks?limit=200").await.status.as_u16() != 200 {
        assert!(asked.elapsed() < PATIENCE, "still full");
    }
    drop(stuck);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn unread_answers_count_for_the_server(db: PgPool) {
    // A little more than Ann's list.
    let variables = [("WRITE_STALL_SECONDS", "5"), ("MAX_UNREAD_MEGABYTES", "9")];
    let (app, ann) = with_long_tasks_and(db, &variables).await;
    let bob = app.person("Bob").await;
    let mut task = serde_json::Value::Null;
    for _ in 0..10 {
        task = bob.task(json!({ "description": "数据".repeat(10_000) })).await;
    }
    let long = "/tasks?limit=200";
    bob.get(long).await.expect(200);
    let stuck = ask(&app, &ann).await;
    stuck.readable().await.expect("an answer");
    let refused = bob.get(long).await;
    assert!(!refused.header("retry-after").is_empty());
    assert_eq!(refused.expect(503)["type"], "/problems/unavailable");
    bob.get("/users/me").await.expect(200);
    // What was written is said to be, though the answer is a long one.
    let body = json!({ "description": "\u{1f600}".repeat(19_000) });
    bob.patch(format!("/tasks/{}", task["id"].as_str().expect("an id")), body).await.expect(200);
    let asked = Instant::now();
    while bob.get(long).await.status.as_u16() != 200 {
        assert!(asked.elapsed() < PATIENCE, "still full");
    }
    drop(stuck);
}
