//! What is done now and then, by the worker. Each job can run on several workers at once and any number of times.

mod empty_trash;
mod index_tasks;
mod prune;
pub mod renew_order;
pub mod timed;

use std::time::Duration;

use chrono::Utc;
use sqlx::PgPool;
use tokio::time::MissedTickBehavior;

use crate::{
    account_deletion,
    config::Retention,
    deliveries, digests, erasure, exports,
    state::{AppState, Background},
    telemetry,
};

const CLEAN_UP: Duration = Duration::from_secs(15 * 60);
/// What people delete for good is soon gone from everything.
const ERASURE: Duration = Duration::from_secs(5);
const EXPORTS: Duration = Duration::from_secs(3);
const ACCOUNTS: Duration = Duration::from_secs(60);
const DIGESTS: Duration = Duration::from_secs(10);
/// A key grows by two characters with each move, so it stays short at any pace of moves.
const ORDER: Duration = Duration::from_secs(1);
/// What other writers leave, which is seldom more than a few tasks.
const INDEX: Duration = Duration::from_secs(1);
const METRICS: Duration = Duration::from_secs(30);
const KEPT_WITHOUT_MAIL: Duration = Duration::from_secs(24 * 3600);

/// Does every job of a worker from time to time until the process drains.
pub fn start(state: &AppState) {
    timed::start(state);
    start_repeating(state, "digests", DIGESTS, async |state| Ok(prepare_mail(&state).await?));
    start_repeating(state, "order", ORDER, async |state| renew_order::run_once(&state).await);
    start_repeating(state, "search_index", INDEX, async |state| index_tasks::run_once(&state).await);
    start_repeating(state, "erasure", ERASURE, async |state| {
        erasure::run_once(&state.db).await?;
        Ok(())
    });
    start_repeating(state, "exports", EXPORTS, async |state| exports::worker::run_once(&state).await);
    start_repeating(state, "account_deletion", ACCOUNTS, async |state| {
        account_deletion::worker::run_once(&state).await
    });
    start_repeating(state, "clean_up", CLEAN_UP, async |state| Ok(run_once(&state.db, &state.config.retention).await?));
}

/// What every process does that collects metrics.
pub fn start_metrics_upkeep(state: &AppState) {
    start_repeating(state, "metrics_upkeep", METRICS, async |_| {
        telemetry::metrics_upkeep();
        Ok(())
    });
}

/// A task that does a job from time to time. What fails is tried again the next time; what is under way when the process drains
/// is finished.
fn start_repeating<J, F>(state: &AppState, task: &'static str, every: Duration, job: J)
where
    J: Fn(AppState) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = anyhow::Result<()>> + Send + 'static,
{
    let own = state.for_background(Background::Scheduled);
    state.supervisor.spawn(task, move || repeat(own.clone(), task, every, job.clone()));
}

async fn repeat<F>(state: AppState, task: &'static str, every: Duration, job: impl Fn(AppState) -> F)
where
    F: Future<Output = anyhow::Result<()>>,
{
    let mut ticks = tokio::time::interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while state.draining.run_until_cancelled(ticks.tick()).await.is_some() {
        if let Err(error) = job(state.clone()).await {
            tracing::error!(task, error = format!("{error:#}"), "a job failed; it is tried again later");
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
    let webhook_bodies = prune::webhook_bodies(db, retention.webhook_bodies).await?;
    let told = prune::told(db).await?;
    let invitations = prune::invitations(db).await?;
    let registrations = prune::registrations(db).await? + prune::address_changes(db, retention.notifications).await?;
    let tasks = empty_trash::tasks(db, retention.trash).await?;
    let projects = empty_trash::projects(db, retention.trash).await?;
    let cleaned = events + sessions + notifications + deliveries + webhook_bodies + told + invitations + registrations;
    if cleaned + tasks + projects > 0 {
        tracing::info!(
            events,
            sessions,
            notifications,
            deliveries,
            webhook_bodies,
            told,
            invitations,
            registrations,
            tasks,
            projects,
            "cleaned up"
        );
    }
    Ok(())
}
