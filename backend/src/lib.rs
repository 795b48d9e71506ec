//! Todo List Plus: Postgres is the truth, Redis makes it fast, losing Redis loses nothing, the browser is always live.
//!
//! `docs/architecture.md` is the map.

pub mod account_deletion;
pub mod accounts;
pub mod announcements;
pub mod auth;
pub mod cache;
pub mod cli;
pub mod clock;
pub mod config;
pub mod dashboard;
pub mod db;
pub mod deliveries;
pub mod digests;
pub mod doctor;
pub mod due;
pub mod embedded;
pub mod erasure;
pub mod error;
pub mod exports;
pub mod http;
pub mod jobs;
pub mod local_time;
pub mod mail;
pub mod notifications;
pub mod off_runtime;
pub mod openapi;
pub mod ordering;
pub mod panics;
pub mod projects;
pub mod quotas;
pub mod rate_limit;
pub mod realtime;
pub mod reminders;
pub mod router;
pub mod server;
pub mod signed_id;
pub mod signer;
pub mod state;
pub mod supervisor;
pub mod tags;
pub mod tasks;
pub mod telemetry;
pub mod users;
pub mod webhooks;
pub mod weekly;
