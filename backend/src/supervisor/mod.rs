//! Restarts background tasks that end unexpectedly, by a panic, an error or a return, after a pause; meanwhile `/health/ready` and the
//! doctor report it.

mod history;
pub mod report;
mod store;

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
};

use chrono::{DateTime, Utc};
use tokio::{
    sync::watch,
    time::{Instant, sleep},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use self::history::{History, WELL_AFTER};
pub use self::store::{Elsewhere, elsewhere};
use crate::panics;

/// The result of a task: nothing, or an error.
pub trait Ending: Send {
    fn reason(self) -> String;
}

impl Ending for () {
    fn reason(self) -> String {
        "it returned".to_owned()
    }
}

impl Ending for anyhow::Result<()> {
    fn reason(self) -> String {
        match self {
            Ok(()) => ().reason(),
            Err(error) => format!("{error:#}"),
        }
    }
}

/// A task that has ended unexpectedly, or a job that keeps failing, and has not recovered yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interruption {
    pub since: DateTime<Utc>,
    /// Number of ends or failures since then.
    pub ends: u32,
    /// The latest error.
    pub reason: String,
}

/// By the names of their tasks.
pub type Interruptions = BTreeMap<&'static str, Interruption>;

/// Cheap to clone.
#[derive(Clone)]
pub struct Supervisor(Arc<Inner>);

struct Inner {
    /// The process is shutting down.
    draining: CancellationToken,
    until_drained: TaskTracker,
    interruptions: watch::Sender<Interruptions>,
    given_up: CancellationToken,
    first_given_up: OnceLock<&'static str>,
}

impl Supervisor {
    pub fn new(draining: CancellationToken) -> Self {
        Self(Arc::new(Inner {
            draining,
            until_drained: TaskTracker::new(),
            interruptions: watch::Sender::default(),
            given_up: CancellationToken::new(),
            first_given_up: OnceLock::new(),
        }))
    }

    /// Runs a task that ends when the process drains; called again for each start.
    pub fn spawn<F, Fut>(&self, task: &'static str, start: F)
    where
        F: FnMut() -> Fut + Send + 'static,
        Fut: Future<Output: Ending> + Send + 'static,
    {
        let stop = self.0.draining.clone();
        self.0.until_drained.spawn(self.clone().supervise(task, stop, start));
    }

    /// Runs a task until its user cancels `stop`; nobody waits for it.
    pub fn spawn_until<F, Fut>(&self, task: &'static str, stop: CancellationToken, start: F)
    where
        F: FnMut() -> Fut + Send + 'static,
        Fut: Future<Output: Ending> + Send + 'static,
    {
        tokio::spawn(self.clone().supervise(task, stop, start));
    }

    /// Waits for all tasks that end when the process drains.
    pub async fn drained(&self) {
        self.0.until_drained.close();
        self.0.until_drained.wait().await;
    }

    /// Waits until some task keeps ending, and names it. It is still restarted.
    pub async fn given_up(&self) -> &'static str {
        self.0.given_up.cancelled().await;
        self.0.first_given_up.get().copied().unwrap_or_default()
    }

    pub fn interruptions(&self) -> Interruptions {
        self.0.interruptions.borrow().clone()
    }

    async fn supervise<F, Fut>(self, task: &'static str, stop: CancellationToken, mut start: F)
    where
        F: FnMut() -> Fut,
        Fut: Future<Output: Ending>,
    {
        // Registered from the start, so that an increase from 0 is visible.
        let ends = metrics::counter!("todo_background_task_ends_total", "task" => task);
        ends.increment(0);
        let mut history = History::default();
        loop {
            let started = Instant::now();
            let ended = {
                let mut run = std::pin::pin!(panics::catch(start()));
                tokio::select! {
                    ended = &mut run => ended,
                    () = sleep(WELL_AFTER), if history.is_interrupted() => {
                        self.runs_well(task);
                        run.await
                    }
                }
            };
            if stop.is_cancelled() {
                return;
            }
            ends.increment(1);
            let reason = ended.map_or_else(|panic| format!("it panicked: {panic}"), Ending::reason);
            let next = history.ended(started, Instant::now());
            tracing::error!(task, error = reason, again_in = ?next.pause, "a background task ended; restarting it");
            self.has_ended(task, reason);
            if next.keeps_ending && self.0.first_given_up.set(task).is_ok() {
                self.0.given_up.cancel();
            }
            if stop.run_until_cancelled(sleep(next.pause)).await.is_none() {
                return;
            }
        }
    }

    /// A periodic action of a living task keeps failing.
    pub fn keeps_failing(&self, task: &'static str, failing: Interruption) {
        self.0.interruptions.send_modify(|interruptions| {
            interruptions.insert(task, failing);
        });
    }

    /// It works again.
    pub fn works(&self, task: &'static str) {
        self.0.interruptions.send_if_modified(|interruptions| interruptions.remove(task).is_some());
    }

    fn has_ended(&self, task: &'static str, reason: String) {
        self.0.interruptions.send_modify(|interruptions| {
            let new = Interruption { since: Utc::now(), ends: 0, reason: String::new() };
            let interruption = interruptions.entry(task).or_insert(new);
            interruption.ends += 1;
            interruption.reason = reason;
        });
    }

    fn runs_well(&self, task: &'static str) {
        tracing::info!(task, "a background task has recovered");
        self.0.interruptions.send_modify(|interruptions| {
            interruptions.remove(task);
        });
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::atomic::{AtomicU32, Ordering},
        time::Duration,
    };

    use super::*;

    /// A supervisor, and the token that stops its tasks.
    fn supervisor() -> (Supervisor, CancellationToken) {
        let stop = CancellationToken::new();
        (Supervisor::new(stop.clone()), stop)
    }

    /// A task that runs for the given seconds at each start, the last value repeating; and its start count.
    fn spawn_with_runs(supervisor: &Supervisor, seconds: &'static [u64]) -> Arc<AtomicU32> {
        let starts = Arc::<AtomicU32>::default();
        let count = Arc::clone(&starts);
        supervisor.spawn("test", move || {
            let start = count.fetch_add(1, Ordering::Relaxed) as usize;
            run_for(seconds.get(start).copied())
        });
        starts
    }

    async fn run_for(seconds: Option<u64>) {
        match seconds {
            Some(seconds) => sleep(Duration::from_secs(seconds)).await,
            None => std::future::pending().await,
        }
        panic!("on purpose");
    }

    async fn seconds(seconds: f64) {
        sleep(Duration::from_secs_f64(seconds)).await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_panic_or_an_end_starts_it_again_after_growing_pauses() {
        let (supervisor, _stop) = supervisor();
        let starts = spawn_with_runs(&supervisor, &[0, 0, 0, 0]);
        let mut at = 0.0;
        for (start, until) in
            [(1, 0.5), (1, 0.9), (2, 1.1), (2, 2.9), (3, 3.1), (3, 6.9), (4, 7.1), (4, 14.9), (5, 15.1)]
        {
            seconds(until - at).await;
            at = until;
            assert_eq!(starts.load(Ordering::Relaxed), start, "after {until} s");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn its_interruption_is_told_until_it_has_run_well_for_a_while_and_then_pauses_begin_anew() {
        let (supervisor, _stop) = supervisor();
        let starts = spawn_with_runs(&supervisor, &[0, 0, 30, 0]);
        seconds(0.5).await;
        let told = supervisor.interruptions();
        assert_eq!((told["test"].ends, told["test"].reason.as_str()), (1, "it panicked: on purpose"));
        seconds(2.0).await;
        assert_eq!(supervisor.interruptions()["test"].ends, 2);
        assert_eq!(supervisor.interruptions()["test"].since, told["test"].since, "the first of them");
        // The third start, after 3 s in all, runs for 30 s.
        seconds(9.0).await;
        assert_eq!((starts.load(Ordering::Relaxed), supervisor.interruptions().len()), (3, 1));
        seconds(2.0).await;
        assert_eq!(supervisor.interruptions(), Interruptions::new());
        seconds(20.0).await;
        assert_eq!((starts.load(Ordering::Relaxed), supervisor.interruptions()["test"].ends), (3, 1));
        seconds(1.0).await;
        assert_eq!(starts.load(Ordering::Relaxed), 4, "a second later, not four");
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_keeps_ending_is_given_up_and_one_that_ends_now_and_then_is_not() {
        let (keeps_ending, _stop) = supervisor();
        spawn_with_runs(&keeps_ending, &[0, 1, 0, 1]);
        assert!(tokio::time::timeout(Duration::from_secs(60), keeps_ending.given_up()).await.is_err());
        let (keeps_ending, _stop) = supervisor();
        spawn_with_runs(&keeps_ending, &[0, 1, 0, 1, 0]);
        assert_eq!(tokio::time::timeout(Duration::from_secs(60), keeps_ending.given_up()).await, Ok("test"));
        let (now_and_then, _stop) = supervisor();
        spawn_with_runs(&now_and_then, &[100; 50]);
        assert!(tokio::time::timeout(Duration::from_secs(4000), now_and_then.given_up()).await.is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn a_return_and_an_error_are_ends_too_unless_it_was_told_to_end() {
        let (supervisor, stop) = supervisor();
        supervisor.spawn("returns", async || ());
        supervisor.spawn("fails", async || anyhow::Result::<()>::Err(anyhow::anyhow!("no certificates")));
        let draining = stop.clone();
        supervisor.spawn("works", move || draining.clone().cancelled_owned());
        seconds(0.5).await;
        let reasons: Vec<_> =
            supervisor.interruptions().into_iter().map(|(task, interruption)| (task, interruption.reason)).collect();
        assert_eq!(reasons, [("fails", "no certificates".to_owned()), ("returns", "it returned".to_owned())]);
        stop.cancel();
        supervisor.drained().await;
        assert_eq!(supervisor.interruptions().len(), 2);
    }
}
