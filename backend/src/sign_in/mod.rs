//! Registration, sign-in, refresh, and changes of password or address.

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

use std::sync::Arc;

use sqlx::PgPool;

use crate::{
    auth::{password::Hasher, token::TokenKeys},
    config::Config,
    db::Reader,
    events::Bus,
    off_runtime::OffRuntime,
    rate_limit::RateLimiter,
    signer::Signer,
};
use service::{hash_new_password, insert_account, mark_seen};

pub use service::{
    NewAccount, OpenedSession, Verified, account_of, ask_for_confirmation, check_credentials, create_account,
    open_session, tell_of_new_password,
};

/// The parts of the process state that this feature uses.
#[derive(Clone)]
pub struct Parts {
    pub db: PgPool,
    pub reads: Reader,
    pub bus: Bus,
    pub config: Arc<Config>,
    pub limiter: RateLimiter,
    pub hasher: Arc<Hasher>,
    pub off_runtime: Arc<OffRuntime>,
    pub tokens: Arc<TokenKeys>,
    pub signer: Arc<Signer>,
}
