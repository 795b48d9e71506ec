//! How connections end.

use std::time::Duration;

use serde_json::json;
use sqlx::PgPool;
use todo::db::MIGRATOR;
use tokio_tungstenite::tungstenite::Message;

use crate::{
    client::{PATIENCE, Socket},
    support::TestApp,
};

#[sqlx::test(migrator = "MIGRATOR")]
async fn stopping_server_flushes_events_and_closes(db: PgPool) {
    let app = TestApp::start(db).await;
    let ann = app.person("Ann").await;
    let mut socket = Socket::of(&app, &ann).await;
    // Has not said who it is.
    let mut stranger = Socket::open(app.address).await.expect("a connection");
    ann.task(json!({ "title": "last" })).await;
    app.state.draining.cancel();
    let last = socket.expect_closed(1012).await;
    assert_eq!(last.len(), 1, "{last:?}");
    assert_eq!(last[0]["data"]["title"], "last");
    stranger.expect_closed(1012).await;
    tokio::time::timeout(PATIENCE, app.state.hub.all_closed()).await.expect("nothing is left open");
    assert!(Socket::open(app.address).await.is_err(), "nobody is let in any more");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn unanswered_pings_close_the_connection(db: PgPool) {
    let app = TestApp::start_with(db, &[("WS_PING_SECONDS", "1")]).await;
    let ann = app.person("Ann").await;
    let (mut alive, mut dead) = (Socket::of(&app, &ann).await, Socket::of(&app, &ann).await);
    // A client answers pings while it reads.
    alive.expect_silence(Duration::from_secs(4)).await;
    ann.task(json!({})).await;
    assert_eq!(alive.event().await["kind"], "task.created");
    dead.expect_closed(4408).await;
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn flooding_client_is_disconnected(db: PgPool) {
    let app = TestApp::start(db).await;
    let ann = app.person("Ann").await;
    let mut socket = Socket::of(&app, &ann).await;
    for _ in 0..100 {
        socket.say_raw(Message::Ping("".into())).await;
    }
    socket.expect_closed(4429).await;
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn close_frame_is_answered(db: PgPool) {
    let app = TestApp::start(db).await;
    let ann = app.person("Ann").await;
    let mut socket = Socket::of(&app, &ann).await;
    socket.say_raw(Message::Close(None)).await;
    tokio::time::timeout(PATIENCE, socket.hear()).await.expect("the answer");
    tokio::time::timeout(PATIENCE, app.state.hub.all_closed()).await.expect("nothing is left open");
}
