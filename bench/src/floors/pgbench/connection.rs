//! How the floor gets to the database, beside `psql.rs`.

use anyhow::{Context, ensure};
use reqwest::Url;
use tokio::process::Command;

use crate::{process::leashed, psql::Database, services::Services};

/// The role and the database of a URL in which nothing is escaped.
pub fn role_and_database(database: &Database) -> anyhow::Result<(String, String)> {
    let url = Url::parse(&database.url).context("the URL of the database cannot be read")?;
    Ok((url.username().to_owned(), url.path().trim_start_matches('/').to_owned()))
}

/// pgbench that connects as the server does. Its password is not among the arguments, which everybody on the machine sees.
pub fn pgbench(database: &Database) -> anyhow::Result<Command> {
    let url = Url::parse(&database.url).context("the URL of the database cannot be read")?;
    let mut command = leashed(database.services.postgres_bin.join("pgbench"));
    let (user, name) = role_and_database(database)?;
    command.env("PGHOST", url.host_str().context("the URL of the database has no host")?);
    command.env("PGPORT", url.port().unwrap_or(5432).to_string());
    command.env("PGPASSWORD", url.password().unwrap_or_default());
    command.env("PGUSER", user).env("PGDATABASE", name);
    Ok(command)
}

/// Runs a statement as the superuser where nothing can be awaited.
pub fn as_admin_blocking(services: &Services, statement: &str) -> anyhow::Result<()> {
    let mut command = std::process::Command::new(services.postgres_bin.join("psql"));
    command.args(["--no-psqlrc", "--quiet", "--command", statement, &services.admin_database_url]);
    let output = command.stdin(std::process::Stdio::null()).output().context("psql cannot be started")?;
    ensure!(output.status.success(), "psql failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    Ok(())
}
