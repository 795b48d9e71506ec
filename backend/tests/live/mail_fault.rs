//! Workers, Redis, the mail server and replicas are killed at random while thousands of mails go out. At the end each has arrived
//! exactly once, except where the mail server's acknowledgement was lost; and those are counted.

use std::{
    collections::HashMap,
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
use todo::db::MIGRATOR;
use tokio::time::sleep;
use uuid::Uuid;

use crate::{
    processes::{Redis, Replica, free_port},
    support::MailServer,
    writer::Writer,
};

const PEOPLE: i32 = 2000;
const WRITERS: usize = 4;
const WORKERS: usize = 3;
/// Kills beyond one of everybody.
const MORE_KILLS: usize = 6;
const CONVERGENCE: Duration = Duration::from_secs(120);

#[derive(Debug, Clone, Copy)]
enum Victim {
    Worker(usize),
    Replica(usize),
    Redis,
    MailServer,
}

struct Stage {
    workers: Vec<Replica>,
    replicas: Vec<Replica>,
    redis: Redis,
    mail: MailServer,
}

impl Stage {
    async fn set(db: &PgPool) -> Self {
        let database_url = db.connect_options().to_url_lossy();
        let (redis, mail) = (Redis::start(free_port()).await, MailServer::start());
        let smtp_url = mail.url();
        let variables = [
            ("SMTP_URL", smtp_url.as_str()),
            ("DELIVERY_LEASE_SECONDS", "4"),
            ("RATE_LIMIT_MAIL_PER_RECIPIENT", "off"),
            ("DATABASE_MAX_CONNECTIONS", "8"),
        ];
        let (mut workers, mut replicas) = (Vec::new(), Vec::new());
        for _ in 0..2 {
            replicas.push(Replica::start_with(database_url.as_str(), &redis.url, &variables).await);
        }
        for _ in 0..WORKERS {
            workers.push(Replica::start_worker(database_url.as_str(), &redis.url, &variables).await);
        }
        Self { workers, replicas, redis, mail }
    }

    fn victims() -> Vec<Victim> {
        let workers = (0..WORKERS).map(Victim::Worker);
        workers.chain([Victim::Replica(0), Victim::Replica(1), Victim::Redis, Victim::MailServer]).collect()
    }

    fn kill(&mut self, victim: Victim) {
        match victim {
            Victim::Worker(number) => self.workers[number].kill(),
            Victim::Replica(number) => self.replicas[number].kill(),
            Victim::Redis => self.redis.kill(),
            Victim::MailServer => self.mail.kill(),
        }
    }

    async fn restart(&mut self, victim: Victim) {
        match victim {
            Victim::Worker(number) => self.workers[number].restart().await,
            Victim::Replica(number) => self.replicas[number].restart().await,
            Victim::Redis => self.redis.restart().await,
            Victim::MailServer => self.mail.restart(),
        }
    }
}

/// Makes tasks for somebody else until told to stop; gives those that were acknowledged. Each queues a mail in its transaction.
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

/// Queues a share of the mails to everybody.
async fn queue(db: &PgPool, share: usize, shares: usize) {
    sqlx::query(
        "INSERT INTO deliveries (id, event_key, recipient, channel, kind, user_id)
         SELECT gen_random_uuid(), 'fault', id::text, 'mail', 'account.confirm_email', id
         FROM (SELECT id, row_number() OVER (ORDER BY id) AS number FROM users WHERE password_hash = '-') AS people
         WHERE number % $2 = $1",
    )
    .bind(i64::try_from(share).expect("small"))
    .bind(i64::try_from(shares).expect("small"))
    .execute(db)
    .await
    .expect("deliveries");
}

async fn ready(db: &PgPool, bob: &str) -> Uuid {
    sqlx::query(
        "INSERT INTO users (id, email, name, password_hash)
         SELECT gen_random_uuid(), 'user' || n || '@example.org', 'User', '-' FROM generate_series(1, $1) AS n",
    )
    .bind(PEOPLE)
    .execute(db)
    .await
    .expect("people");
    sqlx::query_scalar("UPDATE users SET email_verified_at = now() WHERE email = $1 RETURNING id")
        .bind(bob)
        .fetch_one(db)
        .await
        .expect("Bob")
}

fn seed() -> u64 {
    let given = std::env::var("FAULT_SEED").ok().map(|text| text.parse().expect("FAULT_SEED is a number"));
    given.unwrap_or_else(rand::random)
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn each_mail_arrives_once_whatever_is_killed(db: PgPool) {
    let seed = seed();
    println!("FAULT_SEED={seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let started = Instant::now();
    let mut stage = Stage::set(&db).await;
    let servers = [stage.replicas[0].address, stage.replicas[1].address];
    let (ann, bob) = (Writer::register(servers, "ann").await, Writer::register(servers, "bob").await);
    let bob_id = ready(&db, &bob.email).await;
    let project = Uuid::now_v7();
    ann.ask(0, Method::POST, "/projects", &json!({ "id": project, "name": "Busy" })).await;
    let member = json!({ "email": bob.email, "role": "editor" });
    ann.ask(0, Method::POST, &format!("/projects/{project}/members"), &member).await;

    let stop = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> = (0..WRITERS)
        .map(|number| tokio::spawn(assign(ann.clone(), number, project, bob_id, Arc::clone(&stop))))
        .collect();
    let mut victims = Stage::victims();
    let more: Vec<_> = (0..MORE_KILLS).map(|_| victims[random.random_range(0..victims.len())]).collect();
    victims.shuffle(&mut random);
    victims.extend(more);
    let shares = victims.len();
    for (share, victim) in victims.into_iter().enumerate() {
        queue(&db, share, shares).await;
        sleep(Duration::from_millis(random.random_range(100..900))).await;
        stage.kill(victim);
        sleep(Duration::from_millis(random.random_range(50..1000))).await;
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
    for mail in stage.mail.mails() {
        let id = mail.message_id().split('@').next().and_then(|id| id.parse().ok()).expect("a delivery's id");
        *arrived.entry(id).or_default() += 1;
    }
    for (id, unacknowledged) in &sent.unacknowledged {
        let copies = arrived.remove(id).unwrap_or_default();
        assert!(copies >= 1, "{id} was lost, with seed {seed}");
        assert!(copies <= 1 + unacknowledged, "{id}: {copies} copies, {unacknowledged} answers lost, with seed {seed}");
    }
    assert!(arrived.is_empty(), "mails that nobody has sent: {arrived:?}");
    for task in &tasks {
        assert_eq!(sent.of_task.get(task), Some(&1), "mails of the acknowledged task {task}, with seed {seed}");
    }
    let lost_answers: i64 = sent.unacknowledged.values().sum();
    let doubles = i64::try_from(stage.mail.mails().len() - sent.unacknowledged.len()).expect("a count");
    assert!(doubles <= lost_answers);
    assert!(sent.tried_again > 0 && ann.retries.load(Ordering::Relaxed) > 0, "nothing was disturbed");
    println!(
        "{} mails, {} of them of tasks, over {shares} kills in {killed_for:.1?}: none lost, {doubles} twice and {lost_answers} answers \
         lost, {} tried again, {:.1?} in all",
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
            sqlx::query_as("SELECT id, unacknowledged, attempts, (payload ->> 'task_id')::uuid FROM deliveries")
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
