//! Redis alone: how often it gives a value of the size of a list.

use std::{collections::BTreeMap, process::Stdio};

use anyhow::{Context, bail};
use reqwest::Url;
use tokio::io::AsyncWriteExt;
use uuid::Uuid;

use crate::{process::leashed, results::Measurement};

const KEY: &str = "bench:floor";
/// A user of Redis that may read that key and nothing else: redis-benchmark takes a password only where everybody on the
/// machine sees it, so it gets one that is worth nothing.
const USER: &str = "bench-floor";
/// So many are asked to find out how many make up the time.
const TRIAL: u64 = 20_000;

/// `floor/redis get`: redis-benchmark asks for one value of these bytes, one request at a time on each connection. It says
/// p95 instead of p90, so its latencies are among the figures (`p50_ms`, `p95_ms`, `p99_ms`).
pub async fn measure(redis_url: &str, body: &[u8], clients: u32, seconds: u64) -> anyhow::Result<Measurement> {
    let redis = Redis::new(redis_url)?;
    redis.command(&["-x", "SET", KEY], body).await?;
    let password = Uuid::new_v4().simple().to_string();
    let rights = format!(">{password}");
    redis
        .command(&["ACL", "SETUSER", USER, "reset", "on", &rights, &format!("~{KEY}"), "+get", "+config|get"], b"")
        .await?;
    let measured = drive(&redis, &password, clients, seconds).await;
    let length = redis.command(&["STRLEN", KEY], b"").await?;
    redis.command(&["ACL", "DELUSER", USER], b"").await?;
    redis.command(&["DEL", KEY], b"").await?;
    let (requests, row) = measured?;
    if length.trim() != body.len().to_string() {
        bail!("Redis has not kept the value of {} bytes: it has {} of them", body.len(), length.trim());
    }
    Ok(Measurement {
        name: "floor/redis get".to_owned(),
        clients,
        seconds: requests as f64 / row.per_second,
        answers: requests,
        unexpected: 0,
        complaints: Vec::new(),
        per_second: row.per_second,
        latency: None,
        usage: None,
        figures: BTreeMap::from([
            ("p50_ms".to_owned(), row.p50),
            ("p95_ms".to_owned(), row.p95),
            ("p99_ms".to_owned(), row.p99),
        ]),
    })
}

/// First a trial, since redis-benchmark knows only how many requests it is to send, not for how long.
async fn drive(redis: &Redis, password: &str, clients: u32, seconds: u64) -> anyhow::Result<(u64, Row)> {
    let trial = redis.benchmark(password, clients, TRIAL).await?;
    let requests = (trial.per_second * seconds as f64).max(1.0) as u64;
    Ok((requests, redis.benchmark(password, clients, requests).await?))
}

struct Redis {
    host: String,
    port: String,
    user: String,
    password: String,
}

impl Redis {
    fn new(url: &str) -> anyhow::Result<Self> {
        let url = Url::parse(url).context("REDIS_URL is not a URL")?;
        let user = if url.username().is_empty() { "default" } else { url.username() };
        Ok(Self {
            host: url.host_str().context("REDIS_URL has no host")?.to_owned(),
            port: url.port().unwrap_or(6379).to_string(),
            user: user.to_owned(),
            password: url.password().unwrap_or_default().to_owned(),
        })
    }

    /// Runs a command, with `input` as the last argument when `-x` is the first one.
    async fn command(&self, arguments: &[&str], input: &[u8]) -> anyhow::Result<String> {
        let mut command = leashed("redis-cli");
        command.args(["-h", &self.host, "-p", &self.port, "--user", &self.user, "--no-auth-warning", "-e"]);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // Not among the arguments, which everybody on the machine sees.
        command.env("REDISCLI_AUTH", &self.password);
        let mut child = command.spawn().context("redis-cli cannot be started: run scripts/ensure.sh redis")?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(input).await.context("redis-cli does not read its input")?;
        }
        let output = child.wait_with_output().await?;
        if !output.status.success() {
            bail!("redis-cli {} failed: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr).trim());
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    async fn benchmark(&self, password: &str, clients: u32, requests: u64) -> anyhow::Result<Row> {
        let mut command = leashed("redis-benchmark");
        command.args(["-h", &self.host, "-p", &self.port, "--user", USER, "-a", password, "--csv"]);
        command.args(["-c", &clients.to_string(), "-n", &requests.to_string(), "GET", KEY]);
        parse(&super::run("redis-benchmark", &mut command).await?)
    }
}

/// What redis-benchmark says of one test; milliseconds.
#[derive(Debug, PartialEq)]
struct Row {
    per_second: f64,
    p50: f64,
    p95: f64,
    p99: f64,
}

/// The output of `redis-benchmark --csv`: a line of names and a line of values.
fn parse(csv: &str) -> anyhow::Result<Row> {
    let mut lines = csv.lines().filter(|line| line.starts_with('"'));
    let names = fields(lines.next().context("redis-benchmark has written nothing")?);
    let values = fields(lines.next().context("redis-benchmark has written no figures")?);
    let value = |name: &str| {
        let index = names.iter().position(|field| *field == name);
        let text =
            index.and_then(|index| values.get(index)).with_context(|| format!("redis-benchmark has no {name}"))?;
        text.parse::<f64>().with_context(|| format!("{name} of redis-benchmark is not a number: {text}"))
    };
    Ok(Row {
        per_second: value("rps")?,
        p50: value("p50_latency_ms")?,
        p95: value("p95_latency_ms")?,
        p99: value("p99_latency_ms")?,
    })
}

fn fields(line: &str) -> Vec<&str> {
    line.trim_matches('"').split("\",\"").collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_found_by_their_names() {
        let csv = "WARNING: something\n\"test\",\"rps\",\"avg_latency_ms\",\"min_latency_ms\",\"p50_latency_ms\",\"p95_latency_ms\",\"p99_latency_ms\",\"max_latency_ms\"\n\
                   \"get foo\",\"65573.77\",\"0.042\",\"0.016\",\"0.039\",\"0.079\",\"0.119\",\"1.199\"\n";
        let expected = Row { per_second: 65573.77, p50: 0.039, p95: 0.079, p99: 0.119 };
        assert_eq!(parse(csv).expect("a row"), expected);
    }

    #[test]
    fn no_figures_are_an_error() {
        assert!(parse("").is_err());
        assert!(parse("\"test\",\"rps\"\n\"get foo\",\"nan?\"\n").is_err());
    }
}
