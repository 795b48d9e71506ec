//! Ten minutes of everything that goes wrong at once: people who write, webhooks of which some hang and some are gone, clients that ask and do
//! not read, connections that say nothing, long searches. Meanwhile a simple read is timed, and afterwards it is looked at whether anything
//! was lost. The floor is the same server with the same writers and nothing else, in the same run.

mod account;
mod clients;
mod hooks;
mod times;
mod writers;

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::Context;
use reqwest::Client;
use tokio::{
    task::{JoinSet, spawn_blocking},
    time::sleep,
};

use self::{account::Account, hooks::Receivers, times::Times, writers::Written};
use crate::{
    data::Person,
    results::Measurement,
    server::{Program, Server},
    sockets::{self, Follows, Revisions, Socket, Tally},
};

pub const NAME: &str = "server/soak";
pub const ALONE: &str = "server/soak, writers alone";
/// How many people do each thing; they are different ones.
const SEARCHERS: usize = 4;
const READERS: usize = 6;
/// Connections of each of them that ask and do not read.
const UNREAD_EACH: usize = 4;
const SILENT: usize = 100;
/// Of writers, reads and receivers.
const FILES_OF_OTHERS: usize = 300;
/// In a second.
const READS: u64 = 50;
/// The writers alone get this part of the time.
const ALONE_PART: u64 = 5;
/// How long events and messages may take to arrive after the last write.
const GRACE: Duration = Duration::from_secs(10);

/// As docker-compose.yml has them, where the benchmark otherwise lets go of limits; and what lets webhooks lead to this machine.
const VARIABLES: [(&str, &str); 6] = [
    ("REQUESTS_AT_ONCE_PER_USER", "32"),
    ("REQUESTS_RUNNING_PER_USER", "0"),
    ("WEBHOOK_ALLOWED_NETWORKS", "127.0.0.0/8"),
    ("WEBHOOK_ALLOW_HTTP", "true"),
    // All clients are on this machine, and many of them are not read by anybody.
    ("WRITE_STALL_SECONDS", "30"),
    ("QUOTA_MEGABYTES_PER_DAY", "0"),
];

/// What was wrong, and examples of it.
#[derive(Default)]
pub struct Wrong {
    count: AtomicU64,
    examples: std::sync::Mutex<Vec<String>>,
}

impl Wrong {
    pub fn add(&self, count: u64, what: impl FnOnce() -> String) {
        if count == 0 {
            return;
        }
        self.count.fetch_add(count, Ordering::Relaxed);
        let mut examples = self.examples.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if examples.len() < 8 {
            examples.push(what());
        }
    }
}

/// Two measurements: the writers alone, and all together. The people are signed in; each does one thing.
pub async fn run(
    program: &Program,
    people: &[Person],
    seconds: u64,
    compose: &Path,
) -> anyhow::Result<Vec<Measurement>> {
    let limit = container_limit(compose)?;
    sockets::raise_open_files(u32::try_from(SILENT + READERS * UNREAD_EACH + FILES_OF_OTHERS)?)?;
    let program = program.with(&VARIABLES);
    let server = program.start().await?;
    let worker = program.start_worker().await?;
    let [owner, rest @ ..] = people else { anyhow::bail!("nobody is signed in") };
    let account = Account::new(&server, owner).await?;
    let alone_seconds = (seconds / ALONE_PART).max(1);
    let alone = phase(&server, &account, ALONE, alone_seconds, async |_, _| Ok(())).await?;

    let receivers = Receivers::start().await?;
    let registered = account.register_webhooks(&receivers).await?;
    let (socket, revisions) = Socket::open(server.address, &owner.token).await?;
    let (follows, tally) = (Arc::new(Follows::new(&revisions)), Arc::<Tally>::default());
    let mut listening = JoinSet::new();
    listening.spawn(socket.listen(Arc::clone(&follows), Arc::clone(&tally)));
    let watch = server.watch()?;
    let mut soak = phase(&server, &account, NAME, seconds, async |tasks, wrong| {
        let readers = rest.get(..READERS).context("too few people")?;
        let searchers = rest.get(READERS..READERS + SEARCHERS).context("too few people")?;
        clients::leave_answers_unread(tasks, server.address, readers, UNREAD_EACH);
        clients::say_nothing(tasks, server.address, SILENT);
        clients::search(tasks, server.address, searchers, wrong);
        Ok(())
    })
    .await?;
    let usage = watch.usage()?;
    let wrong = Wrong::default();
    account.check_written(&program.database, &wrong).await?;
    check_socket(&server, &account, &follows, &tally, &wrong).await?;
    receivers.check(&program.database, &registered, &wrong, GRACE).await?;
    soak.unexpected += wrong.count.load(Ordering::Relaxed);
    soak.complaints.extend(wrong.examples.into_inner().unwrap_or_default());
    for (name, value) in [
        ("p99_alone_ms", alone.latency.map_or(0.0, |latency| latency.p99)),
        ("peak_bytes", usage.peak_bytes as f64),
        ("container_bytes", limit as f64),
        ("webhook_messages", receivers.count() as f64),
    ] {
        soak.figures.insert(name.to_owned(), value);
    }
    soak.usage = Some(usage);
    worker.stop().await?;
    server.stop().await?;
    Ok(vec![alone, soak])
}

/// The writers and the timed reads for some seconds, and whatever else `begin` starts beside them.
async fn phase(
    server: &Server,
    account: &Account,
    name: &str,
    seconds: u64,
    begin: impl AsyncFnOnce(&mut JoinSet<()>, &Arc<Wrong>) -> anyhow::Result<()>,
) -> anyhow::Result<Measurement> {
    let (wrong, times) = (Arc::<Wrong>::default(), Arc::new(Times::new()?));
    let written = Arc::<Written>::default();
    let mut tasks = JoinSet::new();
    begin(&mut tasks, &wrong).await?;
    let begun = Instant::now();
    let (until, end) = (begun + Duration::from_secs(seconds), Duration::from_secs(seconds));
    let writers = account.write_until(until, &written, &wrong);
    let reads = time_reads(server, account, until, &times, &wrong);
    eprintln!("  {name}: {seconds} s");
    let ((), timed) = tokio::join!(writers, reads);
    timed?;
    debug_assert!(begun.elapsed() >= end);
    let seconds = begun.elapsed().as_secs_f64();
    tasks.shutdown().await;
    let figures = BTreeMap::from([("writes_per_second".to_owned(), written.count() as f64 / seconds)]);
    Ok(Measurement {
        name: name.to_owned(),
        clients: u32::try_from(writers::WRITERS)?,
        seconds,
        answers: times.count(),
        unexpected: wrong.count.load(Ordering::Relaxed),
        complaints: wrong.examples.lock().map(|examples| examples.clone()).unwrap_or_default(),
        per_second: times.count() as f64 / seconds,
        latency: Some(times.latency()),
        usage: None,
        figures,
    })
}

/// One task, so many times a second, whether the answer before has come or not. In a runtime of its own: it must not wait for the clients
/// that are a burden, which are this program's too.
async fn time_reads(
    server: &Server,
    account: &Account,
    until: Instant,
    times: &Arc<Times>,
    wrong: &Arc<Wrong>,
) -> anyhow::Result<()> {
    let url = format!("http://{}/api/v1/tasks/{}", server.address, account.read_task);
    let (token, times, wrong) = (account.token.clone(), Arc::clone(times), Arc::clone(wrong));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    spawn_blocking(move || runtime.block_on(read_until(until, &url, &token, &times, &wrong))).await?;
    Ok(())
}

async fn read_until(until: Instant, url: &str, token: &str, times: &Arc<Times>, wrong: &Arc<Wrong>) {
    let (client, mut reads) = (Client::new(), JoinSet::new());
    let mut ticks = tokio::time::interval(Duration::from_micros(1_000_000 / READS));
    while Instant::now() < until {
        ticks.tick().await;
        let request = client.get(url).bearer_auth(token);
        let (times, wrong) = (Arc::clone(times), Arc::clone(wrong));
        reads.spawn(async move {
            let begun = Instant::now();
            let answer = async { request.send().await?.error_for_status()?.bytes().await }.await;
            match answer {
                Ok(_) => times.record(begun.elapsed()),
                Err(error) => wrong.add(1, || format!("a simple read: {error:#}")),
            }
        });
        while reads.try_join_next().is_some() {}
    }
    reads.join_all().await;
}

/// Every event has come to the socket, once and in order.
async fn check_socket(
    server: &Server,
    account: &Account,
    follows: &Follows,
    tally: &Tally,
    wrong: &Wrong,
) -> anyhow::Result<()> {
    let (_, revisions): (_, Revisions) = Socket::open(server.address, &account.token).await?;
    let deadline = Instant::now() + GRACE;
    while follows.missing(&revisions) > 0 && Instant::now() < deadline {
        sleep(Duration::from_millis(50)).await;
    }
    tally.settle(follows, &revisions);
    let received = tally.take();
    wrong.add(received.unexpected(), || format!("the live socket: {:?}", received.examples));
    wrong.add(u64::from(received.events == 0), || "the live socket has received nothing".to_owned());
    Ok(())
}

/// What a replica's container may use of memory, as docker-compose.yml has it.
fn container_limit(compose: &Path) -> anyhow::Result<u64> {
    let text = std::fs::read_to_string(compose).with_context(|| compose.display().to_string())?;
    let service = text.split("\n  backend:\n").nth(1).context("docker-compose.yml has no backend")?;
    let limit = service.lines().find_map(|line| line.trim().strip_prefix("mem_limit: "));
    let megabytes =
        limit.and_then(|limit| limit.strip_suffix('m')).context("the backend has no mem_limit in megabytes")?;
    Ok(megabytes.parse::<u64>()? * 1024 * 1024)
}
