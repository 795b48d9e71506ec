//! Connections for single read-only statements.
//!
//! sqlx's pool pings each returned connection, which for a short read costs as much as the read itself. Here a connection that has finished
//! its statement is reused as it is, and pinged only if it was idle for long.

use std::time::Duration;

use deadpool::{
    Runtime,
    managed::{Manager, Metrics, Object, Pool, PoolError, RecycleError, RecycleResult},
};
use futures_util::{StreamExt, TryFutureExt, TryStreamExt, future::BoxFuture, stream, stream::BoxStream};
use sqlx::{
    Connection, Describe, Either, Execute, Executor, PgConnection, PgPool, Postgres, SqlStr,
    postgres::{PgConnectOptions, PgQueryResult, PgRow, PgStatement, PgTypeInfo},
};

use super::{ACQUIRE_TIMEOUT, TRUSTED_FOR};

/// Executes statements, like the pool. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Reader(Pool<Connections>);

#[derive(Debug)]
struct Connections(PgConnectOptions);

#[derive(Debug)]
struct Pooled {
    connection: PgConnection,
    /// A statement was started but not seen to finish: the caller has gone, or the connection is broken.
    is_busy: bool,
}

impl Manager for Connections {
    type Type = Pooled;
    type Error = sqlx::Error;

    async fn create(&self) -> sqlx::Result<Pooled> {
        Ok(Pooled { connection: PgConnection::connect_with(&self.0).await?, is_busy: false })
    }

    async fn recycle(&self, pooled: &mut Pooled, metrics: &Metrics) -> RecycleResult<sqlx::Error> {
        if pooled.is_busy {
            return Err(RecycleError::message("a statement was not finished"));
        }
        if metrics.last_used() > TRUSTED_FOR {
            pooled.connection.ping().await?;
        }
        Ok(())
    }
}

impl Reader {
    /// For the pool's database.
    pub fn beside(pool: &PgPool, max_connections: u32) -> anyhow::Result<Self> {
        let size = usize::try_from(max_connections)?;
        let connections = Connections(pool.connect_options().as_ref().clone());
        let pool = Pool::builder(connections)
            .max_size(size)
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(ACQUIRE_TIMEOUT))
            .create_timeout(Some(ACQUIRE_TIMEOUT))
            .recycle_timeout(Some(Duration::from_secs(1)))
            .build()?;
        Ok(Self(pool))
    }

    pub fn close(&self) {
        self.0.close();
    }

    async fn connection(&self) -> sqlx::Result<Object<Connections>> {
        let mut pooled = self.0.get().await.map_err(|error| match error {
            PoolError::Backend(error) => error,
            PoolError::Closed => sqlx::Error::PoolClosed,
            _ => sqlx::Error::PoolTimedOut,
        })?;
        pooled.is_busy = true;
        Ok(pooled)
    }

    async fn run<T>(&self, statement: impl AsyncFnOnce(&mut PgConnection) -> sqlx::Result<T>) -> sqlx::Result<T> {
        let mut pooled = self.connection().await?;
        let result = statement(&mut pooled.connection).await;
        finish(pooled, result)
    }
}

/// An error sent by PostgreSQL also ends a statement, unless it ends the connection too (class 57, operator intervention).
fn finish<T>(mut pooled: Object<Connections>, result: sqlx::Result<T>) -> sqlx::Result<T> {
    pooled.is_busy = match &result {
        Ok(_) => false,
        Err(sqlx::Error::Database(error)) => error.code().is_none_or(|code| code.starts_with("57")),
        Err(_) => true,
    };
    result
}

impl<'c> Executor<'c> for &'_ Reader {
    type Database = Postgres;

    /// All rows are read before the first is returned: lists are limited.
    fn fetch_many<'e, 'q: 'e, E>(self, query: E) -> BoxStream<'e, sqlx::Result<Either<PgQueryResult, PgRow>>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        let reader = self.clone();
        let rows = async move {
            let rows: Vec<_> = reader.run(async |connection| connection.fetch_many(query).try_collect().await).await?;
            Ok(stream::iter(rows.into_iter().map(Ok)))
        };
        rows.try_flatten_stream().boxed()
    }

    fn fetch_all<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, sqlx::Result<Vec<PgRow>>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        let reader = self.clone();
        Box::pin(async move { reader.run(async |connection| connection.fetch_all(query).await).await })
    }

    fn fetch_optional<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, sqlx::Result<Option<PgRow>>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        let reader = self.clone();
        Box::pin(async move { reader.run(async |connection| connection.fetch_optional(query).await).await })
    }

    fn prepare_with<'e>(self, sql: SqlStr, parameters: &'e [PgTypeInfo]) -> BoxFuture<'e, sqlx::Result<PgStatement>>
    where
        'c: 'e,
    {
        let reader = self.clone();
        Box::pin(async move { reader.run(async |connection| connection.prepare_with(sql, parameters).await).await })
    }

    fn describe<'e>(self, sql: SqlStr) -> BoxFuture<'e, sqlx::Result<Describe<Postgres>>>
    where
        'c: 'e,
    {
        let reader = self.clone();
        Box::pin(async move { reader.run(async |connection| connection.describe(sql).await).await })
    }
}
