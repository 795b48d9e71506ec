//! The outbox: everything that leaves the system by other channels than the app. A row is written in the transaction of its cause; workers
//! claim and send rows.

pub mod back_off;
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

/// Something to send.
pub struct NewDelivery<'a> {
    /// Identifies the event; it is queued once per recipient and channel.
    pub event_key: String,
    pub to: Recipient<'a>,
    pub kind: &'a str,
    /// Values for the kind's texts.
    pub payload: serde_json::Value,
    /// Earliest time; immediately if absent.
    pub due_at: Option<DateTime<Utc>>,
    pub priority: Priority,
}

#[derive(Debug, Clone, Copy)]
pub enum Recipient<'a> {
    User(UserId),
    /// A recipient known only by address.
    Address(&'a str),
}

/// Queues a mail within `change`. Workers are woken after the commit.
pub async fn queue_mail(change: &mut Change, delivery: &NewDelivery<'_>) -> sqlx::Result<()> {
    store::insert(change.connection(), Channel::Mail, delivery).await?;
    change.wake_workers();
    Ok(())
}

/// One mail of a kind to each of many users: contents and earliest time.
pub struct MailToEach<'a> {
    pub event_key: String,
    pub kind: &'a str,
    pub priority: Priority,
    pub mails: HashMap<UserId, (serde_json::Value, Option<DateTime<Utc>>)>,
}

/// Queues them within `change`, in one statement.
pub async fn queue_mail_to_each(change: &mut Change, mails: &MailToEach<'_>) -> sqlx::Result<()> {
    if !mails.mails.is_empty() {
        store::insert_for_each(change.connection(), mails).await?;
        change.wake_workers();
    }
    Ok(())
}
