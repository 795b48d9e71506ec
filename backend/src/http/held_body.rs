//! A long answer, which holds its user's slots until the client has read it.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use axum::{
    body::{Body, Bytes, HttpBody},
    response::{IntoResponse, Response},
};
use hyper::body::{Frame, SizeHint};

use super::{request_context, user_slots::Slot};

/// Chunk size. The connection takes more only when most was sent, so the end of the body is reached when the client has read nearly all.
const PIECE: usize = 64 * 1024;

/// An answer is compressed while it is sent, which takes a few milliseconds per chunk; other work on the thread comes first then.
const BETWEEN_PAUSES: usize = 256 * 1024;

struct HeldBody {
    body: Body,
    rest: Bytes,
    /// Bytes sent since the last yield.
    since_pause: usize,
    _slot: Slot,
}

/// Passes the request's slot on to its answer if that is long. A read is refused if there is no room for its answer; a completed write is
/// not, because its caller has to know.
pub async fn hold(response: Response, is_read: bool) -> Response {
    let Some(mut slot) = request_context::release_slot() else { return response };
    let length = response.body().size_hint().exact().and_then(|length| usize::try_from(length).ok());
    if length.is_some_and(|length| length <= PIECE) {
        return response;
    }
    match slot.grow_to(length.unwrap_or_default()).await {
        Err(refused) if is_read => refused.into_response(),
        _ => response.map(|body| Body::new(HeldBody { body, rest: Bytes::new(), since_pause: 0, _slot: slot })),
    }
}

impl HttpBody for HeldBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if self.since_pause >= BETWEEN_PAUSES {
            self.since_pause = 0;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        if self.rest.is_empty() {
            match ready!(Pin::new(&mut self.body).poll_frame(cx)).transpose()?.map(Frame::into_data) {
                Some(Ok(data)) => self.rest = data,
                Some(Err(trailers)) => return Poll::Ready(Some(Ok(trailers))),
                None => return Poll::Ready(None),
            }
        }
        let length = self.rest.len().min(PIECE);
        self.since_pause += length;
        let piece = self.rest.split_to(length);
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (body, rest) = (self.body.size_hint(), u64::try_from(self.rest.len()).unwrap_or(u64::MAX));
        let mut hint = SizeHint::new();
        hint.set_lower(body.lower().saturating_add(rest));
        if let Some(upper) = body.upper() {
            hint.set_upper(upper.saturating_add(rest));
        }
        hint
    }
}
