//! Background tasks of this process, and those reported by others.

use chrono::{DateTime, Utc};

use super::{Cause, Check, Finding};
use crate::{
    state::{AppState, Background},
    supervisor,
};

struct Interrupted {
    task: String,
    since: DateTime<Utc>,
    reason: String,
}

pub async fn check(state: &AppState) -> Finding {
    let finding = |cause| Finding::new(Check::Background, cause);
    let mut interrupted = of_this_process(state);
    // Uses other connections than the database check.
    let db = &state.for_background(Background::Scheduled).db;
    match supervisor::elsewhere(db, state.process).await {
        Ok(elsewhere) => interrupted.extend(elsewhere.into_iter().map(|one| Interrupted {
            task: format!("{} ({})", one.task, one.program),
            since: one.since,
            reason: one.reason,
        })),
        Err(error) if interrupted.is_empty() => {
            return finding(Cause::BackgroundUnknown).text("error", error.to_string());
        }
        Err(_) => {}
    }
    interrupted.sort_by_key(|one| one.since);
    let Some(first) = interrupted.first() else { return finding(Cause::BackgroundOk) };
    let tasks: Vec<&str> = interrupted.iter().map(|one| one.task.as_str()).collect();
    finding(Cause::BackgroundInterrupted)
        .text("tasks", tasks.join(", "))
        .text("since_at", first.since.to_rfc3339())
        .text("error", first.reason.as_str())
}

fn of_this_process(state: &AppState) -> Vec<Interrupted> {
    let program = state.config.role.as_str();
    let tasks = state.supervisor.interruptions().into_iter();
    let tasks = tasks.map(|(task, one)| Interrupted {
        task: format!("{task} ({program})"),
        since: one.since,
        reason: one.reason,
    });
    tasks.collect()
}
