//! What members of a project are told of a change, after its commit: the change has written one row of `pending_notices`, and here that
//! becomes notifications, mails, messages to webhooks and events of people's feeds.
//!
//! - Rows of one project are worked on one after the other, in the order of their revisions; projects side by side, by any number of processes.
//! - A transaction tells some people and keeps how far it has come, so everybody is told once, whatever ends in between.
//! - A row that cannot be told is tried again with growing pauses, and given up after some; then those after it go on.

mod audience;
mod expand;
pub mod store;
pub mod worker;

use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

pub use self::expand::tell_some;
use crate::events::Bus;

/// What this takes of the state of the process.
#[derive(Clone)]
pub struct Parts {
    pub db: PgPool,
    pub bus: Bus,
    pub draining: CancellationToken,
}
