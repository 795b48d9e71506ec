//! The folder of the Unix socket through which the application connects to its PostgreSQL.
//!
//! A socket with `peer` authentication was chosen over a TCP port with a password: nothing listens on the network, the kernel verifies the
//! caller, and there is no stored secret that could be read, copied or backed up. Only root and PostgreSQL's user can enter the folder, and
//! both can read the data files anyway.

use std::{
    env, fs,
    os::unix::{ffi::OsStrExt, fs::MetadataExt},
    path::{Path, PathBuf},
};

use nix::unistd::mkdtemp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};

use super::{
    error::{EmbeddedError, io_error},
    owner::{Owner, make_private},
};

/// The shortest limit among supported systems (macOS: 104 bytes with the terminating zero, Linux: 108).
const PATH_LIMIT: usize = 103;
const SOCKET: &str = "/.s.PGSQL.5432";
const TEMPORARY: &str = "todo-postgres-";
/// Everything except `/` and RFC 3986's unreserved characters. `psql` does not read `+` as a space, so this is not form encoding.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~');

#[derive(Debug)]
pub(super) struct SocketDir {
    path: PathBuf,
    temporary: bool,
}

impl SocketDir {
    /// `<data_dir>/run`, or a private temporary folder if that path is too long for a socket.
    pub fn make(owner: &Owner, data_dir: &Path) -> Result<Self, EmbeddedError> {
        let path = data_dir.join("run");
        let fits = |path: &Path| path.as_os_str().len() + SOCKET.len() <= PATH_LIMIT;
        // A non-UTF-8 name cannot be used in a database URL.
        if fits(&path) && path.to_str().is_some() {
            make_private(&path)?;
            owner.adopt(&path)?;
            return Ok(Self { path, temporary: false });
        }
        let name = format!("{TEMPORARY}XXXXXX");
        let mut template = env::temp_dir().join(&name);
        if !fits(&template) || template.to_str().is_none() {
            template = Path::new("/tmp").join(&name);
        }
        // `mkdtemp` creates a new folder with mode 0700: nobody can have prepared it.
        let path = mkdtemp(&template).map_err(|error| io_error("cannot create", &template)(error.into()))?;
        owner.adopt(&path)?;
        Ok(Self { path, temporary: true })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The URL of the application's database, for sqlx and for `psql` alike.
    pub fn database_url(&self) -> String {
        database_url(&self.path)
    }
}

fn database_url(socket_dir: &Path) -> String {
    let host = percent_encode(socket_dir.as_os_str().as_bytes(), ENCODED);
    format!("postgres://todo@localhost:5432/todo?host={host}&sslmode=disable")
}

/// The URL of the database of a cluster started by another process.
pub(super) fn url_of_running(cluster: &Path) -> Option<String> {
    Some(database_url(&named_in_pid_file(cluster)?))
}

/// Line 5 of `postmaster.pid` is the socket's folder.
fn named_in_pid_file(cluster: &Path) -> Option<PathBuf> {
    let file = fs::read_to_string(cluster.join("postmaster.pid")).ok()?;
    file.lines().nth(4).map(PathBuf::from)
}

impl Drop for SocketDir {
    fn drop(&mut self) {
        if self.temporary {
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

/// Removes the temporary socket folder of a killed run.
pub(super) fn remove_stale(cluster: &Path) {
    let Some(path) = named_in_pid_file(cluster) else {
        return;
    };
    let ours = path.file_name().is_some_and(|name| name.as_bytes().starts_with(TEMPORARY.as_bytes()));
    let same_owner = || Some(fs::symlink_metadata(&path).ok()?.uid() == fs::metadata(cluster).ok()?.uid());
    if ours && same_owner() == Some(true) {
        let _ = fs::remove_dir_all(path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner() -> Owner {
        Owner::of(Path::new("/nowhere/postgres")).expect("a user")
    }

    #[test]
    fn a_long_path_gets_a_short_socket_folder_that_goes_away() {
        let data = mkdtemp(&env::temp_dir().join("todo-socket-XXXXXX")).expect("a folder");
        let long = data.join("x".repeat(100));
        let socket = SocketDir::make(&owner(), &long).expect("a folder");
        let path = socket.path().to_owned();
        assert!(path.is_dir() && path.as_os_str().len() + SOCKET.len() <= PATH_LIMIT);
        drop(socket);
        assert!(!path.exists());
        let socket = SocketDir::make(&owner(), &data).expect("a folder");
        assert_eq!(socket.path(), data.join("run"));
        fs::remove_dir_all(data).expect("clean up");
    }

    #[test]
    fn any_path_can_stand_in_the_url() {
        let url = database_url(Path::new("/a b/ü&c+d/e-f.g_h~i"));
        assert_eq!(url, "postgres://todo@localhost:5432/todo?host=/a%20b/%C3%BC%26c%2Bd/e-f.g_h~i&sslmode=disable");
    }
}
