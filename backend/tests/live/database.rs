//! PostgreSQL is killed in the middle of a stream of changes. Connections wait for it, and then go on where they were.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::{Pid, mkdtemp},
};
use reqwest::Method;
use secrecy::SecretString;
use serde_json::{Value, json};
use todo::{db, embedded::EmbeddedPostgres};
use tokio::time::sleep;
use uuid::Uuid;

use crate::{
    client::{Socket, project_topic, revisions},
    support::TestApp,
    writer::{Writer, missing},
};

/// A cluster of the test's own, to be killed. Its user must be able to reach it when the tests run as root.
struct Data(PathBuf);

impl Data {
    fn new() -> Self {
        let path = mkdtemp(&std::env::temp_dir().join("todo-live-XXXXXX")).expect("a folder");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o711)).expect("its mode");
        Self(path)
    }

    fn kill(&self) {
        let file = fs::read_to_string(self.0.join("postgres/postmaster.pid")).expect("postmaster.pid");
        let pid = file.lines().next().and_then(|line| line.trim().parse().ok()).expect("a process id");
        kill(Pid::from_raw(pid), Signal::SIGKILL).expect("the process lives");
    }
}

impl Drop for Data {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_restart_delays_events_and_loses_none() {
    let data = Data::new();
    let mut postgres = EmbeddedPostgres::start(&data.0, None).await.expect("a cluster");
    let url = SecretString::from(postgres.database_url());
    db::migrate(&url).await.expect("the schema");
    let app = TestApp::start(db::pool(&url, 10, Duration::from_secs(30)).expect("a pool")).await;
    let ann = Writer::register(&app.state.db, [app.address; 2], "ann").await;
    let project = Uuid::now_v7();
    ann.ask(0, Method::POST, "/projects", &json!({ "id": project, "name": "Busy" })).await;
    let topic = project_topic(&project.to_string());

    let mut socket = Socket::open(app.address).await.expect("a connection");
    socket.say(json!({ "type": "auth", "token": ann.token, "topics": { topic.as_str(): 0 } })).await;
    assert_eq!(socket.message().await["type"], "ready");
    let listener = tokio::spawn(async move {
        let mut events: Vec<Value> = Vec::new();
        while events.last().is_none_or(|event| event["data"]["title"] != "the last") {
            events.push(socket.event_of(&topic).await);
        }
        events
    });
    let stop = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> =
        (0..4).map(|number| tokio::spawn(ann.clone().write(number, project.to_string(), Arc::clone(&stop)))).collect();

    sleep(Duration::from_secs(1)).await;
    data.kill();
    postgres.exited().await;
    sleep(Duration::from_secs(2)).await;
    drop(postgres);
    let postgres = EmbeddedPostgres::start(&data.0, None).await.expect("the cluster again");
    assert_eq!(postgres.database_url(), *secrecy::ExposeSecret::expose_secret(&url));
    sleep(Duration::from_secs(2)).await;

    stop.store(true, Ordering::Relaxed);
    for writer in writers {
        let written = writer.await.expect("its writes");
        assert_eq!(missing(&app.state.db, &written).await, Vec::<Uuid>::new(), "acknowledged and not there");
    }
    ann.ask(0, Method::POST, "/tasks", &json!({ "project_id": project, "title": "the last" })).await;
    let events = listener.await.expect("every event, over one connection");
    let head = i64::try_from(events.len()).expect("a count");
    assert_eq!(revisions(&events), (1..=head).collect::<Vec<_>>());
    assert!(ann.retries.load(Ordering::Relaxed) > 0, "nothing was disturbed");
    app.state.draining.cancel();
    postgres.stop().await.expect("a stop in order");
}
