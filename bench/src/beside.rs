//! The floors beside the loads: each is measured before and after the load that it is compared with, or the halves of that, by as many
//! clients.

use anyhow::Context;

use crate::{
    bench::{Bench, cores},
    data,
    expect::Asked,
    floors::{
        argon2,
        bare_route::BareRoute,
        nginx::{self, Nginx},
        pgbench::{self, Captured, Recording, Share},
        redis,
    },
    request::Request,
    server::{Program, Server},
};

/// Every connection prepares the statements of each: more would take longer to warm up than to measure.
const TASKS: usize = 64;

/// The SQL that the server runs for a list, a single task and a change of status.
pub struct Sql {
    list: Vec<Captured>,
    task: Vec<Captured>,
    status_change: Vec<Captured>,
}

impl Sql {
    /// From a server of its own beside the one that is measured: what it runs is logged.
    pub async fn capture(
        program: &Program,
        lists: Vec<Asked>,
        tasks: impl Iterator<Item = Asked>,
        status_changes: impl Iterator<Item = Asked>,
    ) -> anyhow::Result<Self> {
        let recording = Recording::begin(&program.database).await?;
        let server = program.start().await?;
        let captured = capture(&recording, &server, lists, tasks, status_changes).await;
        drop(recording);
        server.stop().await?;
        captured
    }
}

async fn capture(
    recording: &Recording,
    server: &Server,
    lists: Vec<Asked>,
    tasks: impl Iterator<Item = Asked>,
    status_changes: impl Iterator<Item = Asked>,
) -> anyhow::Result<Sql> {
    let requests = |asked: Vec<Asked>| -> Vec<Request> { asked.into_iter().map(|asked| asked.request).collect() };
    Ok(Sql {
        list: recording.capture_lists(server.address, &requests(lists), "sort_value").await?,
        task: recording.capture(server.address, &requests(tasks.take(TASKS).collect())).await?,
        status_change: recording.capture(server.address, &requests(status_changes.collect())).await?,
    })
}

impl Bench<'_> {
    pub async fn pgbench_list(&mut self) -> anyhow::Result<()> {
        self.pgbench("list", Share::All, |sql| &sql.list).await
    }

    pub async fn pgbench_task(&mut self) -> anyhow::Result<()> {
        self.pgbench("task", Share::Own, |sql| &sql.task).await
    }

    /// No server that goes on may have read before what this writes.
    pub async fn pgbench_status_change(&mut self) -> anyhow::Result<()> {
        self.pgbench("status change", Share::Own, |sql| &sql.status_change).await
    }

    async fn pgbench(
        &mut self,
        name: &str,
        share: Share,
        which: impl Fn(&Sql) -> &Vec<Captured>,
    ) -> anyhow::Result<()> {
        if !self.wants(&format!("floor/pgbench {name}")) {
            return Ok(());
        }
        let (database, plan) = (&self.program.database, self.plan);
        data::settle(&database.services).await?;
        let (threads, seconds) = (u32::try_from(cores())?, plan.half_seconds());
        let captured = which(self.sql);
        self.add(pgbench::measure(name, captured, share, database, plan.clients, threads, seconds).await?);
        Ok(())
    }

    /// What does not depend on how many tasks there are is measured at the largest size alone.
    fn wants_alone(&self, name: &str) -> bool {
        self.is_last_size && self.wants(name)
    }

    /// Nginx with the body of a list.
    pub async fn nginx(&mut self, body: &[u8]) -> anyhow::Result<()> {
        if self.wants_alone("floor/nginx static") {
            let nginx = Nginx::start(body).await?;
            let request = Request::get(nginx::PATH, None);
            self.floor("floor/nginx static", nginx.address(), &[request]).await?;
        }
        Ok(())
    }

    /// Redis with the body of a list.
    pub async fn redis(&mut self, body: &[u8]) -> anyhow::Result<()> {
        if self.wants_alone("floor/redis get") {
            let redis_url = &self.program.database.services.redis_url;
            self.add(redis::measure(redis_url, body, self.plan.clients, self.plan.seconds).await?);
        }
        Ok(())
    }

    /// The very requests that the server gets: reading them is part of what HTTP costs.
    pub async fn bare_route(&mut self, requests: &[Request]) -> anyhow::Result<()> {
        if self.wants_alone("floor/bare route") {
            let route = BareRoute::start().await?;
            self.floor("floor/bare route", route.address(), requests).await?;
        }
        Ok(())
    }

    pub async fn argon2(&mut self) -> anyhow::Result<()> {
        if self.wants_alone("floor/argon2") {
            self.add(argon2::measure(u32::try_from(cores())?, self.plan.half_seconds()).await.context("floor/argon2")?);
        }
        Ok(())
    }
}
