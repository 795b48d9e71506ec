//! Projects (what other tools call categories or lists), their members, and who may do what in them.

pub mod access;
pub mod invitations;
pub mod member_routes;
pub mod member_store;
pub mod model;
mod notices;
pub mod ownership;
pub mod people;
pub mod routes;
pub mod store;
