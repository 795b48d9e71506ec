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
pub mod session_memory;
pub mod session_routes;
pub mod sign_in;
mod sign_in_limits;
pub mod sign_in_routes;
pub mod store;
pub mod token;

pub use caller::{Administrator, Caller};
