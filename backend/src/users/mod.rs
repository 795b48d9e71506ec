//! People and their profiles. Passwords and sessions are in `auth`.

pub mod address;
pub mod model;
pub mod store;
