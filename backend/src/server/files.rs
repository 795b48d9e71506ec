//! The process's limit of open files, and the number of connections it allows.

use nix::sys::resource::{Resource, getrlimit, setrlimit};

use crate::config::Config;

/// Files other than client and service connections: standard streams, the runtime, logs, files being sent.
const OTHER_FILES: u64 = 64;

/// Raises the limit of open files as far as allowed (many systems default to 1,024 for old programs), and returns it.
pub fn raise_limit() -> u64 {
    let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE) else { return 1024 };
    if soft < hard && setrlimit(Resource::RLIMIT_NOFILE, hard, hard).is_ok() {
        return hard;
    }
    soft
}

/// The maximum number of connections that leaves files for the database, Redis, mail and webhooks.
pub fn connections_within(limit: u64, config: &Config) -> usize {
    let mail = config.mail.as_ref().map_or(0, |mail| mail.connections);
    let own = u64::from(config.database.max_connections)
        + u64::from(mail)
        + u64::try_from(config.webhooks.connections).unwrap_or(u64::MAX);
    // With a very low limit, half of it.
    let left = limit.saturating_sub(OTHER_FILES.saturating_add(own)).max(limit / 2).max(1);
    usize::try_from(left).unwrap_or(usize::MAX).min(config.http.max_connections)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_files_for_everything_else() {
        let config = Config::from_lookup(&|name| (name == "DATABASE_MAX_CONNECTIONS").then(|| "15".to_owned()));
        let config = config.expect("a valid configuration");
        let own = usize::try_from(OTHER_FILES).expect("few") + 15 + config.webhooks.connections;
        assert_eq!(connections_within(1024, &config), 1024 - own);
        assert_eq!(connections_within(64, &config), 32);
        assert_eq!(connections_within(u64::MAX, &config), config.http.max_connections);
    }
}
