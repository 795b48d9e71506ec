//! pgbench: what PostgreSQL does when nobody stands before it. What the server reads is replayed with the server's own statements
//! (`database/explain/lists.snap`, which a unit test holds to them); what it writes with scripts of `bench/sql`, which write the same rows.

use std::{collections::BTreeMap, path::Path};

use anyhow::{Context, bail, ensure};
use reqwest::Url;
use tempfile::TempDir;
use tokio::process::Command;

use crate::{bench::cores, data, process::leashed, psql::Database, results::Measurement};

/// Of many statements, PostgreSQL plans the first five runs on each connection anew: so many seconds until they are over.
pub const PLANNING_SECONDS: u64 = 3;

const VALUES: &str = include_str!("../../sql/values.sql");
const LIST: &str = include_str!("../../sql/list.sql");
const TASK: &str = include_str!("../../sql/task.sql");
const STATUS_CHANGE: &str = include_str!("../../sql/status_change.sql");
const CREATE: &str = include_str!("../../sql/create.sql");
/// What a write leaves rows in; elsewhere something may happen in the background.
const WRITTEN: &str = "tasks,task_search,task_tags,topics,events,notifications,deliveries,digest_items";

/// What pgbench runs, as likely as its weight says.
pub struct Script {
    pub text: String,
    pub weight: u32,
}

/// How long pgbench runs, before it counts and while it does.
#[derive(Debug, Clone, Copy)]
pub struct Seconds {
    pub warm_up: u64,
    pub counted: u64,
}

/// pgbench on one database.
pub struct Pgbench {
    database: Database,
    /// The server's statements of reads, by name.
    reads: BTreeMap<String, String>,
    /// How many rows there are to ask for, by the variable that says so.
    counts: BTreeMap<&'static str, u64>,
}

impl Pgbench {
    /// Writes into the database what is to be asked for: things of the first `people` users but user 0.
    pub async fn prepare(database: &Database, repository: &Path, people: u32) -> anyhow::Result<Self> {
        database.query(VALUES, &[("people", &people.to_string())]).await.context("what pgbench asks for")?;
        let mut counts = BTreeMap::new();
        for (variable, table) in [("lists", "bench_lists"), ("tasks", "bench_tasks"), ("changes", "bench_changes")] {
            let count = one(database.query(&format!("SELECT count(*) FROM {table}"), &[]).await?)?.parse()?;
            ensure!(count > 0, "{table} is empty");
            counts.insert(variable, count);
        }
        let path = repository.join("database/explain/lists.snap");
        let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        // As everybody in `fill.sql` has it; the reader's time zone stands in the statement.
        let text = text.replace("'UTC'", "'Europe/Berlin'");
        Ok(Self { database: database.clone(), reads: statements(&text), counts })
    }

    fn statement(&self, name: &str) -> anyhow::Result<&str> {
        self.reads.get(name).map(String::as_str).with_context(|| format!("lists.snap has no statement {name:?}"))
    }

    /// A list of somebody who is drawn by lot; `arguments` stand in the place of `$1`….
    pub fn list(&self, name: &str, arguments: &[&str], weight: u32) -> anyhow::Result<Script> {
        let statement = with_arguments(self.statement(name)?, arguments)?;
        Ok(Script { text: format!("{LIST}{statement};\n"), weight })
    }

    pub fn task(&self) -> anyhow::Result<Script> {
        let statement = with_arguments(self.statement("task")?, &[":user", ":task"])?;
        Ok(Script { text: format!("{TASK}{statement};\n"), weight: 1 })
    }

    pub fn status_change() -> Script {
        Script { text: STATUS_CHANGE.to_owned(), weight: 1 }
    }

    /// In so many projects.
    pub fn create(projects: usize) -> Script {
        Script { text: format!("\\set projects {projects}\n{CREATE}"), weight: 1 }
    }

    /// The ids that a statement of `lists.snap` finds, in order, when this person asks for this project.
    pub async fn ids(
        &self,
        name: &str,
        arguments: &[&str],
        person: (&str, &str),
        limit: usize,
    ) -> anyhow::Result<Vec<String>> {
        let statement = self.statement(name)?;
        let values = arguments.iter().map(|text| match text.strip_prefix(':') {
            Some(variable) => format!(":'{variable}'"),
            None => (*text).to_owned(),
        });
        let values = values.collect::<Vec<_>>().join(", ");
        let sql = format!("PREPARE list AS {statement};\nEXECUTE list({values});\n");
        let limit = limit.to_string();
        let rows = self.database.query(&sql, &[("user", person.0), ("project", person.1), ("limit", &limit)]).await?;
        Ok(rows.iter().filter_map(|row| row.split('\t').next()).map(str::to_owned).collect())
    }

    /// `floor/pgbench NAME`: so many clients run these scripts as prepared statements of the server's role. An answer is a run of one.
    /// Latencies are not told: pgbench says only their mean (`mean_ms`).
    pub async fn measure(
        &self,
        name: &str,
        scripts: &[Script],
        clients: u32,
        seconds: Seconds,
    ) -> anyhow::Result<Measurement> {
        // What happens in the last second is not always told.
        let time = (seconds.warm_up + seconds.counted + 1).to_string();
        let said = self.run(scripts, clients, &["--progress", "1", "--time", &time]).await;
        let said = said.with_context(|| format!("pgbench {name}"))?;
        let found = progress(&said.progress, seconds);
        let mut complaints = said.complaints;
        if found.is_none() {
            complaints.push("pgbench has done nothing".to_owned());
        }
        let none = Progress { per_second: 0.0, mean_ms: 0.0, counted: seconds.counted as f64 };
        let Progress { per_second, mean_ms, counted } = found.unwrap_or(none);
        Ok(Measurement {
            name: format!("floor/pgbench {name}"),
            clients,
            seconds: counted,
            answers: (per_second * counted) as u64,
            unexpected: complaints.len() as u64,
            complaints,
            per_second,
            latency: None,
            usage: None,
            figures: BTreeMap::from([("mean_ms".to_owned(), mean_ms)]),
        })
    }

    async fn run(&self, scripts: &[Script], clients: u32, arguments: &[&str]) -> anyhow::Result<Said> {
        let dir = TempDir::with_prefix("todo-bench-pgbench.")?;
        let mut command = self.command()?;
        command.args(["--no-vacuum", "--protocol", "prepared", "--client", &clients.to_string()]).args(arguments);
        command.args(["--jobs", &u32::try_from(cores())?.min(clients).to_string(), "--define=turn=0"]);
        command.arg(format!("--define=clients={clients}"));
        command.args(self.counts.iter().map(|(variable, count)| format!("--define={variable}={count}")));
        for (place, script) in scripts.iter().enumerate() {
            let path = dir.path().join(format!("{place}.sql"));
            std::fs::write(&path, &script.text)?;
            command.arg("--file").arg(format!("{}@{}", path.display(), script.weight));
        }
        let output = command.output().await.context("pgbench cannot be started")?;
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        // 2: some of its connections gave up.
        if !matches!(output.status.code(), Some(0 | 2)) {
            bail!("{}: {}", output.status, errors.trim());
        }
        let complaints = errors.lines().filter(|line| line.contains("error:")).map(str::to_owned).collect();
        Ok(Said { progress: errors, complaints })
    }

    /// It connects as the server does. The password is not among the arguments, which everybody on the machine sees.
    fn command(&self) -> anyhow::Result<Command> {
        let url = Url::parse(&self.database.url).context("the URL of the database cannot be read")?;
        let mut command = leashed(self.database.services.postgres_bin.join("pgbench"));
        command.env("PGHOST", url.host_str().context("the URL of the database has no host")?);
        command.env("PGPORT", url.port().unwrap_or(5432).to_string());
        command.env("PGPASSWORD", url.password().unwrap_or_default());
        command.env("PGUSER", url.username()).env("PGDATABASE", url.path().trim_start_matches('/'));
        Ok(command)
    }

    /// One run of the script by one client.
    pub async fn run_once(&self, script: Script) -> anyhow::Result<()> {
        let said = self.run(&[script], 1, &["--transactions", "1"]).await?;
        ensure!(said.complaints.is_empty(), "pgbench: {}", said.complaints.join("; "));
        Ok(())
    }

    /// How many rows of each table `write` leaves, as far as it is one of [`WRITTEN`].
    pub async fn rows_of(&self, write: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<Vec<String>> {
        let begin = one(self.database.query("SELECT pg_current_xact_id()", &[]).await?)?;
        write.await?;
        data::told(&self.database).await?;
        let counted = "SELECT name || ': ' || (xpath('/row/n/text()', query_to_xml(
                format('SELECT count(*) AS n FROM %I WHERE age(xmin) < age(%L::xid)', name, :'begin'), false, true, '')))[1]
            FROM string_to_table(:'tables', ',') AS name";
        let mut rows = self.database.query(counted, &[("begin", &begin), ("tables", WRITTEN)]).await?;
        rows.retain(|row| !row.ends_with(": 0"));
        ensure!(!rows.is_empty(), "nothing was written");
        Ok(rows)
    }
}

/// What pgbench has written.
struct Said {
    progress: String,
    complaints: Vec<String>,
}

#[derive(Debug, PartialEq)]
struct Progress {
    per_second: f64,
    mean_ms: f64,
    /// Seconds.
    counted: f64,
}

/// Of the seconds after the warm-up. A line is `progress: 2.0 s, 7340.5 tps, lat 2.175 ms stddev 1.0, 0 failed`.
fn progress(said: &str, seconds: Seconds) -> Option<Progress> {
    let lines = said.lines().filter_map(|line| {
        let words: Vec<&str> = line.strip_prefix("progress: ")?.split(' ').collect();
        let number = |place: usize| words.get(place)?.parse::<f64>().ok();
        Some((number(0)?, number(2)?, number(5)?))
    });
    let (mut last, mut runs, mut sum, mut counted) = (0.0, 0.0, 0.0, 0.0);
    for (at, per_second, mean_ms) in lines {
        let took = at - last;
        last = at;
        // A disk that stalls can take a whole second: then the next one counts too.
        if at > seconds.warm_up as f64 + 0.5 && (counted < seconds.counted as f64 || runs == 0.0) {
            counted += took;
            runs += per_second * took;
            // Without any run, the mean is not a number.
            sum += if per_second > 0.0 { per_second * took * mean_ms } else { 0.0 };
        }
    }
    (runs > 0.0).then(|| Progress { per_second: runs / counted, mean_ms: sum / runs, counted })
}

/// By their names: `-- name`, and the statement in the line after it.
fn statements(text: &str) -> BTreeMap<String, String> {
    let lines: Vec<&str> = text.lines().collect();
    let pairs = lines.windows(2).filter_map(|pair| Some((pair[0].strip_prefix("-- ")?.to_owned(), pair[1].to_owned())));
    pairs.collect()
}

/// Puts what belongs there into the place of every `$n`.
fn with_arguments(statement: &str, arguments: &[&str]) -> anyhow::Result<String> {
    let mut parts = statement.split('$');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.chars().take_while(char::is_ascii_digit).count();
        let (number, rest) = part.split_at(digits);
        let place = number.parse::<usize>().with_context(|| format!("not a parameter: ${part}"))?;
        let value = place.checked_sub(1).and_then(|index| arguments.get(index));
        text += value.with_context(|| format!("nothing stands for ${number}"))?;
        text += rest;
    }
    Ok(text)
}

fn one(rows: Vec<String>) -> anyhow::Result<String> {
    rows.into_iter().next().context("PostgreSQL has answered with nothing")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_warm_up_is_left_out() {
        let said = "pgbench (15.14)\nprogress: 1.0 s, 100.0 tps, lat 9.000 ms stddev 1.0, 0 failed\n\
            progress: 2.0 s, 200.0 tps, lat 4.000 ms stddev 1.0, 0 failed\nprogress: 3.0 s, 400.0 tps, lat 1.000 ms stddev 1.0, 0 failed\n\
            progress: 4.0 s, 900.0 tps, lat 1.000 ms stddev 1.0, 0 failed\n";
        let found = progress(said, Seconds { warm_up: 1, counted: 2 });
        assert_eq!(found, Some(Progress { per_second: 300.0, mean_ms: 2.0, counted: 2.0 }));
        assert_eq!(progress(said, Seconds { warm_up: 9, counted: 2 }), None);
        let stalled = "progress: 1.0 s, 0.0 tps, lat NaN ms stddev NaN, 0 failed\nprogress: 2.0 s, 50.0 tps, lat 3.000 ms stddev 1.0, 0 failed\n";
        let found = progress(stalled, Seconds { warm_up: 0, counted: 1 });
        assert_eq!(found, Some(Progress { per_second: 25.0, mean_ms: 3.0, counted: 2.0 }));
    }

    #[test]
    fn statements_have_names_and_get_arguments() {
        let known =
            statements("---\nsource: x\n---\n-- task\nSELECT $2, $1::uuid WHERE a = $2\n\n-- other\nSELECT 1\n");
        assert_eq!(known["other"], "SELECT 1");
        let text = with_arguments(&known["task"], &[":a", "now()"]).expect("a statement");
        assert_eq!(text, "SELECT now(), :a::uuid WHERE a = now()");
        assert!(with_arguments("SELECT $2", &[":a"]).is_err());
    }
}
