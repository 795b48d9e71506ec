//! Statements outside of what is measured.

use std::{path::Path, process::Stdio};

use anyhow::{Context, bail};
use tokio::io::AsyncWriteExt;

use crate::{process::leashed, services::Services};

/// One database of the run's PostgreSQL.
#[derive(Debug, Clone)]
pub struct Database {
    /// Of the PostgreSQL that it is in.
    pub services: Services,
    /// As the server connects to it.
    pub url: String,
}

impl Database {
    /// The one of this name, there or not.
    pub fn named(services: &Services, name: &str) -> anyhow::Result<Self> {
        let (server, _) = services.database_url.rsplit_once('/').context("DATABASE_URL names no database")?;
        Ok(Self { services: services.clone(), url: format!("{server}/{name}") })
    }

    /// Runs statements, as the role of the server; each `:'name'` in it is the value of that name.
    /// Gives the rows, columns separated by tabs.
    pub async fn query(&self, sql: &str, values: &[(&str, &str)]) -> anyhow::Result<Vec<String>> {
        run(&self.services, &self.url, sql, values).await
    }

    /// Runs a file of statements, as the role of the server.
    pub async fn run_file(&self, file: &Path, values: &[(&str, &str)]) -> anyhow::Result<()> {
        let file = file.to_str().context("the path of a file of statements is not UTF-8")?;
        self.query(&format!("\\i '{}'\n", file.replace('\'', "''")), values).await?;
        Ok(())
    }
}

/// Runs statements as the superuser, in the database `postgres`.
pub async fn as_admin(services: &Services, sql: &str) -> anyhow::Result<Vec<String>> {
    run(services, &services.admin_database_url, sql, &[]).await
}

async fn run(services: &Services, url: &str, sql: &str, values: &[(&str, &str)]) -> anyhow::Result<Vec<String>> {
    let mut command = leashed(services.postgres_bin.join("psql"));
    command.args(["--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "--field-separator=\t"]);
    command.args(["--set", "ON_ERROR_STOP=1"]);
    for (name, value) in values {
        command.args(["--set", &format!("{name}={value}")]);
    }
    command.arg(url).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().context("psql cannot be started")?;
    let mut input = child.stdin.take().context("psql has no standard input")?;
    input.write_all(sql.as_bytes()).await.context("psql does not read")?;
    drop(input);
    let output = child.wait_with_output().await?;
    if !output.status.success() {
        bail!("psql failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8(output.stdout)?.lines().map(str::to_owned).collect())
}
