//! Accounts' way in: registration, sign-in, sessions, tokens, passwords. Profiles are the business of `users`.

pub mod account_tokens;
pub mod address_change;
pub mod address_change_store;
pub mod address_routes;
mod auth_cookie;
pub mod caller;
mod hash_memory;
mod huge_pages;
pub mod known_device;
pub mod new_password;
mod own_password;
pub mod password;
pub mod password_routes;
pub mod recovery_routes;
pub(crate) mod refresh_cookie;
pub mod refresh_routes;
pub mod registration;
pub mod registration_store;
mod request_key;
pub mod session_memory;
pub mod session_routes;
pub mod sign_in;
mod sign_in_limits;
pub mod sign_in_routes;
pub mod starting_point;
pub mod store;
pub mod token;

pub use caller::{Administrator, Caller, admit_body};

/// How long a secret that was just used up gets the same answer again: a connection breaks, a page is reloaded. Providers of OAuth 2.0
/// with rotating refresh tokens allow up to a minute for that (RFC 9700, section 4.14.2, leaves it to them).
pub const LOST_ANSWER: std::time::Duration = std::time::Duration::from_secs(60);
