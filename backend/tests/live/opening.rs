//! Who gets in, and who does not.

use std::time::Duration;

use serde_json::{Value, json};
use sqlx::PgPool;
use todo::db::MIGRATOR;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::{
    client::{Socket, project_topic, user_topic},
    support::TestApp,
};

async fn refused(app: &TestApp, headers: &[(&str, &str)]) -> (u16, Value) {
    match Socket::open_with(app.address, headers, None).await {
        Err(Error::Http(response)) => {
            let body = response.body().as_deref().map(serde_json::from_slice).expect("a body").expect("a problem");
            (response.status().as_u16(), body)
        }
        Err(error) => panic!("no answer: {error}"),
        Ok(_) => panic!("let in with {headers:?}"),
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn ready_lists_topics_with_revisions(db: PgPool) {
    let app = TestApp::start(db).await;
    let (ann, bob) = (app.person("Ann").await, app.person("Bob").await);
    let project = ann.project("Shared").await;
    ann.task(json!({ "project_id": project })).await;
    bob.project("Not Ann's").await;

    let (_socket, ready) = Socket::of_with_ready(&app, &ann).await;
    let topics = ready["topics"].as_object().expect("topics");
    let kinds = |kind: &str| topics.keys().filter(|topic| topic.starts_with(kind)).count();
    assert_eq!((kinds("user:"), kinds("project:"), topics.len()), (1, 2, 3), "the feed, the Inbox, the project");
    assert_eq!(topics[&project_topic(&project)], 1);
    assert!(topics[&user_topic(&ann)].as_i64() > Some(0));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn first_message_must_be_a_valid_auth(db: PgPool) {
    let app = TestApp::start(db).await;
    let ann = app.person("Ann").await;
    let auth = json!({ "type": "auth", "token": ann.token }).to_string();
    for (message, code) in [
        (Message::text(r#"{"type":"auth","token":"no token"}"#), 4401),
        (Message::text(r#"{"type":"subscribe","topics":{}}"#), 4401),
        (Message::text(r#"{"type":"auth"}"#), 4400),
        (Message::text(r#"{"type":"auth","token":7}"#), 4400),
        (Message::text("\u{0}"), 4400),
        (Message::text(""), 4400),
        (Message::binary(auth.clone().into_bytes()), 4400),
        (Message::text(format!("{auth}{}", " ".repeat(64 * 1024))), 1009),
        (Message::text(" ".repeat(1024 * 1024)), 1009),
    ] {
        let mut socket = Socket::open(app.address).await.expect("a connection");
        let size = message.len();
        socket.say_raw(message).await;
        if size > 128 * 1024 {
            // The client is still sending when the server hangs up, so it may not get to read why.
            let heard = socket.hear().await;
            assert!(!matches!(heard, crate::client::Heard::Message(_)), "{heard:?}");
        } else {
            assert_eq!(socket.expect_closed(code).await, Vec::<Value>::new());
        }
    }
    let mut socket = Socket::of(&app, &ann).await;
    socket.say(json!({ "type": "shout" })).await;
    socket.expect_closed(4400).await;
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn expired_token_is_refused(db: PgPool) {
    let app = TestApp::start_with(db, &[("ACCESS_TOKEN_SECONDS", "1")]).await;
    let ann = app.person("Ann").await;
    tokio::time::sleep(Duration::from_millis(2100)).await;
    let mut socket = Socket::open(app.address).await.expect("a connection");
    socket.say(json!({ "type": "auth", "token": ann.token })).await;
    socket.expect_closed(4401).await;
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn ended_session_is_refused(db: PgPool) {
    let app = TestApp::start(db).await;
    let ann = app.person("Ann").await;
    ann.post("/auth/logout", json!({})).await.expect(204);
    let mut socket = Socket::open(app.address).await.expect("a connection");
    socket.say(json!({ "type": "auth", "token": ann.token })).await;
    socket.expect_closed(4401).await;
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn silent_client_is_disconnected(db: PgPool) {
    let app = TestApp::start(db).await;
    let mut socket = Socket::open(app.address).await.expect("a connection");
    // A ping is not a message.
    socket.say_raw(Message::Ping("still here".into())).await;
    socket.expect_closed(4408).await;
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn foreign_origins_are_refused(db: PgPool) {
    let app = TestApp::start_with(db, &[("PUBLIC_URL", "https://todo.example.org")]).await;
    for origin in ["https://evil.example", "null", "http://todo.example.org", "https://todo.example.org.evil.example"] {
        let (status, problem) = refused(&app, &[("origin", origin)]).await;
        assert_eq!((status, &problem["type"]), (403, &json!("/problems/forbidden")), "{origin}");
    }
    let own = format!("http://{}", app.address);
    for origin in [own.as_str(), "https://todo.example.org"] {
        assert!(Socket::open_with(app.address, &[("origin", origin)], None).await.is_ok(), "{origin}");
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn plain_http_request_gets_an_explanation(db: PgPool) {
    let app = TestApp::start(db).await;
    let problem = app.get("/api/v1/ws").await.expect(400);
    assert_eq!(problem["type"], "/problems/malformed-request");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn connections_are_limited_in_total_and_per_user(db: PgPool) {
    let limits = [("WS_MAX_CONNECTIONS", "3"), ("WS_MAX_CONNECTIONS_PER_USER", "2")];
    let app = TestApp::start_with(db, &limits).await;
    let ann = app.person("Ann").await;
    let (first, second) = (Socket::of(&app, &ann).await, Socket::of(&app, &ann).await);
    let mut third = Socket::open(app.address).await.expect("a connection");
    let (status, problem) = refused(&app, &[]).await;
    assert_eq!((status, &problem["type"]), (503, &json!("/problems/unavailable")));
    third.say(json!({ "type": "auth", "token": ann.token })).await;
    third.expect_closed(1013).await;

    drop((first, second, third));
    tokio::time::timeout(crate::client::PATIENCE, app.state.hub.all_closed()).await.expect("all seats are free again");
    Socket::of(&app, &ann).await;
}
