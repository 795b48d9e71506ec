//! How `psql` and `pgbench` get to the database.

use std::path::{Path, PathBuf};

use anyhow::Context;
use reqwest::Url;
use tokio::{io::AsyncWriteExt, process::Command};

/// A database and a role, from a URL in which nothing is escaped.
#[derive(Debug, Clone)]
pub struct Connection {
    pub user: String,
    pub database: String,
    bin: PathBuf,
    /// The password is among them: arguments are seen by everybody on the machine, these are not.
    variables: Vec<(&'static str, String)>,
}

impl Connection {
    /// `bin` is the folder of PostgreSQL's programs.
    pub fn new(url: &str, bin: &Path) -> anyhow::Result<Self> {
        let url = Url::parse(url).context("the URL of the database cannot be read")?;
        let host = url.host_str().context("the URL of the database has no host")?.to_owned();
        let (user, database) = (url.username().to_owned(), url.path().trim_start_matches('/').to_owned());
        let variables = vec![
            ("PGHOST", host),
            ("PGPORT", url.port().unwrap_or(5432).to_string()),
            ("PGUSER", user.clone()),
            ("PGPASSWORD", url.password().unwrap_or_default().to_owned()),
            ("PGDATABASE", database.clone()),
        ];
        Ok(Self { user, database, bin: bin.to_owned(), variables })
    }

    pub fn pgbench(&self) -> Command {
        let mut command = super::super::leashed(self.bin.join("pgbench"));
        command.envs(self.variables.iter().cloned());
        command
    }

    /// Runs a script of SQL and gives what it answers, a line for each row, values separated by tabs.
    pub async fn psql(&self, script: &str) -> anyhow::Result<String> {
        let mut command = super::super::leashed(self.bin.join("psql"));
        command.args(PSQL).envs(self.variables.iter().cloned());
        command.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
        let mut child = command.stderr(std::process::Stdio::piped()).spawn().context("psql cannot be started")?;
        if let Some(mut stdin) = child.stdin.take() {
            // When it ends early, what it says of that is worth more than that it did not read on.
            let _ = stdin.write_all(script.as_bytes()).await;
        }
        let output = child.wait_with_output().await?;
        anyhow::ensure!(output.status.success(), "psql: {}", String::from_utf8_lossy(&output.stderr).trim());
        String::from_utf8(output.stdout).context("what psql wrote is not UTF-8")
    }

    /// As [`Self::psql`] of one command, where nothing can be awaited.
    pub fn psql_blocking(&self, statement: &str) -> anyhow::Result<()> {
        let mut command = std::process::Command::new(self.bin.join("psql"));
        command.args(PSQL).args(["-c", statement]).envs(self.variables.iter().cloned());
        let output = command.stdin(std::process::Stdio::null()).output().context("psql cannot be started")?;
        anyhow::ensure!(output.status.success(), "psql: {}", String::from_utf8_lossy(&output.stderr).trim());
        Ok(())
    }
}

const PSQL: [&str; 5] = ["-Xqt", "-A", "-F\t", "-v", "ON_ERROR_STOP=1"];
