//! Sends events, and applies their effect on what the connection may send.

use std::time::Duration;

use tokio::time::Instant;

use super::{
    Connection,
    message::{CloseReason, Flow, ServerMessage},
};
use crate::{
    events::{
        Topic,
        frame::{Effect, Frame},
    },
    id::ProjectId,
    live::{store, subscription::Subscription, topic_log::NextBatch},
};

/// Events of a topic sent before other topics and client messages have their turn.
const BATCH: usize = 64;
const DATABASE_PAUSE: Duration = Duration::from_secs(1);

impl Connection {
    /// Sends one batch of each topic with new events.
    pub(super) async fn deliver(&mut self) -> Flow {
        self.dirty.take(&mut self.pending);
        self.subscribe_joined().await;
        for topic in std::mem::take(&mut self.pending) {
            if self.deliver_topic(topic).await? && !self.pending.contains(&topic) {
                self.pending.push(topic);
            }
        }
        self.socket.flush().await
    }

    /// True if there may be more.
    async fn deliver_topic(&mut self, topic: Topic) -> Flow<bool> {
        let Some(subscription) = self.subscriptions.get_mut(&topic) else { return Ok(false) };
        match subscription.next_batch(BATCH) {
            NextBatch::Nothing => Ok(false),
            NextBatch::Frames(frames) => {
                let more = frames.len() == BATCH;
                self.send(topic, frames).await?;
                Ok(more)
            }
            NextBatch::Rewritten { head, epoch } => {
                subscription.restart(head, epoch);
                self.tell_resync(topic, head).await?;
                Ok(false)
            }
            NextBatch::Behind { head } => {
                let sent = subscription.cursor.sent;
                if head - sent > self.state.hub.config().max_catch_up {
                    self.resync(topic).await?;
                    return Ok(false);
                }
                self.send_from_table(topic, sent, head).await
            }
        }
    }

    async fn send_from_table(&mut self, topic: Topic, sent: i64, head: i64) -> Flow<bool> {
        if self.stalled_until.is_some() {
            return Ok(true);
        }
        let until = head.min(sent.saturating_add(i64::try_from(BATCH).unwrap_or(i64::MAX)));
        let turn = self.state.hub.readers().acquire().await;
        let read = store::events(&self.state.db, topic, sent, until).await;
        drop(turn);
        match read {
            // No longer kept.
            Ok(frames) if frames.is_empty() => self.resync(topic).await?,
            Ok(frames) => self.send(topic, frames).await?,
            Err(error) => self.stall(&error),
        }
        Ok(true)
    }

    fn stall(&mut self, error: &sqlx::Error) {
        tracing::debug!(%error, user_id = %self.user, "live: the database does not answer; a connection is waiting");
        self.stalled_until = Some(Instant::now() + DATABASE_PAUSE);
    }

    /// Sends events in order. Stops at a gap or when access to the topic ends.
    async fn send(&mut self, topic: Topic, frames: Vec<Frame>) -> Flow {
        let mut count = 0;
        for frame in frames {
            let Some(subscription) = self.subscriptions.get_mut(&topic) else { break };
            if frame.revision != subscription.cursor.sent + 1 || subscription.is_closed_to(&frame) {
                self.resync(topic).await?;
                break;
            }
            subscription.cursor.sent = frame.revision;
            count += 1;
            self.socket.feed(frame.text).await?;
            self.apply(topic, frame.revision, frame.effect)?;
        }
        metrics::counter!("todo_ws_messages_sent_total").increment(count);
        Ok(())
    }

    /// The event may have granted or revoked access to a project, effective immediately.
    fn apply(&mut self, topic: Topic, revision: i64, effect: Effect) -> Flow {
        match effect {
            Effect::None => {}
            Effect::SessionEnded(session) if session == self.session => return Err(CloseReason::SESSION_ENDED),
            Effect::SessionEnded(_) => {}
            Effect::Joined(project) => {
                if !self.subscriptions.contains_key(&Topic::Project(project)) && !self.joining.contains(&project) {
                    self.joining.push(project);
                }
            }
            Effect::Left(project) => {
                self.joining.retain(|joining| *joining != project);
                let left = Topic::Project(project);
                if self.subscriptions.get(&left).is_some_and(|subscription| subscription.is_news_of_user(revision)) {
                    self.subscriptions.remove(&left);
                }
            }
            Effect::Removed(user) if user != self.user => {}
            Effect::Removed(_) | Effect::Deleted => {
                if self.subscriptions.get(&topic).is_some_and(|subscription| subscription.is_news(revision)) {
                    self.subscriptions.remove(&topic);
                }
            }
        }
        Ok(())
    }

    /// Subscribes to newly joined projects, if access still exists.
    async fn subscribe_joined(&mut self) {
        while let Some(project) = self.joining.last().copied() {
            if self.stalled_until.is_some() {
                return;
            }
            if !self.subscriptions.contains_key(&Topic::Project(project))
                && let Err(error) = self.join(project).await
            {
                self.stall(&error);
                continue;
            }
            self.joining.pop();
        }
    }

    async fn join(&mut self, project: ProjectId) -> sqlx::Result<()> {
        let topic = Topic::Project(project);
        let hub = self.state.hub.clone();
        let opening = hub.open();
        let turn = hub.readers().acquire().await;
        let joined = store::joined(&self.state.db, self.user, project).await?;
        drop(turn);
        if let Some(joined) = joined {
            let guard = opening.subscribe(topic, joined.revision, &self.dirty);
            self.subscriptions.insert(topic, Subscription::joined(guard, &joined));
            self.pending.push(topic);
        }
        Ok(())
    }

    /// Skips the events in between: the client reloads the topic, and events continue after its head.
    pub(super) async fn resync(&mut self, topic: Topic) -> Flow {
        let Some(subscription) = self.subscriptions.get_mut(&topic) else { return Ok(()) };
        let head = subscription.log().progress().head.max(subscription.cursor.sent);
        subscription.jump(head);
        self.tell_resync(topic, head).await
    }

    pub(super) async fn tell_resync(&mut self, topic: Topic, revision: i64) -> Flow {
        metrics::counter!("todo_ws_resyncs_total").increment(1);
        self.socket.send(&ServerMessage::Resync { topic, revision }).await
    }
}
