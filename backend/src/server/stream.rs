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

/// How much of an answer the system keeps beyond what is under way. Without a limit it is megabytes for each client that does not read, and
/// of a slow one it is long before more can be written: nobody could tell it from one that takes nothing.
#[cfg(target_os = "linux")]
const UNSENT: u32 = 64 * 1024;

/// A stream that fails when its client takes nothing of what is written, and that has its place for as long as it is open, also when
/// it has become a WebSocket.
pub struct ClientStream {
    stream: Pin<Box<TimeoutStream<TcpStream>>>,
    _place: Place,
}

#[cfg(target_os = "linux")]
fn keep_little_unsent(stream: &TcpStream) {
    // Where the system has no such option, it costs memory and nothing else.
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
            // Or else the system would hold what was not taken for minutes after the end. That it fails changes nothing else.
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
