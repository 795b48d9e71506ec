//! One run, from empty databases to a report.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::Context;
use chrono::Utc;
use reqwest::Client;
use tempfile::TempDir;
use uuid::Uuid;

use crate::{
    bench::Bench,
    data, machine,
    plan::Plan,
    psql::Database,
    ratios,
    results::{Measurement, Report, SizeReport},
    server::{Program, Server},
    services::Services,
    sockets,
    workloads::{self, Lists},
};

/// After its start a server does nothing for so long before its memory is read.
const CALM: Duration = Duration::from_secs(2);

pub struct Options {
    pub plan: Plan,
    /// The `todo` that is measured.
    pub program: PathBuf,
    /// Where this project is checked out.
    pub repository: PathBuf,
    pub only: Option<String>,
}

pub async fn run(options: &Options) -> anyhow::Result<Report> {
    let services = Services::from_env()?;
    let (started_at, begun) = (Utc::now(), Instant::now());
    let mut sizes = Vec::new();
    for tasks in &options.plan.sizes {
        let measurements = run_size(options, &services, *tasks).await.with_context(|| format!("{tasks} tasks"))?;
        sizes.push(SizeReport { tasks: *tasks, measurements });
    }
    Ok(Report {
        started_at,
        seconds: begun.elapsed().as_secs_f64(),
        commit: machine::commit(&options.repository),
        profile: options.plan.profile.name().to_owned(),
        machine: machine::look(&services),
        ratios: ratios::of(&sizes),
        sizes,
    })
}

async fn run_size(options: &Options, services: &Services, tasks: u64) -> anyhow::Result<Vec<Measurement>> {
    let plan = &options.plan;
    let dir = TempDir::with_prefix("todo-bench-server.")?;
    let program = program(options, services, tasks, dir.path())?;
    eprintln!("{tasks} tasks: filling");
    data::fill(&program, &options.repository, tasks, plan.people).await?;
    let (server, start) = measure_starts(&program, plan.starts).await?;
    let people = data::sign_in(&server, &program.database, plan.people).await?;
    eprintln!("{tasks} tasks: {} people are signed in", people.len());
    let others = people.get(1..).context("nobody but user 0 is there")?;
    let mut lists = Lists::new(others);
    let sql = workloads::capture(&program, &server, &people, &mut lists).await.context("what the floors replay")?;
    let mut bench = Bench {
        plan,
        program: &program,
        server: &server,
        people: &people,
        sql: &sql,
        is_last_size: plan.sizes.last() == Some(&tasks),
        client: Client::new(),
        only: options.only.as_deref(),
        measurements: Vec::new(),
    };
    if bench.wants(&start.name) {
        bench.add(start);
    }
    workloads::run(&mut bench, &mut lists).await?;
    let has_sockets = bench.is_last_size && bench.wants("server/sockets");
    let mut measurements = bench.measurements;
    server.stop().await?;
    if has_sockets {
        eprintln!("{tasks} tasks: sockets");
        measurements.extend(sockets::run(&program, &people, &plan.sockets, plan.seconds).await?);
    }
    Ok(measurements)
}

fn program(options: &Options, services: &Services, tasks: u64, log_dir: &Path) -> anyhow::Result<Program> {
    Ok(Program {
        path: options.program.clone(),
        database: Database::named(services, &format!("bench_{tasks}"))?,
        log_dir: log_dir.to_owned(),
        secret: format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple()),
    })
}

/// `server/start`: from start to ready (the median of so many), and what the last one holds in memory when nobody asks.
async fn measure_starts(program: &Program, starts: usize) -> anyhow::Result<(Server, Measurement)> {
    let mut ready_ms = Vec::new();
    let server = loop {
        let server = program.start().await?;
        ready_ms.push(server.ready.as_secs_f64() * 1000.0);
        if ready_ms.len() >= starts {
            break server;
        }
        server.stop().await?;
    };
    ready_ms.sort_by(f64::total_cmp);
    let median = ready_ms.get(ready_ms.len() / 2).copied().context("no start was measured")?;
    tokio::time::sleep(CALM).await;
    let memory = server.memory()?;
    let figures = BTreeMap::from([
        ("ready_ms".to_owned(), median),
        ("idle_bytes".to_owned(), memory.resident as f64),
        ("idle_proportional_bytes".to_owned(), memory.proportional as f64),
    ]);
    let measurement = Measurement {
        name: "server/start".to_owned(),
        clients: 1,
        seconds: ready_ms.iter().sum::<f64>() / 1000.0,
        answers: ready_ms.len() as u64,
        unexpected: 0,
        complaints: Vec::new(),
        per_second: 1000.0 / median,
        latency: None,
        usage: None,
        figures,
    };
    Ok((server, measurement))
}
