//! WebSockets: what thousands of them cost the server, and how soon and completely they hear of changes.

mod client;
mod limits;
mod summary;
mod tally;
mod writer;

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Context;
use futures_util::{StreamExt, stream};
use tokio::{task::JoinSet, time::sleep};
use uuid::Uuid;

pub use self::{
    client::Socket,
    limits::raise_open_files,
    tally::{Follows, Revisions, Tally},
};
use self::{summary::summary, writer::Writer};
use crate::{
    data::Person,
    results::Measurement,
    server::{Program, Server},
};

/// So many are opened at once.
const OPENING: usize = 32;
/// The projects of so many users are changed.
const WRITERS: usize = 40;
/// A modest load: it is the sockets that are measured.
const CHANGES_PER_SECOND: f64 = 20.0;
/// How long events may take before they count as lost.
const GRACE: Duration = Duration::from_secs(5);
/// Memory is read when two readings so far apart differ by less than a hundredth.
const CALM: Duration = Duration::from_millis(700);
const CALM_READINGS: usize = 12;

/// What is asked of a server that has just been started: what it keeps of memory that other requests have used would go to the
/// sockets first, and they would seem to need less. Its `WS_MAX_CONNECTIONS` and `WS_MAX_CONNECTIONS_PER_USER` have to allow so
/// many and one more of each user, and its access tokens have to last.
struct Plan<'a> {
    /// Started after [`raise_open_files`].
    server: &'a Server,
    /// Access tokens of the users whose sockets these are, in turn.
    tokens: &'a [String],
    /// How many are open, ascending; the ones of before stay open.
    connections: &'a [u32],
    /// How long tasks are changed for each number.
    seconds: f64,
    /// How many tasks are changed in a second. Every twentieth change goes to the project that most sockets follow.
    changes_per_second: f64,
}

/// As [`measure`], with a server started for it, so many seconds for each number of connections and the users who are signed in.
pub async fn run(
    program: &Program,
    people: &[Person],
    connections: &[u32],
    seconds: u64,
) -> anyhow::Result<Vec<Measurement>> {
    raise_open_files(connections.iter().copied().max().unwrap_or(0))?;
    let server = program.start().await?;
    let tokens: Vec<String> = people.iter().map(|person| person.token.clone()).collect();
    let plan = Plan {
        server: &server,
        tokens: &tokens,
        connections,
        seconds: seconds as f64,
        changes_per_second: CHANGES_PER_SECOND,
    };
    let measurements = measure(&plan).await?;
    server.stop().await?;
    Ok(measurements)
}

/// Opens sockets, changes tasks over HTTP, and gives a measurement `server/sockets <number>` for each number of connections.
///
/// When a change is committed is not seen from outside: after its request is sent and before the answer is there. `latency` and
/// `receipt_*_ms` begin with the sending, so they include the change itself and are never too low; `after_answer_*_ms` begin with
/// the answer (0 when the event came sooner), and are never too high. `bytes_per_socket` is the growth of the server's resident
/// memory from the first number of connections to this one, both quiet, over the difference (so the first has none);
/// what the changes between have left counts too, buffers of the kernel do not.
/// Events that did not come to a socket, came twice or out of order are `unexpected`: each topic's revisions must come one by
/// one up to what the server then says that there are.
///
/// Fails when the limits of open files are too low, and when the server is gone.
async fn measure(plan: &Plan<'_>) -> anyhow::Result<Vec<Measurement>> {
    let most = plan.connections.iter().copied().max().unwrap_or(0);
    limits::check_open_files(plan.server.pid()?, most)?;
    let mut writer = Writer::new(plan.server.address, plan.tokens.iter().take(WRITERS)).await?;
    let mut crowd = Crowd { plan, sockets: Vec::new(), tally: Arc::default(), tasks: JoinSet::new() };
    let mut measurements = Vec::new();
    let mut first: Option<(usize, u64)> = None;
    for &connections in plan.connections {
        let (before, begun) = (crowd.sockets.len(), Instant::now());
        crowd.grow(connections).await;
        let (sockets, opening) = (crowd.sockets.len(), begun.elapsed());
        let memory = calm_memory(plan.server).await?;
        let mut measurement = crowd.measure(&mut writer, connections).await?;
        let mut note = |name: &str, value| measurement.figures.insert(name.to_owned(), value);
        note("quiet_megabytes", memory as f64 / 1e6);
        note("opened_per_second", (sockets - before) as f64 / opening.as_secs_f64());
        let (least, without) = *first.get_or_insert((sockets, memory));
        if sockets > least {
            note("bytes_per_socket", (memory as f64 - without as f64) / (sockets - least) as f64);
        }
        measurements.push(measurement);
    }
    Ok(measurements)
}

/// All sockets that are open.
struct Crowd<'a> {
    plan: &'a Plan<'a>,
    sockets: Vec<Arc<Follows>>,
    tally: Arc<Tally>,
    /// One for each; they end with this.
    tasks: JoinSet<()>,
}

impl Crowd<'_> {
    /// Until so many are open, but for those that fail.
    async fn grow(&mut self, connections: u32) {
        let users = self.plan.tokens.iter().cycle().skip(self.sockets.len());
        let missing = (connections as usize).saturating_sub(self.sockets.len());
        let mut opened = stream::iter(users.take(missing))
            .map(|token| Socket::open(self.plan.server.address, token))
            .buffer_unordered(OPENING);
        while let Some(opened) = opened.next().await {
            match opened {
                Ok((socket, revisions)) => {
                    let follows = Arc::new(Follows::new(&revisions));
                    self.sockets.push(Arc::clone(&follows));
                    self.tasks.spawn(socket.listen(follows, Arc::clone(&self.tally)));
                }
                Err(error) => self.tally.fail(|| format!("a socket could not be opened: {error:#}")),
            }
        }
    }

    async fn measure(&self, writer: &mut Writer, connections: u32) -> anyhow::Result<Measurement> {
        let mut followers: HashMap<Uuid, u32> = HashMap::new();
        for topic in self.sockets.iter().flat_map(|follows| follows.topics()) {
            *followers.entry(topic).or_default() += 1;
        }
        let watch = self.plan.server.watch()?;
        let begun = Instant::now();
        let (changes, errors) = writer.run(&followers, self.plan.seconds, self.plan.changes_per_second).await?;
        let seconds = begun.elapsed().as_secs_f64();
        for error in errors {
            self.tally.fail(|| format!("{error:#}"));
        }
        self.wait_for_all().await?;
        Ok(summary(connections, seconds, &changes, self.tally.take(), watch.usage()?))
    }

    /// Waits until every socket has received all that there is; what does not come in time is lost.
    async fn wait_for_all(&self) -> anyhow::Result<()> {
        let users = self.plan.tokens.iter().take(self.sockets.len());
        let current =
            stream::iter(users).map(|token| Socket::open(self.plan.server.address, token)).buffer_unordered(OPENING);
        let current: Vec<_> = current.collect().await;
        let mut revisions = Revisions::new();
        for opened in current {
            let (_, current) = opened.context("what there is to receive cannot be asked")?;
            revisions.extend(current);
        }
        let deadline = Instant::now() + GRACE;
        while Instant::now() < deadline && self.sockets.iter().any(|follows| follows.missing(&revisions) > 0) {
            sleep(Duration::from_millis(20)).await;
        }
        for follows in &self.sockets {
            self.tally.settle(follows, &revisions);
        }
        Ok(())
    }
}

/// What is resident when the server has come to rest, in bytes.
async fn calm_memory(server: &Server) -> anyhow::Result<u64> {
    let mut last = server.memory()?.resident;
    for _ in 0..CALM_READINGS {
        sleep(CALM).await;
        let now = server.memory()?.resident;
        if now.abs_diff(last) < last / 100 {
            return Ok(now);
        }
        last = now;
    }
    Ok(last)
}
