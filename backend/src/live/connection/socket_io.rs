//! The socket, with limits on what is said and heard and on how long it may take.

use std::time::Duration;

use axum::{
    body::Bytes,
    extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket},
};
use futures_util::SinkExt;
use tokio::time::timeout;

use super::message::{End, Flow, ServerMessage};

/// No message of the protocol is longer.
pub const MAX_MESSAGE: usize = 64 * 1024;
/// A client that takes nothing for so long is cut off; it will resume. Shorter than a server has to stop.
const SEND_TIME: Duration = Duration::from_secs(15);
const CLOSE_TIME: Duration = Duration::from_secs(2);

pub struct Link {
    socket: WebSocket,
}

pub enum Heard {
    Text(Utf8Bytes),
    /// A ping or pong.
    Sign,
}

impl Link {
    pub fn new(socket: WebSocket) -> Self {
        Self { socket }
    }

    /// Safe to cancel.
    pub async fn hear(&mut self) -> Flow<Heard> {
        match self.socket.recv().await {
            Some(Ok(Message::Text(text))) if text.len() > MAX_MESSAGE => Err(End::TOO_LARGE),
            Some(Ok(Message::Text(text))) => Ok(Heard::Text(text)),
            Some(Ok(Message::Binary(_))) => Err(End::BINARY),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(Heard::Sign),
            Some(Ok(Message::Close(_))) => Err(End::Closed),
            Some(Err(error)) => Err(end_of(&error)),
            None => Err(End::Gone),
        }
    }

    /// Queues a text; it goes out with the next flush at the latest.
    pub async fn feed(&mut self, text: Utf8Bytes) -> Flow {
        within(SEND_TIME, self.socket.feed(Message::Text(text))).await
    }

    pub async fn flush(&mut self) -> Flow {
        within(SEND_TIME, self.socket.flush()).await
    }

    pub async fn say(&mut self, message: &ServerMessage<'_>) -> Flow {
        let Ok(text) = serde_json::to_string(message) else { return Err(End::TRY_LATER) };
        within(SEND_TIME, self.socket.send(Message::Text(text.into()))).await
    }

    pub async fn ping(&mut self) -> Flow {
        within(SEND_TIME, self.socket.send(Message::Ping(Bytes::new()))).await
    }

    /// Says why, and waits a little for the client to take note: what is cut off sooner may never arrive.
    pub async fn close(mut self, end: End) {
        let farewell = async {
            if let End::Close(code, reason) = end {
                let frame = CloseFrame { code, reason: Utf8Bytes::from_static(reason) };
                if self.socket.send(Message::Close(Some(frame))).await.is_err() {
                    return;
                }
            }
            // After a message beyond the reader's own limit the rest cannot be told apart from frames.
            while end != End::Gone && matches!(self.socket.recv().await, Some(Ok(_))) {}
        };
        // A timeout means that the client does not care.
        let _ = timeout(CLOSE_TIME, farewell).await;
    }
}

async fn within(time: Duration, sending: impl Future<Output = Result<(), axum::Error>>) -> Flow {
    match timeout(time, sending).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => Err(End::Gone),
        Err(_) => {
            metrics::counter!("todo_ws_stuck_total").increment(1);
            Err(End::Gone)
        }
    }
}

/// axum hides the type of its errors; the text is all there is to tell them apart by (a test holds on to it).
fn end_of(error: &axum::Error) -> End {
    let text = error.to_string();
    if text.contains("too long") {
        End::TOO_LARGE
    } else if text.contains("UTF-8") {
        End::NOT_UTF8
    } else if text.contains("protocol error") {
        End::PROTOCOL
    } else {
        End::Gone
    }
}
