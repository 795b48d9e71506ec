//! One run, from empty databases to a report.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::Context;
use chrono::Utc;
use tempfile::TempDir;
use uuid::Uuid;

use crate::{
    bench::{self, Bench},
    data, machine, one_person,
    plan::{Plan, Profile},
    psql::Database,
    ratios,
    results::{Measurement, Report, SizeReport},
    scale,
    server::{Program, Server},
    services::Services,
    soak, sockets,
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
    let dir = TempDir::with_prefix("todo-bench-server.")?;
    let (mut programs, mut sizes) = (Vec::new(), Vec::new());
    for (place, tasks) in options.plan.sizes.iter().enumerate() {
        sizes.push(SizeReport { tasks: *tasks, measurements: Vec::new() });
        if scale::is_all(options.only.as_deref()) {
            continue;
        }
        let program = program(options, &services, (place, &format!("bench_{tasks}")), dir.path())?;
        eprintln!("{tasks} tasks: filling");
        data::fill(&program, &options.repository, *tasks, options.plan.people).await?;
        programs.push(program);
    }
    // First, while no load has written anything.
    if !programs.is_empty() {
        one_person::measure(options, &programs, &mut sizes).await.context("the lists of one person")?;
    }
    for (program, size) in programs.iter().zip(&mut sizes) {
        let measurements = run_size(options, program, size.tasks).await;
        size.measurements.extend(measurements.with_context(|| format!("{} tasks", size.tasks))?);
    }
    let scaled = program(options, &services, (programs.len(), "bench_scale"), dir.path())?;
    let only = options.only.as_deref();
    let measurements = scale::run(&scaled, &options.repository, &options.plan.scale, only).await;
    let last = sizes.last_mut().context("there is no size")?;
    last.measurements.extend(measurements.context("many people and many tasks")?);
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

async fn run_size(options: &Options, program: &Program, tasks: u64) -> anyhow::Result<Vec<Measurement>> {
    let plan = &options.plan;
    let (server, start) = measure_starts(program, plan.starts).await?;
    let people = data::sign_in(&server, &program.database, plan.people).await?;
    eprintln!("{tasks} tasks: {} people are signed in", people.len());
    let others = people.get(1..).context("nobody but user 0 is there")?;
    let mut lists = Lists::new(others);
    let pgbench = workloads::prepare_floors(program, &server, others, &options.repository).await;
    let pgbench = pgbench.context("the floors of pgbench")?;
    // It has not heard of what pgbench has written.
    server.stop().await?;
    let server = program.start().await?;
    let mut bench = Bench::new(options, tasks, program, &server, &people, &pgbench);
    if bench.wants(&start.name) {
        bench.add(start);
    }
    workloads::run(&mut bench, &mut lists).await?;
    // One half of a floor; the server does not hear of what pgbench writes, so another one goes on.
    bench.pgbench_writes().await?;
    let measurements = bench.measurements;
    server.stop().await?;
    let server = program.start().await?;
    let mut bench = Bench { measurements, ..Bench::new(options, tasks, program, &server, &people, &pgbench) };
    workloads::run_changes(&mut bench).await?;
    bench.pgbench_writes().await?;
    let mut measurements = bench.measurements;
    server.stop().await?;
    if plan.sizes.last() == Some(&tasks) && bench::wants(options.only.as_deref(), "server/sockets") {
        eprintln!("{tasks} tasks: sockets");
        measurements.extend(sockets::run(program, &people, &plan.sockets, plan.seconds).await?);
    }
    // Ten minutes: in the short profile only when they are asked for.
    let soak_is_wanted = match &options.only {
        Some(only) => bench::wants(Some(only), soak::NAME),
        None => plan.profile != Profile::Short,
    };
    if plan.sizes.last() == Some(&tasks) && soak_is_wanted {
        eprintln!("{tasks} tasks: soak");
        let compose = options.repository.join("docker-compose.yml");
        measurements.extend(soak::run(program, others, plan.soak_seconds, &compose).await?);
    }
    Ok(measurements)
}

/// Each database has a Redis of its own: ids and revisions are the same in all of one kind.
fn program(
    options: &Options,
    services: &Services,
    (place, name): (usize, &str),
    dir: &Path,
) -> anyhow::Result<Program> {
    let log_dir = dir.join(name);
    std::fs::create_dir(&log_dir)?;
    let services = Services { redis_url: format!("{}/{place}", services.redis_url), ..services.clone() };
    Ok(Program {
        path: options.program.clone(),
        database: Database::named(&services, name)?,
        log_dir,
        variables: Vec::new(),
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
