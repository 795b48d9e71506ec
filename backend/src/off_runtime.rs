//! CPU-heavy work: it must not block the request threads, nor run on more threads than there are cores (plus half of that while passwords
//! are rated).

use std::{sync::Arc, thread::available_parallelism, time::Duration};

use anyhow::Context;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    task::spawn_blocking,
    time::timeout,
};

use crate::{error::ApiError, http::shared_by_id::SharedById, id::UserId};

/// After waiting this long, callers get a retry answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// The purpose of the work. They do not wait for each other.
#[derive(Debug, Clone, Copy)]
pub enum Purpose {
    /// For people without an account yet.
    Password,
    /// Answers of this user, who may occupy at most half of the cores.
    Answer(UserId),
}

/// Cheap to clone.
#[derive(Clone)]
pub struct OffRuntime {
    passwords: Arc<Semaphore>,
    answers: Arc<Semaphore>,
    by_user: SharedById<UserId, Semaphore>,
    /// Maximum concurrent answers of one user.
    each: usize,
}

impl Default for OffRuntime {
    fn default() -> Self {
        Self::with_cores(available_parallelism().map_or(1, usize::from))
    }
}

impl OffRuntime {
    fn with_cores(cores: usize) -> Self {
        let half = (cores / 2).max(1);
        Self {
            passwords: Arc::new(Semaphore::new(half)),
            answers: Arc::new(Semaphore::new(cores)),
            by_user: SharedById::default(),
            each: half,
        }
    }

    pub async fn run<T, F>(&self, purpose: Purpose, work: F) -> Result<T, ApiError>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        let permits = timeout(PATIENCE, self.permits(purpose)).await;
        let permits = permits.map_err(|_| {
            metrics::counter!("todo_rate_limited_total", "limit" => "off_runtime").increment(1);
            ApiError::Busy { retry_after: Duration::from_secs(1) }
        })?;
        // The work owns the permits: it continues if the caller goes away.
        let done = spawn_blocking(move || {
            let _permits = permits;
            work()
        });
        Ok(done.await.context("work off the runtime failed")?)
    }

    /// The user's own permit first, so that nobody waits for one that somebody else cannot use yet. The semaphores are never closed.
    async fn permits(&self, purpose: Purpose) -> [Option<OwnedSemaphorePermit>; 2] {
        match purpose {
            Purpose::Password => [Arc::clone(&self.passwords).acquire_owned().await.ok(), None],
            Purpose::Answer(user_id) => {
                let own = self.by_user.get_or_make(user_id, || Semaphore::new(self.each));
                [own.acquire_owned().await.ok(), Arc::clone(&self.answers).acquire_owned().await.ok()]
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::{
            atomic::{AtomicUsize, Ordering},
            mpsc,
        },
        thread::sleep,
    };

    use futures_util::future::join_all;

    use super::*;
    use crate::id::Id;

    #[tokio::test]
    async fn no_more_runs_at_once_than_there_are_cores_and_of_one_user_half() {
        let pool = OffRuntime::with_cores(4);
        let most_of = async |users: &[UserId]| {
            let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
            let work = |user_id: &UserId| {
                let (running, most) = (running.clone(), most.clone());
                pool.run(Purpose::Answer(*user_id), move || {
                    most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    sleep(Duration::from_millis(5));
                    running.fetch_sub(1, Ordering::SeqCst);
                })
            };
            let done = join_all(users.iter().map(work)).await;
            assert!(done.into_iter().all(|done| done.is_ok()));
            most.load(Ordering::SeqCst)
        };
        assert_eq!(most_of(&[Id::new(); 12]).await, 2);
        assert!(most_of(&[(); 12].map(|()| Id::new())).await <= 4);
    }

    #[tokio::test]
    async fn whoever_has_much_read_holds_up_neither_passwords_nor_others() {
        let pool = OffRuntime::with_cores(2);
        let (reader, other) = (Id::new(), Id::new());
        let (go_on, wait) = mpsc::channel::<()>();
        let (long, another) = (pool.clone(), pool.clone());
        let long = tokio::spawn(async move { long.run(Purpose::Answer(reader), move || wait.recv()).await });
        let another = tokio::spawn(async move { another.run(Purpose::Answer(reader), || ()).await });
        tokio::task::yield_now().await;
        timeout(PATIENCE, pool.run(Purpose::Answer(other), || ())).await.expect("at once").expect("done");
        timeout(PATIENCE, pool.run(Purpose::Password, || ())).await.expect("at once").expect("done");
        assert!(!another.is_finished());
        drop(go_on);
        assert!(long.await.expect("no panic").is_ok() && another.await.expect("no panic").is_ok());
    }
}
