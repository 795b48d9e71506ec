//! The floors beside the loads: each is measured before and after the load that it is compared with, or the halves of that, by as many
//! clients.

use anyhow::Context;

use crate::{
    bench::{Bench, cores},
    data,
    floors::{
        argon2,
        bare_route::BareRoute,
        nginx::{self, Nginx},
        pgbench::{PLANNING_SECONDS, Pgbench, Script, Seconds},
        redis,
    },
    request::Request,
    workloads::{CREATES, CREATING, SHAPES},
};

impl Bench<'_> {
    pub async fn pgbench_list(&mut self) -> anyhow::Result<()> {
        let scripts = SHAPES.iter().map(|shape| {
            let weight = u32::try_from(shape.weight)?;
            self.pgbench.list(shape.statement, shape.arguments, weight)
        });
        let scripts = scripts.collect::<anyhow::Result<Vec<_>>>()?;
        self.run_pgbench("list", &scripts, self.plan.clients, PLANNING_SECONDS).await
    }

    pub async fn pgbench_task(&mut self) -> anyhow::Result<()> {
        self.run_pgbench("task", &[self.pgbench.task()?], self.plan.clients, 1).await
    }

    /// No server that goes on may have read before what this writes.
    pub async fn pgbench_writes(&mut self) -> anyhow::Result<()> {
        self.run_pgbench("status change", &[Pgbench::status_change()], self.plan.clients, 1).await?;
        for (name, projects) in CREATES {
            self.run_pgbench(name, &[Pgbench::create(projects)], CREATING, 1).await?;
        }
        Ok(())
    }

    async fn run_pgbench(&mut self, name: &str, scripts: &[Script], clients: u32, warm_up: u64) -> anyhow::Result<()> {
        if !self.wants(&format!("floor/pgbench {name}")) {
            return Ok(());
        }
        data::settle(&self.program.database.services).await?;
        let warm_up = if self.plan.warm_up_seconds > 0 { warm_up } else { 0 };
        let seconds = Seconds { warm_up, counted: self.plan.half_seconds() };
        self.add(self.pgbench.measure(name, scripts, clients, seconds).await?);
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
