//! What is done now and then, by the worker. Each job can run on several workers at once and any number of times.

mod empty_trash;
mod prune;
pub mod timed;

use std::time::Duration;

use chrono::Utc;
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

use crate::{
    config::Retention,
    deliveries, digests,
    state::{AppState, Background},
    telemetry,
};

const INTERVAL: Duration = Duration::from_secs(15 * 60);
const UPKEEP_INTERVAL: Duration = Duration::from_secs(30);
const DIGEST_INTERVAL: Duration = Duration::from_secs(10);
const KEPT_WITHOUT_MAIL: Duration = Duration::from_secs(24 * 3600);

/// Runs every job from time to time until `stop` is cancelled.
pub async fn run(state: AppState, stop: CancellationToken) {
    let state = state.for_background(Background::Scheduled);
    let mut jobs = tokio::time::interval(INTERVAL);
    let mut upkeep = tokio::time::interval(UPKEEP_INTERVAL);
    let mut mail = tokio::time::interval(DIGEST_INTERVAL);
    loop {
        let done = tokio::select! {
            () = stop.cancelled() => return,
            _ = upkeep.tick() => {
                telemetry::metrics_upkeep();
                Ok(())
            }
            _ = mail.tick() => prepare_mail(&state).await,
            _ = jobs.tick() => run_once(&state.db, &state.config.retention).await,
        };
        if let Err(error) = done {
            tracing::error!(%error, "a job failed; it is tried again later");
        }
    }
}

/// Gathers digests. While mail is off what waits is kept for a day, in case that is a mistake, and no longer: who
/// switches it on must not send the news of last month.
async fn prepare_mail(state: &AppState) -> sqlx::Result<()> {
    if state.mail.is_none() {
        deliveries::store::drop_waiting_mails(&state.db, KEPT_WITHOUT_MAIL).await?;
        digests::store::drop_waiting(&state.db, Utc::now() - KEPT_WITHOUT_MAIL).await?;
    } else if digests::gather(&state.db).await? > 0 {
        state.bus.alarm().ring();
    }
    Ok(())
}

/// Runs every job once.
pub async fn run_once(db: &PgPool, retention: &Retention) -> sqlx::Result<()> {
    let events = prune::events(db, retention.events).await?;
    let sessions = prune::sessions(db).await?;
    let notifications = prune::notifications(db, retention.notifications).await?;
    let deliveries = prune::deliveries(db, retention.notifications).await?;
    let told = prune::told(db).await?;
    let invitations = prune::invitations(db).await?;
    let tasks = empty_trash::tasks(db, retention.trash).await?;
    let projects = empty_trash::projects(db, retention.trash).await?;
    if events + sessions + notifications + deliveries + told + invitations + tasks + projects > 0 {
        tracing::info!(events, sessions, notifications, deliveries, told, invitations, tasks, projects, "cleaned up");
    }
    Ok(())
}
