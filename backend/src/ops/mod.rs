//! For those who look after an installation: health, metrics, the doctor, what this server offers.

pub mod doctor;
pub mod health;
pub mod server_info;
