//! People: their profile. Passwords and sessions are the business of `auth`.

pub mod address;
pub mod model;
pub mod store;
