//! Notifies members of a project of a change after its commit: the change has written one row to `pending_notices`, which becomes
//! notifications, mails, webhook messages and events on people's feeds here.
//!
//! - Rows of one project are processed in the order of their revisions; projects are processed concurrently, by any number of processes.
//! - A transaction notifies some people and saves its progress, so everybody is notified once, even if a process is killed.
//! - A row that fails is retried with growing pauses and parked after several attempts; then the following rows continue.

mod audience;
mod expand;
pub mod store;
pub mod worker;

use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

pub use self::expand::tell_some;
use crate::events::Bus;

/// What this module uses of the state of the process.
#[derive(Clone)]
pub struct Parts {
    pub db: PgPool,
    pub bus: Bus,
    pub draining: CancellationToken,
}
