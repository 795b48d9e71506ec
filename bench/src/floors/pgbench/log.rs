//! PostgreSQL's log in JSON lines, and the statements in it.

use std::{
    collections::HashMap,
    fs::{self, File},
    io::{Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use chrono::{DateTime, NaiveDateTime, Utc};
use serde::Deserialize;

/// A statement as the server ran it: its text with `$1`…, and the values as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    pub sql: String,
    pub parameters: Vec<Option<String>>,
}

impl Statement {
    /// `BEGIN`, `COMMIT`, …
    pub fn is_transaction_control(&self) -> bool {
        let word = self.sql.split_whitespace().next().unwrap_or_default();
        ["BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE"].iter().any(|known| word.eq_ignore_ascii_case(known))
    }
}

/// A line of the log, of a client.
#[derive(Debug, Deserialize)]
pub struct Line {
    timestamp: String,
    #[serde(default)]
    pub user: String,
    #[serde(default)]
    pub dbname: String,
    pub session_id: String,
    #[serde(default)]
    pub message: String,
    #[serde(default)]
    detail: Option<String>,
}

impl Line {
    /// Cut to the millisecond.
    pub fn at(&self) -> anyhow::Result<DateTime<Utc>> {
        let text = self.timestamp.strip_suffix(" UTC").or_else(|| self.timestamp.strip_suffix(" GMT"));
        let text = text.with_context(|| format!("log_timezone must be UTC: {}", self.timestamp))?;
        Ok(NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f")?.and_utc())
    }

    /// The statement that the line tells of. Without parameters only the borders of transactions are of the server's own:
    /// the others are what the driver asks about types, once on each connection.
    pub fn statement(&self) -> anyhow::Result<Option<Statement>> {
        if let Some(sql) = self.message.strip_prefix("statement: ") {
            let statement = Statement { sql: sql.trim().to_owned(), parameters: Vec::new() };
            return Ok(statement.is_transaction_control().then_some(statement));
        }
        let Some((_, sql)) = self.message.strip_prefix("execute ").and_then(|rest| rest.split_once(": ")) else {
            return Ok(None);
        };
        let parameters = match &self.detail {
            None => Vec::new(),
            Some(detail) => parameters(detail)?,
        };
        Ok(Some(Statement { sql: sql.trim().to_owned(), parameters }))
    }
}

/// `parameters: $1 = 'it''s', $2 = NULL` → the values.
fn parameters(detail: &str) -> anyhow::Result<Vec<Option<String>>> {
    let mut rest = detail.strip_prefix("parameters: ").with_context(|| format!("not the parameters: {detail}"))?;
    let mut values = Vec::new();
    loop {
        let wrong = format!("the log's parameters cannot be read at {rest:?}: is log_parameter_max_length -1?");
        let begin = format!("${} = ", values.len() + 1);
        rest = rest.strip_prefix(&begin).with_context(|| wrong.clone())?;
        if let Some(after) = rest.strip_prefix("NULL") {
            values.push(None);
            rest = after;
        } else {
            let (value, after) = quoted(rest).with_context(|| wrong.clone())?;
            values.push(Some(value));
            rest = after;
        }
        if rest.is_empty() {
            return Ok(values);
        }
        rest = rest.strip_prefix(", ").context(wrong)?;
    }
}

/// A text in quotes, in which quotes are doubled, and what comes after it.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut rest = text.strip_prefix('\'')?;
    let mut value = String::new();
    loop {
        let (before, after) = rest.split_once('\'')?;
        value.push_str(before);
        match after.strip_prefix('\'') {
            Some(after) => {
                value.push('\'');
                rest = after;
            }
            None => return Some((value, after)),
        }
    }
}

/// What is added to the log files of a folder from a moment on.
pub struct Tail {
    folder: PathBuf,
    begins: HashMap<PathBuf, u64>,
}

impl Tail {
    pub fn from_here(folder: &Path) -> anyhow::Result<Self> {
        let mut begins = HashMap::new();
        for path in files(folder)? {
            begins.insert(path.clone(), fs::metadata(&path)?.len());
        }
        Ok(Self { folder: folder.to_owned(), begins })
    }

    /// What is there up to the first line with this text; `None` when that has not come yet.
    pub fn until(&self, mark: &str) -> anyhow::Result<Option<Vec<Line>>> {
        let mut lines = Vec::new();
        for path in files(&self.folder)? {
            let mut file = File::open(&path).with_context(|| format!("{} cannot be read", path.display()))?;
            file.seek(SeekFrom::Start(self.begins.get(&path).copied().unwrap_or(0)))?;
            let mut text = String::new();
            file.read_to_string(&mut text)?;
            for line in text.lines() {
                // The last one may be written at this moment.
                let Ok(line) = serde_json::from_str::<Line>(line) else { continue };
                if line.message.contains(mark) {
                    return Ok(Some(lines));
                }
                lines.push(line);
            }
        }
        Ok(None)
    }
}

/// In the order of their names, which is that of time.
fn files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let entries =
        fs::read_dir(folder).with_context(|| format!("{} cannot be read (POSTGRES_LOG)", folder.display()))?;
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<anyhow::Result<Vec<_>>>()?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    if paths.is_empty() {
        bail!("there is no *.json in {}: log_destination must be jsonlog", folder.display());
    }
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(message: &str, detail: Option<&str>) -> Line {
        Line {
            timestamp: "2026-11-23 13:22:39.442 UTC".to_owned(),
            user: "todo".to_owned(),
            dbname: "todo".to_owned(),
            session_id: "6b043e1f.6dae".to_owned(),
            message: message.to_owned(),
            detail: detail.map(str::to_owned),
        }
    }

    #[test]
    fn parameters_are_read_with_quotes_arrays_and_null() {
        let detail = "parameters: $1 = 'it''s', $2 = NULL, $3 = '{todo,\"in progress\"}', $4 = '', $5 = ''', $6 = ''', $6 = 'a\nb'";
        let expected = [Some("it's"), None, Some("{todo,\"in progress\"}"), Some(""), Some("', $6 = '"), Some("a\nb")];
        let expected: Vec<_> = expected.into_iter().map(|value| value.map(str::to_owned)).collect();
        assert_eq!(parameters(detail).expect("parameters"), expected);
    }

    #[test]
    fn parameters_that_were_cut_are_an_error() {
        for detail in ["parameters: $1 = 'abc...", "parameters: $1 = 'abc'...", "parameters: $2 = 'a'", "other"] {
            assert!(parameters(detail).is_err(), "{detail}");
        }
    }

    #[test]
    fn statements_are_told_from_other_lines() {
        let statement = |message, detail| line(message, detail).statement().expect("a line that can be read");
        let select = statement("execute sqlx_s_1: \n  SELECT 'a: b', $1\n", Some("parameters: $1 = '1'"));
        let expected = Statement { sql: "SELECT 'a: b', $1".to_owned(), parameters: vec![Some("1".to_owned())] };
        assert_eq!(select, Some(expected));
        assert_eq!(statement("statement: BEGIN", None).map(|statement| statement.sql), Some("BEGIN".to_owned()));
        assert_eq!(statement("statement: SELECT pg_type.oid FROM pg_type", None), None);
        assert_eq!(statement("duration: 501.2 ms", None), None);
    }

    #[test]
    fn time_is_in_utc_or_refused() {
        let mut line = line("", None);
        assert_eq!(line.at().expect("a time").to_rfc3339(), "2026-11-23T13:22:39.442+00:00");
        line.timestamp = "2026-11-23 14:22:39.442 CET".to_owned();
        assert!(line.at().is_err());
    }
}
