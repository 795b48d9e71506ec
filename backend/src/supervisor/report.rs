//! Tells other processes, through the database, which tasks of this one are interrupted: the server's doctor is to know of the
//! worker's too.

use std::time::Duration;

use sqlx::PgPool;
use tokio::time::sleep;

use super::{Supervisor, store};
use crate::{
    id::ProcessId,
    telemetry::traces::{self, Work},
};

/// What holds is written again so often; shorter than the time after which it says nothing.
const RENEWAL: Duration = Duration::from_secs(30);
const AFTER_FAILURE: Duration = Duration::from_secs(5);

/// Works until the process drains. As long as no task is interrupted, it costs nothing.
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
                    tracing::warn!(%error, "an interrupted task cannot be told to other processes; it is tried again");
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
