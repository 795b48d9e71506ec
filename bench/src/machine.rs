//! Where and what is measured.

use std::{collections::BTreeMap, path::Path, process::Command};

use procfs::{CpuInfo, Current, Meminfo, sys::kernel::Version};

use crate::{bench::cores, results::Machine, services::Services};

pub fn look(services: &Services) -> Machine {
    let processor = CpuInfo::current().ok().and_then(|info| info.model_name(0).map(str::to_owned));
    let kernel = Version::current().map(|version| format!("{}.{}.{}", version.major, version.minor, version.patch));
    Machine {
        processor: processor.unwrap_or_else(|| "unknown processor".to_owned()),
        cores: cores(),
        memory_bytes: Meminfo::current().map_or(0, |memory| memory.mem_total),
        kernel: kernel.unwrap_or_else(|_| "unknown".to_owned()),
        versions: versions(services),
    }
}

/// Those that are there and tell.
fn versions(services: &Services) -> BTreeMap<String, String> {
    let programs = [
        ("PostgreSQL", services.postgres_bin.join("postgres"), "--version"),
        ("Redis", "redis-server".into(), "--version"),
        ("Nginx", "nginx".into(), "-v"),
        ("wrk", "wrk".into(), "-v"),
        ("rustc", "rustc".into(), "--version"),
    ];
    let told = programs.into_iter().filter_map(|(name, program, argument)| {
        let output = Command::new(program).arg(argument).output().ok()?;
        let text = [output.stdout, output.stderr].concat();
        Some((name.to_owned(), version_in(&String::from_utf8_lossy(&text))?))
    });
    told.collect()
}

/// `15.20` of `postgres (PostgreSQL) 15.20 (Debian …)`.
fn version_in(text: &str) -> Option<String> {
    let words = text.split(|c: char| !(c.is_ascii_digit() || c == '.'));
    words.map(|word| word.trim_matches('.')).find(|word| word.contains('.')).map(str::to_owned)
}

/// The commit that is checked out, with `-dirty` when files were changed.
pub fn commit(repository: &Path) -> String {
    let git = |arguments: &[&str]| {
        let output = Command::new("git").arg("-C").arg(repository).args(arguments).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let Some(hash) = git(&["rev-parse", "HEAD"]) else { return "unknown".to_owned() };
    let changed = git(&["status", "--porcelain", "--untracked-files=no"]).is_some_and(|changes| !changes.is_empty());
    if changed { format!("{hash}-dirty") } else { hash }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_in_what_programs_say() {
        for (text, version) in [
            ("postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)\n", "15.20"),
            ("Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64", "7.0.15"),
            ("nginx version: nginx/1.22.1\n", "1.22.1"),
            ("wrk debian/4.1.0-3+b2 [epoll] Copyright (C) 2012 Will Glozer", "4.1.0"),
        ] {
            assert_eq!(version_in(text).as_deref(), Some(version));
        }
    }
}
