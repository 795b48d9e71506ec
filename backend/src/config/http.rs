use std::time::Duration;

use super::EnvReader;

/// What clients' connections may take.
#[derive(Debug, Clone)]
pub struct HttpConfig {
    /// Of all clients together; fewer where the system allows fewer open files.
    pub max_connections: usize,
    /// Of one client that is not on this machine and comes through no proxy of ours.
    pub max_connections_per_address: usize,
    /// How long a new connection may take to send the head of its first request.
    pub head_timeout: Duration,
    /// How long a connection may then take to send the head of its next request.
    pub idle_timeout: Duration,
    /// What long answers may hold that were not taken yet, of all clients together.
    pub max_unread_megabytes: u32,
    /// How long a client may take nothing of what is sent to it.
    pub write_timeout: Duration,
}

pub fn read(env: &mut EnvReader<'_>) -> HttpConfig {
    HttpConfig {
        max_connections: env.number("MAX_CONNECTIONS", 25_000, 1, 1_000_000),
        max_connections_per_address: env.number("MAX_CONNECTIONS_PER_ADDRESS", 256, 1, 1_000_000),
        head_timeout: Duration::from_secs(env.number("REQUEST_HEAD_SECONDS", 10, 1, 3600)),
        idle_timeout: Duration::from_secs(env.number("IDLE_CONNECTION_SECONDS", 75, 1, 3600)),
        max_unread_megabytes: env.number("MAX_UNREAD_MEGABYTES", 192, 1, 1_000_000),
        write_timeout: Duration::from_secs(env.number("WRITE_STALL_SECONDS", 30, 1, 3600)),
    }
}
