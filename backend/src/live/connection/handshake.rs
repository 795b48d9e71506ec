//! The start of a connection: authentication, topics, and starting revisions.

use std::{collections::HashMap, sync::Arc, time::Duration};

use tokio::time::{Instant, timeout};

use super::{
    Connection,
    message::{ClientMessage, CloseReason, Flow, Named, ServerMessage},
    socket_io::{Incoming, SocketIo},
};
use crate::{
    auth::caller::Caller,
    error::ApiError,
    events::Topic,
    id::{SessionId, UserId},
    live::{
        Parts,
        dirty_topics::DirtyTopics,
        limits::MessageRateLimit,
        store::{self, OwnTopic},
        subscription::Subscription,
    },
};

const FIRST_MESSAGE: Duration = Duration::from_secs(10);
/// Time for a client that sends no topics with its token to subscribe before events are sent.
const HOLD: Duration = Duration::from_millis(250);

/// From the first message to `ready`.
pub async fn open(state: Parts, mut socket: SocketIo) -> Result<Connection, (SocketIo, CloseReason)> {
    match begin(&state, &mut socket).await {
        Ok(begun) => begun.into_connection(state, socket).await,
        Err(end) => Err((socket, end)),
    }
}

struct Begun {
    caller: Caller,
    permit: crate::live::limits::UserPermit,
    dirty: Arc<DirtyTopics>,
    subscriptions: HashMap<Topic, Subscription>,
    named: Option<Named>,
}

async fn begin(state: &Parts, socket: &mut SocketIo) -> Flow<Begun> {
    let (token, named) = tokio::select! {
        () = state.draining.cancelled() => return Err(CloseReason::RESTART),
        first = timeout(FIRST_MESSAGE, first_message(socket)) => first.unwrap_or(Err(CloseReason::NO_FIRST_MESSAGE))?,
    };
    let caller = identify(state, &token).await?;
    let permit = state.hub.limits().take_for(caller.user_id).ok_or(CloseReason::TOO_MANY)?;
    let dirty = state.hub.new_dirty_topics();
    let subscriptions = subscribe_own(state, &caller, &dirty).await?;
    let topics = subscriptions.iter().map(|(topic, subscription)| (*topic, subscription.cursor.sent)).collect();
    socket.send(&ServerMessage::Ready { topics }).await?;
    Ok(Begun { caller, permit, dirty, subscriptions, named })
}

impl Begun {
    async fn into_connection(self, state: Parts, socket: SocketIo) -> Result<Connection, (SocketIo, CloseReason)> {
        let now = Instant::now();
        let mut connection = Connection {
            user: self.caller.user_id,
            session: self.caller.session_id,
            expires_at: expiry(&self.caller),
            hold_until: self.named.is_none().then(|| now + HOLD),
            stalled_until: None,
            heard_at: now,
            ping_at: now + state.hub.config().ping_interval,
            message_rate: MessageRateLimit::new(),
            pending: Vec::new(),
            joining: Vec::new(),
            subscriptions: self.subscriptions,
            dirty: self.dirty,
            socket,
            state,
            _permit: self.permit,
        };
        if let Some(named) = self.named
            && let Err(end) = connection.subscribe(named).await
        {
            return Err((connection.socket, end));
        }
        Ok(connection)
    }
}

/// When to close the connection unless a new token arrives.
pub fn expiry(caller: &Caller) -> Instant {
    Instant::now() + (caller.token_expires_at - chrono::Utc::now()).to_std().unwrap_or_default()
}

async fn first_message(socket: &mut SocketIo) -> Flow<(String, Option<Named>)> {
    loop {
        if let Incoming::Text(text) = socket.recv().await? {
            return match ClientMessage::parse(&text) {
                Some(ClientMessage::Auth { token, topics }) => Ok((token, topics)),
                Some(ClientMessage::Subscribe { .. }) => Err(CloseReason::AUTH_FIRST),
                None => Err(CloseReason::MALFORMED),
            };
        }
    }
}

pub async fn identify(state: &Parts, token: &str) -> Flow<Caller> {
    state.authenticator.authenticate(token).await.map_err(|error| match error {
        ApiError::SessionEnded | ApiError::AccountDisabled => CloseReason::SESSION_ENDED,
        ApiError::Unauthenticated(_) => CloseReason::UNAUTHENTICATED,
        error => {
            tracing::warn!(%error, "live: a connection could not be authenticated");
            CloseReason::TRY_LATER
        }
    })
}

/// Reads the user's topics and subscribes to them without missing events in between.
async fn subscribe_own(state: &Parts, caller: &Caller, dirty: &Arc<DirtyTopics>) -> Flow<HashMap<Topic, Subscription>> {
    let opening = state.hub.open();
    let own = read_own(state, caller.user_id, caller.session_id).await?;
    let user_revision = own.iter().find(|own| own.topic == Topic::User(caller.user_id)).map(|own| own.revision);
    let user_revision = user_revision.ok_or(CloseReason::SESSION_ENDED)?;
    Ok(own
        .iter()
        .map(|own| {
            (own.topic, Subscription::own(opening.subscribe(own.topic, own.revision, dirty), own, user_revision))
        })
        .collect())
}

pub async fn read_own(state: &Parts, user: UserId, session: SessionId) -> Flow<Vec<OwnTopic>> {
    let _turn = state.hub.readers().acquire().await;
    store::own_topics(&state.db, user, session).await.map_err(|error| {
        tracing::warn!(%error, "live: the topics of a user could not be read");
        CloseReason::TRY_LATER
    })
}
