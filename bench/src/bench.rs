//! One server with its data and its people, and how a load on it is measured.

use anyhow::Context;
use reqwest::Client;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{
    data::Person,
    expect::{Asked, verify},
    plan::Plan,
    psql::Database,
    request::Request,
    results::Measurement,
    server::Server,
    wrk::{self, Check, Load, Outcome},
};

/// How many requests of each load are looked at closely before it.
const SAMPLE: usize = 24;
/// More requests than these a second and core are hardly answered; so many are made for the warm-up.
const FASTEST_PER_CORE: usize = 4000;
/// How many more requests are made than the warm-up lets expect.
const RESERVE: f64 = 2.0;

pub struct Bench<'a> {
    pub plan: &'a Plan,
    pub server: &'a Server,
    pub database: &'a Database,
    pub people: &'a [Person],
    pub client: Client,
    /// Only measurements whose name holds this.
    pub only: Option<&'a str>,
    pub measurements: Vec<Measurement>,
}

/// How many ask, and how.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    pub clients: u32,
    /// The mean pause of a client before each request.
    pub pause_ms: f64,
}

/// How many writes a load has made, with its warm-up and its sample.
#[derive(Debug, Default)]
pub struct Written {
    pub created: Count,
    pub changed: Count,
}

#[derive(Debug, Default, Clone, Copy)]
pub struct Count {
    /// So many were acknowledged.
    pub least: u64,
    /// So many were asked for: the last ones' answers were not waited for.
    pub most: u64,
}

impl Written {
    fn add(&mut self, outcome: &Outcome, load: &Load<'_>) {
        self.created.least += outcome.answered(201);
        self.created.most += outcome.count_sent(load, |request| request.expected == 201);
        // Reads are answered with 200 too; those 200s that cannot be theirs are of changes.
        let reads = outcome.count_sent(load, |request| request.expected == 200 && request.method == "GET");
        self.changed.least += outcome.answered(200).saturating_sub(reads);
        self.changed.most += outcome.count_sent(load, |request| request.method == "PATCH");
    }

    fn add_one(&mut self, request: &Request) {
        let count = match request.method {
            "PATCH" => &mut self.changed,
            "POST" => &mut self.created,
            _ => return,
        };
        count.least += 1;
        count.most += 1;
    }
}

impl Bench<'_> {
    /// Each client asks again as soon as it has its answer.
    pub fn full_pace(&self) -> Pace {
        Pace { clients: self.plan.clients, pause_ms: 0.0 }
    }

    pub fn wants(&self, name: &str) -> bool {
        self.only.is_none_or(|part| name.contains(part))
    }

    pub fn add(&mut self, measurement: Measurement) {
        let latency =
            measurement.latency.map(|latency| format!("p50 {:.2} ms, p99 {:.2} ms", latency.p50, latency.p99));
        eprintln!("  {:<44} {:>10.0}/s  {}", measurement.name, measurement.per_second, latency.unwrap_or_default());
        for complaint in &measurement.complaints {
            eprintln!("    unexpected: {complaint}");
        }
        self.measurements.push(measurement);
    }

    /// A load of requests that may come again and again.
    pub async fn again(
        &mut self,
        name: &str,
        asked: Vec<Asked>,
        looks_at_each: bool,
        clients: u32,
    ) -> anyhow::Result<()> {
        let step = asked.len().div_ceil(SAMPLE).max(1);
        let sample: Vec<Asked> = asked.iter().step_by(step).cloned().collect();
        let mut complaints = verify(&self.client, self.server, &sample).await?;
        let requests: Vec<Request> = asked.into_iter().map(|asked| asked.request).collect();
        let check = if looks_at_each {
            Check::Each
        } else {
            let sizes = self.sizes(&requests).await?;
            let size = *sizes.first().context("there are no requests")?;
            if sizes.iter().any(|other| *other != size) {
                complaints.push(format!("answers that were to have the same size have {sizes:?} bytes"));
            }
            Check::Size(size)
        };
        let warm_up = Load {
            requests: &requests,
            may_repeat: true,
            check,
            clients,
            seconds: self.plan.warm_up_seconds,
            pause_ms: 0.0,
        };
        wrk::run(self.server.address, &warm_up).await?;
        let (measurement, _) = self.measured(name, &Load { seconds: self.plan.seconds, ..warm_up }, complaints).await?;
        self.add(measurement);
        Ok(())
    }

    /// A load of requests of which none comes twice; `next` makes that many further ones, each time as the data are then.
    pub async fn once(
        &mut self,
        name: &str,
        pace: Pace,
        mut next: impl AsyncFnMut(usize) -> anyhow::Result<Vec<Asked>>,
    ) -> anyhow::Result<(Measurement, Written)> {
        let mut written = Written::default();
        let sample = next(SAMPLE).await?;
        let complaints = verify(&self.client, self.server, &sample).await?;
        for asked in &sample {
            written.add_one(&asked.request);
        }
        let guess = cores() * FASTEST_PER_CORE * usize::try_from(self.plan.warm_up_seconds)?;
        let requests = requests_of(next(guess).await?);
        let mut load = Load {
            requests: &requests,
            may_repeat: false,
            check: Check::Each,
            clients: pace.clients,
            seconds: self.plan.warm_up_seconds,
            pause_ms: pace.pause_ms,
        };
        let warm_up = wrk::run(self.server.address, &load).await?;
        written.add(&warm_up, &load);
        let (wrong, mut wrong_in_warm_up) = warm_up.unexpected(&load);
        let needed = (warm_up.per_second() * RESERVE * self.plan.seconds as f64) as usize + FASTEST_PER_CORE;
        let requests = requests_of(next(needed).await?);
        load = Load { requests: &requests, seconds: self.plan.seconds, ..load };
        wrong_in_warm_up.extend(complaints);
        let (mut measurement, outcome) = self.measured(name, &load, wrong_in_warm_up).await?;
        measurement.unexpected += wrong;
        written.add(&outcome, &load);
        Ok((measurement, written))
    }

    async fn measured(
        &self,
        name: &str,
        load: &Load<'_>,
        complaints: Vec<String>,
    ) -> anyhow::Result<(Measurement, Outcome)> {
        let watch = self.server.watch()?;
        let outcome = wrk::run(self.server.address, load).await.with_context(|| name.to_owned())?;
        let mut measurement = outcome.measurement(name, load);
        measurement.usage = Some(watch.usage()?);
        measurement.unexpected += complaints.len() as u64;
        measurement.complaints.extend(complaints);
        Ok((measurement, outcome))
    }

    /// How many bytes the answer to each has, with its head.
    async fn sizes(&self, requests: &[Request]) -> anyhow::Result<Vec<u64>> {
        let mut stream = TcpStream::connect(self.server.address).await?;
        let mut sizes = Vec::new();
        for request in requests {
            stream.write_all(request.to_http(self.server.address).as_bytes()).await?;
            sizes.push(read_answer(&mut stream).await?);
        }
        Ok(sizes)
    }
}

async fn read_answer(stream: &mut TcpStream) -> anyhow::Result<u64> {
    let mut answer = Vec::new();
    let mut whole = None;
    while whole.is_none_or(|whole| answer.len() < whole) {
        if stream.read_buf(&mut answer).await? == 0 {
            anyhow::bail!("the server has closed the connection");
        }
        if whole.is_none() {
            whole = length_of(&answer)?;
        }
    }
    Ok(answer.len() as u64)
}

/// Of the answer that begins so, once its head is complete.
fn length_of(answer: &[u8]) -> anyhow::Result<Option<usize>> {
    let Some(end) = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n") else { return Ok(None) };
    let head = std::str::from_utf8(&answer[..end])?;
    let mut headers = head.lines().filter_map(|line| line.split_once(':'));
    let body = headers.find(|(name, _)| name.eq_ignore_ascii_case("content-length")).map(|(_, value)| value.trim());
    Ok(Some(end + 4 + body.map_or(Ok(0), str::parse)?))
}

fn requests_of(asked: Vec<Asked>) -> Vec<Request> {
    asked.into_iter().map(|asked| asked.request).collect()
}

pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_has_a_head_and_as_much_body_as_that_says() {
        assert_eq!(length_of(b"HTTP/1.1 200 OK\r\nContent-Le").expect("readable"), None);
        assert_eq!(length_of(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n").expect("readable"), Some(40));
        assert_eq!(length_of(b"HTTP/1.1 304 Not Modified\r\n\r\n").expect("readable"), Some(29));
    }
}
