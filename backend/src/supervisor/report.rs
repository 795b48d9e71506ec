//! Reports this process's interrupted tasks to other processes through the database, so that the server's doctor knows about the worker's.

use std::time::Duration;

use sqlx::PgPool;
use tokio::time::sleep;

use super::{Supervisor, store};
use crate::{
    id::ProcessId,
    telemetry::traces::{self, Work},
};

/// Renewal interval; shorter than the time after which a report expires.
const RENEWAL: Duration = Duration::from_secs(30);
const AFTER_FAILURE: Duration = Duration::from_secs(5);

/// Runs until the process drains. Costs nothing while no task is interrupted.
pub fn start(supervisor: &Supervisor, db: PgPool, process: ProcessId, role: &'static str) {
    let own = supervisor.clone();
    supervisor.spawn("interruption_report", move || run(own.clone(), db.clone(), process, role));
}

async fn run(supervisor: Supervisor, db: PgPool, process: ProcessId, role: &'static str) {
    let mut interruptions = supervisor.0.interruptions.subscribe();
    interruptions.mark_changed();
    let mut is_told = false;
    loop {
        let current = interruptions.borrow_and_update().clone();
        let mut renewal = is_told.then_some(RENEWAL);
        if is_told || !current.is_empty() {
            let replace = store::replace(&db, process, role, &current);
            match traces::run(Work::Task, "interruption_report", replace).await {
                Ok(()) => {
                    is_told = !current.is_empty();
                    renewal = is_told.then_some(RENEWAL);
                }
                Err(error) => {
                    tracing::warn!(%error, "reporting an interrupted task to other processes failed; retrying");
                    renewal = Some(AFTER_FAILURE);
                }
            }
        }
        tokio::select! {
            () = supervisor.0.draining.cancelled() => return,
            _ = interruptions.changed() => {}
            () = sleep(renewal.unwrap_or_default()), if renewal.is_some() => {}
        }
    }
}
