//! What is done now and then, by the worker. Each job can run on several workers at once and any number of times.

mod empty_trash;
mod prune;

use std::time::Duration;

use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

use crate::{config::Retention, telemetry};

const INTERVAL: Duration = Duration::from_secs(15 * 60);
const UPKEEP_INTERVAL: Duration = Duration::from_secs(30);

/// Runs every job from time to time until `stop` is cancelled.
pub async fn run(db: PgPool, retention: Retention, stop: CancellationToken) {
    let mut jobs = tokio::time::interval(INTERVAL);
    let mut upkeep = tokio::time::interval(UPKEEP_INTERVAL);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = upkeep.tick() => telemetry::metrics_upkeep(),
            _ = jobs.tick() => {
                if let Err(error) = run_once(&db, &retention).await {
                    tracing::error!(%error, "a clean-up job failed; it is tried again later");
                }
            }
        }
    }
}

/// Runs every job once.
pub async fn run_once(db: &PgPool, retention: &Retention) -> sqlx::Result<()> {
    let events = prune::events(db, retention.events).await?;
    let sessions = prune::sessions(db).await?;
    let notifications = prune::notifications(db, retention.notifications).await?;
    let deliveries = prune::deliveries(db, retention.notifications).await?;
    let tasks = empty_trash::tasks(db, retention.trash).await?;
    let projects = empty_trash::projects(db, retention.trash).await?;
    if events + sessions + notifications + deliveries + tasks + projects > 0 {
        tracing::info!(events, sessions, notifications, deliveries, tasks, projects, "cleaned up");
    }
    Ok(())
}
