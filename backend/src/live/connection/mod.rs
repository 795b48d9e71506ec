//! One open connection: a single task that receives, pulls new events from the hub, and keeps time.

mod deliver;
pub(super) mod handshake;
mod message;
pub(super) mod socket_io;
mod subscribe;

use std::{collections::HashMap, future::ready, sync::Arc, time::Duration};

use tokio::time::{Instant, sleep, sleep_until, timeout};

use self::{
    handshake::{expiry, identify},
    message::{ClientMessage, CloseReason, Flow, ServerMessage},
    socket_io::{Incoming, SocketIo},
};
use super::{
    dirty_topics::DirtyTopics,
    limits::{MessageRateLimit, UserPermit},
    subscription::Subscription,
};
use crate::{
    events::Topic,
    id::{ProjectId, SessionId, UserId},
    live::Parts,
};

/// Time for the last events when the server stops.
const GOODBYE: Duration = Duration::from_secs(3);

pub struct Connection {
    state: Parts,
    socket: SocketIo,
    user: UserId,
    session: SessionId,
    expires_at: Instant,
    subscriptions: HashMap<Topic, Subscription>,
    dirty: Arc<DirtyTopics>,
    /// Topics with events to send.
    pending: Vec<Topic>,
    /// Joined projects without a subscription yet.
    joining: Vec<ProjectId>,
    /// Until then the client may still choose its starting revisions.
    hold_until: Option<Instant>,
    /// Until then the database is not queried.
    stalled_until: Option<Instant>,
    heard_at: Instant,
    ping_at: Instant,
    message_rate: MessageRateLimit,
    _permit: UserPermit,
}

impl Connection {
    pub async fn run(mut self) {
        let Err(end) = self.talk().await;
        tracing::debug!(user_id = %self.user, ?end, "live: connection closed");
        self.socket.close(end).await;
    }

    async fn talk(&mut self) -> Flow<std::convert::Infallible> {
        let state = self.state.clone();
        let mut drained = std::pin::pin!(time_to_go(&state));
        loop {
            let may_deliver = self.hold_until.is_none() && self.stalled_until.is_none();
            tokio::select! {
                biased;
                () = &mut drained => return Err(Box::pin(self.say_goodbye()).await),
                () = sleep_until(self.next_deadline()) => self.keep_time().await?,
                heard = self.socket.recv() => Box::pin(self.answer(heard?)).await?,
                () = ready(()), if may_deliver && self.has_work() => Box::pin(self.deliver()).await?,
                () = self.dirty.marked(), if may_deliver => Box::pin(self.deliver()).await?,
            }
        }
    }

    pub(super) fn has_work(&self) -> bool {
        !self.pending.is_empty() || !self.joining.is_empty()
    }

    /// Pings are sent every interval; no answer for two of them plus a margin means that the client is gone.
    fn silent_at(&self) -> Instant {
        self.heard_at + self.state.hub.config().ping_interval * 12 / 5
    }

    fn next_deadline(&self) -> Instant {
        let deadlines = [Some(self.expires_at), Some(self.silent_at()), self.hold_until, self.stalled_until];
        deadlines.into_iter().flatten().fold(self.ping_at, Instant::min)
    }

    async fn keep_time(&mut self) -> Flow {
        let now = Instant::now();
        if self.expires_at <= now {
            return Err(CloseReason::EXPIRED);
        }
        if self.silent_at() <= now {
            return Err(CloseReason::PING_TIMEOUT);
        }
        if self.ping_at <= now {
            self.ping_at = now + self.state.hub.config().ping_interval;
            self.socket.ping().await?;
        }
        self.hold_until = self.hold_until.filter(|until| *until > now);
        self.stalled_until = self.stalled_until.filter(|until| *until > now);
        Ok(())
    }

    async fn answer(&mut self, heard: Incoming) -> Flow {
        self.heard_at = Instant::now();
        if !self.message_rate.spend() {
            return Err(CloseReason::RATE_LIMITED);
        }
        let Incoming::Text(text) = heard else { return Ok(()) };
        match ClientMessage::parse(&text).ok_or(CloseReason::MALFORMED)? {
            ClientMessage::Subscribe { topics } => self.subscribe(topics).await,
            ClientMessage::Auth { token, topics } => {
                let caller = identify(&self.state, &token).await?;
                if caller.user_id != self.user || caller.session_id != self.session {
                    return Err(CloseReason::OTHER_SESSION);
                }
                self.expires_at = expiry(&caller);
                self.socket.send(&ServerMessage::Authenticated).await?;
                match topics {
                    Some(topics) => self.subscribe(topics).await,
                    None => Ok(()),
                }
            }
        }
    }

    /// The server is stopping: known events are sent, then the connection closes.
    async fn say_goodbye(&mut self) -> CloseReason {
        let last_events = async {
            self.deliver().await?;
            while self.has_work() && self.stalled_until.is_none() {
                self.deliver().await?;
            }
            Ok(())
        };
        match timeout(GOODBYE, last_events).await {
            Ok(Err(end)) => end,
            Ok(Ok(())) | Err(_) => CloseReason::RESTART,
        }
    }
}

/// The time to close when the server stops. A draining server closes its sockets one after another in the second half of the drain time,
/// when proxies have switched: so clients do not all reconnect at once, and none returns here.
async fn time_to_go(state: &Parts) {
    let turn = async {
        state.leaving.cancelled().await;
        sleep(state.config.drain_time.mul_f64(rand::random_range(0.5..1.0))).await;
    };
    tokio::select! {
        () = state.draining.cancelled() => {}
        () = turn => {}
    }
}
