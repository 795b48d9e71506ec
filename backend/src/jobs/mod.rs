//! The worker's periodic jobs. Each runs separately under the supervisor with its own time limit, so a failing or slow one affects no
//! other; each can run at any time and any number of times.

pub mod empty_trash;
mod index_tasks;
pub mod leader;
mod prune;
mod registry;
pub mod renew_order;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use chrono::{DateTime, Utc};
use tokio::{
    sync::Semaphore,
    time::{MissedTickBehavior, sleep, timeout},
};

use self::{
    leader::Leadership,
    registry::{By, JOBS, Job},
};
use crate::{
    state::{AppState, Background},
    supervisor::{Interruption, Supervisor},
    telemetry::{
        self,
        traces::{self, Work},
    },
};

const METRICS: Duration = Duration::from_secs(30);
/// Concurrent clean-up jobs.
const CLEAN_UP_AT_ONCE: usize = 2;
/// Jobs start within this time, one after another.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
/// How long a run continues after the process starts draining.
const LAST_MOMENTS: Duration = Duration::from_secs(5);

/// Runs every job of a worker periodically until the process drains.
pub fn start(state: &AppState) {
    let leadership = leader::start(state);
    let places = Arc::new(Semaphore::new(CLEAN_UP_AT_ONCE));
    let mut clean_ups = 0;
    for job in JOBS {
        let own = state.for_background(Background::Scheduled);
        let (leadership, places) = (leadership.clone(), Arc::clone(&places));
        clean_ups += u32::from(job.is_clean_up);
        let pause = if job.is_clean_up { FIRST_PAUSE * clean_ups } else { Duration::ZERO };
        state
            .supervisor
            .spawn(job.name, move || repeat(own.clone(), job, leadership.clone(), Arc::clone(&places), pause));
    }
}

/// The jobs of every process that collects metrics.
pub fn start_metrics_upkeep(state: &AppState) {
    let draining = state.draining.clone();
    state.supervisor.spawn("metrics_upkeep", move || {
        let draining = draining.clone();
        async move {
            while draining.run_until_cancelled(sleep(METRICS)).await.is_some() {
                telemetry::metrics_upkeep();
            }
        }
    });
}

async fn repeat(
    state: AppState,
    job: &'static Job,
    mut leadership: Leadership,
    places: Arc<Semaphore>,
    pause: Duration,
) -> anyhow::Result<()> {
    let draining = state.draining.clone();
    let mut ticks = tokio::time::interval_at(tokio::time::Instant::now() + pause, job.every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut failures = Failures::default();
    loop {
        let turn = async {
            ticks.tick().await;
            if job.by == By::Leader {
                if !leadership.is_held() {
                    // Another process runs it, and its failures are not ours.
                    failures.count(&state.supervisor, job.name, Outcome::Done);
                }
                leadership.gained().await;
            }
            if job.is_clean_up { places.acquire().await.map(Some) } else { Ok(None) }
        };
        let Some(turn) = draining.run_until_cancelled(turn).await else { return Ok(()) };
        let _place = turn?;
        let run = traces::run(Work::Job, job.name, run(&state, job, Utc::now()));
        tokio::select! {
            outcome = run => failures.count(&state.supervisor, job.name, outcome),
            // Another process may run it from now on.
            () = leadership.lost(), if job.by == By::Leader && !draining.is_cancelled() => {}
            () = async { draining.cancelled().await; sleep(LAST_MOMENTS).await } => return Ok(()),
        }
    }
}

/// The outcome of a run.
enum Outcome {
    Done,
    Failed(String),
    /// Stopped at its time limit.
    Stopped,
}

/// Consecutive failures of a job.
#[derive(Default)]
struct Failures {
    since: Option<DateTime<Utc>>,
    count: u32,
}

impl Failures {
    /// A single failure may be a short database outage; `/health/ready` and the doctor report from the second on.
    fn count(&mut self, supervisor: &Supervisor, job: &'static str, outcome: Outcome) {
        match outcome {
            Outcome::Done if self.count == 0 => {}
            Outcome::Done => {
                *self = Self::default();
                supervisor.works(job);
            }
            Outcome::Failed(reason) => {
                let since = *self.since.get_or_insert_with(Utc::now);
                self.count = self.count.saturating_add(1);
                if self.count > 1 {
                    supervisor.keeps_failing(job, Interruption { since, ends: self.count, reason });
                }
            }
            Outcome::Stopped => {}
        }
    }
}

/// Runs a job within its time limit and records the outcome. Failures are retried next time.
async fn run(state: &AppState, job: &Job, now: DateTime<Utc>) -> Outcome {
    let begun = Instant::now();
    let (name, outcome) = match timeout(job.limit, (job.run)(state.clone(), now)).await {
        Ok(Ok(rows)) => {
            if rows > 0 {
                tracing::info!(job = job.name, rows, seconds = begun.elapsed().as_secs_f32(), "job finished");
            }
            traces::record("rows", i64::try_from(rows).unwrap_or(i64::MAX));
            metrics::counter!("todo_job_rows_total", "job" => job.name).increment(rows);
            ("done", Outcome::Done)
        }
        Ok(Err(error)) => {
            let error = format!("{error:#}");
            tracing::error!(job = job.name, error, "a job failed; it will be retried");
            ("failed", Outcome::Failed(error))
        }
        Err(_) => {
            tracing::warn!(job = job.name, limit = ?job.limit, "a job reached its time limit; it will continue next time");
            ("stopped", Outcome::Stopped)
        }
    };
    traces::record("result", name);
    if !matches!(outcome, Outcome::Done) {
        traces::record_failure();
    }
    metrics::counter!("todo_job_runs_total", "job" => job.name, "result" => name).increment(1);
    outcome
}

/// Runs all clean-up once, as of a given time; returns the number of rows, or the failed jobs.
pub async fn clean_up_once(state: &AppState, now: DateTime<Utc>) -> anyhow::Result<u64> {
    let mut rows = 0;
    let mut failed = Vec::new();
    for job in JOBS.iter().filter(|job| job.is_clean_up) {
        match (job.run)(state.clone(), now).await.context(job.name) {
            Ok(done) => rows += done,
            Err(error) => failed.push(format!("{error:#}")),
        }
    }
    if !failed.is_empty() {
        bail!("{}", failed.join("; "));
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use secrecy::SecretString;
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::{config::Config, db};

    /// With an unused database.
    fn state() -> AppState {
        let url = SecretString::from("postgres://todo@localhost.invalid/todo");
        let config = Config::from_lookup(&|_| None).expect("the defaults");
        let pool = db::pool(&url, 1, Duration::from_secs(1)).expect("a pool");
        AppState::new(config, pool, &SecretString::from("0123456789abcdef0123456789abcdef")).expect("a state")
    }

    #[tokio::test(start_paused = true)]
    async fn a_run_ends_at_its_time_limit_and_a_failure_is_no_more_than_that() {
        let stuck = Job {
            name: "stuck",
            every: Duration::from_secs(1),
            limit: Duration::from_secs(10),
            by: By::Everybody,
            is_clean_up: false,
            run: |_, _| Box::pin(pending()),
        };
        let begun = tokio::time::Instant::now();
        run(&state(), &stuck, Utc::now()).await;
        assert_eq!(begun.elapsed(), Duration::from_secs(10));
        let fails = Job { name: "fails", run: |_, _| Box::pin(async { bail!("on purpose") }), ..stuck };
        run(&state(), &fails, Utc::now()).await;
    }

    #[tokio::test]
    async fn a_job_is_told_of_from_its_second_failure_in_a_row_until_it_works() {
        let supervisor = Supervisor::new(CancellationToken::new());
        let mut failures = Failures::default();
        let failed = |reason: &str| Outcome::Failed(reason.to_owned());
        for outcome in [failed("once"), Outcome::Done, failed("first")] {
            failures.count(&supervisor, "job", outcome);
            assert!(supervisor.interruptions().is_empty());
        }
        let before = Utc::now();
        for outcome in [failed("second"), Outcome::Stopped, failed("third")] {
            failures.count(&supervisor, "job", outcome);
        }
        let told = supervisor.interruptions().remove("job").expect("told");
        assert_eq!((told.ends, told.reason.as_str()), (3, "third"));
        assert!(told.since <= before, "since the first of them");
        failures.count(&supervisor, "job", Outcome::Done);
        assert!(supervisor.interruptions().is_empty());
    }

    #[test]
    fn every_job_has_a_name_and_a_limit_of_its_own() {
        let mut names: Vec<&str> = JOBS.iter().map(|job| job.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), JOBS.len());
        assert!(JOBS.iter().all(|job| !job.limit.is_zero() && !job.every.is_zero()));
    }
}
