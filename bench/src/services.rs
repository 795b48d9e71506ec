//! The PostgreSQL and the Redis that `scripts/with-services.sh` has started for this run.

use std::path::PathBuf;

use anyhow::Context;

#[derive(Debug, Clone)]
pub struct Services {
    /// As the server connects: a role without special rights.
    pub database_url: String,
    /// The same PostgreSQL as its superuser, database `postgres`.
    pub admin_database_url: String,
    pub redis_url: String,
    /// The folder of PostgreSQL's programs (`pgbench`, `psql`).
    pub postgres_bin: PathBuf,
}

impl Services {
    pub fn from_env() -> anyhow::Result<Self> {
        let variable = |name: &str| {
            std::env::var(name).with_context(|| format!("{name} is not set: run it through scripts/with-services.sh"))
        };
        Ok(Self {
            database_url: variable("DATABASE_URL")?,
            admin_database_url: variable("ADMIN_DATABASE_URL")?,
            redis_url: variable("REDIS_URL")?,
            postgres_bin: variable("POSTGRES_BIN")?.into(),
        })
    }
}
