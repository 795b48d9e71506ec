//! Invitations to a project, for people who may have no account yet: a link, by mail or copied, that works once.

pub mod accept_routes;
pub mod blocks;
pub mod model;
pub mod notify;
pub mod own_routes;
pub mod routes;
pub mod store;
mod token;

use chrono::TimeDelta;

pub use self::token::{Way, url};

/// The kind of the mail that brings one.
pub const MAIL_KIND: &str = "account.invitation";

/// How long a link works.
pub const LIFETIME: TimeDelta = TimeDelta::days(14);
