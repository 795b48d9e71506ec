//! One WebSocket, after docs/api.md, "Live".

use std::{net::SocketAddr, sync::Arc, time::Instant};

use anyhow::{Context, bail};
use futures_util::{SinkExt, StreamExt};
use serde::Deserialize;
use serde_json::json;
use tokio::net::TcpStream;
use tokio_tungstenite::{
    WebSocketStream, client_async_with_config,
    tungstenite::{Message, protocol::WebSocketConfig},
};
use uuid::Uuid;

use super::tally::{Follows, Receipt, Revisions, Tally};

/// There are thousands, each with such a buffer.
const READ_BUFFER: usize = 2 * 1024;

pub struct Socket {
    stream: WebSocketStream<TcpStream>,
}

/// What of a message is looked at.
#[derive(Deserialize)]
struct Heard<'a> {
    r#type: &'a str,
    topic: Option<&'a str>,
    revision: Option<i64>,
    kind: Option<&'a str>,
    data: Option<Data>,
}

#[derive(Deserialize)]
struct Data {
    id: Option<Uuid>,
    version: Option<i64>,
}

#[derive(Deserialize)]
struct Ready<'a> {
    r#type: &'a str,
    topics: std::collections::HashMap<&'a str, i64>,
}

impl Socket {
    /// Connects and says who it is. Also gives all topics of the user, which it follows, and how far they have come.
    pub async fn open(address: SocketAddr, token: &str) -> anyhow::Result<(Self, Revisions)> {
        let stream = TcpStream::connect(address).await.context("no connection")?;
        stream.set_nodelay(true)?;
        let config = WebSocketConfig::default().read_buffer_size(READ_BUFFER).write_buffer_size(0);
        let url = format!("ws://{address}/api/v1/ws");
        let (stream, _) = client_async_with_config(url, stream, Some(config)).await.context("no handshake")?;
        let mut socket = Self { stream };
        let hello = json!({ "type": "auth", "token": token }).to_string();
        socket.stream.send(Message::text(hello)).await?;
        let message = socket.text().await.context("no answer to the token")?;
        let ready: Ready = serde_json::from_str(&message).with_context(|| format!("not ready, but {message}"))?;
        if ready.r#type != "ready" {
            bail!("not ready, but {message}");
        }
        let revisions = ready.topics.iter().map(|(topic, revision)| Ok((topic_id(topic)?, *revision)));
        Ok((socket, revisions.collect::<anyhow::Result<_>>()?))
    }

    /// The next message, without those that keep the connection alive.
    pub async fn text(&mut self) -> anyhow::Result<String> {
        loop {
            match self.stream.next().await {
                Some(Ok(Message::Text(text))) => return Ok(text.as_str().to_owned()),
                Some(Ok(Message::Close(frame))) => {
                    let code = frame.map_or_else(|| "no code".to_owned(), |frame| frame.code.to_string());
                    bail!("closed with {code}")
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(error.into()),
                None => bail!("the connection has ended"),
            }
        }
    }

    /// Receives for as long as it is connected.
    pub async fn listen(mut self, follows: Arc<Follows>, tally: Arc<Tally>) {
        loop {
            match self.text().await {
                Ok(text) => {
                    let at = Instant::now();
                    if hear(&text, at, &follows, &tally).is_none() {
                        tally.fail(|| format!("not an event, but {}", text.chars().take(200).collect::<String>()));
                    }
                }
                Err(error) => return tally.fail(|| format!("a socket failed: {error:#}")),
            }
        }
    }
}

/// Nothing when it is no event.
fn hear(text: &str, at: Instant, follows: &Follows, tally: &Tally) -> Option<()> {
    let heard: Heard = serde_json::from_str(text).ok()?;
    if heard.r#type != "event" {
        return None;
    }
    let receipt = heard
        .data
        .filter(|_| heard.kind == Some("task.updated"))
        .and_then(|data| Some(Receipt { task: data.id?, version: data.version?, at }));
    tally.event(follows, topic_id(heard.topic?).ok()?, heard.revision?, receipt);
    Some(())
}

/// Of `project:<id>` or `user:<id>`.
fn topic_id(topic: &str) -> anyhow::Result<Uuid> {
    let id = topic.split_once(':').and_then(|(_, id)| id.parse().ok());
    id.with_context(|| format!("{topic} is not a topic"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "01980000-0000-7000-8000-000000000001";

    fn heard(message: &serde_json::Value) -> (Option<()>, super::super::tally::Received) {
        let (follows, tally) = (Follows::new(&Revisions::from([(ID.parse().expect("an id"), 4)])), Tally::default());
        let known = hear(&message.to_string(), Instant::now(), &follows, &tally);
        (known, tally.take())
    }

    #[test]
    fn a_changed_task_is_a_receipt() {
        let (known, received) = heard(&json!({
            "type": "event", "topic": format!("project:{ID}"), "revision": 5, "kind": "task.updated",
            "data": { "id": ID, "title": "数据 \"a\"", "version": 3 }, "actor": null, "at": "2026-03-01T12:00:00Z",
        }));
        assert!(known.is_some());
        assert_eq!((received.receipts[0].task, received.receipts[0].version), (ID.parse().expect("an id"), 3));
    }

    #[test]
    fn other_events_count_too() {
        let (known, received) = heard(&json!({
            "type": "event", "topic": format!("user:{ID}"), "revision": 5, "kind": "notification.read",
            "data": { "all": true }, "actor": null, "at": "2026-03-01T12:00:00Z",
        }));
        assert!(known.is_some());
        assert_eq!((received.events, received.receipts.len()), (1, 0));
    }

    #[test]
    fn a_call_to_reload_is_not_an_event() {
        let message = json!({ "type": "resync", "topic": format!("project:{ID}"), "revision": 52 });
        assert!(heard(&message).0.is_none());
    }
}
