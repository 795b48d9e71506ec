//! Authentication: sessions, tokens, passwords, and the [`Caller`] of a request. Signing in itself is in `sign_in`.

mod account_mail;
mod auth_cookie;
pub mod caller;
pub mod known_device;
pub mod password;
pub(crate) mod refresh_cookie;
pub mod session_memory;
pub mod session_routes;
mod sessions;
pub mod starting_point;
pub mod store;
pub mod token;

use std::sync::Arc;

use sqlx::PgPool;

use crate::{config::Config, events::Bus};

pub use account_mail::{AccountMail, queue_account_mail};
pub mod request_key;
pub use caller::{Administrator, Authenticator, Caller};
pub use sessions::finish_ending;

/// The parts of the process state that this feature uses.
#[derive(Clone)]
pub struct Parts {
    pub db: PgPool,
    pub bus: Bus,
    pub config: Arc<Config>,
}

/// How long a just used single-use secret gets the same answer again, for lost connections and reloaded pages. OAuth 2.0 providers with
/// rotating refresh tokens allow up to a minute (RFC 9700, section 4.14.2, leaves it to them).
pub const LOST_ANSWER: std::time::Duration = std::time::Duration::from_secs(60);
