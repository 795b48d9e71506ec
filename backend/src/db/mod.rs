//! PostgreSQL: the pool, the migrations, the health of both.

mod errors;
mod reachable;
mod reader;
mod status;
mod steps;

use std::{borrow::Cow, io, str::FromStr, time::Duration};

use secrecy::{ExposeSecret, SecretString};
use sqlx::{
    ConnectOptions, Connection, PgPool, Postgres, Transaction,
    migrate::Migrator,
    postgres::{PgConnectOptions, PgPoolOptions, types::PgInterval},
};

use crate::telemetry::traces;

pub use self::errors::{Refusal, conflict, exhausted};
pub use self::reachable::{connect_error, is_reachable};
pub use self::reader::Reader;
pub use self::status::{MigrationState, migration_status};
pub use self::steps::{in_steps, in_steps_until};

pub static MIGRATOR: Migrator = sqlx::migrate!("../database/migrations");

/// Connections idle for longer are pinged before use.
const TRUSTED_FOR: Duration = Duration::from_secs(1);
/// How long a request waits for a connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

fn connect_options(url: &SecretString) -> anyhow::Result<PgConnectOptions> {
    let options = PgConnectOptions::from_str(url.expose_secret())
        .map_err(|_| anyhow::anyhow!("the database URL is not valid"))?;
    Ok(options
        .application_name("todo")
        .log_slow_statements(tracing::log::LevelFilter::Warn, Duration::from_secs(1))
        .log_statements(tracing::log::LevelFilter::Trace))
}

/// A pool that connects on first use, so that a server can start before its database. PostgreSQL cancels statements that exceed
/// `statement_timeout`, since nobody waits for them any more.
pub fn pool(url: &SecretString, max_connections: u32, statement_timeout: Duration) -> anyhow::Result<PgPool> {
    let options = connect_options(url)?.options([("statement_timeout", statement_timeout.as_millis().to_string())]);
    Ok(lazy_pool(options, max_connections))
}

/// A second pool for the same database.
pub fn pool_beside(pool: &PgPool, max_connections: u32) -> PgPool {
    lazy_pool(pool.connect_options().as_ref().clone(), max_connections)
}

fn lazy_pool(options: PgConnectOptions, max_connections: u32) -> PgPool {
    PgPoolOptions::new()
        .max_connections(max_connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .idle_timeout(Duration::from_secs(300))
        // A ping is a round trip: only long idle connections are pinged.
        .test_before_acquire(false)
        .before_acquire(|connection, meta| {
            Box::pin(async move {
                if meta.idle_for > TRUSTED_FOR {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .connect_lazy_with(options)
}

/// Begins a transaction completely. If the caller went away in the middle of sqlx's own `begin`, the connection would return to the pool
/// with an open transaction, and the next statement would join it.
pub async fn begin(pool: &PgPool) -> sqlx::Result<Transaction<'static, Postgres>> {
    let pool = pool.clone();
    let begun = tokio::spawn(async move { pool.begin().await });
    traces::statement("db::begin", begun).await.map_err(|_| sqlx::Error::WorkerCrashed)?
}

/// The connection failed during a commit: nobody knows whether it succeeded.
#[derive(Debug, thiserror::Error)]
#[error("it is not known whether the change was committed: {0}")]
pub struct OutcomeUnknown(sqlx::Error);

/// Commits a transaction. An error with an unknown outcome is an [`OutcomeUnknown`] inside [`sqlx::Error::Io`].
pub async fn commit(transaction: Transaction<'static, Postgres>) -> sqlx::Result<()> {
    traces::statement("db::commit", transaction.commit()).await.map_err(unless_refused)
}

/// Keeps errors by which PostgreSQL reports a failed write, and turns all others into an unknown outcome.
pub fn unless_refused(error: sqlx::Error) -> sqlx::Error {
    match error_code(&error).as_deref() {
        // The server is shutting down (57P), or a pooler has lost it (08).
        Some(code) if !code.starts_with("57P") && !code.starts_with("08") => error,
        None if matches!(error, sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed) => error,
        _ if is_outcome_unknown(&error) => error,
        _ => sqlx::Error::Io(io::Error::other(OutcomeUnknown(error))),
    }
}

pub fn is_outcome_unknown(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Io(error) if error.get_ref().is_some_and(|inner| inner.is::<OutcomeUnknown>()))
}

/// Others hold all turns of a lock; see [`crate::http::lock_turns`].
#[derive(Debug, thiserror::Error)]
#[error("others change the same at the moment")]
struct NoTurn;

/// Marks a transaction as rolled back because there was no turn for a lock.
pub fn no_turn() -> sqlx::Error {
    sqlx::Error::Io(io::Error::other(NoTurn))
}

pub fn is_no_turn(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Io(error) if error.get_ref().is_some_and(|inner| inner.is::<NoTurn>()))
}

/// Migrates the schema over a separate connection (the migrator holds a session lock, so it must not use a transaction pooler). Several
/// processes may call this at once: one migrates, the others wait.
///
/// Migrations of a newer version are ignored: they also work with this version, to which somebody has rolled back.
pub async fn migrate(url: &SecretString) -> anyhow::Result<()> {
    let pool = single_connection(url).await?;
    let mut migrator = Migrator::with_migrations(MIGRATOR.iter().cloned().collect());
    migrator.set_ignore_missing(true).run(&pool).await?;
    pool.close().await;
    Ok(())
}

async fn single_connection(url: &SecretString) -> anyhow::Result<PgPool> {
    Ok(PgPoolOptions::new().max_connections(1).connect_with(connect_options(url)?).await?)
}

/// As a parameter of a statement.
pub fn interval(duration: Duration) -> PgInterval {
    PgInterval { months: 0, days: 0, microseconds: i64::try_from(duration.as_micros()).unwrap_or(i64::MAX / 2) }
}

/// The SQLSTATE of an error sent by PostgreSQL.
pub fn error_code(error: &sqlx::Error) -> Option<Cow<'_, str>> {
    error.as_database_error().and_then(|error| error.code())
}

/// Whether all migrations known to this program have been applied.
pub async fn is_migrated(pool: &PgPool) -> bool {
    let newest = MIGRATOR.iter().map(|migration| migration.version).max().unwrap_or(0);
    let applied = sqlx::query_scalar::<_, Option<i64>>("SELECT max(version) FROM _sqlx_migrations WHERE success")
        .fetch_one(pool)
        .await;
    matches!(applied, Ok(Some(version)) if version >= newest)
}
