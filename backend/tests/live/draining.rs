//! A server that is told to stop serves on until proxies have turned away from it.

use std::time::{Duration, Instant};

use reqwest::Client;
use serde_json::{Value, json};
use sqlx::{ConnectOptions, PgPool};
use todo::db::MIGRATOR;
use tokio::time::sleep;

use crate::{client::Socket, processes::Replica};

const DRAIN: Duration = Duration::from_secs(4);

async fn start(db: &PgPool, drain: &str) -> Replica {
    let url = db.connect_options().to_url_lossy();
    Replica::start_with(url.as_str(), "", &[("DRAIN_SECONDS", drain), ("REVISION", "4f2a9c1")]).await
}

async fn get(client: &Client, replica: &Replica, path: &str) -> (u16, Value) {
    let answer = client.get(format!("http://{}{path}", replica.address)).send().await.expect("an answer");
    (answer.status().as_u16(), answer.json().await.expect("JSON"))
}

async fn register(client: &Client, replica: &Replica, email: &str) -> String {
    let body = json!({ "email": email, "password": "seven quiet lanterns", "name": "Ann" });
    let request = client.post(format!("http://{}/api/v1/auth/register", replica.address)).json(&body);
    let answer: Value = request.send().await.expect("an answer").json().await.expect("JSON");
    answer["access_token"].as_str().unwrap_or_else(|| panic!("{answer:#}")).to_owned()
}

async fn signed_in(replica: &Replica, token: &str) -> Socket {
    let mut socket = Socket::open(replica.address).await.expect("a connection");
    socket.say(json!({ "type": "auth", "token": token })).await;
    assert_eq!(socket.message().await["type"], "ready");
    socket
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn draining_server_keeps_serving(db: PgPool) {
    let mut replica = start(&db, "4").await;
    let client = Client::new();
    let token = register(&client, &replica, "ann@example.org").await;
    let mut sockets = Vec::new();
    for _ in 0..20 {
        sockets.push(signed_in(&replica, &token).await);
    }
    assert_eq!(get(&client, &replica, "/health/ready").await.0, 200);

    let told = Instant::now();
    replica.ask_to_stop();
    sleep(Duration::from_millis(100)).await;
    let (status, ready) = get(&client, &replica, "/health/ready").await;
    assert_eq!((status, &ready["status"], &ready["checks"]["database"]), (503, &json!("draining"), &json!("ok")));
    assert_eq!(get(&client, &replica, "/health").await.1["revision"], "4f2a9c1", "it is alive");

    // All of it goes on meanwhile: old connections, new ones, writes, sockets.
    let project = uuid::Uuid::now_v7();
    let body = json!({ "id": project, "name": "Late" });
    let url = format!("http://{}/api/v1/projects", replica.address);
    let created = Client::new().post(url).bearer_auth(&token).json(&body).send().await.expect("an answer");
    assert_eq!(created.status().as_u16(), 201);
    assert_eq!(sockets[0].message().await["kind"], "project.joined");
    signed_in(&replica, &token).await;
    assert!(told.elapsed() < DRAIN / 2, "too slow to tell anything");

    // Sockets go in the second half, and not all at once.
    let mut closed = Vec::new();
    for mut socket in sockets {
        closed.push(tokio::spawn(async move {
            socket.expect_closed(1012).await;
            told.elapsed()
        }));
    }
    let mut after = Vec::new();
    for closing in closed {
        after.push(closing.await.expect("closed with 1012"));
    }
    after.sort();
    assert!(after[0] > DRAIN / 2, "{after:?}");
    assert!(after[19] - after[0] > DRAIN / 10, "{after:?}");

    assert!(replica.end().await.success());
    assert!(told.elapsed() > DRAIN, "it stopped after {:?}", told.elapsed());
    assert!(told.elapsed() < DRAIN * 2, "it stopped after {:?}", told.elapsed());
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn second_signal_ends_draining(db: PgPool) {
    let mut replica = start(&db, "600").await;
    // It listens before it serves, and a signal in between ends it at once.
    assert_eq!(get(&Client::new(), &replica, "/health").await.0, 200);
    let told = Instant::now();
    replica.ask_to_stop();
    // Two signals at once may arrive as one.
    sleep(Duration::from_millis(500)).await;
    assert_eq!(get(&Client::new(), &replica, "/health").await.0, 200);
    assert!(replica.stop().await.success());
    assert!(told.elapsed() < Duration::from_secs(15));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn no_drain_time_stops_immediately(db: PgPool) {
    let mut replica = start(&db, "0").await;
    let client = Client::new();
    let token = register(&client, &replica, "ann@example.org").await;
    let mut socket = signed_in(&replica, &token).await;
    let told = Instant::now();
    replica.ask_to_stop();
    socket.expect_closed(1012).await;
    assert!(replica.end().await.success());
    assert!(told.elapsed() < Duration::from_secs(10));
}
