//! The context of the current request, used by problem documents and log lines. Few lines are logged, so creating and entering a span for
//! every request would be most of the cost of a short one.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use axum::http::{HeaderName, HeaderValue};
use uuid::{Uuid, fmt::Hyphenated};

use super::{
    lock_turns::{LockTurns, NoTurn, RequestTurns, Turn},
    middleware::Route,
    user_slots::{Slot, Work},
};
use crate::{
    error::ApiError,
    id::{ProjectId, UserId},
    telemetry::traces,
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
    /// The id sent by the caller, or a new one.
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

    pub fn id_text(&self) -> &str {
        self.id.to_str().unwrap_or_default()
    }

    fn lock_slot(&self) -> MutexGuard<'_, Option<Slot>> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs a future as part of this request.
    pub async fn scope<F: Future>(self, future: F) -> F::Output {
        CURRENT.scope(self, future).await
    }
}

/// A caller's id is kept if it is short and plain, so that it cannot forge log lines.
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
    CURRENT.try_with(|request| request.id_text().to_owned()).ok()
}

/// Records the current request's user.
pub fn set_user(user_id: UserId) {
    // Outside a request nobody needs it.
    let _ = CURRENT.try_with(|request| request.user_id.set(user_id));
    if traces::are_exported() {
        traces::record("user_id", user_id.to_string());
    }
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

/// Takes a turn for the current request, unless it has one or no slot; `may_begin` is checked first, once per request.
pub async fn hold_turn(work: Work, may_begin: impl FnOnce() -> Result<(), ApiError>) -> Result<(), ApiError> {
    let turns = CURRENT.try_with(|request| request.lock_slot().as_ref().and_then(|slot| slot.missing_turn(work)));
    if let Some(turns) = turns.ok().flatten() {
        may_begin()?;
        let turn = turns.take().await?;
        let _ = CURRENT.try_with(|request| request.lock_slot().as_mut().map(|slot| slot.begin(turn)));
    }
    Ok(())
}

/// The current request's slot.
pub fn release_slot() -> Option<Slot> {
    CURRENT.try_with(|request| request.lock_slot().take()).ok().flatten()
}

/// Whether this runs for a request, not in the background.
pub fn is_there() -> bool {
    CURRENT.try_with(|_| ()).is_ok()
}

/// Turns for the locks that the current request is about to take; background work needs none.
pub fn take_turns(ids: &[ProjectId], held: &[Turn]) -> Result<Vec<Turn>, NoTurn> {
    CURRENT.try_with(|request| request.turns.take(ids, held)).unwrap_or_else(|_| Ok(Vec::new()))
}

/// The current request cannot be retried: part of it is about to be committed.
pub fn set_committed() {
    let _ = CURRENT.try_with(|request| request.turns.set_committed());
}

/// Waits for the current request's missing turns; see [`RequestTurns::wait`].
pub async fn wait_for_turns() -> Option<bool> {
    let turns = CURRENT.try_with(|request| Arc::clone(&request.turns)).ok()?;
    turns.wait().await
}

/// What a log line says about the current request, if any. Spans and metrics use the same names.
pub fn log_fields() -> Vec<(&'static str, String)> {
    let of_request = CURRENT.try_with(|request| {
        let mut fields = vec![
            ("request_id", request.id_text().to_owned()),
            ("method", request.method.to_owned()),
            ("route", request.route.template().to_owned()),
        ];
        fields.extend(request.user_id.get().map(|user_id| ("user_id", user_id.to_string())));
        fields
    });
    of_request.unwrap_or_default()
}
