//! That what pgbench replays is what the server did.

use std::{fmt::Write, fs};

use anyhow::{Context, bail, ensure};
use tempfile::TempDir;

use super::{capture::Captured, connection::pgbench, script::Scripts};
use crate::psql::Database;

/// Replays lists of one statement each, and compares the number of their rows with that of the answer.
pub async fn check_rows(captured: &[Captured], database: &Database) -> anyhow::Result<()> {
    let scripts = Scripts::new(captured, database).await?;
    let mut text = String::new();
    for (index, (list, script)) in captured.iter().zip(&scripts.texts).enumerate() {
        let rows = list.rows.context("the request was not for a list")?;
        ensure!(list.statements.len() == 1, "a list is made of {} statements instead of one", list.statements.len());
        let statement = script.trim_end().trim_end_matches(';');
        // A text that is no number makes pgbench fail and say it.
        writeln!(text, "SELECT count(*) AS rows FROM (\n{statement}\n) AS list \\gset")?;
        writeln!(text, "\\if :rows <> {rows}\nSELECT CAST('list {index} has not {rows} rows' AS integer);\n\\endif")?;
    }
    let dir = TempDir::with_prefix("todo-bench-pgbench.")?;
    let path = dir.path().join("check.sql");
    fs::write(&path, text)?;
    let mut command = pgbench(database)?;
    command.args(["--no-vacuum", "--protocol", "prepared", "--client", "1", "--transactions", "1", "--file"]).arg(path);
    command.args(scripts.defines());
    let output = command.output().await.context("pgbench cannot be started")?;
    if !output.status.success() {
        bail!("pgbench does not give what the server gives: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}
