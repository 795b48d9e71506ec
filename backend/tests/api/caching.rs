//! Lists are read from a cache that can never be stale, whatever Redis does.

use std::{
    net::TcpListener,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use futures_util::StreamExt;
use serde_json::json;
use sqlx::PgPool;
use todo::db::MIGRATOR;

use crate::support::{Answer, PASSWORD, TestApp, id_of};

/// A Redis of the test's own, to be killed.
struct OwnRedis {
    port: u16,
    process: Child,
}

impl OwnRedis {
    fn start(port: u16) -> Self {
        let process = Command::new("redis-server")
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server is needed: scripts/ensure.sh redis");
        let redis = Self { port, process };
        let deadline = Instant::now() + Duration::from_secs(20);
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < deadline, "redis did not start");
            std::thread::sleep(Duration::from_millis(20));
        }
        redis
    }

    fn free_port() -> u16 {
        TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port").port()
    }

    fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    fn kill(mut self) {
        self.process.kill().expect("killed");
        self.process.wait().expect("gone");
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn unchanged_list_answers_304(db: PgPool) {
    let app = TestApp::start(db).await;
    let (ada, bob) = (app.person("Ada").await, app.person("Bob").await);
    let project = ada.project("Shared").await;
    ada.add_member(&project, &bob, "editor").await;
    let task = id_of(&ada.task(json!({ "project_id": project })).await);
    let path = format!("/tasks?project_id={project}");
    let tag = ada.get(&path).await.header("etag").to_owned();
    ada.get_if_none_match(&path, &tag).await.expect(304);
    assert_ne!(ada.get(&format!("{path}&limit=2")).await.header("etag"), tag, "another query is another thing");
    assert_ne!(bob.get(&path).await.header("etag"), tag, "and so is another reader");

    bob.patch(&format!("/tasks/{task}"), json!({ "title": "changed" })).await.expect(200);
    let fresh = ada.get_if_none_match(&path, &tag).await;
    assert_ne!(fresh.header("etag"), tag);
    assert_eq!(fresh.expect(200)["items"][0]["title"], "changed");
    for path in ["/projects", "/tags", "/tasks/counts"] {
        let tag = ada.get(path).await.header("etag").to_owned();
        ada.get_if_none_match(path, &tag).await.expect(304);
        ada.task(json!({ "project_id": project, "tags": [path] })).await;
        ada.get_if_none_match(path, &tag).await.expect(200);
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn redis_outage_loses_nothing_and_serves_nothing_stale(db: PgPool) {
    let port = OwnRedis::free_port();
    let redis = OwnRedis::start(port);
    // Two replicas on one database and one Redis.
    let one = TestApp::start_with(db.clone(), &[("REDIS_URL", &redis.url())]).await;
    let two = TestApp::start_with(db, &[("REDIS_URL", &redis.url())]).await;
    let ada = one.person("Ada").await;
    let on_two = |path: &'static str| Answer::read(two.request(reqwest::Method::GET, path).bearer_auth(&ada.token));
    ada.task(json!({ "title": "one" })).await;
    for _ in 0..2 {
        assert_eq!(on_two("/api/v1/tasks").await.expect(200)["items"][0]["title"], "one");
    }
    assert_eq!(one.get("/health/ready").await.expect(200)["status"], "ok");

    redis.kill();
    ada.task(json!({ "title": "two" })).await;
    assert_eq!(on_two("/api/v1/tasks").await.expect(200)["items"][0]["title"], "two");
    let ready = one.get("/health/ready").await.expect(200);
    assert_eq!((&ready["status"], &ready["checks"]["redis"]), (&json!("degraded"), &json!("degraded")));
    let there = ada.sign_in_again(PASSWORD).await;
    ada.post("/auth/sessions/end-others", json!({})).await.expect(200);
    there.get("/users/me").await.expect(401);
    app_login_limit_still_counts(&one).await;

    let redis = OwnRedis::start(port);
    let deadline = Instant::now() + Duration::from_secs(20);
    while one.get("/health/ready").await.expect(200)["status"] != "ok" {
        assert!(Instant::now() < deadline, "the server did not find Redis again");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    there.get("/users/me").await.expect(401);
    ada.task(json!({ "title": "three" })).await;
    for _ in 0..2 {
        assert_eq!(on_two("/api/v1/tasks").await.expect(200)["items"][0]["title"], "three");
    }
    redis.kill();
}

/// Limits go on in the process's memory.
async fn app_login_limit_still_counts(app: &TestApp) {
    let login = || app.post("/api/v1/auth/login", json!({ "email": "limited@example.org", "password": "wrong" }));
    for _ in 0..10 {
        login().await.expect(401);
    }
    login().await.expect(429);
}

/// While Redis hangs, replicas do not hear each other; they notice it, and what they missed is told again.
#[sqlx::test(migrator = "MIGRATOR")]
async fn session_end_reaches_other_replicas_when_redis_hangs(db: PgPool) {
    let port = OwnRedis::free_port();
    let redis = OwnRedis::start(port);
    let one = TestApp::start_with(db.clone(), &[("REDIS_URL", &redis.url())]).await;
    let two = TestApp::start_with(db, &[("REDIS_URL", &redis.url())]).await;
    let ada = one.person("Ada").await;
    let there = ada.sign_in_again(PASSWORD).await;
    let on_two = || async {
        let request = two.request(reqwest::Method::GET, "/api/v1/users/me").bearer_auth(&there.token);
        Answer::read(request).await.status.as_u16()
    };
    assert_eq!(on_two().await, 200);

    let pid = nix::unistd::Pid::from_raw(i32::try_from(redis.process.id()).expect("a process id"));
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGSTOP).expect("stopped");
    ada.post("/auth/sessions/end-others", json!({})).await.expect(200);
    there.get("/users/me").await.expect(401);
    let deadline = Instant::now() + Duration::from_secs(20);
    while on_two().await != 401 {
        assert!(Instant::now() < deadline, "the other replica does not notice that it hears nothing");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGCONT).expect("continued");
    assert_eq!(on_two().await, 401);
    there.get("/users/me").await.expect(401);
    redis.kill();
}

/// What one replica has answered, the other shows: a list that it remembers is never from before that.
#[sqlx::test(migrator = "MIGRATOR")]
async fn replica_sees_writes_of_another_immediately(db: PgPool) {
    let redis = OwnRedis::start(OwnRedis::free_port());
    let one = TestApp::start_with(db.clone(), &[("REDIS_URL", &redis.url())]).await;
    let two = TestApp::start_with(db, &[("REDIS_URL", &redis.url())]).await;
    let ada = one.person("Ada").await;
    let task = id_of(&ada.task(json!({ "title": "0" })).await);
    let on_two = || Answer::read(two.request(reqwest::Method::GET, "/api/v1/tasks").bearer_auth(&ada.token));
    let tag = on_two().await.header("etag").to_owned();
    for round in 1..=100 {
        let title = round.to_string();
        ada.patch(&format!("/tasks/{task}"), json!({ "title": title })).await.expect(200);
        for _ in 0..3 {
            let list = on_two().await;
            assert_ne!(list.header("etag"), tag);
            assert_eq!(list.expect(200)["items"][0]["title"], title);
        }
    }
    redis.kill();
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn installations_that_share_a_redis_do_not_see_each_other(db: PgPool) {
    let redis = OwnRedis::start(OwnRedis::free_port());
    let start = async |prefix| {
        TestApp::start_with(db.clone(), &[("REDIS_URL", redis.url().as_str()), ("REDIS_PREFIX", prefix)]).await
    };
    let (one, replica, other) = (start("one").await, start("one").await, start("two").await);
    one.spawn_worker();
    let client = redis::Client::open(redis.url()).expect("an address");
    let mut everything = client.get_async_pubsub().await.expect("connected");
    everything.psubscribe("*").await.expect("subscribed");
    let mut everything = everything.into_on_message();
    let mut channel_of_next = async || {
        let message = tokio::time::timeout(Duration::from_secs(10), everything.next()).await;
        message.expect("told in time").expect("a message").get_channel_name().to_owned()
    };
    let ada = one.person("Ada").await;
    ada.task(json!({})).await;
    assert_eq!(channel_of_next().await, "one:events");
    let rate = "100/1h".parse().expect("a rate");
    let count = async |app: &TestApp| app.state.limiter.count("test", "somebody", rate).await.expect("counted").count;
    assert_eq!((count(&one).await, count(&replica).await, count(&other).await), (1, 2, 1));
    other.person("Bob").await;
    let mut channels = std::collections::BTreeSet::new();
    while !channels.contains("two:events") {
        channels.insert(channel_of_next().await);
    }
    one.state.bus.worker_signal().notify();
    while !channels.contains("one:work") {
        channels.insert(channel_of_next().await);
    }
    let mut connection = client.get_multiplexed_async_connection().await.expect("connected");
    let mut keys: Vec<String> = redis::cmd("KEYS").arg("*").query_async(&mut connection).await.expect("keys");
    keys.extend(channels);
    assert!(keys.iter().all(|key| key.starts_with("one:") || key.starts_with("two:")), "{keys:?}");
    redis.kill();
}
