//! What a run found: as JSON, as tables for people, and beside another run.

mod compare;
mod format;
pub mod table;

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context;

pub use compare::compare;

use crate::results::Report;

/// Writes a run into `directory`: `<started_at>-<commit>-<profile>.json`, and with the same stem its tables (`.md`). `latest.json` and
/// `latest.md` are copies of the last one.
///
/// Gives the path of the JSON. Fails when a file cannot be written, and when a figure is not a number, because such a result
/// could not be read again; it is written all the same.
pub fn write(report: &Report, directory: &Path) -> anyhow::Result<PathBuf> {
    fs::create_dir_all(directory).with_context(|| format!("cannot make the folder {}", directory.display()))?;
    let stem = stem(report);
    let put = |name: String, content: &str| -> anyhow::Result<PathBuf> {
        let path = directory.join(name);
        fs::write(&path, content).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(path)
    };

    let json = serde_json::to_string_pretty(report)? + "\n";
    let path = put(format!("{stem}.json"), &json)?;
    put("latest.json".to_owned(), &json)?;

    let markdown = table::render(report);
    put(format!("{stem}.md"), &markdown)?;
    put("latest.md".to_owned(), &markdown)?;

    read(&path)?;
    Ok(path)
}

/// A result that [`write`] has written.
pub fn read(path: &Path) -> anyhow::Result<Report> {
    let json = fs::read_to_string(path)
        .with_context(|| format!("cannot read {}: name a .json file of bench/results", path.display()))?;
    serde_json::from_str(&json).with_context(|| format!("{} is not a result of the benchmark", path.display()))
}

/// What the files of a run are named after; names sort by time.
fn stem(report: &Report) -> String {
    let (hash, dirty) = match report.commit.strip_suffix("-dirty") {
        Some(hash) => (hash, "-dirty"),
        None => (report.commit.as_str(), ""),
    };
    let hash: String = hash.chars().filter(char::is_ascii_alphanumeric).take(10).collect();
    format!("{}-{hash}{dirty}-{}", report.started_at.format("%Y%m%dT%H%M%SZ"), report.profile)
}

#[cfg(test)]
pub mod sample;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stems_sort_by_time_and_say_what_was_measured() {
        let mut report = sample::report();
        assert_eq!(stem(&report), "20260301T120000Z-0123456789-short");
        report.commit = "0123456789abcdef-dirty".into();
        assert_eq!(stem(&report), "20260301T120000Z-0123456789-dirty-short");
    }

    #[test]
    fn what_was_written_is_read_back() {
        let directory = tempfile::tempdir().expect("a folder");
        let report = sample::report();
        let path = write(&report, directory.path()).expect("written");
        let again = read(&path).expect("read");
        assert_eq!(serde_json::to_value(&again).expect("JSON"), serde_json::to_value(&report).expect("JSON"));

        let stem = stem(&report);
        for ending in ["json", "md"] {
            let file = |name: &str| fs::read(directory.path().join(format!("{name}.{ending}"))).expect("a file");
            assert_eq!(file("latest"), file(&stem));
        }
    }

    #[test]
    fn a_figure_that_is_no_number_is_told() {
        let directory = tempfile::tempdir().expect("a folder");
        let mut report = sample::report();
        report.ratios[0].value = f64::NAN;
        let error = write(&report, directory.path()).expect_err("an error");
        assert!(format!("{error:#}").contains("is not a result"), "{error:#}");
    }

    #[test]
    fn a_path_that_is_none_is_told_with_what_to_do() {
        let error = read(Path::new("nowhere.json")).expect_err("an error");
        assert!(format!("{error:#}").contains("bench/results"), "{error:#}");
    }
}
