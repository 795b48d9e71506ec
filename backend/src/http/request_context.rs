//! What is known of the request that a task answers. Problem documents and log lines ask for it; so few lines are written that
//! a span, made and entered by every request, would be most of what a short one costs.

use std::{
    fmt::{self, Display},
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
};

use axum::http::{HeaderName, HeaderValue};
use serde::Serialize;
use uuid::{Uuid, fmt::Hyphenated};

use super::{
    lock_turns::{LockTurns, NoTurn, RequestTurns, Turn},
    middleware::Route,
    user_slots::{Slot, Work},
};
use crate::{
    config::LogFormat,
    error::ApiError,
    id::{ProjectId, UserId},
};

pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

tokio::task_local! {
    static CURRENT: RequestContext;
}

pub struct RequestContext {
    id: HeaderValue,
    method: &'static str,
    route: Arc<Route>,
    user_id: OnceLock<UserId>,
    slot: Mutex<Option<Slot>>,
    turns: Arc<RequestTurns>,
}

impl RequestContext {
    /// Its id is the one that the caller sends with it, or a new one.
    pub fn new(sent: Option<&HeaderValue>, method: &'static str, route: Arc<Route>, turns: LockTurns) -> Self {
        let id = sent.filter(|id| is_acceptable(id)).cloned().unwrap_or_else(new_id);
        Self {
            id,
            method,
            route,
            user_id: OnceLock::new(),
            slot: Mutex::default(),
            turns: Arc::new(RequestTurns::new(turns)),
        }
    }

    pub fn id(&self) -> &HeaderValue {
        &self.id
    }

    fn lock_slot(&self) -> MutexGuard<'_, Option<Slot>> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs a future as part of this request.
    pub async fn scope<F: Future>(self, future: F) -> F::Output {
        CURRENT.scope(self, future).await
    }
}

/// An id of the caller's is kept when it is short and plain, so that it cannot forge log lines.
fn is_acceptable(value: &HeaderValue) -> bool {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    (1..=64).contains(&value.len()) && value.as_bytes().iter().all(plain)
}

#[expect(clippy::disallowed_methods, reason = "the id of a request names no thing of the program's")]
fn new_id() -> HeaderValue {
    let mut text = [0; Hyphenated::LENGTH];
    let id = Uuid::new_v4().hyphenated().encode_lower(&mut text);
    HeaderValue::from_str(id).unwrap_or(HeaderValue::from_static("unknown"))
}

pub fn current_request_id() -> Option<String> {
    CURRENT.try_with(|request| request.id.to_str().unwrap_or_default().to_owned()).ok()
}

/// Says who makes the current request.
pub fn set_user(user_id: UserId) {
    // Outside a request nobody asks.
    let _ = CURRENT.try_with(|request| request.user_id.set(user_id));
}

/// Takes a slot for the current request, unless it has one.
pub async fn hold_slot<F>(take: impl FnOnce() -> F) -> Result<(), ApiError>
where
    F: Future<Output = Result<Slot, ApiError>>,
{
    let has_none = CURRENT.try_with(|request| request.lock_slot().is_none()).unwrap_or(false);
    if has_none {
        let slot = take().await?;
        let _ = CURRENT.try_with(|request| *request.lock_slot() = Some(slot));
    }
    Ok(())
}

/// Takes a turn for the current request, unless it has one or has no slot; `may_begin` is asked before, once for each request.
pub async fn hold_turn(work: Work, may_begin: impl FnOnce() -> Result<(), ApiError>) -> Result<(), ApiError> {
    let turns = CURRENT.try_with(|request| request.lock_slot().as_ref().and_then(|slot| slot.missing_turn(work)));
    if let Some(turns) = turns.ok().flatten() {
        may_begin()?;
        let turn = turns.take().await?;
        let _ = CURRENT.try_with(|request| request.lock_slot().as_mut().map(|slot| slot.begin(turn)));
    }
    Ok(())
}

/// The slot that the current request has taken.
pub fn release_slot() -> Option<Slot> {
    CURRENT.try_with(|request| request.lock_slot().take()).ok().flatten()
}

/// Whether this is done for a request, and not in the background.
pub fn is_there() -> bool {
    CURRENT.try_with(|_| ()).is_ok()
}

/// Turns for the current request at what it is going to lock; work in the background needs none.
pub fn take_turns(ids: &[ProjectId], held: &[Turn]) -> Result<Vec<Turn>, NoTurn> {
    CURRENT.try_with(|request| request.turns.take(ids, held)).unwrap_or_else(|_| Ok(Vec::new()))
}

/// The current request cannot be done again: a part of it is going to be committed.
pub fn set_committed() {
    let _ = CURRENT.try_with(|request| request.turns.set_committed());
}

/// Waits for the turns that the current request has not got; see [`RequestTurns::wait`].
pub async fn wait_for_turns() -> Option<bool> {
    let turns = CURRENT.try_with(|request| Arc::clone(&request.turns)).ok()?;
    turns.wait().await
}

/// What a log line says of the current request, if there is one.
pub fn log_fields(format: LogFormat) -> Option<String> {
    CURRENT
        .try_with(|request| {
            let fields = LogFields {
                id: request.id.to_str().unwrap_or_default(),
                method: request.method,
                route: request.route.template(),
                user_id: request.user_id.get(),
            };
            match format {
                LogFormat::Json => serde_json::to_string(&fields).ok(),
                LogFormat::Pretty => Some(fields.to_string()),
            }
        })
        .ok()
        .flatten()
}

#[derive(Serialize)]
struct LogFields<'a> {
    id: &'a str,
    method: &'a str,
    route: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<&'a UserId>,
}

impl Display for LogFields<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "request_id={} method={} route={}", self.id, self.method, self.route)?;
        self.user_id.map_or(Ok(()), |user_id| write!(f, " user_id={user_id}"))
    }
}
