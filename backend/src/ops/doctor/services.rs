//! PostgreSQL, Redis, and the mail server.

use std::time::{Duration, Instant};

use sqlx::{Connection, PgConnection};

use super::{Cause, Check, Finding};
use crate::{
    cache::Redis,
    config::Environment,
    db, deliveries,
    error::Exhausted,
    notices, outbox,
    state::{AppState, Background},
};

/// All connections are often busy for a moment; having to wait for one is what people notice.
const LONG_WAIT: Duration = Duration::from_secs(1);
/// Attempts to reach Redis. Requests wait a quarter of a second, which a busy machine sometimes exceeds.
const PINGS: usize = 4;

pub async fn database(state: &AppState) -> Finding {
    let max = state.db.options().get_max_connections();
    let finding = |cause| Finding::new(Check::Database, cause).number("max", max);
    let is_full = || state.db.size() >= max && state.db.num_idle() == 0;
    let asked = Instant::now();
    let mut connection = match state.db.acquire().await {
        Ok(connection) => connection,
        // An exhausted pool says nothing about the database itself.
        Err(sqlx::Error::PoolTimedOut) if is_full() => return finding(Cause::DatabasePoolFull),
        Err(error) => {
            let reason = db::connect_error(&state.db).await.unwrap_or_else(|| error.to_string());
            return finding(Cause::DatabaseUnreachable).text("error", reason);
        }
    };
    let waited = asked.elapsed();
    let acquired = Instant::now();
    let version = match sqlx::query_scalar::<_, String>("SHOW server_version").fetch_one(&mut *connection).await {
        Ok(version) => version,
        Err(error) => return finding(unreachable_cause(&error)).text("error", error.to_string()),
    };
    let milliseconds = acquired.elapsed().as_millis();
    if let Err(error) = take_room(&mut connection).await
        && db::exhausted(&error).is_some()
    {
        return finding(unreachable_cause(&error)).text("error", error.to_string());
    }
    drop(connection);
    if !db::is_migrated(&state.db).await {
        return finding(Cause::MigrationsPending);
    }
    let cause = if waited > LONG_WAIT && is_full() { Cause::DatabasePoolFull } else { Cause::DatabaseOk };
    let version = version.split_whitespace().next().unwrap_or_default();
    finding(cause).text("version", version).number("milliseconds", milliseconds)
}

/// Writes a megabyte and rolls it back: a full disk refuses it. A read-only server is not checked here.
async fn take_room(connection: &mut PgConnection) -> sqlx::Result<()> {
    let mut transaction = connection.begin().await?;
    sqlx::query("CREATE TEMPORARY TABLE doctor_room ON COMMIT DROP AS SELECT repeat('x', 1000) AS text FROM generate_series(1, 1000)")
        .execute(&mut *transaction)
        .await?;
    transaction.rollback().await
}

fn unreachable_cause(error: &sqlx::Error) -> Cause {
    match db::exhausted(error) {
        Some(Exhausted::Disk) => Cause::DatabaseDiskFull,
        Some(Exhausted::Memory) => Cause::DatabaseOutOfMemory,
        None => Cause::DatabaseUnreachable,
    }
}

pub async fn redis(state: &AppState) -> Finding {
    let cause = match &state.redis {
        None => Cause::RedisNotConfigured,
        Some(redis) if answers(redis).await => Cause::RedisOk,
        Some(_) => Cause::RedisUnreachable,
    };
    Finding::new(Check::Redis, cause)
}

async fn answers(redis: &Redis) -> bool {
    for _ in 0..PINGS {
        if redis.ping().await {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    false
}

/// Connects to the mail server and authenticates if configured; sends no mail.
pub async fn mail(state: &AppState) -> Finding {
    let finding = |cause| Finding::new(Check::Mail, cause);
    let Some(mailer) = &state.mail else { return finding(Cause::MailNotConfigured) };
    let sender = &mailer.config().from.email;
    if let Err(error) = mailer.try_connection().await {
        return finding(Cause::MailUnreachable).text("error", error);
    }
    let is_local = sender.domain() == "localhost" && state.config.environment == Environment::Production;
    finding(if is_local { Cause::MailSenderLocal } else { Cause::MailOk }).text("sender", sender.to_string())
}

/// Given-up deliveries, which nobody gets until they are retried.
pub async fn deliveries(state: &AppState) -> Finding {
    let finding = |cause| Finding::new(Check::Deliveries, cause);
    let counts = match outbox::store::count_unsent(&state.db).await {
        Ok(counts) => counts,
        Err(error) => return finding(Cause::DeliveriesUnknown).text("error", error.to_string()),
    };
    // Not over the connections that another check looks at.
    match notices::store::count(&state.for_background(Background::Notices).db).await {
        Ok(notices) if notices.parked > 0 => {
            let error = notices.last_error.unwrap_or_default();
            return finding(Cause::NoticesParked).number("count", notices.parked).text("error", error);
        }
        Ok(_) => {}
        Err(error) => return finding(Cause::DeliveriesUnknown).text("error", error.to_string()),
    }
    let count = |state: &str| counts.iter().filter(|one| one.state == state).map(|one| one.count).sum::<i64>();
    let parked = count("parked");
    if parked == 0 {
        return finding(Cause::DeliveriesOk).number("pending", count("pending"));
    }
    let reason = deliveries::log::last_reason(&state.db).await.ok().flatten().unwrap_or_default();
    finding(Cause::DeliveriesParked).number("count", parked).text("error", reason)
}
