//! Free space where the server and its neighbours write: data, logs, backups.

use std::path::{Path, PathBuf};

use nix::sys::statvfs::statvfs;

use super::{Cause, Check, Finding};
use crate::config::Config;

const MIB: u64 = 1024 * 1024;
const GIB: u64 = 1024 * MIB;

pub async fn check(config: &Config) -> Finding {
    let paths = paths(config);
    let unknown = || Finding::new(Check::Disk, Cause::DiskUnknown);
    // A network file system can hang.
    tokio::task::spawn_blocking(move || worst(&paths)).await.ok().flatten().unwrap_or_else(unknown)
}

/// The existing folders; the working folder if there is none.
fn paths(config: &Config) -> Vec<PathBuf> {
    let status_folder = config.doctor.backup_status_file.as_deref().and_then(Path::parent);
    let mut paths: Vec<PathBuf> = [Some(config.data_dir.as_path()), config.log_dir.as_deref(), status_folder]
        .into_iter()
        .flatten()
        .filter(|path| path.is_dir())
        .map(|path| path.canonicalize().unwrap_or_else(|_| path.to_owned()))
        .collect();
    if paths.is_empty() {
        paths.push(PathBuf::from("."));
    }
    paths
}

fn worst(paths: &[PathBuf]) -> Option<Finding> {
    let finding = |path: &PathBuf| {
        let space = statvfs(path).ok()?;
        let (free, total) = (space.blocks_available() * space.fragment_size(), space.blocks() * space.fragment_size());
        let files = (space.files() > 0).then(|| space.files_available() * 100 / space.files());
        let cause = judge(free, total, files);
        let finding = Finding::new(Check::Disk, cause).text("path", path.display().to_string());
        Some((finding.number("free_bytes", free).number("total_bytes", total), free))
    };
    let found: Vec<_> = paths.iter().filter_map(finding).collect();
    let worst = found.into_iter().max_by_key(|(finding, free)| (finding.status, std::cmp::Reverse(*free)));
    worst.map(|(finding, _)| finding)
}

/// A percentage would warn too early for large disks, an amount too late for small ones.
fn judge(free: u64, total: u64, free_files_percent: Option<u64>) -> Cause {
    let percent = (free * 100).checked_div(total).unwrap_or(100);
    if free < 512 * MIB || (percent < 3 && free < 5 * GIB) {
        Cause::DiskFull
    } else if free_files_percent.is_some_and(|percent| percent < 3) {
        Cause::DiskOutOfFiles
    } else if free < 2 * GIB || (percent < 10 && free < 20 * GIB) {
        Cause::DiskLow
    } else {
        Cause::DiskOk
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn space_is_judged_by_share_and_amount() {
        assert_eq!(judge(60 * GIB, 250 * GIB, Some(90)), Cause::DiskOk);
        assert_eq!(judge(100 * GIB, 4000 * GIB, None), Cause::DiskOk);
        assert_eq!(judge(15 * GIB, 250 * GIB, Some(90)), Cause::DiskLow);
        assert_eq!(judge(4 * GIB, 250 * GIB, Some(90)), Cause::DiskFull);
        assert_eq!(judge(400 * MIB, GIB, Some(90)), Cause::DiskFull);
        assert_eq!(judge(60 * GIB, 250 * GIB, Some(1)), Cause::DiskOutOfFiles);
    }

    #[test]
    fn a_folder_that_is_there_has_a_size() {
        let finding = worst(&[std::env::temp_dir(), PathBuf::from("/nowhere")]).expect("one of them");
        assert!(matches!(finding.parameters["total_bytes"], crate::ops::doctor::ParameterValue::Number(1..)));
        assert_eq!(worst(&[PathBuf::from("/nowhere")]), None);
    }
}
