//! The bytes of a connection.

use std::{
    io::{self, ErrorKind, IoSlice},
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};
use tokio_io_timeout::TimeoutStream;

use super::places::Place;

/// How much of an answer the system buffers beyond what is in flight. Without a limit it is megabytes for each client that does not read,
/// and a slow client would block writes so long that it looks like a stalled one.
#[cfg(target_os = "linux")]
const UNSENT: u32 = 64 * 1024;

/// A stream that fails if its client stops reading, and that holds its permit while open, also after it has become a WebSocket.
pub struct ClientStream {
    stream: Pin<Box<TimeoutStream<TcpStream>>>,
    _place: Place,
}

#[cfg(target_os = "linux")]
fn keep_little_unsent(stream: &TcpStream) {
    // Without this option the only cost is memory.
    let _ = socket2::SockRef::from(stream).set_tcp_notsent_lowat(UNSENT);
}

#[cfg(not(target_os = "linux"))]
fn keep_little_unsent(_: &TcpStream) {}

impl ClientStream {
    pub fn new(stream: TcpStream, write_timeout: Duration, place: Place) -> Self {
        keep_little_unsent(&stream);
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(write_timeout));
        Self { stream: Box::pin(stream), _place: place }
    }

    fn note_stall<T>(&self, written: &Poll<io::Result<T>>) {
        if let Poll::Ready(Err(error)) = written
            && error.kind() == ErrorKind::TimedOut
        {
            metrics::counter!("todo_connections_stalled_total").increment(1);
            // Otherwise the system would hold unread data for minutes after the end. A failure changes nothing else.
            let _ = self.stream.get_ref().set_zero_linger();
        }
    }
}

impl AsyncRead for ClientStream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.stream.as_mut().poll_read(cx, into)
    }
}

impl AsyncWrite for ClientStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, from: &[u8]) -> Poll<io::Result<usize>> {
        let written = self.stream.as_mut().poll_write(cx, from);
        self.note_stall(&written);
        written
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        from: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = self.stream.as_mut().poll_write_vectored(cx, from);
        self.note_stall(&written);
        written
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream.as_mut().poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream.as_mut().poll_shutdown(cx)
    }
}
