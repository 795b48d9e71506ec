//! PostgreSQL and Redis.

use std::time::Instant;

use super::{Cause, Check, Finding};
use crate::{db, state::AppState};

pub async fn database(state: &AppState) -> Finding {
    let finding = |cause| Finding::new(Check::Database, cause);
    let max = state.config.database.max_connections;
    let full = state.db.size() >= max && state.db.num_idle() == 0;
    let started = Instant::now();
    let version = match sqlx::query_scalar::<_, String>("SHOW server_version").fetch_one(&state.db).await {
        Ok(version) => version,
        // That none of our own connections came free says nothing about the database.
        Err(sqlx::Error::PoolTimedOut) if full => return finding(Cause::DatabasePoolFull).number("max", max),
        Err(error) => return finding(Cause::DatabaseUnreachable).text("error", error.to_string()),
    };
    let milliseconds = started.elapsed().as_millis();
    if !db::is_migrated(&state.db).await {
        return finding(Cause::MigrationsPending);
    }
    let cause = if full { Cause::DatabasePoolFull } else { Cause::DatabaseOk };
    let version = version.split_whitespace().next().unwrap_or_default();
    finding(cause).text("version", version).number("milliseconds", milliseconds).number("max", max)
}

pub async fn redis(state: &AppState) -> Finding {
    let cause = match &state.redis {
        None => Cause::RedisNotConfigured,
        Some(redis) if redis.ping().await => Cause::RedisOk,
        Some(_) => Cause::RedisUnreachable,
    };
    Finding::new(Check::Redis, cause)
}
