//! The export of spans, if configured, and reports when the collector is unavailable.

use std::sync::{Mutex, PoisonError};

use chrono::Utc;

use crate::{
    state::AppState,
    supervisor::{Interruption, Supervisor},
    telemetry::{collector::Collector, traces},
};

const NAME: &str = "trace_export";

/// Starts exporting this process's spans.
pub fn start(state: &AppState) -> anyhow::Result<()> {
    let Some(config) = &state.config.traces else { return Ok(()) };
    let (supervisor, failing) = (state.supervisor.clone(), Mutex::new(None));
    let report = move |result| {
        let mut failing = failing.lock().unwrap_or_else(PoisonError::into_inner);
        tell(&supervisor, &mut failing, result);
    };
    traces::start(config, Collector::new(config, Box::new(report))?, state.config.role.as_str())?;
    tracing::info!(host = config.endpoint.host_str(), "spans are exported");
    Ok(())
}

/// Logs once that the collector is unavailable, and that it is back. As with jobs, `/health/ready` and the doctor report it from the second
/// failure in a row.
fn tell(supervisor: &Supervisor, failing: &mut Option<Interruption>, result: Result<(), String>) {
    match (result, failing.as_mut()) {
        (Ok(()), None) => {}
        (Ok(()), Some(_)) => {
            tracing::info!(task = NAME, "spans are exported again");
            supervisor.works(NAME);
            *failing = None;
        }
        (Err(reason), None) => {
            tracing::warn!(
                task = NAME,
                error = reason,
                "spans cannot be exported; those that do not fit into the queue are lost"
            );
            *failing = Some(Interruption { since: Utc::now(), ends: 1, reason });
        }
        (Err(reason), Some(interruption)) => {
            interruption.ends = interruption.ends.saturating_add(1);
            interruption.reason = reason;
            supervisor.keeps_failing(NAME, interruption.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio_util::sync::CancellationToken;

    use super::*;

    #[test]
    fn a_collector_that_is_away_is_told_of_from_its_second_failure_until_it_is_back() {
        let supervisor = Supervisor::new(CancellationToken::new());
        let mut failing = None;
        let mut export = |result: Result<(), &str>| tell(&supervisor, &mut failing, result.map_err(str::to_owned));
        export(Err("refused"));
        assert!(supervisor.interruptions().is_empty());
        export(Err("refused again"));
        let told = supervisor.interruptions().remove(NAME).expect("told");
        assert_eq!((told.ends, told.reason.as_str()), (2, "refused again"));
        export(Ok(()));
        assert!(supervisor.interruptions().is_empty());
    }
}
