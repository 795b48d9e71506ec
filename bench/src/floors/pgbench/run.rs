//! Runs pgbench and reads what it says.

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::{Context, bail, ensure};
use hdrhistogram::Histogram;
use tempfile::TempDir;

use super::{
    capture::Captured,
    connection::pgbench,
    script::{Scripts, Share},
};
use crate::{
    psql::Database,
    results::{Latency, Measurement},
};

/// Before the seconds that count there are so many in which connections prepare their statements: one, and another for each of
/// these.
const PREPARED_PER_SECOND: usize = 10_000;
/// Of requests that every connection replays, the first five runs are planned anew: so many seconds more until they are over.
pub const PLANNING_SECONDS: u64 = 3;
const MAX_COMPLAINTS: usize = 5;

/// `floor/pgbench NAME`: replays what was captured, each request as likely as the others, as prepared statements of the role of
/// the server. One answer is all statements of one request.
///
/// Among the figures, `statements` is how many these are on average, and `repeats` how often a connection replayed each of its
/// requests: with five or fewer, much of what was measured is their being planned.
pub async fn measure(
    name: &str,
    captured: &[Captured],
    share: Share,
    database: &Database,
    clients: u32,
    threads: u32,
    seconds: u64,
) -> anyhow::Result<Measurement> {
    let statements: usize = captured.iter().map(|one| one.statements.len()).sum();
    ensure!(statements > 0, "there is nothing to replay for {name}");
    let scripts = Scripts::new(captured, database).await?;
    let dir = TempDir::with_prefix("todo-bench-pgbench.")?;
    let mut command = pgbench(database)?;
    command.args(["--no-vacuum", "--protocol", "prepared", "--log", "--log-prefix"]).arg(dir.path().join(LOG));
    command.args(["--client", &clients.to_string(), "--jobs", &threads.min(clients).to_string()]);
    let planning = if share == Share::All { PLANNING_SECONDS } else { 0 };
    let warm_up = 1 + planning + (statements * clients as usize / PREPARED_PER_SECOND) as u64;
    command.args(["--time", &(seconds + warm_up).to_string()]);
    let path = dir.path().join("script.sql");
    fs::write(&path, scripts.together(clients, share))?;
    command.arg("--file").arg(path);
    command.args(scripts.defines());
    let output = command.output().await.context("pgbench cannot be started")?;
    let (said, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    // 2: some of its connections gave up.
    if !matches!(output.status.code(), Some(0 | 2)) {
        bail!("pgbench failed ({}): {}", output.status, errors.trim());
    }
    let mut complaints: Vec<String> =
        errors.lines().filter(|line| line.contains(" aborted in ")).map(str::to_owned).collect();
    let counted = read_log(dir.path(), seconds)?;
    if complaints.is_empty() && (counted.is_empty() || !output.status.success()) {
        complaints.push(format!("pgbench ended with {}: {}", output.status, errors.trim()));
    }
    let unexpected = failed_transactions(&said)? + complaints.len() as u64;
    let replayed = clients as usize * scripts.requests_each(clients, share);
    let milliseconds = |quantile: f64| counted.value_at_quantile(quantile) as f64 / 1000.0;
    Ok(Measurement {
        name: format!("floor/pgbench {name}"),
        clients,
        seconds: seconds as f64,
        answers: counted.len(),
        unexpected,
        complaints: complaints.into_iter().take(MAX_COMPLAINTS).collect(),
        per_second: counted.len() as f64 / seconds as f64,
        latency: Some(Latency { p50: milliseconds(0.5), p90: milliseconds(0.9), p99: milliseconds(0.99) }),
        usage: None,
        figures: BTreeMap::from([
            ("statements".to_owned(), statements as f64 / captured.len() as f64),
            ("repeats".to_owned(), counted.len() as f64 / replayed as f64),
        ]),
    })
}

/// The name that pgbench's logs of transactions begin with.
const LOG: &str = "transactions";

/// Those that were rolled back and not tried again.
fn failed_transactions(said: &str) -> anyhow::Result<u64> {
    let line = said.lines().find_map(|line| line.strip_prefix("number of failed transactions: "));
    let number =
        line.and_then(|rest| rest.split_whitespace().next()).context("pgbench has not said how many failed")?;
    number.parse().with_context(|| format!("pgbench has an unexpected number of failed transactions: {number}"))
}

/// How long the transactions took that ended in the last `seconds`, in microseconds.
fn read_log(dir: &Path, seconds: u64) -> anyhow::Result<Histogram<u64>> {
    let mut transactions = Vec::new();
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        // A log for each thread.
        if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(LOG)) {
            let text = fs::read_to_string(&path)?;
            for line in text.lines() {
                transactions.extend(Transaction::read(line)?);
            }
        }
    }
    let last = transactions.iter().map(|transaction| transaction.ended).max().unwrap_or(0);
    let begin = last.saturating_sub(seconds * 1_000_000);
    let mut durations = Histogram::new(3)?;
    for transaction in transactions.iter().filter(|transaction| transaction.ended > begin) {
        durations.record(transaction.took)?;
    }
    Ok(durations)
}

/// A line of the log; microseconds, the end since 1970.
#[derive(Debug, PartialEq)]
struct Transaction {
    took: u64,
    ended: u64,
}

impl Transaction {
    /// `client transaction took script seconds microseconds`; `took` is a word for those that failed.
    fn read(line: &str) -> anyhow::Result<Option<Self>> {
        let fields: Vec<&str> = line.split(' ').collect();
        let &[_, _, took, _, seconds, microseconds, ..] = fields.as_slice() else {
            bail!("pgbench's log has an unexpected line: {line}");
        };
        let Ok(took) = took.parse() else { return Ok(None) };
        Ok(Some(Self { took, ended: seconds.parse::<u64>()? * 1_000_000 + microseconds.parse::<u64>()? }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_failed_transactions_is_found() {
        let said = "number of transactions actually processed: 5012\nnumber of failed transactions: 3 (0.060%)\ntps = 2506.1\n";
        assert_eq!(failed_transactions(said).expect("a number"), 3);
        assert!(failed_transactions("pgbench (15.20)\n").is_err());
    }

    #[test]
    fn the_first_seconds_are_left_out() {
        let dir = TempDir::new().expect("a folder");
        let first = "0 1 900000 0 1795440000 100000\n0 2 200 0 1795440001 600000\n1 1 failed 0 1795440001 700000\n";
        fs::write(dir.path().join("transactions.17"), first).expect("written");
        fs::write(dir.path().join("transactions.17.1"), "2 1 300 1 1795440002 500000\n").expect("written");
        let durations = read_log(dir.path(), 1).expect("durations");
        assert_eq!((durations.len(), durations.min(), durations.max()), (2, 200, 300));
        assert!(Transaction::read("0 1 2").is_err());
    }
}
