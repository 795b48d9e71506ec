//! The write side: a [`Change`] is one transaction that changes rows and records the corresponding events. After the commit the [`Bus`]
//! notifies this process and, through Redis, the other replicas. That is a hint and may be lost: the table `events` is authoritative, and
//! readers ([`crate::live`]) follow the revision of each [`Topic`].

mod added;
mod backlog;
pub mod bus;
mod change;
mod event;
pub mod frame;
mod held;
mod pending_notice;
pub mod revisions;
mod topic;
mod worker_signal;

pub use self::{
    added::bytes_of_told,
    backlog::Backlog,
    bus::Bus,
    change::Change,
    event::{Event, EventKind},
    pending_notice::{Audience, MembershipChange, PendingNotice},
    revisions::{Revisions, SubscriptionEpoch},
    topic::Topic,
    worker_signal::WorkerSignal,
};
