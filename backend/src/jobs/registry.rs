//! All jobs: interval, time limit, and which process runs them. A run stopped at its limit has done all but its last step, and the next one
//! continues.

use std::time::Duration;

use axum::extract::FromRef;
use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;

use super::{empty_trash, index_tasks, prune, renew_order};
use crate::{account_deletion, erasure, exports, notices, notifications::digests, outbox, scheduled, state::AppState};

/// Which processes run a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Only the leader.
    Leader,
    /// Every worker; they share the rows between them.
    Everybody,
}

/// Runs it once, as of a given time; returns the amount of work done.
type Run = fn(AppState, DateTime<Utc>) -> BoxFuture<'static, anyhow::Result<u64>>;

pub struct Job {
    pub name: &'static str,
    pub every: Duration,
    pub limit: Duration,
    pub by: By,
    /// Not urgent: only a few run at once, so that others find a connection.
    pub is_clean_up: bool,
    pub run: Run,
}

const MINUTE: Duration = Duration::from_secs(60);

const fn job(name: &'static str, seconds: u64, limit: Duration, by: By, run: Run) -> Job {
    Job { name, every: Duration::from_secs(seconds), limit, by, is_clean_up: false, run }
}

const fn clean_up(name: &'static str, run: Run) -> Job {
    let (every, limit) = (Duration::from_secs(15 * 60), Duration::from_secs(10 * 60));
    Job { name, every, limit, by: By::Leader, is_clean_up: true, run }
}

pub const JOBS: &[Job] = &[
    // Reminders do not wait for a long check of dates.
    job("reminders", 1, Duration::from_secs(300), By::Everybody, |state, now| {
        Box::pin(async move { scheduled::fire_reminders(&state, now).await })
    }),
    // Each check is recorded; a few seconds of delay are fine.
    job("dates", 10, Duration::from_secs(300), By::Everybody, |state, now| {
        Box::pin(async move { scheduled::tell_dates(&state, now).await })
    }),
    job("exports", 3, Duration::from_secs(3600), By::Everybody, |state, _| {
        Box::pin(async move { exports::worker::run_once(&FromRef::from_ref(&state)).await.map(|()| 0) })
    }),
    job("digests", 10, MINUTE, By::Leader, |state, now| Box::pin(async move { Ok(prepare_mail(&state, now).await?) })),
    // A key grows by two characters per move, so it stays short at any rate of moves.
    job("order", 1, MINUTE, By::Leader, |state, _| {
        Box::pin(async move { renew_order::run_once(&state).await.map(|()| 0) })
    }),
    // What other writers leave, usually a few tasks; after an upgrade all of them.
    job("search_index", 1, Duration::from_secs(3600), By::Leader, |state, _| {
        Box::pin(async move { index_tasks::run_once(&state).await.map(|()| 0) })
    }),
    // Permanently deleted data soon disappears everywhere.
    job("erasure", 5, Duration::from_secs(600), By::Leader, |state, _| {
        Box::pin(async move { Ok(erasure::run_once(&state.db).await?) })
    }),
    job("account_deletion", 60, Duration::from_secs(3600), By::Leader, |state, _| {
        Box::pin(async move { account_deletion::worker::run_once(&FromRef::from_ref(&state)).await.map(|()| 0) })
    }),
    clean_up("prune_events", |state, now| {
        Box::pin(async move { Ok(prune::events(&state.db, now - state.config.retention.events).await?) })
    }),
    clean_up("prune_sessions", |state, now| Box::pin(async move { Ok(prune::sessions(&state.db, now).await?) })),
    clean_up("prune_notifications", |state, now| {
        Box::pin(async move { Ok(prune::notifications(&state.db, now - state.config.retention.notifications).await?) })
    }),
    clean_up("prune_deliveries", |state, now| {
        Box::pin(async move { Ok(prune::deliveries(&state.db, now - state.config.retention.notifications).await?) })
    }),
    clean_up("prune_notices", |state, now| {
        Box::pin(async move { Ok(notices::store::prune(&state.db, now - state.config.retention.notifications).await?) })
    }),
    clean_up("prune_webhook_bodies", |state, now| {
        Box::pin(
            async move { Ok(prune::webhook_bodies(&state.db, now - state.config.retention.webhook_bodies).await?) },
        )
    }),
    clean_up("prune_exports", |state, now| Box::pin(async move { Ok(prune::exports(&state.db, now).await?) })),
    clean_up("prune_account_tokens", |state, now| {
        Box::pin(async move { Ok(prune::account_tokens(&state.db, now).await?) })
    }),
    clean_up("prune_due_notices", |state, now| Box::pin(async move { Ok(prune::due_notices(&state.db, now).await?) })),
    clean_up("prune_weekly_digests", |state, now| {
        Box::pin(async move { Ok(prune::weekly_digests(&state.db, now).await?) })
    }),
    clean_up("prune_invitations", |state, now| Box::pin(async move { Ok(prune::invitations(&state.db, now).await?) })),
    clean_up("prune_registrations", |state, now| {
        Box::pin(async move { Ok(prune::registrations(&state.db, now).await?) })
    }),
    clean_up("prune_address_changes", |state, now| {
        Box::pin(async move {
            let confirmed_before = now - state.config.retention.notifications;
            Ok(prune::address_changes(&state.db, now, confirmed_before).await?)
        })
    }),
    clean_up("empty_trash_of_tasks", |state, now| {
        Box::pin(async move { Ok(empty_trash::tasks(&state.db, now - state.config.retention.trash).await?) })
    }),
    clean_up("empty_trash_of_projects", |state, now| {
        Box::pin(async move { Ok(empty_trash::projects(&state.db, now - state.config.retention.trash).await?) })
    }),
];

const KEPT_WITHOUT_MAIL: Duration = Duration::from_secs(24 * 3600);

/// Collects digests. While mail is off, waiting items are kept for a day in case that is a mistake, and no longer: switching mail on must
/// not send last month's news.
async fn prepare_mail(state: &AppState, now: DateTime<Utc>) -> sqlx::Result<u64> {
    if state.mail.is_none() {
        let mails = outbox::store::drop_waiting_mails(&state.db, now - KEPT_WITHOUT_MAIL).await?;
        return Ok(mails + digests::store::drop_waiting(&state.db, now - KEPT_WITHOUT_MAIL).await?);
    }
    let gathered = scheduled::digest::gather(&state.db).await?;
    if gathered > 0 {
        state.bus.worker_signal().notify();
    }
    Ok(gathered)
}
