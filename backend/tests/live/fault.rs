//! Replicas and Redis are killed in the middle of a stream of changes. No acknowledged write is lost, and every client
//! gets every event once and in order.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use reqwest::Method;
use serde_json::{Value, json};
use sqlx::{ConnectOptions, PgPool, Row};
use todo::db::MIGRATOR;
use tokio::time::sleep;
use uuid::Uuid;

use crate::{
    client::project_topic,
    processes::{Redis, Replica, free_port},
    watcher::Watcher,
    writer::{Writer, missing},
};

const WRITERS: usize = 8;
const WATCHERS_EACH: usize = 3;
const CONVERGENCE: Duration = Duration::from_secs(20);

async fn seconds(count: f64) {
    sleep(Duration::from_secs_f64(count)).await;
}

/// Everything that may fall over does, alone and together.
async fn havoc(replicas: &mut [Replica; 2], redis: &mut Redis) {
    seconds(1.5).await;
    replicas[0].kill();
    seconds(1.0).await;
    replicas[0].restart().await;
    seconds(1.5).await;
    redis.kill();
    seconds(2.5).await;
    redis.restart().await;
    seconds(1.5).await;
    redis.freeze();
    seconds(2.5).await;
    redis.thaw();
    seconds(1.0).await;
    replicas[1].freeze();
    seconds(2.5).await;
    replicas[1].thaw();
    seconds(1.0).await;
    redis.kill();
    replicas[1].kill();
    seconds(1.0).await;
    replicas[1].restart().await;
    redis.restart().await;
    seconds(1.0).await;
    assert!(replicas[0].stop().await.success(), "a stop in order");
    replicas[0].restart().await;
    seconds(1.5).await;
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn no_event_or_acknowledged_write_is_lost(db: PgPool) {
    let database_url = db.connect_options().to_url_lossy();
    let mut redis = Redis::start(free_port()).await;
    let mut replicas = [
        Replica::start(database_url.as_str(), &redis.url).await,
        Replica::start(database_url.as_str(), &redis.url).await,
    ];
    let servers = [replicas[0].address, replicas[1].address];
    let (ann, bob) = (Writer::register(&db, servers, "ann").await, Writer::register(&db, servers, "bob").await);
    let project = Uuid::now_v7();
    ann.ask(0, Method::POST, "/projects", &json!({ "id": project, "name": "Busy" })).await;
    ann.add_member(project, &bob).await;

    // Ann's clients ask for all there is; Bob's for all since Bob came in.
    let topic = project_topic(&project.to_string());
    let watchers: Vec<_> = (0..WATCHERS_EACH)
        .flat_map(|number| [(number, &ann, 0), (number + 1, &bob, 1)])
        .map(|(first, person, from)| (from, Watcher::start(servers, first, &person.token, &topic, from)))
        .collect();
    let stop = Arc::new(AtomicBool::new(false));
    let started = Instant::now();
    let writers: Vec<_> = (0..WRITERS)
        .map(|number| if number % 2 == 0 { (number, ann.clone()) } else { (number, bob.clone()) })
        .map(|(number, person)| tokio::spawn(person.write(number, project.to_string(), Arc::clone(&stop))))
        .collect();
    havoc(&mut replicas, &mut redis).await;
    stop.store(true, Ordering::Relaxed);
    let mut written = HashMap::new();
    for writer in writers {
        written.extend(writer.await.expect("its writes"));
    }
    let wrote_for = started.elapsed();

    let told = table_of_events(&db, project).await;
    let head = told.last().map_or(0, |(revision, ..)| *revision);
    let deadline = Instant::now() + CONVERGENCE;
    while watchers.iter().any(|(_, watcher)| watcher.log.last() < head) && Instant::now() < deadline {
        seconds(0.05).await;
    }
    assert_eq!(told.len(), usize::try_from(head).expect("a count"), "revisions have no gaps");
    for (from, watcher) in &watchers {
        let events = watcher.log.events.lock().expect("not poisoned");
        let heard: Vec<_> = events.iter().map(revision_kind_data).collect();
        let expected = &told[usize::try_from(*from).expect("a count")..];
        let first_wrong = heard.iter().zip(expected).position(|(heard, told)| heard != told);
        assert_eq!((first_wrong, heard.len()), (None, expected.len()), "every event once, in order, as it was written");
        assert_eq!(watcher.log.resyncs.load(Ordering::Relaxed), 0);
    }
    assert_eq!(missing(&db, &written).await, Vec::<Uuid>::new(), "acknowledged and not there");

    let connections = |log: &Watcher| log.log.connections.load(Ordering::Relaxed);
    let cuts = watchers.iter().map(|(_, watcher)| connections(watcher) - 1).sum::<usize>();
    let retries = ann.retries.load(Ordering::Relaxed) + bob.retries.load(Ordering::Relaxed);
    assert!(cuts >= WATCHERS_EACH && retries > 0, "nothing was disturbed");
    println!(
        "{WRITERS} writers, {} tasks made and changed in {wrote_for:.1?} ({retries} requests tried again), {} clients \
         over {cuts} cuts: {head} events each, none lost, none twice, all in order, {:.1?} in all",
        written.len(),
        watchers.len(),
        started.elapsed()
    );
}

fn revision_kind_data(event: &Value) -> (i64, String, Value) {
    let kind = event["kind"].as_str().expect("a kind").to_owned();
    (event["revision"].as_i64().expect("a revision"), kind, event["data"].clone())
}

async fn table_of_events(db: &PgPool, project: Uuid) -> Vec<(i64, String, Value)> {
    let rows = sqlx::query("SELECT revision, kind, data FROM events WHERE topic_id = $1 ORDER BY revision")
        .bind(project)
        .fetch_all(db)
        .await
        .expect("the events");
    rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect()
}
