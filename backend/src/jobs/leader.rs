//! Decides which process runs leader jobs: the holder of a lease, a row that it renews. (A session lock would not survive a transaction
//! pooler.) A stopping leader releases the lease; one that dies or hangs loses it after a while, and stops by its own clock before another
//! starts.

use std::time::Duration;

use sqlx::PgPool;
use tokio::{
    sync::watch,
    time::{Instant, sleep, sleep_until},
};

use crate::{
    db::interval,
    id::ProcessId,
    state::{AppState, Background},
    telemetry::traces::{self, Work},
};

const NAME: &str = "jobs";
const LEASE: Duration = Duration::from_secs(30);
const RENEWAL: Duration = Duration::from_secs(10);

/// Whether this process leads, and until when that is certain. Cheap to clone.
#[derive(Clone)]
pub struct Leadership(watch::Receiver<Option<Instant>>);

impl Leadership {
    pub fn is_held(&self) -> bool {
        self.0.borrow().is_some_and(|until| until > Instant::now())
    }

    /// Waits until this process leads.
    pub async fn gained(&mut self) {
        while !self.0.borrow_and_update().is_some_and(|until| until > Instant::now()) {
            if self.0.changed().await.is_err() {
                return std::future::pending().await;
            }
        }
    }

    /// Waits until it no longer leads.
    pub async fn lost(&mut self) {
        loop {
            let until = *self.0.borrow_and_update();
            let Some(until) = until.filter(|until| *until > Instant::now()) else { return };
            tokio::select! {
                () = sleep_until(until) => {}
                changed = self.0.changed() => if changed.is_err() { return },
            }
        }
    }
}

/// Runs until the process drains.
pub fn start(state: &AppState) -> Leadership {
    let own = state.for_background(Background::Scheduled);
    let (told, leadership) = watch::channel(None);
    let told = std::sync::Arc::new(told);
    state.supervisor.spawn("leadership", move || hold(own.clone(), told.clone()));
    Leadership(leadership)
}

async fn hold(state: AppState, told: std::sync::Arc<watch::Sender<Option<Instant>>>) {
    loop {
        let asked = Instant::now();
        match traces::run(Work::Task, "leadership", claim(&state.db, state.process, LEASE)).await {
            Ok(is_ours) => {
                if is_ours != told.borrow().is_some() {
                    tracing::info!(is_ours, "the job lease has a new holder");
                }
                metrics::gauge!("todo_jobs_leader").set(f64::from(u8::from(is_ours)));
                told.send_replace(is_ours.then_some(asked + LEASE));
            }
            Err(error) => tracing::warn!(%error, "renewing the job lease failed; retrying"),
        }
        if state.draining.run_until_cancelled(sleep(RENEWAL)).await.is_none() {
            told.send_replace(None);
            if let Err(error) = release(&state.db, state.process).await {
                tracing::warn!(%error, "releasing the job lease failed; it will expire");
            }
            return;
        }
    }
}

/// Acquires or renews the lease; false while another process holds it.
pub async fn claim(db: &PgPool, process: ProcessId, lease: Duration) -> sqlx::Result<bool> {
    let claimed = sqlx::query_scalar!(
        r#"
        INSERT INTO leases AS l (name, holder, expires_at) VALUES ($1, $2, now() + $3::interval)
        ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at
        WHERE l.holder = excluded.holder OR l.expires_at < now()
        RETURNING true AS "claimed!"
        "#,
        NAME,
        process,
        interval(lease),
    );
    Ok(claimed.fetch_optional(db).await?.is_some())
}

/// Lets another process acquire it immediately.
pub async fn release(db: &PgPool, process: ProcessId) -> sqlx::Result<()> {
    sqlx::query!("DELETE FROM leases WHERE name = $1 AND holder = $2", NAME, process).execute(db).await?;
    Ok(())
}
