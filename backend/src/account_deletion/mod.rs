//! The end of an account. Its owner asks for it; for some days it can be kept, then a worker erases it, step by step. What the person wrote
//! in projects of others stays there, without a name; everything that names them goes.

mod erase;
mod hand_over;
mod model;
mod request;
pub mod routes;
mod store;
pub mod worker;

pub use erase::{begin, erase_account};
pub use request::{Kept, Pending, keep, pending_for_sign_in};
pub use store::decline;
