//! Keeps the hub in sync with the database: fills gaps as they appear, and polls for events that nobody announced.

use std::{collections::HashMap, sync::Arc, time::Duration};

use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

use super::{Hub, hub::record_lag, ring, store, topic_log::TopicLog};
use crate::{
    events::{bus::LocalFanout, frame::Frame},
    telemetry::traces::{self, Work},
};

/// Commits may be announced out of order; such a short gap closes itself.
const GRACE: Duration = Duration::from_millis(10);
/// Covers lost messages and writes by command-line tools.
const POLL: Duration = Duration::from_secs(5);
/// When other replicas cannot be heard, and after a failure.
const POLL_WITHOUT_FANOUT: Duration = Duration::from_secs(1);
/// Batch size of one statement.
const TOPICS_POLLED: usize = 5000;
const TOPICS_FILLED: usize = 50;
const EVENTS_OF_TOPIC: i64 = 100;

pub async fn run(hub: &Hub, draining: &CancellationToken) {
    tokio::select! {
        () = draining.cancelled() => {}
        () = reconcile_for_ever(hub) => {}
    }
}

async fn reconcile_for_ever(hub: &Hub) {
    let mut reachable = true;
    let mut next_poll = Instant::now();
    loop {
        tokio::select! {
            () = sleep_until(next_poll) => {}
            () = hub.reconcile_wanted() => sleep(GRACE).await,
        }
        let poll_wanted = hub.take_poll_wanted();
        let turn = async {
            if poll_wanted || next_poll <= Instant::now() {
                poll(hub).await?;
                next_poll = Instant::now() + if hub.is_fanout_down() { POLL_WITHOUT_FANOUT } else { POLL };
            }
            fill(hub, &hub.take_behind()).await
        };
        match traces::run(Work::Task, "live_upkeep", turn).await {
            Ok(()) if reachable => {}
            Ok(()) => {
                reachable = true;
                tracing::info!("live: the database answers again");
            }
            Err(error) => {
                if reachable {
                    tracing::warn!(%error, "live: reading missed events from the database failed; retrying");
                }
                reachable = false;
                next_poll = Instant::now() + POLL_WITHOUT_FANOUT;
                sleep(POLL_WITHOUT_FANOUT).await;
            }
        }
    }
}

/// Compares every subscribed topic with the database.
async fn poll(hub: &Hub) -> sqlx::Result<()> {
    let old = std::time::Instant::now().checked_sub(ring::MAX_AGE);
    for topics in hub.all_logs().chunks(TOPICS_POLLED) {
        let before: HashMap<_, _> = topics.iter().map(|log| (log.topic.id(), (log, log.progress()))).collect();
        let ids: Vec<_> = before.keys().copied().collect();
        for (id, revision) in store::revisions(hub.db(), &ids).await? {
            let Some((log, progress)) = before.get(&id) else { continue };
            if revision < progress.head {
                tracing::warn!(topic = %log.topic, revision, head = progress.head, "the database was restored to an earlier state");
                log.rewind(revision);
            } else if log.note_head(revision) {
                hub.lag_behind(log.topic);
            }
        }
        if let Some(old) = old {
            topics.iter().for_each(|log| log.drop_older_than(old));
        }
    }
    Ok(())
}

/// Reads the missing events of these topics. After a failure the next poll finds them again.
async fn fill(hub: &Hub, behind: &[Arc<TopicLog>]) -> sqlx::Result<()> {
    for topics in behind.chunks(TOPICS_FILLED) {
        let lacking: Vec<_> = topics
            .iter()
            .map(|log| (log, log.progress()))
            .filter(|(_, progress)| progress.head < progress.highest)
            .collect();
        if lacking.is_empty() {
            continue;
        }
        let ids: Vec<_> = lacking.iter().map(|(log, _)| log.topic.id()).collect();
        let after: Vec<_> = lacking.iter().map(|(_, progress)| progress.head).collect();
        let mut found: HashMap<_, Vec<Frame>> = HashMap::new();
        for (id, frame) in store::events_of_many(hub.db(), &ids, &after, EVENTS_OF_TOPIC).await? {
            record_lag(&frame);
            found.entry(id).or_default().push(frame);
        }
        for (log, progress) in lacking {
            let frames = found.remove(&log.topic.id()).unwrap_or_default();
            let whole = i64::try_from(frames.len()).is_ok_and(|count| count < EVENTS_OF_TOPIC);
            log.fill(progress, frames, whole);
            if !whole {
                hub.lag_behind(log.topic);
            }
        }
    }
    Ok(())
}
