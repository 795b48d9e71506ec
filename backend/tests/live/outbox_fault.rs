//! Workers, Redis, replicas and the receiving side are killed at random while deliveries go out. At the end each has arrived
//! exactly once, except where an acknowledgement was lost; and those are counted. Of mails and of webhooks.

use std::{
    collections::HashMap,
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use rand::{RngExt, SeedableRng, rngs::StdRng, seq::SliceRandom};
use reqwest::Method;
use serde_json::json;
use sqlx::{ConnectOptions, PgPool};
use tokio::time::sleep;
use uuid::Uuid;

use crate::{
    processes::{Redis, Replica, free_port},
    writer::Writer,
};

const WRITERS: usize = 4;
const WORKERS: usize = 3;
const CONVERGENCE: Duration = Duration::from_secs(120);

/// Where deliveries go, and how it is disturbed.
pub trait ReceivingSide {
    /// Kills beyond one of everybody.
    const MORE_KILLS: usize;
    /// Milliseconds before each kill, and how long the victim stays away.
    const UNDISTURBED: Range<u64>;
    const AWAY: Range<u64>;
    /// How many deliveries tell of a new task.
    const DELIVERIES_OF_A_TASK: i64;

    /// Settings of the servers and workers.
    fn variables(&self) -> Vec<(&'static str, String)>;
    /// Ann's tasks for Bob in the project are delivered from now on.
    async fn connect(&self, db: &PgPool, ann: &Writer, bob: &Writer, project: Uuid);
    /// Queues a share of many deliveries at once.
    async fn queue(&self, db: &PgPool, share: i64, shares: i64);
    fn kill(&mut self);
    async fn restart(&mut self);
    /// The ids of what has arrived, each as often as it came.
    fn arrived(&self) -> Vec<Uuid>;
}

#[derive(Debug, Clone, Copy)]
enum Victim {
    Worker(usize),
    Replica(usize),
    Redis,
    ReceivingSide,
}

struct Stage<R> {
    workers: Vec<Replica>,
    replicas: Vec<Replica>,
    redis: Redis,
    receiving: R,
}

impl<R: ReceivingSide> Stage<R> {
    async fn set(db: &PgPool, receiving: R) -> Self {
        let database_url = db.connect_options().to_url_lossy();
        let redis = Redis::start(free_port()).await;
        let of_side = receiving.variables();
        let mut variables = vec![("DELIVERY_LEASE_SECONDS", "4"), ("DATABASE_MAX_CONNECTIONS", "8")];
        variables.extend(of_side.iter().map(|(name, value)| (*name, value.as_str())));
        let (mut workers, mut replicas) = (Vec::new(), Vec::new());
        for _ in 0..2 {
            replicas.push(Replica::start_with(database_url.as_str(), &redis.url, &variables).await);
        }
        for _ in 0..WORKERS {
            workers.push(Replica::start_worker(database_url.as_str(), &redis.url, &variables).await);
        }
        Self { workers, replicas, redis, receiving }
    }

    fn victims() -> Vec<Victim> {
        let workers = (0..WORKERS).map(Victim::Worker);
        workers.chain([Victim::Replica(0), Victim::Replica(1), Victim::Redis, Victim::ReceivingSide]).collect()
    }

    fn kill(&mut self, victim: Victim) {
        match victim {
            Victim::Worker(number) => self.workers[number].kill(),
            Victim::Replica(number) => self.replicas[number].kill(),
            Victim::Redis => self.redis.kill(),
            Victim::ReceivingSide => self.receiving.kill(),
        }
    }

    async fn restart(&mut self, victim: Victim) {
        match victim {
            Victim::Worker(number) => self.workers[number].restart().await,
            Victim::Replica(number) => self.replicas[number].restart().await,
            Victim::Redis => self.redis.restart().await,
            Victim::ReceivingSide => self.receiving.restart().await,
        }
    }
}

/// Makes tasks for somebody else until told to stop; gives those that were acknowledged. Each queues its deliveries in its
/// transaction.
async fn assign(writer: Writer, number: usize, project: Uuid, assignee: Uuid, stop: Arc<AtomicBool>) -> Vec<Uuid> {
    let mut written = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        let id = Uuid::now_v7();
        let task = json!({ "id": id, "project_id": project, "title": "for you", "assignee_id": assignee });
        writer.ask(number + written.len(), Method::POST, "/tasks", &task).await;
        written.push(id);
    }
    written
}

fn seed() -> u64 {
    let given = std::env::var("FAULT_SEED").ok().map(|text| text.parse().expect("FAULT_SEED is a number"));
    given.unwrap_or_else(rand::random)
}

pub async fn each_arrives_once_whatever_is_killed<R: ReceivingSide>(db: PgPool, receiving: R) {
    let seed = seed();
    println!("FAULT_SEED={seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let started = Instant::now();
    let mut stage = Stage::set(&db, receiving).await;
    let servers = [stage.replicas[0].address, stage.replicas[1].address];
    let (ann, bob) = (Writer::register(&db, servers, "ann").await, Writer::register(&db, servers, "bob").await);
    let bob_id = sqlx::query_scalar("SELECT id FROM users WHERE email = $1").bind(&bob.email).fetch_one(&db).await;
    let bob_id: Uuid = bob_id.expect("Bob");
    let project = Uuid::now_v7();
    ann.ask(0, Method::POST, "/projects", &json!({ "id": project, "name": "Busy" })).await;
    ann.add_member(project, &bob).await;
    stage.receiving.connect(&db, &ann, &bob, project).await;

    let stop = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> = (0..WRITERS)
        .map(|number| tokio::spawn(assign(ann.clone(), number, project, bob_id, Arc::clone(&stop))))
        .collect();
    let mut victims = Stage::<R>::victims();
    let more: Vec<_> = (0..R::MORE_KILLS).map(|_| victims[random.random_range(0..victims.len())]).collect();
    victims.shuffle(&mut random);
    victims.extend(more);
    let shares = i64::try_from(victims.len()).expect("small");
    for (share, victim) in (0..).zip(victims) {
        stage.receiving.queue(&db, share, shares).await;
        sleep(Duration::from_millis(random.random_range(R::UNDISTURBED))).await;
        stage.kill(victim);
        sleep(Duration::from_millis(random.random_range(R::AWAY))).await;
        stage.restart(victim).await;
    }
    stop.store(true, Ordering::Relaxed);
    let mut tasks = Vec::new();
    for writer in writers {
        tasks.extend(writer.await.expect("its tasks"));
    }
    let killed_for = started.elapsed();
    until_all_are_sent(&db).await;

    let sent = Sent::read(&db).await;
    let mut arrived: HashMap<Uuid, i64> = HashMap::new();
    let all_arrived = stage.receiving.arrived();
    for id in &all_arrived {
        *arrived.entry(*id).or_default() += 1;
    }
    for (id, unacknowledged) in &sent.unacknowledged {
        let copies = arrived.remove(id).unwrap_or_default();
        assert!(copies >= 1, "{id} was lost, with seed {seed}");
        assert!(copies <= 1 + unacknowledged, "{id}: {copies} copies, {unacknowledged} answers lost, with seed {seed}");
    }
    assert!(arrived.is_empty(), "what nobody has sent: {arrived:?}");
    for task in &tasks {
        let told = sent.of_task.get(task);
        assert_eq!(
            told,
            Some(&R::DELIVERIES_OF_A_TASK),
            "deliveries of the acknowledged task {task}, with seed {seed}"
        );
    }
    let lost_answers: i64 = sent.unacknowledged.values().sum();
    let doubles = i64::try_from(all_arrived.len() - sent.unacknowledged.len()).expect("a count");
    assert!(doubles <= lost_answers);
    assert!(sent.tried_again > 0 && ann.retries.load(Ordering::Relaxed) > 0, "nothing was disturbed");
    println!(
        "{} deliveries, of {} tasks among others, over {shares} kills in {killed_for:.1?}: none lost, {doubles} twice and {lost_answers} \
         answers lost, {} tried again, {:.1?} in all",
        sent.unacknowledged.len(),
        tasks.len(),
        sent.tried_again,
        started.elapsed()
    );
}

async fn until_all_are_sent(db: &PgPool) {
    let deadline = Instant::now() + CONVERGENCE;
    loop {
        let states: Vec<(String, i64)> = sqlx::query_as("SELECT state, count(*) FROM deliveries GROUP BY state")
            .fetch_all(db)
            .await
            .expect("a count");
        if let [(state, _)] = states.as_slice()
            && state == "sent"
        {
            return;
        }
        assert!(Instant::now() < deadline, "not all were sent: {states:?}");
        sleep(Duration::from_millis(100)).await;
    }
}

/// What the outbox says.
struct Sent {
    /// Of each delivery, how many answers were lost.
    unacknowledged: HashMap<Uuid, i64>,
    of_task: HashMap<Uuid, i64>,
    tried_again: usize,
}

impl Sent {
    async fn read(db: &PgPool) -> Self {
        let rows: Vec<(Uuid, i32, i32, Option<Uuid>)> =
            sqlx::query_as("SELECT id, unacknowledged, attempts, coalesce(payload ->> 'task_id', payload ->> 'id')::uuid FROM deliveries")
                .fetch_all(db)
                .await
                .expect("the deliveries");
        let mut of_task = HashMap::new();
        for task in rows.iter().filter_map(|row| row.3) {
            *of_task.entry(task).or_default() += 1;
        }
        Self {
            unacknowledged: rows.iter().map(|row| (row.0, row.1.into())).collect(),
            of_task,
            tried_again: rows.iter().filter(|row| row.2 > 1).count(),
        }
    }
}
