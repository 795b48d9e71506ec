//! Errors of the embedded cluster, worded so that a person can act on them.

use std::{io, path::PathBuf, time::Duration};

use super::locate::OLDEST;

/// Why the embedded PostgreSQL could not start, or has stopped.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    #[error(
        "PostgreSQL 15 or newer was not found{}. Install it (Debian, Ubuntu: `apt-get install postgresql-15`; \
         Fedora: `dnf install postgresql-server`; macOS: `brew install postgresql@15`), or set POSTGRES_BIN to the \
         folder that holds `initdb` and `postgres`, or set DATABASE_URL to use a PostgreSQL server that already runs",
        only_too_old(.too_old)
    )]
    NotFound { too_old: Vec<String> },

    #[error(
        "POSTGRES_BIN is {}, but {problem}. It must be the folder that holds the programs `initdb` and `postgres` of \
         PostgreSQL 15 or newer, for example /usr/lib/postgresql/15/bin",
        .path.display()
    )]
    BadPostgresBin { path: PathBuf, problem: String },

    #[error(
        "the data in {} is of PostgreSQL {data}, but only PostgreSQL {found} was found. Nothing was changed. {}",
        .cluster.display(),
        way_on(.data)
    )]
    WrongVersion { cluster: PathBuf, data: String, found: String },

    #[error(
        "{} is there but is not a PostgreSQL data folder (it has no PG_VERSION). Nothing was changed. Move it away, or \
         set DATA_DIR to another folder",
        .0.display()
    )]
    NotACluster(PathBuf),

    #[error(
        "another `todo` already uses the data folder {}{}. Stop it first, or set DATA_DIR to another folder",
        .data_dir.display(),
        process(.pid)
    )]
    InUse { data_dir: PathBuf, pid: Option<i32> },

    #[error(
        "PostgreSQL refuses to run as root, so it runs as the user `{user}`, who may not enter {}. Set DATA_DIR to a \
         folder that every user can reach (for example DATA_DIR=/var/lib/todo-list-plus), or allow it: \
         `chmod o+x {}`",
        .blocked.display(),
        .blocked.display()
    )]
    Unreachable { user: String, blocked: PathBuf },

    #[error(
        "the user `{user}`, as whom PostgreSQL runs, may not run {}: {source}. Set POSTGRES_BIN to programs that every \
         user can run",
        .program.display()
    )]
    NotRunnable { user: String, program: PathBuf, source: io::Error },

    #[error(
        "{} belongs to another user ({owner}). Run `todo` as that user, or hand the folder over: `chown -R {user} {}`",
        .path.display(),
        .path.display()
    )]
    NotOurs { path: PathBuf, owner: String, user: String },

    #[error(
        "PostgreSQL refuses to run as root, and neither of the users `postgres` and `nobody` is there. Create one \
         (`useradd --system postgres`) or run `todo` as an ordinary user"
    )]
    NoUser,

    #[error(
        "the user id {0} has no name on this machine (/etc/passwd), which PostgreSQL needs. Add one, or set DATABASE_URL"
    )]
    NamelessUser(u32),

    #[error("PostgreSQL could not set up {} ({status}):\n{output}", .cluster.display())]
    InitDb { cluster: PathBuf, status: String, output: String },

    #[error("PostgreSQL ended while it was starting ({status}). The end of its log, {}:\n{tail}", .log.display())]
    StartFailed { status: String, log: PathBuf, tail: String },

    #[error("PostgreSQL did not answer within {} s. The end of its log, {}:\n{tail}", .after.as_secs(), .log.display())]
    StartTimedOut { after: Duration, log: PathBuf, tail: String },

    #[error(
        "a PostgreSQL server (process {pid}) that an earlier `todo` left behind on {} does not stop. Stop that process \
         and start again",
        .cluster.display()
    )]
    StaleServer { pid: i32, cluster: PathBuf },

    #[error("PostgreSQL ended by itself ({status}). The end of its log, {}:\n{tail}", .log.display())]
    Died { status: String, log: PathBuf, tail: String },

    #[error("PostgreSQL (process {pid}) did not stop in time; its data are safe and are recovered at the next start")]
    StopTimedOut { pid: i32 },

    #[error("PostgreSQL runs, but the database could not be created: {0}")]
    Database(#[from] sqlx::Error),

    #[error("{what} {}: {source}", .path.display())]
    Io { what: &'static str, path: PathBuf, source: io::Error },

    #[error("a background task of the embedded PostgreSQL ended early: {0}")]
    Task(String),
}

/// Adds the path and the operation to an I/O error.
pub(super) fn io_error(what: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> EmbeddedError {
    let path = path.into();
    move |source| EmbeddedError::Io { what, path, source }
}

fn only_too_old(versions: &[String]) -> String {
    if versions.is_empty() { String::new() } else { format!(" (only {})", versions.join(", ")) }
}

/// What to do with data that no installed version can read.
fn way_on(data: &str) -> String {
    let dump = "dump the data with the old version (`pg_dump`) and load them into the new one";
    if data.parse().is_ok_and(|data: u32| data >= OLDEST) {
        format!(
            "Install PostgreSQL {data} (Debian: `apt-get install postgresql-{data}`) or set POSTGRES_BIN to its \
             programs; or, to move to another version, {dump}"
        )
    } else {
        format!("Todo List Plus needs PostgreSQL {OLDEST} or newer: {dump}, or set DATA_DIR to another folder")
    }
}

fn process(pid: &Option<i32>) -> String {
    pid.map_or_else(String::new, |pid| format!(" (process {pid})"))
}
