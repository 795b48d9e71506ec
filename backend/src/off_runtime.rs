//! Work of the processor that takes long enough for others to notice: it must not stop the threads that answer requests, nor run more
//! often at once than there are cores.

use std::{sync::Arc, thread::available_parallelism, time::Duration};

use anyhow::Context;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    task::spawn_blocking,
    time::timeout,
};

use crate::error::ApiError;

/// Who has waited so long is told to come again.
const PATIENCE: Duration = Duration::from_secs(5);

/// Cheap to clone.
#[derive(Clone)]
pub struct OffRuntime(Arc<Semaphore>);

impl Default for OffRuntime {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(available_parallelism().map_or(1, usize::from))))
    }
}

impl OffRuntime {
    pub async fn run<T, F>(&self, work: F) -> Result<T, ApiError>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        let permit = self.permit().await?;
        // The work has the permit: it goes on when who waits for it has gone.
        let done = spawn_blocking(move || {
            let _permit = permit;
            work()
        });
        Ok(done.await.context("work off the runtime failed")?)
    }

    async fn permit(&self) -> Result<OwnedSemaphorePermit, ApiError> {
        // The semaphore is never closed.
        let permit = timeout(PATIENCE, Arc::clone(&self.0).acquire_owned()).await.ok().and_then(Result::ok);
        permit.ok_or(ApiError::Busy { retry_after: Duration::from_secs(1) })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn no_more_runs_at_once_than_there_are_cores() {
        let pool = OffRuntime::default();
        let cores = pool.0.available_permits();
        let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let work = || {
            let (running, most) = (running.clone(), most.clone());
            pool.run(move || {
                most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                std::thread::sleep(Duration::from_millis(5));
                running.fetch_sub(1, Ordering::SeqCst);
            })
        };
        let done = futures_util::future::join_all((0..4 * cores).map(|_| work())).await;
        assert!(done.into_iter().all(|done| done.is_ok()));
        assert_eq!(most.load(Ordering::SeqCst), cores);
    }
}
