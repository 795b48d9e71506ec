//! The way in: registration, sign-in, refreshing, another password or address.

pub mod account_tokens;
pub mod address_change;
pub mod address_change_store;
pub mod address_routes;
mod limits;
pub mod new_password;
mod own_password;
pub mod password_routes;
pub mod recovery_routes;
pub mod refresh_routes;
pub mod registration;
pub mod registration_store;
pub mod routes;
mod service;

pub use service::{
    NewAccount, OpenedSession, Verified, account_of, ask_for_confirmation, check_credentials, create_account,
    finish_ending, open_session, queue_account_mail, tell_of_new_password,
};
use service::{hash_new_password, insert_account, mark_seen};
