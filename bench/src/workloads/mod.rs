//! What is asked of the server.

mod durable;
mod lists;
mod mixed;
mod reads;
mod writes;

use anyhow::Context;

use crate::{
    bench::{Bench, Pace, cores},
    data,
    expect::Asked,
    results::Measurement,
};

use self::{
    durable::Durable,
    lists::{Kind, Varied},
    writes::{NewTasks, StatusChanges},
};

/// How many different tasks are read.
const TASKS: usize = 5000;
/// The share of the peak at which latency is looked at.
const LOAD_SHARE: f64 = 0.8;

/// The name of the same load at 80% of its peak.
pub fn at_80_percent(name: &str) -> String {
    format!("{name} at 80%")
}

/// Everything that is asked over HTTP.
pub async fn run(bench: &mut Bench<'_>) -> anyhow::Result<()> {
    reads(bench).await?;
    varied(bench).await?;
    writes(bench).await?;
    sign_ins(bench).await
}

async fn reads(bench: &mut Bench<'_>) -> anyhow::Result<()> {
    let clients = bench.plan.clients;
    if bench.wants("server/health") {
        bench.again("server/health", vec![reads::health()], false, clients).await?;
    }
    let user_0 = bench.people.first().context("nobody is signed in")?;
    if bench.wants("server/list hot") {
        let list = lists::of_a_project(user_0).context("user 0 has no project")?;
        bench.again("server/list hot", vec![list], false, clients).await?;
    }
    if bench.wants("server/list 304") {
        let unchanged = reads::unchanged_lists(&bench.client, bench.server, bench.people).await?;
        bench.again("server/list 304", unchanged, false, clients).await?;
    }
    if bench.wants("server/task") {
        let tasks = reads::tasks(bench.people).take(TASKS).collect();
        bench.again("server/task", tasks, true, clients).await?;
    }
    Ok(())
}

async fn varied(bench: &mut Bench<'_>) -> anyhow::Result<()> {
    for (name, kind) in [
        ("server/list varied", Kind::Filtered),
        ("server/search English", Kind::English),
        ("server/search Chinese", Kind::Chinese),
    ] {
        if !bench.wants(name) && !bench.wants(&at_80_percent(name)) {
            continue;
        }
        let mut lists = Varied::new(kind, bench.people);
        let mut next = async |count| Ok(lists.by_ref().take(count).collect());
        let (peak, _) = bench.once(name, bench.full_pace(), &mut next).await?;
        if matches!(kind, Kind::Filtered) && bench.wants(&at_80_percent(name)) {
            let (measurement, _) = bench.once(&at_80_percent(name), pace_below(&peak), &mut next).await?;
            bench.add(peak);
            bench.add(measurement);
        } else {
            bench.add(peak);
        }
    }
    // The same data at every size.
    let alone = Pace { clients: 1, pause_ms: 0.0 };
    for (name, kind) in [("server/list of one person", Kind::Filtered), ("server/search of one person", Kind::English)]
    {
        if bench.wants(name) {
            let mut lists = Varied::new(kind, &bench.people[..1]);
            let (mut measurement, _) =
                bench.once(name, alone, async |count| Ok(lists.by_ref().take(count).collect())).await?;
            measurement.figures.insert("ms_each".to_owned(), 1000.0 / measurement.per_second);
            bench.add(measurement);
        }
    }
    Ok(())
}

async fn writes(bench: &mut Bench<'_>) -> anyhow::Result<()> {
    let (server, people) = (bench.server, bench.people);
    if bench.wants("server/create") {
        let mut tasks = NewTasks::new(people);
        let next = async |count| Ok(tasks.by_ref().take(count).collect());
        durable_load(bench, "server/create", bench.full_pace(), next).await?;
    }
    let name = "server/status change";
    if bench.wants(name) || bench.wants(&at_80_percent(name)) {
        let mut next = async |count| -> anyhow::Result<Vec<Asked>> {
            Ok(StatusChanges::new(people, data::changeable(server, people).await?).take(count).collect())
        };
        with_80_percent(bench, name, &mut next).await?;
    }
    let name = "server/mixed";
    if bench.wants(name) || bench.wants(&at_80_percent(name)) {
        let mut mixed = mixed::Mixed::new(people);
        let client = bench.client.clone();
        let mut next = async |count| mixed.next(&client, server, count).await;
        with_80_percent(bench, name, &mut next).await?;
    }
    Ok(())
}

async fn with_80_percent(
    bench: &mut Bench<'_>,
    name: &str,
    next: &mut impl AsyncFnMut(usize) -> anyhow::Result<Vec<Asked>>,
) -> anyhow::Result<()> {
    durable_load(bench, name, bench.full_pace(), &mut *next).await?;
    let pace = bench.measurements.last().map(pace_below);
    if let Some(pace) = pace.filter(|_| bench.wants(&at_80_percent(name))) {
        durable_load(bench, &at_80_percent(name), pace, next).await?;
    }
    Ok(())
}

/// A load that writes, and whether all that was acknowledged is there afterwards.
async fn durable_load(
    bench: &mut Bench<'_>,
    name: &str,
    pace: Pace,
    next: impl AsyncFnMut(usize) -> anyhow::Result<Vec<Asked>>,
) -> anyhow::Result<()> {
    let durable = Durable::begin(bench.database).await?;
    let (mut measurement, written) = bench.once(name, pace, next).await?;
    durable.check(&written, &mut measurement).await?;
    bench.add(measurement);
    Ok(())
}

/// So many clients with so long pauses that they together ask at 80% of what was answered at full pace.
fn pace_below(peak: &Measurement) -> Pace {
    /// Longer than most answers take, so that what is offered hardly depends on how long they take.
    const CYCLE_SECONDS: f64 = 0.1;
    let per_second = peak.per_second * LOAD_SHARE;
    let clients = (per_second * CYCLE_SECONDS).ceil().clamp(16.0, 256.0);
    let answer_ms = peak.latency.map_or(0.0, |latency| latency.p50 / 2.0);
    Pace { clients: clients as u32, pause_ms: (clients * 1000.0 / per_second - answer_ms).max(1.0) }
}

async fn sign_ins(bench: &mut Bench<'_>) -> anyhow::Result<()> {
    let asked = reads::sign_ins(bench.people);
    if bench.wants("server/sign-in") {
        bench.again("server/sign-in", asked, true, u32::try_from(cores())?).await?;
    }
    Ok(())
}
