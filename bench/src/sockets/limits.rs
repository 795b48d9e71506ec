//! Every socket is an open file, of the server and of this process.

use anyhow::{Context, bail};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use procfs::process::{LimitValue, Process};

/// What a process has open beside its sockets: files, the database, Redis, requests.
const OTHERS: u64 = 256;

/// Raises how many files this process may have open as far as it goes, so that it can open so many sockets. What is started
/// afterwards inherits it: call it before the server is started. Fails when the system does not let it open so many.
pub fn raise_open_files(sockets: u32) -> anyhow::Result<()> {
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE).context("the limit of open files cannot be read")?;
    setrlimit(Resource::RLIMIT_NOFILE, hard, hard).context("the limit of open files cannot be raised")?;
    check("the benchmark", hard, sockets)
}

/// Fails when the server, of which this is the process id, may not open so many sockets.
pub fn check_open_files(server: i32, sockets: u32) -> anyhow::Result<()> {
    let limits =
        Process::new(server).and_then(|process| process.limits()).context("the server's limits cannot be read")?;
    match limits.max_open_files.soft_limit {
        LimitValue::Unlimited => Ok(()),
        LimitValue::Value(limit) => check("the server", limit, sockets),
    }
}

fn check(who: &str, limit: u64, sockets: u32) -> anyhow::Result<()> {
    let needed = u64::from(sockets) + OTHERS;
    if limit < needed {
        bail!(
            "{who} may open {limit} files, and needs {needed}: raise the hard limit (ulimit -Hn) or open fewer sockets"
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_that_is_too_low_is_told() {
        assert!(check("the server", 20_000, 10_000).is_ok());
        let error = check("the server", 1024, 1000).expect_err("an error").to_string();
        assert!(error.contains("1024") && error.contains("1256") && error.contains("ulimit"), "{error}");
    }
}
