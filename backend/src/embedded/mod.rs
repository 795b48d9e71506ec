//! A PostgreSQL of our own, for `todo serve` without a `DATABASE_URL`.
//!
//! The cluster is in `<data_dir>/postgres` and runs as long as the process that started it:
//!
//! 1. `<data_dir>/todo.lock` is locked: one `todo` per data folder.
//! 2. The owner of the cluster is chosen ([`owner`]: PostgreSQL refuses root), then the installation whose version fits
//!    the data ([`locate`]).
//! 3. A missing cluster is created in a temporary folder and renamed when complete; a server left behind by a killed run is stopped
//!    ([`cluster`], [`postmaster`]).
//! 4. `postgres` runs as a child in its own process group and is reached through a private Unix socket ([`socket`]).
//!
//! The application connects as `todo`, which owns its database and nothing else: anything that needs a superuser fails here as it does in
//! production.

mod cluster;
mod error;
mod locate;
mod owner;
mod postmaster;
mod socket;

use std::{
    fs::File,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use sqlx::{
    Connection,
    postgres::{PgConnectOptions, PgConnection, PgSslMode},
};

pub use error::EmbeddedError;
use locate::Installation;
use owner::Owner;
use postmaster::Postmaster;
use socket::SocketDir;

/// How long to wait for the first answer. After a crash PostgreSQL replays its log first, which can take a while.
const START_PATIENCE: Duration = Duration::from_secs(300);
/// How long to keep trying when processes of a killed server still hold its shared memory.
const MEMORY_PATIENCE: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(25);

/// A running PostgreSQL cluster owned by this process. Dropping it requests a shutdown without waiting; [`stop`](Self::stop) waits.
#[derive(Debug)]
pub struct EmbeddedPostgres {
    postmaster: Postmaster,
    socket: SocketDir,
    /// Held until the server has stopped.
    lock: File,
}

/// Prerequisites for starting the server.
struct Prepared {
    installation: Installation,
    owner: Owner,
    cluster: PathBuf,
    socket: SocketDir,
    lock: File,
}

impl EmbeddedPostgres {
    /// Starts (initialising when needed) the cluster in `<data_dir>/postgres` and creates the database `todo`.
    ///
    /// # Errors
    /// When PostgreSQL is not found or does not fit the data, when the folder is in use or out of reach, or when the
    /// server does not start; each says what to do.
    pub async fn start(data_dir: &Path, postgres_bin: Option<&Path>) -> Result<Self, EmbeddedError> {
        let started = Instant::now();
        let (data_dir, postgres_bin) = (data_dir.to_owned(), postgres_bin.map(Path::to_owned));
        let Prepared { installation, owner, cluster, socket, lock } =
            tokio::task::spawn_blocking(move || prepare(&data_dir, postgres_bin.as_deref()))
                .await
                .map_err(|error| EmbeddedError::Task(error.to_string()))??;
        let postmaster = loop {
            let postmaster = Postmaster::start(&installation, &owner, &cluster, socket.path()).await?;
            match wait_until_ready(postmaster, &socket).await {
                Ok(postmaster) => break postmaster,
                Err(EmbeddedError::StartFailed { tail, .. })
                    if tail.contains("is still in use") && started.elapsed() < MEMORY_PATIENCE =>
                {
                    tokio::time::sleep(POLL * 10).await;
                }
                Err(error) => return Err(error),
            }
        };
        create_database(&socket).await?;
        tracing::info!(
            cluster = %cluster.display(),
            version = installation.major,
            user = owner.name,
            pid = postmaster.pid(),
            elapsed_ms = started.elapsed().as_millis(),
            "the embedded PostgreSQL is ready"
        );
        Ok(Self { postmaster, socket, lock })
    }

    /// The URL of the database `todo`, through the cluster's Unix socket.
    #[must_use]
    pub fn database_url(&self) -> String {
        self.socket.database_url()
    }

    /// The URL of the database in `data_dir` while another `todo` serves it: the command line works beside a server.
    #[must_use]
    pub fn url_of_running(data_dir: &Path) -> Option<String> {
        socket::url_of_running(&data_dir.join("postgres"))
    }

    /// Waits until the server ends unexpectedly and reports it. May be dropped and called again.
    pub async fn exited(&mut self) -> EmbeddedError {
        let status = self.postmaster.ended().await;
        EmbeddedError::Died { status, log: self.postmaster.log().to_owned(), tail: self.postmaster.log_tail() }
    }

    /// Shuts the server down (open connections are closed) and waits until it has stopped.
    ///
    /// # Errors
    /// If the server does not stop.
    pub async fn stop(self) -> Result<(), EmbeddedError> {
        let Self { postmaster, socket, lock } = self;
        let stopped = postmaster.stop().await;
        drop(socket);
        drop(lock);
        stopped
    }
}

/// Everything up to starting the server; blocks.
fn prepare(data_dir: &Path, postgres_bin: Option<&Path>) -> Result<Prepared, EmbeddedError> {
    let data_dir = cluster::make_data_dir(data_dir)?;
    let lock = cluster::lock(&data_dir)?;
    let place = data_dir.join("postgres");
    let owner = Owner::of(&place)?;
    let state = cluster::state(&place)?;
    let version = match &state {
        cluster::State::Missing => None,
        cluster::State::Version(version) => Some(version.as_str()),
    };
    let installation = locate::choose(postgres_bin, &place, version)?;
    owner.check_access(&installation.program("postgres"), &data_dir)?;
    match state {
        cluster::State::Missing => {
            tracing::info!(
                cluster = %place.display(),
                version = installation.major,
                "setting up PostgreSQL for the first time"
            );
            cluster::create(&installation, &owner, &data_dir, &place)?;
        }
        cluster::State::Version(_) => {
            postmaster::stop_stale(&place)?;
            socket::remove_stale(&place);
            cluster::take_over(&owner, &place)?;
        }
    }
    cluster::write_access_rules(&owner, &place)?;
    let socket = SocketDir::make(&owner, &data_dir)?;
    Ok(Prepared { installation, owner, cluster: place, socket, lock })
}

async fn wait_until_ready(mut postmaster: Postmaster, socket: &SocketDir) -> Result<Postmaster, EmbeddedError> {
    let started = Instant::now();
    loop {
        if let Ok(connection) = connect(socket).await {
            // Optional: the server ends the session when the socket closes.
            let _ = connection.close().await;
            return Ok(postmaster);
        }
        if started.elapsed() > START_PATIENCE {
            let (log, tail) = (postmaster.log().to_owned(), postmaster.log_tail());
            return Err(EmbeddedError::StartTimedOut { after: START_PATIENCE, log, tail });
        }
        if let Ok(status) = tokio::time::timeout(POLL, postmaster.ended()).await {
            let (log, tail) = (postmaster.log().to_owned(), postmaster.log_tail());
            return Err(EmbeddedError::StartFailed { status, log, tail });
        }
    }
}

async fn connect(socket: &SocketDir) -> Result<PgConnection, sqlx::Error> {
    // All settings are explicit, so that PGHOST and the like in the environment do not matter.
    let options = PgConnectOptions::new_without_pgpass()
        .socket(socket.path())
        .port(5432)
        .username("postgres")
        .database("postgres")
        .ssl_mode(PgSslMode::Disable);
    PgConnection::connect_with(&options).await
}

/// Creates the application's role and database if missing.
async fn create_database(socket: &SocketDir) -> Result<(), EmbeddedError> {
    let mut connection = connect(socket).await?;
    let role: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = 'todo')")
        .fetch_one(&mut connection)
        .await?;
    if !role {
        sqlx::query("CREATE ROLE todo LOGIN").execute(&mut connection).await?;
    }
    let database: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_database WHERE datname = 'todo')")
        .fetch_one(&mut connection)
        .await?;
    if !database {
        sqlx::query("CREATE DATABASE todo OWNER todo").execute(&mut connection).await?;
    }
    connection.close().await?;
    Ok(())
}
