//! Redis refuses, hangs, is full, or has become a replica: requests go on meanwhile, and the server uses it again afterwards by itself.

use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::json;
use sqlx::PgPool;
use todo::{cache::Redis, db::MIGRATOR};

use crate::support::{Person, TestApp, until};

/// A Redis of the test's own, with the password in a file.
struct Server {
    port: u16,
    process: Child,
    password: PathBuf,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_file(&self.password);
    }
}

impl Server {
    async fn start() -> Self {
        let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port").port();
        let process = Command::new("redis-server")
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--requirepass", "one"])
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server is needed: scripts/ensure.sh redis");
        let password = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("redis-faults-{port}"));
        std::fs::write(&password, "one").expect("written");
        let server = Self { port, process, password };
        until("Redis answers", async || server.admin().is_some()).await;
        server
    }

    /// A connection that goes in whatever the fault: by the password of now.
    fn admin(&self) -> Option<redis::Connection> {
        let password = std::fs::read_to_string(&self.password).expect("readable");
        let client = redis::Client::open(format!("redis://:{password}@127.0.0.1:{}", self.port)).expect("an address");
        client.get_connection_with_timeout(Duration::from_secs(2)).ok()
    }

    fn tell(connection: &mut redis::Connection, words: &[&str]) {
        let mut command = redis::Cmd::new();
        words.iter().for_each(|word| _ = command.arg(word));
        command.exec(connection).unwrap_or_else(|error| panic!("{words:?}: {error}"));
    }

    /// Cuts everybody else off, so that new connections have to be made.
    fn cut(connection: &mut redis::Connection) {
        Self::tell(connection, &["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"]);
        Self::tell(connection, &["CLIENT", "KILL", "TYPE", "pubsub"]);
    }

    fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(i32::try_from(self.process.id()).expect("a process id")), signal).expect("sent");
    }
}

/// What the server needs of Redis: a write, a message to others, and a connection that hears them.
async fn is_whole(redis: &Redis) -> bool {
    let counted = redis.count("faults", Duration::from_secs(60)).await.is_some();
    let told = redis.publish("faults", "x").await;
    let hears = async || redis.client().ok()?.get_async_pubsub().await.ok()?.subscribe("faults").await.ok();
    counted && told && tokio::time::timeout(Duration::from_secs(1), hears()).await.is_ok_and(|heard| heard.is_some())
}

/// A request is answered, soon and well.
async fn work(ada: &Person) {
    let asked = Instant::now();
    ada.post("/tasks", json!({ "title": "Meanwhile" })).await.expect(201);
    ada.get("/tasks").await.expect(200);
    assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn server_recovers_from_every_redis_fault(db: PgPool) {
    let server = Server::start().await;
    let (url, file) = (format!("redis://127.0.0.1:{}", server.port), server.password.display().to_string());
    let redis = Redis::connect(&url.clone().into(), Some(server.password.clone())).expect("an address");
    let app = TestApp::start_with(db, &[("REDIS_URL", &url), ("REDIS_PASSWORD_FILE", &file)]).await;
    let ada = app.person("Ada").await;
    let check = async |fault: &str, done: bool| {
        if done {
            until(&format!("{fault}: it is used again"), async || is_whole(&redis).await).await;
            let ready = async || app.get("/health/ready").await.expect(200)["checks"]["redis"] == "ok";
            until(&format!("{fault}: the server says so"), ready).await;
        } else {
            until(&format!("{fault}: it is noticed"), async || !is_whole(&redis).await).await;
        }
        work(&ada).await;
    };
    check("before", true).await;

    // The password is changed, everybody is cut off, and the file comes later.
    let mut admin = server.admin().expect("connected");
    Server::tell(&mut admin, &["CONFIG", "SET", "requirepass", "two"]);
    Server::cut(&mut admin);
    check("a changed password", false).await;
    std::fs::write(&server.password, "two").expect("written");
    check("a changed password", true).await;

    // Its memory is full: it refuses to write.
    let mut admin = server.admin().expect("connected");
    Server::tell(&mut admin, &["CONFIG", "SET", "maxmemory", "1"]);
    check("a full memory", false).await;
    Server::tell(&mut admin, &["CONFIG", "SET", "maxmemory", "0"]);
    check("a full memory", true).await;

    // It takes no more connections: "ERR max number of clients reached".
    Server::tell(&mut admin, &["CONFIG", "SET", "maxclients", "1"]);
    Server::cut(&mut admin);
    check("a full server", false).await;
    Server::tell(&mut admin, &["CONFIG", "SET", "maxclients", "1000"]);
    check("a full server", true).await;

    // A fail-over leaves the servers with what has become a replica: READONLY.
    let master = Server::start().await;
    Server::tell(&mut admin, &["CONFIG", "SET", "masterauth", "one"]);
    Server::tell(&mut admin, &["REPLICAOF", "127.0.0.1", &master.port.to_string()]);
    check("a fail-over", false).await;
    Server::tell(&mut admin, &["REPLICAOF", "NO", "ONE"]);
    check("a fail-over", true).await;

    // It is frozen, and thaws.
    server.signal(Signal::SIGSTOP);
    check("a frozen one", false).await;
    server.signal(Signal::SIGCONT);
    check("a frozen one", true).await;
}

/// Scripts are sent by their hash, and whole when Redis does not know them (any more).
#[tokio::test]
async fn limits_survive_the_loss_of_redis_scripts() {
    let server = Server::start().await;
    let redis = Redis::connect(&format!("redis://:one@127.0.0.1:{}", server.port).into(), None).expect("an address");
    let mut admin = server.admin().expect("connected");
    let (minute, wait) = (Duration::from_secs(60), Duration::from_millis(500));
    for round in 0..2 {
        let key = |name: &str| format!("{name}-{round}");
        assert_eq!(redis.count(&key("count"), minute).await, Some(1));
        assert_eq!(redis.count(&key("count"), minute).await, Some(2));
        redis.take_back(&key("count")).await.expect("taken back");
        assert_eq!(redis.count(&key("count"), minute).await, Some(2));
        redis.take_back(&key("never counted")).await.expect("nothing to take back");
        assert_eq!(redis.count(&key("never counted"), minute).await, Some(1));
        assert_eq!(redis.add(&key("sum"), 40, minute).await, Some(40));
        assert_eq!(redis.add(&key("sum"), 2, minute).await, Some(42));
        assert_eq!(redis.pace(&key("pace"), wait, minute).await, Some(500), "the first begins the wait");
        assert!(redis.pace(&key("pace"), wait, minute).await.is_some_and(|left| (1..=500).contains(&left)));
        tokio::time::sleep(wait).await;
        assert_eq!(redis.pace(&key("pace"), wait, minute).await, Some(0), "one goes on");
        assert_eq!(redis.pace(&key("pace"), wait, minute).await, Some(500), "the next waits");
        for name in ["count", "never counted", "sum", "pace"] {
            let left: i64 = redis::cmd("PTTL").arg(redis.name(&key(name))).query(&mut admin).expect("asked");
            assert!((1..=60_500).contains(&left), "{name} expires: {left}");
        }
        Server::tell(&mut admin, &["SCRIPT", "FLUSH"]);
    }
}
