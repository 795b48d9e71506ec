//! For monitoring: liveness, readiness, metrics.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use axum::{Json, extract::State, http::StatusCode, response::IntoResponse};
use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::PgPool;
use tokio::time::timeout;
use utoipa::ToSchema;

use crate::{
    db,
    error::{ApiError, ApiResult, Resource},
    http::inside::Inside,
    notices, outbox,
    state::AppState,
    telemetry,
};

/// Health checks do not wait for a busy database.
const COUNT_PATIENCE: Duration = Duration::from_secs(2);

#[derive(Serialize, ToSchema)]
pub struct Alive {
    #[schema(example = "ok")]
    status: &'static str,
    #[schema(example = "0.1.0")]
    version: &'static str,
    /// The build's revision, if the image sets it.
    #[schema(example = "4f2a9c1")]
    revision: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CheckStatus {
    Ok,
    /// Unavailable, and the server works without it.
    Degraded,
    /// Unavailable, and the server cannot work without it.
    Unavailable,
    NotConfigured,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Readiness {
    Ok,
    /// It serves, but an optional part is unavailable.
    Degraded,
    Unavailable,
    /// It is draining: send it no new requests.
    Draining,
}

#[derive(Serialize, ToSchema)]
pub struct Checks {
    database: CheckStatus,
    /// Whether all migrations known to this server have been applied.
    migrations: CheckStatus,
    redis: CheckStatus,
    /// The SMTP server.
    mail: CheckStatus,
    /// The background tasks of this process.
    background: CheckStatus,
}

/// A background task that ended unexpectedly, or a job that failed at least twice in a row. It is restarted with growing pauses, or runs
/// again at its next time, and is reported until it succeeds.
#[derive(Serialize, ToSchema)]
pub struct InterruptedTask {
    #[schema(example = "mail")]
    task: &'static str,
    since: DateTime<Utc>,
    /// Number of ends or failures since then.
    ends: u32,
    /// What to do.
    advice: &'static str,
}

const ADVICE: &str = "The log of this process says why (search for this task); restart the process when it does not run well again by itself.";

/// The outbox: outgoing mail and webhook messages.
#[derive(Serialize, ToSchema)]
pub struct Outbox {
    /// Waiting for the first or next attempt.
    pending: i64,
    /// Given up; an administrator can retry them.
    parked: i64,
}

#[derive(Serialize, ToSchema)]
pub struct Ready {
    status: Readiness,
    /// null for those outside.
    checks: Option<Checks>,
    /// null for external callers, and if the database does not answer.
    deliveries: Option<Outbox>,
    /// Changes of which people have not been notified yet; null when `deliveries` is.
    notices: Option<Outbox>,
    /// Failed background tasks and failing jobs that have not recovered; null for external callers.
    interrupted: Option<Vec<InterruptedTask>>,
}

/// Whether the process is alive
#[utoipa::path(get, path = "/health", tag = "operations", security(()), responses((status = 200, body = Alive)))]
pub async fn alive(State(state): State<AppState>) -> Json<Alive> {
    Json(Alive { status: "ok", version: env!("CARGO_PKG_VERSION"), revision: state.config.revision.clone() })
}

/// Whether it can serve, and what is missing
///
/// Details are available on the internal network, and with the metrics token.
#[utoipa::path(get, path = "/health/ready", tag = "operations", security(()),
    responses((status = 200, body = Ready), (status = 503, body = Ready, description = "It cannot serve now")))]
pub async fn ready(State(state): State<AppState>, Inside(is_inside): Inside) -> impl IntoResponse {
    let reachable = db::is_reachable(&state.db).await;
    let migrated = reachable && is_migrated(&state).await;
    let redis = match &state.redis {
        None => CheckStatus::NotConfigured,
        Some(redis) if redis.ping().await => CheckStatus::Ok,
        Some(_) => CheckStatus::Degraded,
    };
    let mail = match &state.mail {
        None => CheckStatus::NotConfigured,
        Some(mailer) if mailer.is_reachable().await => CheckStatus::Ok,
        Some(_) => CheckStatus::Degraded,
    };
    let interrupted = interrupted_tasks(&state);
    let background = if interrupted.is_empty() { CheckStatus::Ok } else { CheckStatus::Degraded };
    let needed = |there| if there { CheckStatus::Ok } else { CheckStatus::Unavailable };
    let is_degraded = [&redis, &mail, &background].iter().any(|check| matches!(check, CheckStatus::Degraded));
    let (code, status) = match (reachable && migrated, is_degraded) {
        _ if state.leaving.is_cancelled() => (StatusCode::SERVICE_UNAVAILABLE, Readiness::Draining),
        (false, _) => (StatusCode::SERVICE_UNAVAILABLE, Readiness::Unavailable),
        (true, true) => (StatusCode::OK, Readiness::Degraded),
        (true, false) => (StatusCode::OK, Readiness::Ok),
    };
    if !is_inside {
        return (code, Json(Ready { status, checks: None, deliveries: None, notices: None, interrupted: None }));
    }
    let checks = Checks { database: needed(reachable), migrations: needed(migrated), redis, mail, background };
    let (deliveries, notices) = if migrated { tokio::join!(outbox(&state), notices(&state)) } else { (None, None) };
    (code, Json(Ready { status, checks: Some(checks), deliveries, notices, interrupted: Some(interrupted) }))
}

fn interrupted_tasks(state: &AppState) -> Vec<InterruptedTask> {
    let tasks = state.supervisor.interruptions().into_iter();
    tasks.map(|(task, one)| InterruptedTask { task, since: one.since, ends: one.ends, advice: ADVICE }).collect()
}

async fn outbox(state: &AppState) -> Option<Outbox> {
    let counts = timeout(COUNT_PATIENCE, outbox::store::count_unsent(&state.db)).await.ok()?.ok()?;
    let count = |state: &str| counts.iter().filter(|one| one.state == state).map(|one| one.count).sum();
    Some(Outbox { pending: count("pending"), parked: count("parked") })
}

async fn notices(state: &AppState) -> Option<Outbox> {
    let counts = timeout(COUNT_PATIENCE, notices::store::count(&state.db)).await.ok()?.ok()?;
    Some(Outbox { pending: counts.pending, parked: counts.parked })
}

/// Once complete, the schema stays complete: this server knows no newer migrations.
async fn is_migrated(state: &AppState) -> bool {
    static MIGRATED: AtomicBool = AtomicBool::new(false);
    if !MIGRATED.load(Ordering::Relaxed) && db::is_migrated(&state.db).await {
        MIGRATED.store(true, Ordering::Relaxed);
    }
    MIGRATED.load(Ordering::Relaxed)
}

/// Prometheus metrics in text format
///
/// On the internal network, and with the metrics token.
#[utoipa::path(get, path = "/metrics", tag = "operations", security(()),
    responses((status = 200, body = String, content_type = "text/plain"), (status = 404, description = "Asked from outside")))]
pub async fn metrics(State(state): State<AppState>, Inside(is_inside): Inside) -> ApiResult<impl IntoResponse> {
    if !is_inside {
        return Err(ApiError::NotFound(Resource::Page));
    }
    let total = |count: fn(&PgPool) -> u32| f64::from(state.pools().map(count).into_iter().sum::<u32>());
    metrics::gauge!("todo_database_connections", "state" => "idle")
        .set(total(|pool| u32::try_from(pool.num_idle()).unwrap_or(u32::MAX)));
    metrics::gauge!("todo_database_connections", "state" => "open").set(total(PgPool::size));
    Ok(([("content-type", "text/plain; version=0.0.4; charset=utf-8")], telemetry::render_metrics()))
}
