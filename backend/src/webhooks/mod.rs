//! Webhooks: the owner of a project registers URLs that are told of its events, signed after the Standard Webhooks
//! specification (version 1.0.0). A message is a row of the outbox, written with its event (`realtime/change.rs`).

mod address;
pub mod delivery_routes;
pub mod guard;
mod log;
mod message;
pub mod model;
mod queue;
pub mod routes;
pub mod secret;
mod sender;
mod sending;
pub mod store;
pub mod worker;
