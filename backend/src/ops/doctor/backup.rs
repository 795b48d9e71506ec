//! The age of the last good backup, according to the backup service's status file.

use std::{io::Read, path::Path};

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::{Cause, Check, Finding};
use crate::config::Config;

const LONGEST_FILE: u64 = 64 * 1024;
/// A day and two hours: a daily backup may be slightly late.
const DEFAULT_MAX_AGE_SECONDS: i64 = 26 * 60 * 60;

#[derive(Debug, Deserialize)]
struct BackupStatus {
    last_good_at: Option<DateTime<Utc>>,
    last_good: Option<String>,
    last_good_bytes: Option<i64>,
    last_failed_at: Option<DateTime<Utc>>,
    last_error: Option<String>,
    max_age_seconds: Option<i64>,
    count: Option<i64>,
}

pub async fn check(config: &Config) -> Finding {
    let Some(path) = config.doctor.backup_status_file.clone() else {
        return Finding::new(Check::Backup, Cause::BackupNotConfigured);
    };
    let file = path.display().to_string();
    match tokio::task::spawn_blocking(move || read(&path)).await {
        Ok(Ok(Some(content))) => judge(&content, Utc::now()).text("file", file),
        Ok(Ok(None)) => Finding::new(Check::Backup, Cause::BackupStatusMissing).text("file", file),
        Ok(Err(error)) => unreadable(error.to_string()).text("file", file),
        Err(error) => unreadable(error.to_string()).text("file", file),
    }
}

fn read(path: &Path) -> std::io::Result<Option<String>> {
    let file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut content = String::new();
    file.take(LONGEST_FILE).read_to_string(&mut content)?;
    Ok(Some(content))
}

fn unreadable(error: String) -> Finding {
    Finding::new(Check::Backup, Cause::BackupStatusUnreadable).text("error", error)
}

fn judge(content: &str, now: DateTime<Utc>) -> Finding {
    let status: BackupStatus = match serde_json::from_str(content) {
        Ok(status) => status,
        Err(error) => return unreadable(error.to_string()),
    };
    let with_error = |cause| {
        let finding = Finding::new(Check::Backup, cause);
        finding.text("last_error", status.last_error.as_deref().unwrap_or("-"))
    };
    let Some(last_good) = status.last_good_at else {
        return match status.last_failed_at {
            Some(_) => with_error(Cause::BackupNeverSucceeded),
            None => Finding::new(Check::Backup, Cause::BackupNever),
        };
    };
    let max_age = status.max_age_seconds.unwrap_or(DEFAULT_MAX_AGE_SECONDS);
    let age = (now - last_good).num_seconds().max(0);
    let finding = if age > max_age {
        with_error(Cause::BackupTooOld).number("max_age_seconds", max_age)
    } else if status.last_failed_at.is_some_and(|failed| failed > last_good) {
        with_error(Cause::BackupLastFailed)
    } else {
        Finding::new(Check::Backup, Cause::BackupOk)
    };
    finding
        .text("last_good_at", last_good.to_rfc3339_opts(chrono::SecondsFormat::Secs, true))
        .text("last_good", status.last_good.unwrap_or_default())
        .number("age_seconds", age)
        .number("size_bytes", status.last_good_bytes.unwrap_or(0))
        .number("count", status.count.unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cause(content: &str) -> Cause {
        judge(content, "2026-11-23T05:00:00Z".parse().expect("an instant")).cause
    }

    #[test]
    fn the_state_of_the_backups_is_judged() {
        let good = r#""last_good_at": "2026-11-23T02:00:00Z", "max_age_seconds": 93600"#;
        assert_eq!(cause(&format!("{{{good}}}")), Cause::BackupOk);
        assert_eq!(cause(&format!(r#"{{{good}, "last_failed_at": "2026-11-23T01:00:00Z"}}"#)), Cause::BackupOk);
        assert_eq!(cause(&format!(r#"{{{good}, "last_failed_at": "2026-11-23T03:00:00Z"}}"#)), Cause::BackupLastFailed);
        assert_eq!(cause(r#"{"last_good_at": "2026-11-20T02:00:00Z"}"#), Cause::BackupTooOld);
        assert_eq!(cause(r#"{"last_good_at": null, "last_failed_at": null}"#), Cause::BackupNever);
        assert_eq!(cause(r#"{"last_failed_at": "2026-11-20T02:00:00Z"}"#), Cause::BackupNeverSucceeded);
        assert_eq!(cause("{"), Cause::BackupStatusUnreadable);
        assert_eq!(cause(r#"{"last_good_at": "yesterday"}"#), Cause::BackupStatusUnreadable);
    }
}
