//! A client of the live protocol.

use std::{net::SocketAddr, time::Duration};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::{
    net::{TcpSocket, TcpStream},
    time::timeout,
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{Error, Message, client::ClientRequestBuilder, http::Uri, protocol::CloseFrame},
};

use crate::support::{Person, TestApp};

/// What should come comes much sooner.
pub const PATIENCE: Duration = Duration::from_secs(20);

pub struct Socket {
    stream: WebSocketStream<TcpStream>,
}

#[derive(Debug, PartialEq)]
pub enum Heard {
    Message(Value),
    /// With the code, if the server gave one.
    Closed(Option<u16>),
}

pub fn project_topic(id: &str) -> String {
    format!("project:{id}")
}

pub fn user_topic(person: &Person) -> String {
    format!("user:{}", person.id)
}

impl Socket {
    pub async fn open(address: SocketAddr) -> Result<Self, Error> {
        Self::open_with(address, &[], None).await
    }

    /// With more headers, and a buffer for what was received and not yet read.
    pub async fn open_with(address: SocketAddr, headers: &[(&str, &str)], buffer: Option<u32>) -> Result<Self, Error> {
        let socket = TcpSocket::new_v4()?;
        if let Some(buffer) = buffer {
            socket.set_recv_buffer_size(buffer)?;
        }
        let stream = socket.connect(address).await?;
        let uri: Uri = format!("ws://{address}/api/v1/ws").parse().expect("an address");
        let mut request = ClientRequestBuilder::new(uri);
        for (name, value) in headers {
            request = request.with_header(*name, *value);
        }
        let (stream, _) = tokio_tungstenite::client_async(request, stream).await?;
        Ok(Self { stream })
    }

    /// Signs in and takes `ready`.
    pub async fn of(app: &TestApp, person: &Person) -> Self {
        Self::of_with_ready(app, person).await.0
    }

    pub async fn of_with_ready(app: &TestApp, person: &Person) -> (Self, Value) {
        let mut socket = Self::open(app.address).await.expect("a connection");
        socket.say(json!({ "type": "auth", "token": person.token })).await;
        let ready = socket.message().await;
        assert_eq!(ready["type"], "ready", "{ready:#}");
        (socket, ready)
    }

    /// Signs in and goes on from the revisions given, as after a cut.
    pub async fn resume(app: &TestApp, person: &Person, topics: Value) -> Self {
        let mut socket = Self::open(app.address).await.expect("a connection");
        socket.say(json!({ "type": "auth", "token": person.token, "topics": topics })).await;
        assert_eq!(socket.message().await["type"], "ready");
        socket
    }

    pub async fn say(&mut self, message: Value) {
        self.say_raw(Message::text(message.to_string())).await;
    }

    pub async fn say_raw(&mut self, message: Message) {
        // The server may have closed already; what it said is read afterwards.
        let _ = self.stream.send(message).await;
    }

    /// What comes next, however long it takes.
    pub async fn hear(&mut self) -> Heard {
        loop {
            match self.stream.next().await {
                Some(Ok(Message::Text(text))) => return Heard::Message(serde_json::from_str(&text).expect("JSON")),
                Some(Ok(Message::Close(frame))) => {
                    return Heard::Closed(frame.map(|CloseFrame { code, .. }| code.into()));
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Heard::Closed(None),
            }
        }
    }

    async fn hear_soon(&mut self) -> Heard {
        timeout(PATIENCE, self.hear()).await.expect("something from the server")
    }

    #[track_caller]
    pub fn message(&mut self) -> impl Future<Output = Value> {
        let caller = std::panic::Location::caller();
        async move {
            match self.hear_soon().await {
                Heard::Message(message) => message,
                Heard::Closed(code) => panic!("closed with {code:?}, at {caller}"),
            }
        }
    }

    /// The next event; anything else is a failure.
    pub async fn event(&mut self) -> Value {
        let message = self.message().await;
        assert_eq!(message["type"], "event", "{message:#}");
        message
    }

    /// The next event of a topic; those of others are passed over.
    pub async fn event_of(&mut self, topic: &str) -> Value {
        loop {
            let message = self.message().await;
            if message["topic"] == topic {
                assert_eq!(message["type"], "event", "{message:#}");
                return message;
            }
        }
    }

    /// Waits for an event of this kind, whatever comes before it.
    pub async fn event_of_kind(&mut self, kind: &str) -> Value {
        loop {
            let message = self.message().await;
            if message["kind"] == kind {
                return message;
            }
        }
    }

    /// Nothing comes within a while.
    pub async fn expect_silence(&mut self, time: Duration) {
        if let Ok(heard) = timeout(time, self.hear()).await {
            panic!("expected nothing and got {heard:?}");
        }
    }

    /// The server closes with this code, after whatever it still has to say.
    pub async fn expect_closed(&mut self, code: u16) -> Vec<Value> {
        let mut messages = Vec::new();
        loop {
            match self.hear_soon().await {
                Heard::Message(message) => messages.push(message),
                Heard::Closed(closed) => {
                    assert_eq!(closed, Some(code), "after {messages:?}");
                    return messages;
                }
            }
        }
    }
}

/// The revisions of events, in the order in which they came.
pub fn revisions(events: &[Value]) -> Vec<i64> {
    events.iter().map(|event| event["revision"].as_i64().expect("a revision")).collect()
}
