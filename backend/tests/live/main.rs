//! The live connection, tested as its clients see it: real sockets, a real PostgreSQL, a real Redis where it matters.

#![expect(clippy::disallowed_methods, reason = "a client makes ids as it likes")]

mod at_once;
mod client;
mod closing;
mod database;
mod delivery;
mod draining;
mod fault;
mod mail_fault;
mod opening;
mod outbox_fault;
mod processes;
mod replicas;
mod resuming;
mod rights;
mod silent;
mod slow;
mod starting_point;
#[path = "../api/support/mod.rs"]
#[expect(dead_code, unused_imports, reason = "shared with the API's tests, which use all of it")]
mod support;
mod unread;
mod waking;
mod watcher;
mod webhook_fault;
mod writer;
