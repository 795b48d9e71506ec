//! Secrets are renewed while servers run: nobody is signed out, and links go on working.

use std::{
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
};

use reqwest::Method;
use serde_json::json;
use sqlx::PgPool;
use todo::{
    auth::token::hash_refresh_token,
    cache::Redis,
    db::MIGRATOR,
    notifications::{NotificationKind, unsubscribe, unsubscribe_keys},
    signer,
};

use crate::support::{Answer, PASSWORD, Person, TestApp, until};

const FIRST: &str = "first-0123456789abcdef0123456789abcdef";
const SECOND: &str = "second-0123456789abcdef0123456789abcdef";
const THIRD: &str = "third-0123456789abcdef0123456789abcdef";

async fn server(db: &PgPool, secret: &str, old: &str) -> TestApp {
    TestApp::start_with(db.clone(), &[("JWT_SECRET", secret), ("JWT_SECRET_OLD", old)]).await
}

/// What another server says to the token of somebody.
async fn seen_by(app: &TestApp, person: &Person) -> u16 {
    let request = app.request(Method::GET, "/api/v1/users/me").bearer_auth(&person.token);
    Answer::read(request).await.status.as_u16()
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn rotated_secret_signs_nobody_out(db: PgPool) {
    let before = server(&db, FIRST, "").await;
    // One after the other: first all servers read what is to come, then they sign with it.
    let prepared = server(&db, FIRST, SECOND).await;
    let renewed = server(&db, SECOND, &format!("{FIRST}, {THIRD}")).await;
    let without = server(&db, SECOND, "").await;

    let ada = before.person("Ada").await;
    assert_eq!([seen_by(&prepared, &ada).await, seen_by(&renewed, &ada).await], [200, 200]);
    assert_eq!(seen_by(&without, &ada).await, 401, "it is the old secret that is read");
    let late = Person { base: renewed.url("/api/v1"), ..ada.sign_in_again(PASSWORD).await };
    let bob = renewed.person("Bob").await;
    assert_eq!([seen_by(&prepared, &bob).await, seen_by(&without, &bob).await], [200, 200]);
    assert_eq!(seen_by(&before, &bob).await, 401);
    // The session does not hang on any of them.
    late.post("/auth/refresh", json!({})).await.expect(200);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn unsubscribe_links_never_expire(db: PgPool) {
    let first = server(&db, FIRST, "").await;
    let ada = first.person("Ada").await;
    let id = ada.id.parse().expect("an id");
    let link = |app: &TestApp| unsubscribe::token(&app.state.signer, id, NotificationKind::TaskAssigned);
    let works = async |app: &TestApp, token: &str| {
        app.get(&format!("/api/v1/unsubscribe?token={token}")).await.status.as_u16() == 200
    };
    let sent = link(&first);
    // As versions wrote it that gave keys no ids.
    let subject = sent.split_once('.').expect("two parts").0;
    let legacy = first.state.signer.token("unsubscribe", format!("{id}:task.assigned").as_bytes());
    let legacy = format!("{subject}.{}", signer::split(&legacy).1);
    assert!(works(&first, &sent).await && works(&first, &legacy).await);

    unsubscribe_keys::keep(&first.state.db, &first.state.signer, &first.state.unsubscribe_keys).await.expect("kept");
    let second = server(&db, SECOND, FIRST).await;
    unsubscribe_keys::keep(&second.state.db, &second.state.signer, &second.state.unsubscribe_keys).await.expect("kept");
    let newer = link(&second);
    // The first secret is long forgotten.
    let third = server(&db, THIRD, "").await;
    for token in [&sent, &legacy, &newer] {
        assert!(works(&third, token).await, "{token}");
    }
    let stranger = server(&db, "stranger-0123456789abcdef0123456789", "").await;
    assert!(!works(&third, &link(&stranger)).await, "its key was never kept");
    let (subject, signature) = sent.split_once('.').expect("two parts");
    assert!(!works(&third, &format!("{subject}x.{signature}")).await);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn only_unsubscribe_keys_are_stored(db: PgPool) {
    let app = server(&db, FIRST, "").await;
    unsubscribe_keys::keep(&app.state.db, &app.state.signer, &app.state.unsubscribe_keys).await.expect("kept");
    let kept: Vec<Vec<u8>> = sqlx::query_scalar("SELECT key FROM unsubscribe_keys").fetch_all(&db).await.expect("keys");
    assert_eq!(kept.len(), 1);
    let token = app.state.signer.token("reset_password", b"a mail");
    let key = signer::SigningKey::of_bytes(&kept[0]).expect("a key");
    assert!(!key.verify("reset_password", b"a mail", signer::split(&token).1));
    assert_ne!(kept[0], hash_refresh_token(FIRST));
}

struct RedisServer(Child);

impl Drop for RedisServer {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn redis_password_can_be_rotated_while_running() {
    let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port").port();
    let server = Command::new("redis-server")
        .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--requirepass", "one"])
        .stdout(Stdio::null())
        .spawn();
    let _server = RedisServer(server.expect("redis-server is needed: scripts/ensure.sh redis"));
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("redis-password-{port}"));
    std::fs::write(&file, "wrong\n").expect("written");
    let url = format!("redis://:wrong@127.0.0.1:{port}").into();
    let redis = Redis::connect(&url, Some(file.clone())).expect("an address");
    for _ in 0..3 {
        assert!(!redis.ping().await, "the password is wrong");
    }
    // A refusal is not for ever.
    std::fs::write(&file, "one\n").expect("written");
    until("the right password is used", async || redis.ping().await).await;
    let command = |password: &str| {
        let client = redis::Client::open(format!("redis://:{password}@127.0.0.1:{port}")).expect("an address");
        client.get_connection().expect("connected")
    };
    redis::cmd("CONFIG").arg("SET").arg("requirepass").arg("two").exec(&mut command("one")).expect("renewed");
    assert!(redis.ping().await, "what is connected stays so");
    std::fs::write(&file, "two\n").expect("written");
    redis::cmd("CLIENT").arg("KILL").arg("TYPE").arg("normal").exec(&mut command("two")).ok();
    until("the new password is used", async || redis.ping().await).await;
    assert!(redis.client().expect("a client").get_connection().is_ok(), "for connections of their own, too");
}
