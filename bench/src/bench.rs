//! One server with its data and its people, and how a load on it is measured.

use std::net::SocketAddr;

use anyhow::Context;
use reqwest::Client;

use crate::{
    connection,
    data::Person,
    expect::{Asked, verify},
    floors::pgbench::Pgbench,
    metrics::Remembered,
    pace::Pace,
    plan::Plan,
    request::Request,
    results::Measurement,
    run::Options,
    server::{Program, Server},
    wrk::{self, Check, Load, Outcome},
};

/// How many requests of each load are looked at closely before it.
const SAMPLE: usize = 24;
/// More requests that are all different than these are hardly answered in a second for each core: so many are made at first.
const FASTEST_PER_CORE: usize = 4000;
/// How many more requests are made than the warm-up lets expect.
const RESERVE: f64 = 3.0;
/// How much faster than the warm-up a load may be when there are not so many.
const FASTER: f64 = 1.5;
/// However few the warm-up lets expect.
const LEAST: usize = 500;

pub struct Bench<'a> {
    pub plan: &'a Plan,
    pub program: &'a Program,
    pub server: &'a Server,
    /// User 0 is the first.
    pub people: &'a [Person],
    pub pgbench: &'a Pgbench,
    /// Then it is measured too what does not depend on how many tasks there are.
    pub is_last_size: bool,
    pub client: Client,
    /// As [`wants`] has it.
    pub only: Option<&'a str>,
    pub measurements: Vec<Measurement>,
}

/// Where the requests of a load come from of which none is sent twice.
pub trait Source {
    /// So many further ones, as the data are now; fewer when there are no more.
    async fn requests(&mut self, count: usize) -> anyhow::Result<Vec<Asked>>;

    /// These were not sent, so they may come again.
    fn give_back(&mut self, _unsent: Vec<Asked>) {}
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

impl<'a> Bench<'a> {
    pub fn new(
        options: &'a Options,
        tasks: u64,
        program: &'a Program,
        server: &'a Server,
        people: &'a [Person],
        pgbench: &'a Pgbench,
    ) -> Self {
        Self {
            plan: &options.plan,
            program,
            server,
            people,
            pgbench,
            is_last_size: options.plan.sizes.last() == Some(&tasks),
            client: Client::new(),
            only: options.only.as_deref(),
            measurements: Vec::new(),
        }
    }

    pub fn wants(&self, name: &str) -> bool {
        wants(self.only, name)
    }

    /// What was measured in parts is joined.
    pub fn add(&mut self, measurement: Measurement) {
        let latency =
            measurement.latency.map(|latency| format!("p50 {:.2} ms, p99 {:.2} ms", latency.p50, latency.p99));
        eprintln!("  {:<44} {:>10.0}/s  {}", measurement.name, measurement.per_second, latency.unwrap_or_default());
        for complaint in &measurement.complaints {
            eprintln!("    unexpected: {complaint}");
        }
        match self.measurements.iter_mut().find(|other| other.name == measurement.name) {
            Some(parts_before) => parts_before.join(measurement),
            None => self.measurements.push(measurement),
        }
    }

    /// A load of requests that may come again and again.
    pub async fn again(
        &mut self,
        name: &str,
        asked: &[Asked],
        looks_at_each: bool,
        seconds: u64,
    ) -> anyhow::Result<()> {
        let step = asked.len().div_ceil(SAMPLE).max(1);
        let sample: Vec<Asked> = asked.iter().step_by(step).cloned().collect();
        let complaints = verify(&self.client, self.server, &sample).await?;
        let requests = requests_of(asked);
        let sizes = if looks_at_each { Vec::new() } else { connection::sizes(self.server.address, &requests).await? };
        let check = if looks_at_each { Check::Each } else { Check::Sizes(&sizes) };
        let load = self.repeated(&requests, check, seconds);
        self.warm_up(self.server.address, &load).await?;
        let (measurement, _) = self.measured(name, &load, complaints).await?;
        self.add(measurement);
        Ok(())
    }

    /// A load in two halves, with its floor before, between and after them: the machine is now faster and now slower.
    pub async fn between_floors(
        &mut self,
        name: &str,
        asked: &[Asked],
        looks_at_each: bool,
        floor: impl AsyncFn(&mut Self) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        for _ in 0..2 {
            floor(self).await?;
            if self.wants(name) {
                self.again(name, asked, looks_at_each, self.plan.half_seconds()).await?;
            }
        }
        floor(self).await
    }

    fn repeated<'l>(&self, requests: &'l [Request], check: Check<'l>, seconds: u64) -> Load<'l> {
        Load { requests, may_repeat: true, check, clients: self.plan.clients, seconds, pause_ms: 0.0 }
    }

    async fn warm_up(&self, address: SocketAddr, load: &Load<'_>) -> anyhow::Result<()> {
        let seconds = self.plan.warm_up_seconds;
        if seconds > 0 {
            wrk::run(address, &Load { seconds, ..*load }).await?;
        }
        Ok(())
    }

    /// A load of requests of which none comes twice.
    pub async fn once(
        &mut self,
        name: &str,
        pace: Pace,
        source: &mut impl Source,
    ) -> anyhow::Result<(Measurement, Written)> {
        let mut written = Written::default();
        let sample = source.requests(SAMPLE).await?;
        let mut complaints = verify(&self.client, self.server, &sample).await?;
        for asked in &sample {
            written.add_one(&asked.request);
        }
        let mut load = Load {
            requests: &[],
            may_repeat: false,
            check: Check::Each,
            clients: pace.clients,
            seconds: pace.warm_up_seconds,
            pause_ms: pace.pause_ms,
        };
        let (mut wrong, mut remembered) = (0, 0);
        let fastest = (cores() * FASTEST_PER_CORE) as f64;
        let mut expected = fastest / RESERVE;
        if load.seconds > 0 {
            let asked = source.requests(fastest as usize * usize::try_from(load.seconds)?).await?;
            let requests = requests_of(&asked);
            let warm_up = Load { requests: &requests, ..load };
            let before = self.remembered().await?;
            let outcome = wrk::run(self.server.address, &warm_up).await?;
            remembered = self.remembered().await?.hits_since(before);
            written.add(&outcome, &warm_up);
            let (wrong_in_warm_up, complaints_in_warm_up) = outcome.unexpected(&warm_up);
            wrong = wrong_in_warm_up;
            complaints.extend(complaints_in_warm_up);
            expected = outcome.per_second();
            source.give_back(outcome.unsent(asked));
        }
        let needed = (expected * RESERVE * self.plan.seconds as f64) as usize + LEAST;
        let asked = source.requests(needed).await?;
        let requests = requests_of(&asked);
        // A fast machine can ask for all lists that there are: rather shorter than the same ones again.
        let seconds = (requests.len() as f64 / (expected * FASTER)) as u64;
        load = Load { requests: &requests, seconds: seconds.clamp(1, self.plan.seconds), ..load };
        let before = self.remembered().await?;
        let (mut measurement, outcome) = self.measured(name, &load, complaints).await?;
        let after = self.remembered().await?;
        if requests.iter().any(|request| request.path.starts_with("/api/v1/tasks?")) && !after.looks_since(before) {
            measurement.unexpected += 1;
            measurement
                .complaints
                .push("the server does not tell whether it remembered lists (todo_cache_reads_total)".to_owned());
        }
        remembered += after.hits_since(before);
        measurement.unexpected += wrong;
        written.add(&outcome, &load);
        source.give_back(outcome.unsent(asked));
        if remembered > 0 {
            measurement.unexpected += remembered;
            measurement
                .complaints
                .push(format!("{remembered} lists were remembered answers: they were to be new ones"));
        }
        Ok((measurement, written))
    }

    /// How often the server has looked for a list among the answers that it remembers, as its metrics have it.
    async fn remembered(&self) -> anyhow::Result<Remembered> {
        let answer = self.client.get(format!("http://{}/metrics", self.server.address)).send().await?;
        Ok(Remembered::read(&answer.error_for_status()?.text().await?))
    }

    /// One load for its seconds, and what the server uses meanwhile; complaints of before count as unexpected too.
    pub async fn measured(
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

    /// As [`Self::again`] without looking at answers, but not of the server, and one part of it.
    pub async fn floor(&mut self, name: &str, address: SocketAddr, requests: &[Request]) -> anyhow::Result<()> {
        let sizes = connection::sizes(address, requests).await?;
        let load = self.repeated(requests, Check::Sizes(&sizes), self.plan.half_seconds());
        self.warm_up(address, &load).await?;
        let outcome = wrk::run(address, &load).await.with_context(|| name.to_owned())?;
        self.add(outcome.measurement(name, &load));
        Ok(())
    }
}

/// Whether a measurement's name holds one of these parts, which commas separate.
pub fn wants(only: Option<&str>, name: &str) -> bool {
    only.is_none_or(|parts| parts.split(',').any(|part| name.contains(part)))
}

pub fn requests_of(asked: &[Asked]) -> Vec<Request> {
    asked.iter().map(|asked| asked.request.clone()).collect()
}

pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wanted_is_named_in_part_and_by_several_names() {
        assert!(wants(None, "server/list 304"));
        assert!(wants(Some("list"), "server/list 304"));
        assert!(wants(Some("task,list 304"), "server/list 304"));
        assert!(!wants(Some("task,list hot"), "server/list 304"));
    }
}
