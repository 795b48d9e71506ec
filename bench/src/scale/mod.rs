//! What it costs when many people are told of something, beside two; and what is asked of a project of many tasks, beside one of few. The
//! same server, the same database, in turn.

mod large;
mod told;

use std::{path::Path, time::Duration};

use anyhow::Context;
use futures_util::{StreamExt, TryStreamExt, stream};
use reqwest::Client;

use crate::{
    bench::{cores, wants},
    data::{self, Person},
    plan::Scale,
    results::Measurement,
    server::{Program, Server},
    sockets::raise_open_files,
};

pub use self::{
    large::KINDS,
    told::{CHANGES, MEANWHILE},
};

const FILL: &str = include_str!("../../sql/scale.sql");
/// Of a database around these projects.
const OTHER_TASKS: u64 = 4_000;
/// Of requests, the database and the worker.
const OTHER_FILES: u32 = 256;

/// The names of measurements, as `--only` has them: `server/many told: rename`.
pub fn told_name(of_many: bool, what: &str) -> String {
    format!("server/{} told: {what}", if of_many { "many" } else { "two" })
}

pub fn tasks_name(of_many: bool, what: &str) -> String {
    format!("server/{} tasks: {what}", if of_many { "many" } else { "few" })
}

/// Whether nothing else is wanted: then no other database need be filled.
pub fn is_all(only: Option<&str>) -> bool {
    only.is_some_and(|only| only.split(',').all(|part| part.contains("told:") || part.contains("tasks:")))
}

/// In a database of its own.
pub async fn run(
    program: &Program,
    repository: &Path,
    scale: &Scale,
    only: Option<&str>,
) -> anyhow::Result<Vec<Measurement>> {
    let wanted = |groups: [&str; 2]| groups.iter().any(|group| wants(only, group));
    let (told, large) =
        (wanted(["server/many told:", "server/two told:"]), wanted(["server/many tasks:", "server/few tasks:"]));
    if !told && !large {
        return Ok(Vec::new());
    }
    eprintln!("a project of {} members, one of {} tasks: filling", scale.members, scale.many_tasks);
    data::fill(program, repository, OTHER_TASKS, 0).await?;
    let (hash, numbers) = (data::password_hash()?, [scale.members, scale.watchers, scale.many_tasks, scale.few_tasks]);
    let [members, watchers, many, few] = numbers.map(|number| number.to_string());
    let values =
        [("hash", hash.as_str()), ("members", &members), ("watchers", &watchers), ("many", &many), ("few", &few)];
    program.database.query(FILL, &values).await.context("the large projects cannot be made")?;
    data::settle(&program.database.services).await?;
    raise_open_files(scale.members + OTHER_FILES)?;
    let (server, worker) = (program.start().await?, program.start_worker().await?);
    let budget = Duration::from_secs(scale.seconds);
    let mut measurements = Vec::new();
    if large {
        measurements.extend(large::measure(&server, sign_in(&server, 0..1).await?, budget).await?);
    }
    if told {
        let members = sign_in(&server, 1..scale.members + 1).await?;
        measurements.extend(told::measure(&server, &members, scale.watchers, budget).await?);
    }
    worker.stop().await?;
    server.stop().await?;
    Ok(measurements)
}

/// The members of these numbers, in their order.
async fn sign_in(server: &Server, numbers: std::ops::Range<u32>) -> anyhow::Result<Vec<Person>> {
    let client = Client::new();
    let people = stream::iter(numbers).map(|number| Person::sign_in(&client, server, number, email(number)));
    people.buffered(cores()).try_collect().await
}

fn email(number: u32) -> String {
    format!("member{number}@example.org")
}
