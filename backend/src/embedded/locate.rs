//! Finds PostgreSQL on this machine and chooses the installation that fits the data.

use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::error::EmbeddedError;

/// The oldest major version that the schema supports.
pub(super) const OLDEST: u32 = 15;
/// The version used in production and in the tests; preferred for a new cluster.
const PREFERRED: u32 = 15;

/// Where systems install PostgreSQL outside PATH, as glob patterns.
const USUAL_FOLDERS: &[&str] = &[
    "/usr/lib/postgresql/*/bin",          // Debian, Ubuntu
    "/usr/pgsql-*/bin",                   // Fedora, RHEL (PGDG)
    "/usr/libexec/postgresql*",           // Alpine
    "/usr/lib/postgresql*/bin",           // openSUSE
    "/opt/homebrew/opt/postgresql@*/bin", // Homebrew on Apple silicon
    "/usr/local/opt/postgresql@*/bin",    // Homebrew on Intel
    "/home/linuxbrew/.linuxbrew/opt/postgresql@*/bin",
    "/Library/PostgreSQL/*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
    "/usr/local/pgsql/bin", // built from source
    "/opt/homebrew/bin",
    "/usr/local/bin",
    "/usr/bin",
];

/// One PostgreSQL installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Installation {
    pub bin: PathBuf,
    pub major: u32,
}

impl Installation {
    pub fn program(&self, name: &str) -> PathBuf {
        self.bin.join(name)
    }

    /// The installation in `bin`, if both programs exist and report their version.
    fn at(bin: &Path) -> Option<Self> {
        let postgres = bin.join("postgres");
        if !bin.join("initdb").is_file() || !postgres.is_file() {
            return None;
        }
        let output = Command::new(postgres).arg("--version").output().ok()?;
        let major = parse_major(&String::from_utf8_lossy(&output.stdout))?;
        Some(Self { bin: bin.to_owned(), major })
    }
}

/// Chooses the installation: the version of the existing data, otherwise the preferred one.
pub(super) fn choose(
    postgres_bin: Option<&Path>,
    cluster: &Path,
    data_version: Option<&str>,
) -> Result<Installation, EmbeddedError> {
    let found = match postgres_bin {
        Some(path) => vec![named(path)?],
        None => installations(),
    };
    pick(found, cluster, data_version)
}

fn pick(found: Vec<Installation>, cluster: &Path, data_version: Option<&str>) -> Result<Installation, EmbeddedError> {
    let (mut usable, old): (Vec<_>, Vec<_>) = found.into_iter().partition(|one| one.major >= OLDEST);
    if usable.is_empty() {
        let too_old = old.iter().map(|one| format!("PostgreSQL {} in {}", one.major, one.bin.display())).collect();
        return Err(EmbeddedError::NotFound { too_old });
    }
    usable.sort_by_key(|one| (one.major != PREFERRED, std::cmp::Reverse(one.major)));
    let Some(data) = data_version else {
        return Ok(usable.swap_remove(0));
    };
    if let Some(same) = usable.iter().find(|one| one.major.to_string() == data) {
        return Ok(same.clone());
    }
    let mut versions: Vec<u32> = usable.iter().map(|one| one.major).collect();
    versions.sort_unstable();
    versions.dedup();
    let found = versions.iter().map(u32::to_string).collect::<Vec<_>>().join(" and ");
    Err(EmbeddedError::WrongVersion { cluster: cluster.to_owned(), data: data.to_owned(), found })
}

/// The installation in POSTGRES_BIN: its folder, or one of its programs.
fn named(path: &Path) -> Result<Installation, EmbeddedError> {
    let problem = |problem: &str| EmbeddedError::BadPostgresBin { path: path.to_owned(), problem: problem.to_owned() };
    let real = fs::canonicalize(path).map_err(|error| problem(&error.to_string()))?;
    let folder = if real.is_dir() { real.as_path() } else { real.parent().unwrap_or(&real) };
    // The folder may contain only links (/usr/local/bin): follow them, so that PostgreSQL finds its other files.
    let installation = real_folder(folder)
        .and_then(|bin| Installation::at(&bin))
        .ok_or_else(|| problem("PostgreSQL's programs are not there or cannot be run"))?;
    if installation.major < OLDEST {
        return Err(problem(&format!("that is PostgreSQL {}", installation.major)));
    }
    Ok(installation)
}

/// Every installation found through PATH or the usual folders.
fn installations() -> Vec<Installation> {
    let on_path = env::var_os("PATH").map(|path| env::split_paths(&path).collect::<Vec<_>>()).unwrap_or_default();
    let usual = USUAL_FOLDERS.iter().flat_map(|pattern| matching(pattern));
    let folders: BTreeSet<PathBuf> = on_path
        .into_iter()
        .filter(|folder| folder.is_absolute())
        .chain(usual)
        .filter_map(|folder| real_folder(&folder))
        .collect();
    folders.iter().filter_map(|bin| Installation::at(bin)).collect()
}

/// The real folder of `postgres` (or `initdb`), with links resolved.
fn real_folder(folder: &Path) -> Option<PathBuf> {
    ["postgres", "initdb"].iter().find_map(|program| {
        let real = fs::canonicalize(folder.join(program)).ok()?;
        real.parent().map(Path::to_owned)
    })
}

/// Readable paths that match a glob pattern.
fn matching(pattern: &str) -> impl Iterator<Item = PathBuf> {
    glob::glob(pattern).into_iter().flatten().flatten()
}

/// `postgres (PostgreSQL) 15.8 (Debian 15.8-0+deb12u1)` → 15; also `17beta1`, `18devel`.
fn parse_major(version: &str) -> Option<u32> {
    let number = version.split_once("(PostgreSQL)")?.1.trim_start();
    let digits: String = number.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn installation(major: u32) -> Installation {
        Installation { bin: PathBuf::from(format!("/pg/{major}/bin")), major }
    }

    fn picked(found: &[u32], data: Option<&str>) -> Result<u32, String> {
        pick(found.iter().copied().map(installation).collect(), Path::new("/data/postgres"), data)
            .map(|one| one.major)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn reads_the_major_version() {
        assert_eq!(parse_major("postgres (PostgreSQL) 15.8 (Debian 15.8-0+deb12u1)\n"), Some(15));
        assert_eq!(parse_major("postgres (PostgreSQL) 17beta1"), Some(17));
        assert_eq!(parse_major("something else 15"), None);
    }

    #[test]
    fn a_new_cluster_gets_the_preferred_version_or_the_newest() {
        assert_eq!(picked(&[17, 15, 13], None), Ok(15));
        assert_eq!(picked(&[16, 18], None), Ok(18));
    }

    #[test]
    fn data_get_the_installation_of_their_version() {
        assert_eq!(picked(&[15, 17], Some("17")), Ok(17));
        let message = picked(&[15, 16], Some("17")).expect_err("there is no 17");
        assert!(message.contains("of PostgreSQL 17") && message.contains("only PostgreSQL 15 and 16"), "{message}");
    }

    #[test]
    fn without_a_usable_version_the_message_says_what_to_install() {
        let message = picked(&[13], None).expect_err("13 is too old");
        assert!(message.contains("PostgreSQL 13 in /pg/13/bin"), "{message}");
        for hint in ["apt-get install postgresql-15", "POSTGRES_BIN", "DATABASE_URL"] {
            assert!(message.contains(hint), "{message}");
        }
    }

    #[test]
    fn postgres_bin_must_be_an_installation() {
        let message = named(Path::new("/nowhere/at/all")).expect_err("not there").to_string();
        assert!(message.contains("/nowhere/at/all") && message.contains("initdb"), "{message}");
    }

    #[test]
    fn patterns_match_inside_a_component() {
        assert!(matching("/us*/bi*").any(|folder| folder == Path::new("/usr/bin")));
        assert_eq!(matching("/nowhere-*/bin").count(), 0);
        for pattern in USUAL_FOLDERS {
            glob::Pattern::new(pattern).expect(pattern);
        }
    }
}
