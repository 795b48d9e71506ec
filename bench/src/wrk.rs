//! The load generator: wrk with `bench/wrk/load.lua`, which sends requests that were made before and counts the answers.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    net::SocketAddr,
};

use anyhow::{Context, bail};
use serde::Deserialize;
use tempfile::TempDir;

use crate::{
    process::leashed,
    request::Request,
    results::{Latency, Measurement},
};

const SCRIPT: &str = include_str!("../wrk/load.lua");
/// Longer than the server lets a request take.
const PATIENCE: &str = "35s";

/// How the answers are looked at.
#[derive(Debug, Clone, Copy)]
pub enum Check<'a> {
    /// The status of every one, and that it has a body. It costs the generator 15 µs an answer.
    Each,
    /// For loads at which that would be measured: the answer to each request has so many bytes with its head, so all that came
    /// are as many as the answers together have; wrk itself counts statuses from 400 on.
    Sizes(&'a [u64]),
}

/// So many clients that ask for some seconds, each as soon as it has its answer or after a pause.
#[derive(Debug, Clone, Copy)]
pub struct Load<'a> {
    pub requests: &'a [Request],
    /// Otherwise every request that has to be sent a second time counts as unexpected.
    pub may_repeat: bool,
    pub check: Check<'a>,
    pub clients: u32,
    pub seconds: u64,
    /// The mean pause of a client before each request, exponentially distributed, in milliseconds; 0 for none.
    pub pause_ms: f64,
}

/// What wrk found.
#[derive(Debug, Deserialize)]
pub struct Outcome {
    pub microseconds: u64,
    /// Answers of any kind.
    pub requests: u64,
    pub bytes: u64,
    pub errors: Errors,
    /// How many requests each thread has sent, of those that were its own.
    sent: Vec<usize>,
    /// By status.
    answered: BTreeMap<u16, u64>,
    /// Answers with 200 or 201 that had no body to speak of.
    short: u64,
    /// Requests that had to be sent again.
    ran_out: u64,
    /// Microseconds.
    p50: u64,
    p90: u64,
    p99: u64,
    /// Of unexpected answers: the status and the beginning of the body.
    examples: Vec<String>,
}

/// By what went wrong; `status` are answers with 400 or more.
#[derive(Debug, Deserialize)]
pub struct Errors {
    connect: u64,
    read: u64,
    write: u64,
    status: u64,
    timeout: u64,
}

impl Outcome {
    pub fn per_second(&self) -> f64 {
        self.requests as f64 / self.seconds()
    }

    pub fn seconds(&self) -> f64 {
        self.microseconds as f64 / 1e6
    }

    /// Answers with this status, of a load whose answers were looked at.
    pub fn answered(&self, status: u16) -> u64 {
        self.answered.get(&status).copied().unwrap_or(0)
    }

    pub fn measurement(&self, name: &str, load: &Load<'_>) -> Measurement {
        let (unexpected, complaints) = self.unexpected(load);
        let milliseconds = |microseconds: u64| microseconds as f64 / 1000.0;
        Measurement {
            name: name.to_owned(),
            clients: load.clients,
            seconds: self.seconds(),
            answers: self.requests.saturating_sub(unexpected),
            unexpected,
            complaints,
            per_second: self.per_second(),
            latency: Some(Latency {
                p50: milliseconds(self.p50),
                p90: milliseconds(self.p90),
                p99: milliseconds(self.p99),
            }),
            usage: None,
            figures: BTreeMap::new(),
        }
    }

    /// How many answers were not the expected ones, and what was wrong.
    pub fn unexpected(&self, load: &Load<'_>) -> (u64, Vec<String>) {
        let mut found = Vec::new();
        let errors = &self.errors;
        for (count, what) in [
            (errors.connect, "connections that failed"),
            (errors.read, "answers that could not be read"),
            (errors.write, "requests that could not be sent"),
            (errors.timeout, "answers that did not come in time"),
            (self.short, "answers without a body"),
            (self.ran_out, "requests that were sent again, since there were too few"),
        ] {
            found.push((count, what.to_owned()));
        }
        match load.check {
            Check::Each => found.extend(self.wrong_statuses(load)),
            Check::Sizes(sizes) => {
                found.push((errors.status, "answers with a status of 400 or more".to_owned()));
                found.push(self.wrong_sizes(sizes, u64::from(load.clients)));
            }
        }
        if self.requests == 0 {
            found.push((1, "no answer at all".to_owned()));
        }
        found.retain(|(count, _)| *count > 0);
        let complaints = found.iter().map(|(count, what)| format!("{count} {what}"));
        (found.iter().map(|(count, _)| count).sum(), complaints.chain(self.examples.iter().cloned()).collect())
    }

    /// How many of the requests that were sent are such.
    pub fn count_sent(&self, load: &Load<'_>, is_such: impl Fn(&Request) -> bool) -> u64 {
        self.sent_of(load.requests).filter(|request| is_such(request)).count() as u64
    }

    /// What belongs to the requests that were sent, as often as each was; `of_requests` has an item for each.
    fn sent_of<'a, T>(&'a self, of_requests: &'a [T]) -> impl Iterator<Item = &'a T> {
        let threads = self.sent.len();
        self.sent.iter().enumerate().flat_map(move |(thread, sent)| {
            let own = of_requests.iter().skip(thread).step_by(threads);
            own.cycle().take(*sent)
        })
    }

    /// Those of the load's requests that were not sent.
    pub fn unsent<T>(&self, requests: Vec<T>) -> Vec<T> {
        let threads = self.sent.len();
        let is_sent = |place: usize| self.sent.get(place % threads).is_none_or(|sent| place / threads < *sent);
        requests.into_iter().enumerate().filter(|(place, _)| !is_sent(*place)).map(|(_, request)| request).collect()
    }

    /// Each client may have sent one request whose answer was not waited for.
    fn wrong_statuses(&self, load: &Load<'_>) -> Vec<(u64, String)> {
        let statuses: BTreeSet<u16> = load.requests.iter().map(|request| request.expected).collect();
        let mut found = Vec::new();
        let mut wrong = 0;
        for status in statuses.iter().chain(self.answered.keys().filter(|status| !statuses.contains(status))) {
            let sent = self.count_sent(load, |request| request.expected == *status);
            let surplus = self.answered(*status).saturating_sub(sent);
            wrong += surplus;
            found.push((surplus, format!("answers with {status} that were not to have it")));
        }
        let answered: u64 = self.answered.values().sum();
        let sent = self.sent.iter().sum::<usize>() as u64;
        let missing = sent.saturating_sub(answered + u64::from(load.clients)).saturating_sub(wrong);
        found.push((missing, "requests without an answer".to_owned()));
        found.push((self.requests.abs_diff(answered), "answers that were not looked at".to_owned()));
        found
    }

    /// Each client may have sent one request of whose answer not all bytes have come when the time was over.
    fn wrong_sizes(&self, sizes: &[u64], clients: u64) -> (u64, String) {
        let most: u64 = self.sent_of(sizes).sum();
        let largest = sizes.iter().copied().max().unwrap_or(0);
        let least = most.saturating_sub(clients * largest);
        let off = least.saturating_sub(self.bytes) + self.bytes.saturating_sub(most);
        (
            off.div_ceil(largest.max(1)),
            format!("answers' worth of bytes too few or too many ({least} to {most} expected)"),
        )
    }
}

/// Asks the server at `address`.
pub async fn run(address: SocketAddr, load: &Load<'_>) -> anyhow::Result<Outcome> {
    if load.requests.is_empty() {
        bail!("there are no requests to send");
    }
    let dir = TempDir::with_prefix("todo-bench-wrk.")?;
    let (script, requests) = (dir.path().join("load.lua"), dir.path().join("requests"));
    tokio::fs::write(&script, SCRIPT).await?;
    tokio::fs::write(&requests, as_file(address, load.requests)).await?;
    // A core for it at most: the server needs the others.
    let threads = (load.clients / 8).clamp(1, (cores() / 2).max(1));
    let output = leashed("wrk")
        .args(["-t", &threads.to_string(), "-c", &load.clients.to_string(), "-d", &format!("{}s", load.seconds)])
        .args(["--timeout", PATIENCE, "-s"])
        .arg(&script)
        .args([&format!("http://{address}/"), "--"])
        .arg(&requests)
        .arg(threads.to_string())
        .arg(if matches!(load.check, Check::Each) { "each" } else { "size" })
        .arg(if load.may_repeat { "again" } else { "once" })
        .arg(load.pause_ms.to_string())
        .output()
        .await
        .context("wrk cannot be started: run scripts/ensure.sh wrk")?;
    let printed = String::from_utf8_lossy(&output.stdout);
    let found = printed.lines().rev().find(|line| line.starts_with('{'));
    let Some(found) = found.filter(|_| output.status.success()) else {
        bail!("wrk failed ({}): {printed}{}", output.status, String::from_utf8_lossy(&output.stderr));
    };
    serde_json::from_str(found).with_context(|| format!("what wrk found cannot be read: {found}"))
}

fn cores() -> u32 {
    std::thread::available_parallelism().ok().and_then(|cores| u32::try_from(cores.get()).ok()).unwrap_or(1)
}

fn as_file(address: SocketAddr, requests: &[Request]) -> String {
    let mut file = String::with_capacity(requests.len() * 512);
    for request in requests {
        let text = request.to_http(address);
        // Writing into a text cannot fail.
        let _ = write!(file, "{} {}\n{text}", request.expected, text.len());
    }
    file
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(sent: &[usize], bytes: u64) -> Outcome {
        let errors = Errors { connect: 0, read: 0, write: 0, status: 0, timeout: 0 };
        Outcome {
            microseconds: 1_000_000,
            requests: 0,
            bytes,
            errors,
            sent: sent.to_vec(),
            answered: BTreeMap::new(),
            short: 0,
            ran_out: 0,
            p50: 0,
            p90: 0,
            p99: 0,
            examples: Vec::new(),
        }
    }

    #[test]
    fn as_many_bytes_must_come_as_the_answers_to_what_was_sent_have() {
        // The first thread has those of 100 and 300 bytes, and begins again; the other one has that of 200.
        let sizes = [100, 200, 300];
        let wrong = |bytes, clients| outcome(&[3, 2], bytes).wrong_sizes(&sizes, clients).0;
        assert_eq!(wrong(900, 0), 0);
        assert_eq!(wrong(600, 1), 0, "the last answer has not come");
        assert_eq!(wrong(599, 1), 1);
        assert_eq!(wrong(901, 1), 1);
        assert_eq!(wrong(0, 1), 2);
    }
}
