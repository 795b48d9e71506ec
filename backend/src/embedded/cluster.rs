//! The files of the cluster: the lock on the data folder, `initdb`, and who may connect.

use std::{
    fs::{self, File, OpenOptions, Permissions, TryLockError},
    io::{self, Read, Seek, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    process::Command,
};

use super::{
    error::{EmbeddedError, io_error},
    locate::Installation,
    owner::{self, Owner, make_private},
};

/// Names of the folders in which `initdb` works before the finished cluster is renamed.
const UNFINISHED: &str = "postgres.init-";

/// What exists at the cluster's path.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum State {
    Missing,
    /// A cluster of this major version.
    Version(String),
}

/// Creates the data folder. Its entries are private; PostgreSQL's user, if different, must be able to pass through it.
pub(super) fn make_data_dir(data_dir: &Path) -> Result<PathBuf, EmbeddedError> {
    if !data_dir.is_dir() {
        fs::create_dir_all(data_dir).map_err(io_error("cannot create the data folder", data_dir))?;
        let mode = if nix::unistd::Uid::effective().is_root() { 0o711 } else { 0o700 };
        fs::set_permissions(data_dir, Permissions::from_mode(mode))
            .map_err(io_error("cannot change the mode of", data_dir))?;
    }
    fs::canonicalize(data_dir).map_err(io_error("cannot open the data folder", data_dir))
}

/// Locks the data folder for this process. The system releases the lock when the process ends for any reason, so a PostgreSQL server
/// without a lock was left behind by a dead `todo`.
pub(super) fn lock(data_dir: &Path) -> Result<File, EmbeddedError> {
    let path = data_dir.join("todo.lock");
    let mut file =
        OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(&path).map_err(
            |error| match error.kind() {
                io::ErrorKind::PermissionDenied => owner::not_ours(data_dir),
                _ => io_error("cannot open", &path)(error),
            },
        )?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut pid = String::new();
            let pid = file.read_to_string(&mut pid).ok().and_then(|_| pid.trim().parse().ok());
            return Err(EmbeddedError::InUse { data_dir: data_dir.to_owned(), pid });
        }
        Err(TryLockError::Error(error)) => return Err(io_error("cannot lock", &path)(error)),
    }
    let written = file.set_len(0).and_then(|()| file.rewind()).and_then(|()| writeln!(file, "{}", std::process::id()));
    written.map_err(io_error("cannot write", &path))?;
    Ok(file)
}

/// Inspects the cluster's path without changing anything.
pub(super) fn state(cluster: &Path) -> Result<State, EmbeddedError> {
    match fs::read_to_string(cluster.join("PG_VERSION")) {
        Ok(version) => return Ok(State::Version(version.trim().to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            return Err(EmbeddedError::NotACluster(cluster.to_owned()));
        }
        Err(error) => return Err(io_error("cannot read", cluster.join("PG_VERSION"))(error)),
    }
    match fs::read_dir(cluster).map(Iterator::count) {
        Ok(0) => Ok(State::Missing),
        Ok(_) => Err(EmbeddedError::NotACluster(cluster.to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(State::Missing),
        Err(error) => Err(io_error("cannot read", cluster)(error)),
    }
}

/// Creates a new cluster in a temporary folder and renames it when complete, so `postgres` is never half-made. Removes what earlier
/// attempts left behind.
pub(super) fn create(
    installation: &Installation,
    owner: &Owner,
    data_dir: &Path,
    cluster: &Path,
) -> Result<(), EmbeddedError> {
    remove_unfinished(data_dir)?;
    let work = nix::unistd::mkdtemp(&data_dir.join(format!("{UNFINISHED}XXXXXX")))
        .map_err(|error| io_error("cannot create a folder in", data_dir)(error.into()))?;
    let made = init(installation, owner, &work).and_then(|()| {
        // Only an empty folder can be replaced by a rename.
        fs::rename(&work, cluster).map_err(io_error("cannot give the new cluster its name", cluster))?;
        File::open(data_dir).and_then(|folder| folder.sync_all()).map_err(io_error("cannot sync", data_dir))
    });
    if made.is_err() {
        // The next start would remove it too.
        let _ = fs::remove_dir_all(&work);
    }
    made
}

fn remove_unfinished(data_dir: &Path) -> Result<(), EmbeddedError> {
    for entry in fs::read_dir(data_dir).map_err(io_error("cannot read", data_dir))? {
        let entry = entry.map_err(io_error("cannot read", data_dir))?;
        if entry.file_name().to_str().is_some_and(|name| name.starts_with(UNFINISHED)) {
            tracing::warn!(path = %entry.path().display(), "removing an incomplete PostgreSQL setup");
            fs::remove_dir_all(entry.path()).map_err(io_error("cannot remove", entry.path()))?;
        }
    }
    Ok(())
}

fn init(installation: &Installation, owner: &Owner, folder: &Path) -> Result<(), EmbeddedError> {
    owner.adopt(folder)?;
    let run = |locale: &str| {
        let program = installation.program("initdb");
        let mut command: Command = owner.command(&program);
        command
            .arg("--pgdata")
            .arg(folder)
            .arg(format!("--locale={locale}"))
            .args(["--encoding=UTF8", "--username=postgres", "--auth=peer", "--data-checksums", "--no-instructions"])
            .current_dir("/")
            .output()
            .map_err(io_error("cannot run", program))
    };
    let mut output = run("C.UTF-8")?;
    if !output.status.success() && String::from_utf8_lossy(&output.stderr).contains("invalid locale") {
        output = run("C")?;
    }
    if output.status.success() {
        return Ok(());
    }
    Err(EmbeddedError::InitDb {
        cluster: folder.to_owned(),
        status: output.status.to_string(),
        output: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
    })
}

/// Configures who may connect: over the socket, the users of this `todo` and of PostgreSQL, as verified by the kernel. Written at every
/// start, because `todo` may run as a different user than last time.
pub(super) fn write_access_rules(owner: &Owner, cluster: &Path) -> Result<(), EmbeddedError> {
    let head = "# Written by Todo List Plus at every start: changes are lost.\n";
    write(owner, cluster, "pg_hba.conf", &format!("{head}local all all peer map=todo\n"))?;
    let mut users = vec![&owner.caller, &owner.name];
    users.dedup();
    let lines: String = users
        .iter()
        .flat_map(|system| ["todo", "postgres"].map(|role| format!("todo \"{system}\" {role}\n")))
        .collect();
    write(owner, cluster, "pg_ident.conf", &format!("{head}{lines}"))
}

fn write(owner: &Owner, cluster: &Path, name: &str, text: &str) -> Result<(), EmbeddedError> {
    let path = cluster.join(name);
    if fs::read_to_string(&path).is_ok_and(|now| now == text) {
        return Ok(());
    }
    let new = cluster.join(format!("{name}.new"));
    match fs::remove_file(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(io_error("cannot remove", new)(error));
        }
        _ => {}
    }
    // `create_new` does not follow links that somebody may have placed there.
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&new)
        .map_err(io_error("cannot create", &new))?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(io_error("cannot write", &new))?;
    owner.adopt(&new)?;
    fs::rename(&new, &path).map_err(io_error("cannot write", path))
}

/// Restores the owner and mode that PostgreSQL requires, for a cluster that was copied or restored here.
pub(super) fn take_over(owner: &Owner, cluster: &Path) -> Result<(), EmbeddedError> {
    make_private(cluster)?;
    owner.adopt(cluster)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> PathBuf {
        nix::unistd::mkdtemp(&std::env::temp_dir().join("todo-cluster-XXXXXX")).expect("a temporary folder")
    }

    #[test]
    fn a_second_lock_names_the_first_process() {
        let data = folder();
        let first = lock(&data).expect("the first lock");
        let message = lock(&data).expect_err("the second lock").to_string();
        assert!(message.contains(&format!("process {}", std::process::id())), "{message}");
        drop(first);
        lock(&data).expect("free again");
        fs::remove_dir_all(data).expect("clean up");
    }

    #[test]
    fn only_a_folder_with_a_version_is_a_cluster() {
        let data = folder();
        let cluster = data.join("postgres");
        assert_eq!(state(&cluster).expect("missing"), State::Missing);
        fs::create_dir(&cluster).expect("a folder");
        assert_eq!(state(&cluster).expect("empty"), State::Missing);
        fs::write(cluster.join("precious"), "x").expect("a file");
        assert!(matches!(state(&cluster), Err(EmbeddedError::NotACluster(_))));
        fs::write(cluster.join("PG_VERSION"), "15\n").expect("a file");
        assert_eq!(state(&cluster).expect("a cluster"), State::Version("15".into()));
        fs::remove_dir_all(data).expect("clean up");
    }

    #[test]
    fn what_is_unfinished_goes_and_the_rest_stays() {
        let data = folder();
        fs::create_dir_all(data.join("postgres.init-abc/base")).expect("a folder");
        fs::create_dir_all(data.join("postgres.backup")).expect("a folder");
        remove_unfinished(&data).expect("removed");
        assert!(!data.join("postgres.init-abc").exists() && data.join("postgres.backup").exists());
        fs::remove_dir_all(data).expect("clean up");
    }
}
