//! The messages of the protocol (docs/api.md, "Live").

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::events::Topic;

/// Topics as sent by a client, with the last revision it has of each.
pub type Named = HashMap<String, i64>;

#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ClientMessage {
    Auth { token: String, topics: Option<Named> },
    Subscribe { topics: Named },
}

impl ClientMessage {
    pub fn parse(text: &str) -> Option<Self> {
        let message: Self = serde_json::from_str(text).ok()?;
        let topics = match &message {
            Self::Auth { topics, .. } => topics.as_ref(),
            Self::Subscribe { topics } => Some(topics),
        };
        topics.is_none_or(|topics| topics.values().all(|revision| *revision >= 0)).then_some(message)
    }
}

#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerMessage<'a> {
    Ready { topics: HashMap<Topic, i64> },
    Authenticated,
    Resync { topic: Topic, revision: i64 },
    Error { code: &'static str, topic: &'a str, detail: &'static str },
}

/// Why a connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CloseReason {
    /// We close it with a reason.
    Close(u16, &'static str),
    /// The client has closed it.
    Closed,
    /// It is broken, or the client no longer reads.
    Gone,
}

impl CloseReason {
    pub const RESTART: Self = Self::Close(1012, "the server restarts: reconnect at once");
    pub const TOO_LARGE: Self = Self::Close(1009, "the message is too large");
    pub const PROTOCOL: Self = Self::Close(1002, "not a WebSocket frame");
    pub const NOT_UTF8: Self = Self::Close(1007, "the text is not UTF-8");
    pub const TRY_LATER: Self = Self::Close(1013, "try again later");
    pub const TOO_MANY: Self = Self::Close(1013, "too many connections of this user");
    pub const MALFORMED: Self = Self::Close(4400, "not a message of the protocol");
    pub const BINARY: Self = Self::Close(4400, "only text messages");
    pub const AUTH_FIRST: Self = Self::Close(4401, "the first message must be auth");
    pub const UNAUTHENTICATED: Self = Self::Close(4401, "the access token is not valid");
    pub const EXPIRED: Self = Self::Close(4401, "the access token has expired");
    pub const SESSION_ENDED: Self = Self::Close(4401, "the session has ended");
    pub const OTHER_SESSION: Self = Self::Close(4401, "the access token is of another session");
    pub const NO_FIRST_MESSAGE: Self = Self::Close(4408, "no first message in time");
    pub const PING_TIMEOUT: Self = Self::Close(4408, "no sign of life");
    pub const RATE_LIMITED: Self = Self::Close(4429, "too many messages");
}

pub type Flow<T = ()> = Result<T, CloseReason>;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::id::Id;

    #[test]
    fn messages_of_clients_are_read() {
        let topics = Named::from([("project:x".to_owned(), 41)]);
        for (text, expected) in [
            (r#"{"type":"auth","token":"t"}"#, Some(ClientMessage::Auth { token: "t".to_owned(), topics: None })),
            (
                r#"{"type":"auth","token":"t","topics":{"project:x":41},"more":1}"#,
                Some(ClientMessage::Auth { token: "t".to_owned(), topics: Some(topics.clone()) }),
            ),
            (r#"{"type":"subscribe","topics":{"project:x":41}}"#, Some(ClientMessage::Subscribe { topics })),
            (r#"{"type":"subscribe","topics":{"project:x":-1}}"#, None),
            (r#"{"type":"subscribe","topics":{"project:x":"1"}}"#, None),
            (r#"{"type":"subscribe"}"#, None),
            (r#"{"type":"shout"}"#, None),
            ("[]", None),
            ("", None),
        ] {
            assert_eq!(ClientMessage::parse(text), expected, "{text}");
        }
    }

    #[test]
    fn messages_of_the_server_are_those_of_the_protocol() {
        let topic = Topic::User(Id::nil());
        let text = |message: &ServerMessage<'_>| serde_json::to_value(message).expect("JSON");
        let ready = ServerMessage::Ready { topics: HashMap::from([(topic, 7)]) };
        assert_eq!(text(&ready), json!({ "type": "ready", "topics": { topic.to_string(): 7 } }));
        assert_eq!(text(&ServerMessage::Authenticated), json!({ "type": "authenticated" }));
        let resync = ServerMessage::Resync { topic, revision: 52 };
        assert_eq!(text(&resync), json!({ "type": "resync", "topic": topic, "revision": 52 }));
    }
}
