//! Whether the database answers, and why not. The pool retries refused connections until its timeout and then reports "timed out" for every
//! cause, so the cause is determined separately.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use sqlx::{Connection, PgConnection, PgPool};
use tokio::time::{sleep, timeout};

const PATIENCE: Duration = Duration::from_secs(2);
/// Readiness is checked several times a second; the reason is logged less often.
const PAUSE_BETWEEN_REASONS: Duration = Duration::from_secs(10);

/// Checks through the pool, like requests. Without an answer, the reason is logged shortly afterwards.
pub async fn is_reachable(pool: &PgPool) -> bool {
    let probe = sqlx::query("SELECT 1").execute(pool);
    let reachable = matches!(timeout(PATIENCE, probe).await, Ok(Ok(_)));
    if !reachable {
        log_reason(pool);
    }
    reachable
}

/// Connects once outside the pool and returns the error; `None` on success.
pub async fn connect_error(pool: &PgPool) -> Option<String> {
    let options = pool.connect_options();
    let connect = async {
        let mut connection = PgConnection::connect_with(&options).await?;
        sqlx::query("SELECT 1").execute(&mut connection).await?;
        connection.close().await
    };
    match timeout(PATIENCE, connect).await {
        Ok(Ok(())) => None,
        Ok(Err(error)) => Some(error.to_string()),
        Err(_) => Some(format!("no answer within {} seconds", PATIENCE.as_secs())),
    }
}

fn log_reason(pool: &PgPool) {
    static UNDER_WAY: AtomicBool = AtomicBool::new(false);
    if UNDER_WAY.swap(true, Ordering::Relaxed) {
        return;
    }
    let pool = pool.clone();
    tokio::spawn(async move {
        let address = pool.connect_options();
        let (host, port) = (address.get_host(), address.get_port());
        match connect_error(&pool).await {
            Some(reason) => tracing::warn!(error = reason, host, port, "the database cannot be reached"),
            None => tracing::warn!(host, port, "the database accepts connections, but the pool had none free in time"),
        }
        sleep(PAUSE_BETWEEN_REASONS).await;
        UNDER_WAY.store(false, Ordering::Relaxed);
    });
}
