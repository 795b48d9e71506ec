//! The beginning of a connection: who it is, what is theirs, from where on.

use std::{collections::HashMap, sync::Arc, time::Duration};

use tokio::time::{Instant, timeout};

use super::{
    Connection,
    message::{ClientMessage, End, Flow, Named, ServerMessage},
    socket_io::{Heard, Link},
};
use crate::{
    auth::caller::Caller,
    error::ApiError,
    events::Topic,
    live::{
        Parts,
        dirty_topics::Mailbox,
        limits::SpeechBudget,
        store::{self, OwnTopic},
        subscription::Follow,
    },
};

const FIRST_MESSAGE: Duration = Duration::from_secs(10);
/// A client that names no topics with its token gets so long to do it, before events are told.
const HOLD: Duration = Duration::from_millis(250);

/// From the first message to `ready`.
pub async fn open(state: Parts, mut link: Link) -> Result<Connection, (Link, End)> {
    match begin(&state, &mut link).await {
        Ok(begun) => begun.into_connection(state, link).await,
        Err(end) => Err((link, end)),
    }
}

struct Begun {
    caller: Caller,
    seat: crate::live::limits::UserSeat,
    mailbox: Arc<Mailbox>,
    follows: HashMap<Topic, Follow>,
    named: Option<Named>,
}

async fn begin(state: &Parts, link: &mut Link) -> Flow<Begun> {
    let (token, named) = tokio::select! {
        () = state.draining.cancelled() => return Err(End::RESTART),
        first = timeout(FIRST_MESSAGE, first_message(link)) => first.unwrap_or(Err(End::NO_FIRST_MESSAGE))?,
    };
    let caller = identify(state, &token).await?;
    let seat = state.hub.seats().take_for(caller.user_id).ok_or(End::TOO_MANY)?;
    let mailbox = state.hub.mailbox();
    let follows = follow_own(state, &caller, &mailbox).await?;
    let topics = follows.iter().map(|(topic, follow)| (*topic, follow.cursor.sent)).collect();
    link.say(&ServerMessage::Ready { topics }).await?;
    Ok(Begun { caller, seat, mailbox, follows, named })
}

impl Begun {
    async fn into_connection(self, state: Parts, link: Link) -> Result<Connection, (Link, End)> {
        let now = Instant::now();
        let mut connection = Connection {
            user: self.caller.user_id,
            session: self.caller.session_id,
            expires_at: expiry(&self.caller),
            hold_until: self.named.is_none().then(|| now + HOLD),
            stalled_until: None,
            heard_at: now,
            ping_at: now + state.hub.config().ping_interval,
            speech: SpeechBudget::new(),
            pending: Vec::new(),
            joining: Vec::new(),
            follows: self.follows,
            mailbox: self.mailbox,
            link,
            state,
            _seat: self.seat,
        };
        if let Some(named) = self.named
            && let Err(end) = connection.subscribe(named).await
        {
            return Err((connection.link, end));
        }
        Ok(connection)
    }
}

/// When to close the connection unless a new token comes.
pub fn expiry(caller: &Caller) -> Instant {
    Instant::now() + (caller.token_expires_at - chrono::Utc::now()).to_std().unwrap_or_default()
}

async fn first_message(link: &mut Link) -> Flow<(String, Option<Named>)> {
    loop {
        if let Heard::Text(text) = link.hear().await? {
            return match ClientMessage::parse(&text) {
                Some(ClientMessage::Auth { token, topics }) => Ok((token, topics)),
                Some(ClientMessage::Subscribe { .. }) => Err(End::AUTH_FIRST),
                None => Err(End::MALFORMED),
            };
        }
    }
}

pub async fn identify(state: &Parts, token: &str) -> Flow<Caller> {
    state.authenticator.authenticate(token).await.map_err(|error| match error {
        ApiError::SessionEnded | ApiError::AccountDisabled => End::SESSION_ENDED,
        ApiError::Unauthenticated(_) => End::UNAUTHENTICATED,
        error => {
            tracing::warn!(%error, "live: a connection could not be authenticated");
            End::TRY_LATER
        }
    })
}

/// Reads what is theirs and follows it, so that nothing told in between is lost.
async fn follow_own(state: &Parts, caller: &Caller, mailbox: &Arc<Mailbox>) -> Flow<HashMap<Topic, Follow>> {
    let opening = state.hub.open();
    let own = read_own(state, caller.user_id, caller.session_id).await?;
    let user_revision = own.iter().find(|own| own.topic == Topic::User(caller.user_id)).map(|own| own.revision);
    let user_revision = user_revision.ok_or(End::SESSION_ENDED)?;
    Ok(own
        .iter()
        .map(|own| (own.topic, Follow::own(opening.follow(own.topic, own.revision, mailbox), own, user_revision)))
        .collect())
}

pub async fn read_own(state: &Parts, user: uuid::Uuid, session: uuid::Uuid) -> Flow<Vec<OwnTopic>> {
    let _turn = state.hub.readers().acquire().await;
    store::own_topics(&state.db, user, session).await.map_err(|error| {
        tracing::warn!(%error, "live: the topics of a user could not be read");
        End::TRY_LATER
    })
}
