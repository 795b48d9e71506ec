//! The number of PostgreSQL connections, and their use.

use secrecy::SecretString;

#[derive(Debug, Clone)]
pub struct DatabaseConfig {
    /// `None` means the embedded default: a private PostgreSQL under `data_dir`.
    pub url: Option<SecretString>,
    /// For migrations, which need a session and cannot go through pgbouncer.
    pub direct_url: Option<SecretString>,
    pub max_connections: u32,
}

/// The purpose of the process, which decides how it uses the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Answers requests. In the embedded default it is also the worker.
    Server,
    /// Runs background work, and answers health checks.
    Worker,
}

impl Role {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Worker => "worker",
        }
    }
}

/// Connections for each use of the database in this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnectionShares {
    /// Single reads of requests.
    pub reads: u32,
    /// All other work of requests.
    pub writes: u32,
    /// For each kind of background work, opened on demand.
    pub background: u32,
}

/// For each kind of background work inside a server, in addition to the connections for requests.
const BACKGROUND_IN_SERVER: u32 = 2;
/// For health checks of a worker.
const HEALTH_IN_WORKER: u32 = 2;
const KINDS_OF_BACKGROUND: u32 = 4;

impl DatabaseConfig {
    pub fn shares(&self, role: Role) -> ConnectionShares {
        let max = self.max_connections;
        match role {
            Role::Server => {
                let reads = (max / 3).max(1);
                let writes = max.saturating_sub(reads).max(1);
                ConnectionShares { reads, writes, background: BACKGROUND_IN_SERVER }
            }
            Role::Worker => {
                let background = (max.saturating_sub(HEALTH_IN_WORKER) / KINDS_OF_BACKGROUND).max(1);
                ConnectionShares { reads: 1, writes: HEALTH_IN_WORKER, background }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn background_work_takes_no_connection_of_requests_and_a_worker_keeps_to_its_limit() {
        for max_connections in 1..=100 {
            let database = DatabaseConfig { url: None, direct_url: None, max_connections };
            let server = database.shares(Role::Server);
            assert!(server.reads + server.writes <= max_connections.max(2), "{server:?}");
            let worker = database.shares(Role::Worker);
            assert!(worker.writes + KINDS_OF_BACKGROUND * worker.background <= max_connections.max(6), "{worker:?}");
            for shares in [server, worker] {
                assert!([shares.reads, shares.writes, shares.background].iter().all(|share| *share > 0), "{shares:?}");
            }
        }
    }
}
