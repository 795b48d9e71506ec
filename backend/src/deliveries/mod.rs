//! The outbox: what goes out to people by other ways than the page. A row is written in the transaction of what it tells
//! of; workers claim rows and hand them over.

mod back_off;
mod compose;
pub mod log;
pub mod model;
pub mod routes;
pub mod store;
mod things;
pub mod worker;

use chrono::{DateTime, Utc};
use uuid::Uuid;

pub use self::model::{AccountMail, Channel, DeliveryState, Priority, SendError};
use crate::realtime::Change;

/// Something to hand over.
pub struct NewDelivery<'a> {
    /// Names the event; the same one is queued once for each recipient and channel.
    pub event_key: String,
    pub to: Recipient<'a>,
    pub kind: &'a str,
    /// Values for the texts of the kind.
    pub payload: serde_json::Value,
    /// Not before; at once when absent.
    pub due_at: Option<DateTime<Utc>>,
    pub priority: Priority,
}

#[derive(Debug, Clone, Copy)]
pub enum Recipient<'a> {
    User(Uuid),
    /// Somebody of whom only the address is known.
    Address(&'a str),
}

/// Queues a mail with what `change` writes. Workers are woken after the commit.
pub async fn queue_mail(change: &mut Change, delivery: &NewDelivery<'_>) -> sqlx::Result<()> {
    store::insert(change.connection(), Channel::Mail, delivery).await?;
    change.wake_workers();
    Ok(())
}
