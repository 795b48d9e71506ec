//! The outbox: what goes out to people by other ways than the page. A row is written in the transaction of what it tells
//! of; workers claim rows and hand them over.

mod back_off;
pub mod contain;
mod error_kind;
pub mod model;
pub mod store;
pub mod worker;

use std::collections::HashMap;

use chrono::{DateTime, Utc};

pub use self::{
    error_kind::DeliveryErrorKind,
    model::{Channel, DeliveryState, Priority, SendError},
};
use crate::{events::Change, id::UserId};

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
    User(UserId),
    /// Somebody of whom only the address is known.
    Address(&'a str),
}

/// Queues a mail with what `change` writes. Workers are woken after the commit.
pub async fn queue_mail(change: &mut Change, delivery: &NewDelivery<'_>) -> sqlx::Result<()> {
    store::insert(change.connection(), Channel::Mail, delivery).await?;
    change.wake_workers();
    Ok(())
}

/// One mail of a kind to each of many users: what it says, and when it may go at the earliest.
pub struct MailToEach<'a> {
    pub event_key: String,
    pub kind: &'a str,
    pub priority: Priority,
    pub mails: HashMap<UserId, (serde_json::Value, Option<DateTime<Utc>>)>,
}

/// Queues them with what `change` writes, in one statement.
pub async fn queue_mail_to_each(change: &mut Change, mails: &MailToEach<'_>) -> sqlx::Result<()> {
    if !mails.mails.is_empty() {
        store::insert_for_each(change.connection(), mails).await?;
        change.wake_workers();
    }
    Ok(())
}
