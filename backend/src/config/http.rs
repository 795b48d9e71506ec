use std::time::Duration;

use super::EnvReader;

/// Limits for client connections.
#[derive(Debug, Clone)]
pub struct HttpConfig {
    /// For all clients together; lower if the limit of open files is lower.
    pub max_connections: usize,
    /// For one client that is neither on this machine nor behind our own proxy.
    pub max_connections_per_address: usize,
    /// How long a new connection may take to send the headers of its first request.
    pub head_timeout: Duration,
    /// How long a connection may then take until the headers of its next request.
    pub idle_timeout: Duration,
    /// Memory for unread long answers of all clients together.
    pub max_unread_megabytes: u32,
    /// How long a client may read nothing.
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
