//! Which SQL the server runs for a request: from PostgreSQL's log, for the time of the capture.

use std::{
    collections::{BTreeSet, HashSet},
    net::SocketAddr,
    time::Duration,
};

use anyhow::{Context, bail, ensure};
use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use reqwest::{Client, Method, StatusCode};
use tokio::time::Instant;
use uuid::Uuid;

use super::{
    check::check_rows,
    connection::{as_admin_blocking, role_and_database},
    log::{Line, Statement, Tail},
};
use crate::{
    psql::{Database, as_admin},
    request::Request,
    services::Services,
};

/// What one request made the server run, in order.
#[derive(Debug, Clone)]
pub struct Captured {
    pub statements: Vec<Statement>,
    /// When the capture began: what has a later time in its id was made by the server for this request.
    pub begun: DateTime<Utc>,
    /// Of a list: the rows that it was made of, with the one that tells of a next page.
    pub rows: Option<u64>,
}

/// While this lives, what new connections of the server's role run is logged, with all values.
pub struct Recording {
    database: Database,
    role: String,
    /// Of the database.
    name: String,
}

impl Recording {
    pub async fn begin(database: &Database) -> anyhow::Result<Self> {
        let (role, name) = role_and_database(database)?;
        let recording = Self { database: database.clone(), role, name };
        let role = &recording.role;
        let settings = format!(
            r#"ALTER ROLE "{role}" SET log_statement = 'all'; ALTER ROLE "{role}" SET log_parameter_max_length = -1;"#
        );
        as_admin(recording.services(), &settings).await.context("the role's statements cannot be logged")?;
        Ok(recording)
    }

    fn services(&self) -> &Services {
        &self.database.services
    }

    /// As [`Self::capture`] of lists, of which only the one statement is kept that gives the rows: the one that has this word.
    /// How the server finds out whether a list has changed is a cost of its own.
    ///
    /// It is an error when pgbench then gets another number of rows than the server.
    pub async fn capture_lists(
        &self,
        address: SocketAddr,
        requests: &[Request],
        word: &str,
    ) -> anyhow::Result<Vec<Captured>> {
        let mut lists = self.capture(address, requests).await?;
        for list in &mut lists {
            list.statements.retain(|statement| statement.sql.contains(word));
        }
        check_rows(&lists, &self.database).await?;
        Ok(lists)
    }

    /// Sends each request once, one after the other, to a server that was started after [`Self::begin`]. Lists must be new
    /// ones, so that no cache answers. An answer with another status than the expected one is an error, as is a request
    /// without any SQL.
    pub async fn capture(&self, address: SocketAddr, requests: &[Request]) -> anyhow::Result<Vec<Captured>> {
        let begun = Utc::now();
        let tail = Tail::from_here(&self.services().postgres_log)?;
        let (client, base_url) = (Client::new(), format!("http://{address}"));
        let (mut windows, mut rows) = (Vec::new(), Vec::new());
        for token in requests.iter().filter_map(|request| request.token.as_deref()).collect::<BTreeSet<_>>() {
            look_up_session(&client, &base_url, token).await?;
        }
        for request in requests {
            let sent = request_of(&client, &base_url, request)?;
            let (window, answer) = Window::of(sent, request.expected, &request.path).await?;
            windows.push(window);
            rows.push(rows_of(&answer));
        }
        let mut lines = self.lines(&tail).await?;
        lines.retain(|line| line.user == self.role && line.dbname == self.name);
        let statements = statements_of(&lines, &windows)?;
        let captured = statements.into_iter().zip(requests).zip(rows).map(|((statements, request), rows)| {
            ensure!(!statements.is_empty(), "{} {} ran no SQL: did a cache answer?", request.method, request.path);
            Ok(Captured { statements, begun, rows })
        });
        captured.collect()
    }

    /// All that was logged until now: a mark of our own goes through the same pipe.
    async fn lines(&self, tail: &Tail) -> anyhow::Result<Vec<Line>> {
        let mark = Uuid::new_v4().to_string();
        as_admin(self.services(), &format!("DO $$ BEGIN RAISE LOG 'todo-bench {mark}'; END $$;")).await?;
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(10) {
            if let Some(lines) = tail.until(&mark)? {
                return Ok(lines);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        bail!("PostgreSQL does not write its log to {}", self.services().postgres_log.display())
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        let role = &self.role;
        for setting in ["log_statement", "log_parameter_max_length"] {
            if let Err(error) = as_admin_blocking(self.services(), &format!(r#"ALTER ROLE "{role}" RESET {setting}"#)) {
                eprintln!("{setting} of the role {role} could not be reset: {error:#}");
            }
        }
    }
}

/// From when to when a request went on, to the millisecond.
struct Window {
    from: DateTime<Utc>,
    until: DateTime<Utc>,
}

impl Window {
    /// The time of a request, and its answer.
    async fn of(request: reqwest::RequestBuilder, expected: u16, path: &str) -> anyhow::Result<(Self, String)> {
        let from = Utc::now().duration_trunc(TimeDelta::milliseconds(1))?;
        let answer = request.send().await.with_context(|| format!("{path} was not answered"))?;
        let status = answer.status().as_u16();
        let body = answer.text().await?;
        ensure!(status == expected, "{path} was answered with {status} instead of {expected}: {body}");
        let until = Utc::now();
        // The log has milliseconds; so no two windows share one.
        tokio::time::sleep(Duration::from_millis(3)).await;
        Ok((Self { from, until }, body))
    }

    fn contains(&self, at: DateTime<Utc>) -> bool {
        self.from <= at && at <= self.until
    }
}

fn request_of(client: &Client, base_url: &str, request: &Request) -> anyhow::Result<reqwest::RequestBuilder> {
    let method = Method::from_bytes(request.method.as_bytes())?;
    let mut builder = client.request(method, format!("{base_url}{}", request.path));
    if let Some(token) = &request.token {
        builder = builder.bearer_auth(token);
    }
    for (name, value) in &request.headers {
        builder = builder.header(name, value);
    }
    if let Some(body) = &request.body {
        builder = builder.header("Content-Type", "application/json").body(body.clone());
    }
    Ok(builder)
}

/// Runs the statement that looks a session up and no other: outside of the requests that are captured, so that it is none of
/// theirs, whether the session is still remembered when they come or not.
async fn look_up_session(client: &Client, base_url: &str, token: &str) -> anyhow::Result<()> {
    let answer = client.get(format!("{base_url}/api/v1/tasks?limit=0")).bearer_auth(token).send().await?;
    let status = answer.status();
    ensure!(status == StatusCode::UNPROCESSABLE_ENTITY, "a list with a wrong limit was answered with {status}");
    Ok(())
}

/// The rows behind a page of a list.
fn rows_of(answer: &str) -> Option<u64> {
    let page: serde_json::Value = serde_json::from_str(answer).ok()?;
    let items = page.get("items")?.as_array()?.len() as u64;
    Some(items + u64::from(page.get("next_cursor").is_some_and(serde_json::Value::is_string)))
}

/// The statements in each window, in the order of the log. What also runs outside of all windows is not of the request, nor is a
/// transaction in which there is nothing else.
fn statements_of(lines: &[Line], windows: &[Window]) -> anyhow::Result<Vec<Vec<Statement>>> {
    let mut found: Vec<Vec<(&str, Statement)>> = windows.iter().map(|_| Vec::new()).collect();
    let mut background = HashSet::new();
    for line in lines {
        let Some(statement) = line.statement()? else { continue };
        let at = line.at()?;
        match windows.iter().position(|window| window.contains(at)) {
            Some(index) => {
                if let Some(window) = found.get_mut(index) {
                    window.push((line.session_id.as_str(), statement));
                }
            }
            None if statement.is_transaction_control() => {}
            None => {
                background.insert(statement.sql);
            }
        }
    }
    let own = |statement: &Statement| !statement.is_transaction_control() && !background.contains(&statement.sql);
    Ok(found
        .into_iter()
        .map(|window| {
            let sessions: HashSet<&str> =
                window.iter().filter(|(_, statement)| own(statement)).map(|(session, _)| *session).collect();
            let of_request = window.into_iter().filter(|(session, statement)| {
                sessions.contains(session) && (own(statement) || statement.is_transaction_control())
            });
            of_request.map(|(_, statement)| statement).collect()
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(millisecond: u32, session: &str, message: &str) -> Line {
        let line = serde_json::json!({
            "timestamp": format!("2026-11-23 10:00:00.{millisecond:03} UTC"), "session_id": session, "message": message,
        });
        serde_json::from_value(line).expect("a line")
    }

    fn window(from: u32, until: u32) -> Window {
        let at = |millisecond| line(millisecond, "", "").at().expect("a time");
        Window { from: at(from), until: at(until) }
    }

    #[test]
    fn a_page_with_another_after_it_was_made_of_one_row_more() {
        assert_eq!(rows_of(r#"{"items": [{}, {}], "next_cursor": "abc"}"#), Some(3));
        assert_eq!(rows_of(r#"{"items": [{}, {}], "next_cursor": null}"#), Some(2));
        assert_eq!(rows_of(r#"{"id": "1"}"#), None);
    }

    #[test]
    fn a_request_has_what_it_ran_and_not_what_ran_beside_it() {
        let lines = [
            line(5, "other", "execute sqlx_s_1: SELECT background"),
            line(10, "a", "execute sqlx_s_1: SELECT first"),
            line(11, "other", "statement: BEGIN"),
            line(11, "other", "execute sqlx_s_1: SELECT background"),
            line(12, "other", "statement: COMMIT"),
            line(20, "b", "statement: BEGIN"),
            line(21, "b", "execute sqlx_s_2: SELECT second"),
            line(22, "b", "statement: COMMIT"),
        ];
        let statements = statements_of(&lines, &[window(10, 13), window(20, 22)]).expect("statements");
        let texts: Vec<Vec<_>> =
            statements.iter().map(|window| window.iter().map(|one| one.sql.as_str()).collect()).collect();
        assert_eq!(texts, [vec!["SELECT first"], vec!["BEGIN", "SELECT second", "COMMIT"]]);
    }
}
