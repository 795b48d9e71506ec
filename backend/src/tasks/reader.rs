//! Reads of single tasks. Those that come while others are under way are read together, by one statement: most of what such a
//! read costs is the way to PostgreSQL and back.

use std::sync::Arc;

use sqlx::{FromRow, Row};
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio_util::sync::{CancellationToken, DropGuard};
use uuid::Uuid;

use super::{model::Task, store, task_row};
use crate::{db::Reader, panics, supervisor::Supervisor};

/// The tasks that read, each a statement at a time. With more of them, fewer reads would share a statement.
const READERS: [&str; 2] = ["task_reads_1", "task_reads_2"];
/// How many tasks one statement reads.
const TASKS: usize = 64;

/// An error is shared by all who were read together.
type Found = Result<Option<Task>, Arc<sqlx::Error>>;

struct Asked {
    user_id: Uuid,
    id: Uuid,
    answer: oneshot::Sender<Found>,
}

type Queue = Arc<Mutex<mpsc::UnboundedReceiver<Asked>>>;

/// Cheap to clone. What it has started ends with the last clone.
#[derive(Clone)]
pub struct TaskReader {
    /// Before the sender, without which readers end: they are to know that it is right so.
    _stop: Arc<DropGuard>,
    queue: mpsc::UnboundedSender<Asked>,
}

impl TaskReader {
    /// Must be called within a runtime.
    pub fn new(reads: &Reader, supervisor: &Supervisor) -> Self {
        let reads = reads.clone();
        Self::with_answer(supervisor, move |asked| answer(asked, reads.clone()))
    }

    fn with_answer<A>(supervisor: &Supervisor, answer: impl Fn(Vec<Asked>) -> A + Clone + Send + Sync + 'static) -> Self
    where
        A: Future<Output = ()> + Send + 'static,
    {
        let (sender, receiver) = mpsc::unbounded_channel();
        let queue: Queue = Arc::new(Mutex::new(receiver));
        let stop = CancellationToken::new();
        for reader in READERS {
            let (queue, answer) = (Arc::clone(&queue), answer.clone());
            supervisor.spawn_until(reader, stop.clone(), move || read_on(Arc::clone(&queue), answer.clone()));
        }
        Self { _stop: Arc::new(stop.drop_guard()), queue: sender }
    }

    /// A task in a project of the user, in the trash or not.
    pub async fn find(&self, user_id: Uuid, id: Uuid) -> Found {
        let (answer, answered) = oneshot::channel();
        let asked = Asked { user_id, id, answer };
        let gone = || Arc::new(sqlx::Error::WorkerCrashed);
        self.queue.send(asked).map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }
}

async fn read_on<A: Future<Output = ()>>(queue: Queue, answer: impl Fn(Vec<Asked>) -> A) {
    let mut waiting = Vec::new();
    while queue.lock().await.recv_many(&mut waiting, TASKS).await > 0 {
        // Whoever has gone is not read for.
        let asked: Vec<Asked> = waiting.drain(..).filter(|asked| !asked.answer.is_closed()).collect();
        if !asked.is_empty() {
            // A panic fails those who are read together and nobody after them.
            let _ = panics::catch(answer(asked)).await;
        }
    }
}

async fn answer(asked: Vec<Asked>, reads: Reader) {
    match find_all(&asked, &reads).await {
        Ok(found) => {
            for (asked, task) in asked.into_iter().zip(found) {
                // It may have gone meanwhile.
                let _ = asked.answer.send(Ok(task));
            }
        }
        Err(error) => {
            let error = Arc::new(error);
            for asked in asked {
                let _ = asked.answer.send(Err(error.clone()));
            }
        }
    }
}

/// What each has asked for, in their order.
async fn find_all(asked: &[Asked], reads: &Reader) -> sqlx::Result<Vec<Option<Task>>> {
    if let [alone] = asked {
        return Ok(vec![store::find(reads, alone.user_id, alone.id).await?]);
    }
    let mut found = vec![None; asked.len()];
    let pairs = asked.iter().map(|asked| (asked.user_id, asked.id)).unzip();
    for row in store::find_asked_statement(pairs).build().fetch_all(reads).await? {
        let place: i64 = row.try_get(task_row::COUNT)?;
        if let Some(place) = usize::try_from(place - 1).ok().and_then(|place| found.get_mut(place)) {
            *place = Some(Task::from_row(&row)?);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_fails_those_who_were_read_together_and_nobody_after_them() {
        let supervisor = Supervisor::new(CancellationToken::new());
        let reader = TaskReader::with_answer(&supervisor, async |asked: Vec<Asked>| {
            for asked in asked {
                assert_ne!(asked.id, Uuid::nil(), "panics on purpose");
                let _ = asked.answer.send(Ok(None));
            }
        });
        let user_id = Uuid::now_v7();
        let failed = reader.find(user_id, Uuid::nil()).await;
        assert!(failed.is_err_and(|error| matches!(*error, sqlx::Error::WorkerCrashed)));
        assert!(reader.find(user_id, Uuid::now_v7()).await.is_ok_and(|task| task.is_none()));
    }
}
