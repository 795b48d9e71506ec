//! What is asked of the server.

mod durable;
mod lists;
mod mixed;
mod reads;
mod shapes;
mod words;
mod writes;

use std::{path::Path, time::Duration};

use anyhow::{Context, ensure};
use reqwest::Client;

use crate::{
    bench::{Bench, Source, cores, requests_of},
    data::{self, Person},
    expect::{self, Asked},
    floors::pgbench::Pgbench,
    pace::Pace,
    request::Request,
    server::{Program, Server},
    wrk::{self, Check, Load},
};

use self::{
    durable::Durable,
    mixed::Mixed,
    writes::{CurrentChanges, NewTasks, NewTasksOfFew},
};
pub use self::{
    lists::{Kind, Lists, Varied},
    shapes::{SHAPES, TURN},
};

/// How many different tasks are read.
const TASKS: usize = 5000;
/// So many tasks of a list are compared with what pgbench finds.
const COMPARED: usize = 40;
/// In a second.
const LISTS_BESIDE_SIGN_INS: usize = 100;

/// New tasks with tags in few projects, by many at once: the load, and in how many.
pub const CREATES: [(&str, usize); 2] = [("create in four projects", 4), ("create in one project", 1)];
pub const CREATING: u32 = 32;

/// The name of the same load at 80% of its peak.
pub fn at_80_percent(name: &str) -> String {
    format!("{name} at 80%")
}

/// Everything that is asked over HTTP but changes of status, and the floors beside it.
pub async fn run<'a>(bench: &mut Bench<'a>, lists: &mut Lists<'a>) -> anyhow::Result<()> {
    reads(bench).await?;
    varied(bench, lists).await?;
    let (server, people) = (bench.server, others(bench)?);
    if bench.wants("server/create") {
        durable_load(bench, "server/create", Pace::full(bench.plan), &mut NewTasks::new(people)).await?;
    }
    let mut mixed = Mixed::new(bench.client.clone(), server, people, lists);
    with_80_percent(bench, "server/mixed", &mut mixed).await?;
    sign_ins(bench, lists).await
}

/// What pgbench writes too.
pub async fn run_changes(bench: &mut Bench<'_>) -> anyhow::Result<()> {
    let people = others(bench)?;
    let mut changes = CurrentChanges { server: bench.server, people };
    with_80_percent(bench, "server/status change", &mut changes).await?;
    for (name, projects) in CREATES {
        let name = format!("server/{name}");
        if bench.wants(&name) {
            let pace = Pace { clients: CREATING, ..Pace::full(bench.plan) };
            durable_load(bench, &name, pace, &mut NewTasksOfFew::new(people, projects)?).await?;
        }
    }
    Ok(())
}

/// All but user 0.
fn others<'a>(bench: &Bench<'a>) -> anyhow::Result<&'a [Person]> {
    bench.people.get(1..).context("nobody but user 0 is there")
}

/// What pgbench asks for, which must be what the server asks for.
pub async fn prepare_floors(
    program: &Program,
    server: &Server,
    people: &[Person],
    repository: &Path,
) -> anyhow::Result<Pgbench> {
    let pgbench = Pgbench::prepare(&program.database, repository, u32::try_from(people.len())?).await?;
    let client = Client::new();
    let person = people.first().context("nobody is signed in")?;
    let project = person.projects.iter().find(|project| project.member_count > 1).context("nothing is shared")?.id;
    for shape in &SHAPES {
        let asked = lists::of_shape(shape, person, project, COMPARED);
        let (_, body) = expect::send(&client, server, &asked.request).await?;
        let ids = (person.id.to_string(), project.to_string());
        let found = pgbench.ids(shape.statement, shape.arguments, (&ids.0, &ids.1), COMPARED).await?;
        ensure!(expect::ids_of(&body)? == found, "pgbench does not find what the server does: {}", shape.statement);
    }
    let change = writes::changes_of_few(server, people).await?.next().context("there is no task to change")?;
    let create = NewTasksOfFew::new(people, 1)?.next().context("there is no task to make")?;
    for (asked, script) in [(change, Pgbench::status_change()), (create, Pgbench::create(1))] {
        let sent = async { expect::send(&client, server, &asked.request).await.map(|_| ()) };
        let by_server = pgbench.rows_of(sent).await?;
        let by_pgbench = pgbench.rows_of(pgbench.run_once(script)).await?;
        ensure!(by_server == by_pgbench, "the server writes {by_server:?}, and pgbench {by_pgbench:?}");
    }
    Ok(pgbench)
}

async fn reads(bench: &mut Bench<'_>) -> anyhow::Result<()> {
    if bench.wants("server/health") {
        bench.again("server/health", &[reads::health()], false, bench.plan.seconds).await?;
    }
    let user_0 = bench.people.first().context("nobody is signed in")?;
    let hot = lists::of_a_project(user_0).context("user 0 has no project")?;
    let body = body_of(bench, &hot).await?;
    bench.between_floors("server/list hot", &[hot], false, async |bench| bench.nginx(&body).await).await?;
    bench.redis(&body).await?;
    let unchanged = reads::unchanged_lists(&bench.client, bench.server, bench.people).await?;
    let same = requests_of(&unchanged);
    bench.between_floors("server/list 304", &unchanged, false, async |bench| bench.bare_route(&same).await).await?;
    let tasks: Vec<Asked> = reads::tasks(bench.people).take(TASKS).collect();
    bench.between_floors("server/task", &tasks, false, async |bench| bench.pgbench_task().await).await
}

async fn body_of(bench: &Bench<'_>, list: &Asked) -> anyhow::Result<Vec<u8>> {
    let url = format!("http://{}{}", bench.server.address, list.request.path);
    let token = list.request.token.as_deref().unwrap_or_default();
    let answer = bench.client.get(url).bearer_auth(token).send().await?.error_for_status()?;
    Ok(answer.bytes().await?.to_vec())
}

async fn varied(bench: &mut Bench<'_>, lists: &mut Lists<'_>) -> anyhow::Result<()> {
    let name = "server/list varied";
    bench.pgbench_list().await?;
    let mut pace = None;
    if bench.wants(name) || bench.wants(&at_80_percent(name)) {
        let (peak, _) = bench.once(name, Pace::full_and_planned(bench.plan), &mut lists.filtered).await?;
        pace = Some(Pace::below(&peak, bench.plan));
        bench.add(peak);
    }
    bench.pgbench_list().await?;
    if let Some(pace) = pace.filter(|_| bench.wants(&at_80_percent(name))) {
        let (measurement, _) = bench.once(&at_80_percent(name), pace, &mut lists.filtered).await?;
        bench.add(measurement);
    }
    for (name, searches) in
        [("server/search English", &mut lists.english), ("server/search Chinese", &mut lists.chinese)]
    {
        if bench.wants(name) {
            let (measurement, _) = bench.once(name, Pace::full(bench.plan), searches).await?;
            bench.add(measurement);
        }
    }
    Ok(())
}

async fn with_80_percent(bench: &mut Bench<'_>, name: &str, source: &mut impl Source) -> anyhow::Result<()> {
    if !bench.wants(name) && !bench.wants(&at_80_percent(name)) {
        return Ok(());
    }
    durable_load(bench, name, Pace::full(bench.plan), source).await?;
    let pace = bench.measurements.last().map(|peak| Pace::below(peak, bench.plan));
    if let Some(pace) = pace.filter(|_| bench.wants(&at_80_percent(name))) {
        durable_load(bench, &at_80_percent(name), pace, source).await?;
    }
    Ok(())
}

/// A load that writes, and whether all that was acknowledged is there afterwards.
async fn durable_load(bench: &mut Bench<'_>, name: &str, pace: Pace, source: &mut impl Source) -> anyhow::Result<()> {
    data::settle(&bench.program.database.services).await?;
    let durable = Durable::begin(&bench.program.database).await?;
    let (mut measurement, written) = bench.once(name, pace, source).await?;
    durable.check(&written, &mut measurement).await?;
    bench.add(measurement);
    Ok(())
}

async fn sign_ins(bench: &mut Bench<'_>, lists: &mut Lists<'_>) -> anyhow::Result<()> {
    let asked = reads::sign_ins(bench.people);
    bench.between_floors("server/sign-in", &asked, true, async |bench| bench.argon2().await).await?;
    let name = "server/list varied beside sign-ins";
    if bench.wants(name) {
        let sign_ins = requests_of(&asked);
        // So few lists come in a second that one moment in which the machine stands still would be their 99th percentile.
        let seconds = bench.plan.seconds * 2;
        let count = LISTS_BESIDE_SIGN_INS * 2 * (seconds as usize + 1);
        let lists = requests_of(&lists.filtered.requests(count).await?);
        beside_sign_ins(bench, name, &lists, &sign_ins, seconds).await?;
    }
    Ok(())
}

/// A few lists a second while passwords are hashed on every core and others wait for theirs.
async fn beside_sign_ins(
    bench: &mut Bench<'_>,
    name: &str,
    lists: &[Request],
    sign_ins: &[Request],
    seconds: u64,
) -> anyhow::Result<()> {
    let clients = 8;
    let list_load = Load {
        requests: lists,
        may_repeat: false,
        check: Check::Each,
        clients,
        seconds,
        pause_ms: f64::from(clients) * 1000.0 / LISTS_BESIDE_SIGN_INS as f64,
    };
    let sign_in_load = Load {
        requests: sign_ins,
        may_repeat: true,
        check: Check::Each,
        clients: u32::try_from(cores())? * 4,
        seconds: seconds + 2,
        pause_ms: 0.0,
    };
    let lists = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        bench.measured(name, &list_load, Vec::new()).await
    };
    let (sign_ins, lists) = tokio::join!(wrk::run(bench.server.address, &sign_in_load), lists);
    let (mut measurement, _) = lists?;
    let sign_ins = sign_ins?;
    let (wrong, complaints) = sign_ins.unexpected(&sign_in_load);
    measurement.unexpected += wrong;
    measurement.complaints.extend(complaints);
    measurement.figures.insert("sign_ins_per_second".to_owned(), sign_ins.per_second());
    bench.add(measurement);
    Ok(())
}
