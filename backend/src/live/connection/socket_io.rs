//! The socket with limits on sending, receiving and time.

use std::time::Duration;

use axum::{
    body::Bytes,
    extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket},
};
use futures_util::SinkExt;
use tokio::time::timeout;

use super::message::{CloseReason, Flow, ServerMessage};

/// No protocol message is longer.
pub const MAX_MESSAGE: usize = 64 * 1024;
/// A client that reads nothing for this long is disconnected; it will resume. Shorter than the shutdown time.
const SEND_TIME: Duration = Duration::from_secs(15);
const CLOSE_TIME: Duration = Duration::from_secs(2);

pub struct SocketIo {
    socket: WebSocket,
}

pub enum Incoming {
    Text(Utf8Bytes),
    /// A ping or pong.
    Sign,
}

impl SocketIo {
    pub fn new(socket: WebSocket) -> Self {
        Self { socket }
    }

    /// Cancellation-safe.
    pub async fn recv(&mut self) -> Flow<Incoming> {
        match self.socket.recv().await {
            Some(Ok(Message::Text(text))) if text.len() > MAX_MESSAGE => Err(CloseReason::TOO_LARGE),
            Some(Ok(Message::Text(text))) => Ok(Incoming::Text(text)),
            Some(Ok(Message::Binary(_))) => Err(CloseReason::BINARY),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(Incoming::Sign),
            Some(Ok(Message::Close(_))) => Err(CloseReason::Closed),
            Some(Err(error)) => Err(end_of(&error)),
            None => Err(CloseReason::Gone),
        }
    }

    /// Queues a text; it is sent with the next flush at the latest.
    pub async fn feed(&mut self, text: Utf8Bytes) -> Flow {
        within(SEND_TIME, self.socket.feed(Message::Text(text))).await
    }

    pub async fn flush(&mut self) -> Flow {
        within(SEND_TIME, self.socket.flush()).await
    }

    pub async fn send(&mut self, message: &ServerMessage<'_>) -> Flow {
        let Ok(text) = serde_json::to_string(message) else { return Err(CloseReason::TRY_LATER) };
        within(SEND_TIME, self.socket.send(Message::Text(text.into()))).await
    }

    pub async fn ping(&mut self) -> Flow {
        within(SEND_TIME, self.socket.send(Message::Ping(Bytes::new()))).await
    }

    /// Sends the reason and waits briefly for the client to receive it: closing sooner may lose it.
    pub async fn close(mut self, end: CloseReason) {
        let farewell = async {
            if let CloseReason::Close(code, reason) = end {
                let frame = CloseFrame { code, reason: Utf8Bytes::from_static(reason) };
                if self.socket.send(Message::Close(Some(frame))).await.is_err() {
                    return;
                }
            }
            // After a message beyond the reader's own limit, frame boundaries are lost.
            while end != CloseReason::Gone && matches!(self.socket.recv().await, Some(Ok(_))) {}
        };
        // A timeout means that the client does not respond.
        let _ = timeout(CLOSE_TIME, farewell).await;
    }
}

async fn within(time: Duration, sending: impl Future<Output = Result<(), axum::Error>>) -> Flow {
    match timeout(time, sending).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => Err(CloseReason::Gone),
        Err(_) => {
            metrics::counter!("todo_ws_stuck_total").increment(1);
            Err(CloseReason::Gone)
        }
    }
}

/// axum hides its error types; only the text distinguishes them (checked by a test).
fn end_of(error: &axum::Error) -> CloseReason {
    let text = error.to_string();
    if text.contains("too long") {
        CloseReason::TOO_LARGE
    } else if text.contains("UTF-8") {
        CloseReason::NOT_UTF8
    } else if text.contains("protocol error") {
        CloseReason::PROTOCOL
    } else {
        CloseReason::Gone
    }
}
