//! For operators: health, metrics, the system check, server information.

pub mod doctor;
pub mod health;
pub mod server_info;
