//! The owner of the cluster. PostgreSQL refuses to run as root, so a `todo` that runs as root drops privileges for it.

use std::{
    fs, io,
    os::unix::{
        fs::{MetadataExt, PermissionsExt, lchown},
        process::CommandExt,
    },
    path::Path,
    process::{Command, Stdio},
};

use nix::unistd::{Uid, User};

use super::error::{EmbeddedError, io_error};

/// The user that runs `initdb` and `postgres`, and owns the cluster's files.
#[derive(Debug, Clone)]
pub(super) struct Owner {
    uid: u32,
    gid: u32,
    pub name: String,
    /// The name of the user that `todo` itself runs as.
    pub caller: String,
}

impl Owner {
    /// The user for the cluster in `cluster`, which need not exist yet.
    pub fn of(cluster: &Path) -> Result<Self, EmbeddedError> {
        let me = Uid::effective();
        let caller = user(me)?.ok_or(EmbeddedError::NamelessUser(me.as_raw()))?;
        let there = match fs::symlink_metadata(cluster) {
            Ok(metadata) => Some(Uid::from_raw(metadata.uid())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(io_error("cannot look at", cluster)(error)),
        };
        let owner = if me.is_root() {
            match there {
                // A copied folder may belong to an unknown id: `adopt` changes its owner.
                Some(uid) if !uid.is_root() => user(uid)?,
                _ => None,
            }
            .map_or_else(service_user, Ok)?
        } else {
            if there.is_some_and(|uid| uid != me) {
                return Err(not_ours(cluster));
            }
            caller.clone()
        };
        Ok(Self { uid: owner.uid.as_raw(), gid: owner.gid.as_raw(), name: owner.name, caller: caller.name })
    }

    /// Whether the programs run as a different user than `todo`; only root can do that.
    fn steps_down(&self) -> bool {
        self.uid != Uid::effective().as_raw()
    }

    /// A command that runs as this user with a minimal environment: ours contains secrets.
    pub fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.env_clear().env("LC_ALL", "C").stdin(Stdio::null());
        for name in ["PATH", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        if self.steps_down() {
            // The standard library drops root's supplementary groups when it changes the user.
            command.uid(self.uid).gid(self.gid);
        }
        command
    }

    /// Changes the owner of `path` and its contents. A folder comes after its entries, so one with the right owner is done, and an
    /// interrupted run resumes where it stopped.
    pub fn adopt(&self, path: &Path) -> Result<(), EmbeddedError> {
        let metadata = fs::symlink_metadata(path).map_err(io_error("cannot look at", path))?;
        if !self.steps_down() || (metadata.uid(), metadata.gid()) == (self.uid, self.gid) {
            return Ok(());
        }
        if metadata.is_dir() {
            for entry in fs::read_dir(path).map_err(io_error("cannot read", path))? {
                self.adopt(&entry.map_err(io_error("cannot read", path))?.path())?;
            }
        }
        lchown(path, Some(self.uid), Some(self.gid)).map_err(io_error("cannot change the owner of", path))
    }

    /// Checks that this user can run `postgres` and reach `data_dir`. It is tried rather than computed, so that access control lists count
    /// too.
    pub fn check_access(&self, postgres: &Path, data_dir: &Path) -> Result<(), EmbeddedError> {
        if !self.steps_down() {
            return Ok(());
        }
        let try_in = |folder: &Path| {
            let mut command = self.command(postgres);
            command.arg("--version").current_dir(folder).stdout(Stdio::null()).stderr(Stdio::null()).status()
        };
        try_in(Path::new("/")).map_err(|source| EmbeddedError::NotRunnable {
            user: self.name.clone(),
            program: postgres.to_owned(),
            source,
        })?;
        match try_in(data_dir) {
            Ok(_) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                Err(EmbeddedError::Unreachable { user: self.name.clone(), blocked: self.blocked(data_dir).to_owned() })
            }
            Err(error) => Err(io_error("cannot enter", data_dir)(error)),
        }
    }

    /// The first folder on the way to `path` that this user may not enter, according to the permission bits.
    fn blocked<'a>(&self, path: &'a Path) -> &'a Path {
        let mut folders: Vec<&Path> = path.ancestors().collect();
        folders.reverse();
        let closed = |folder: &&Path| {
            fs::metadata(folder).is_ok_and(|metadata| {
                let bit = if metadata.uid() == self.uid {
                    0o100
                } else if metadata.gid() == self.gid {
                    0o010
                } else {
                    0o001
                };
                metadata.permissions().mode() & bit == 0
            })
        };
        folders.into_iter().find(closed).unwrap_or(path)
    }
}

fn service_user() -> Result<User, EmbeddedError> {
    for name in ["postgres", "nobody"] {
        if let Ok(Some(user)) = User::from_name(name) {
            return Ok(user);
        }
    }
    Err(EmbeddedError::NoUser)
}

fn user(uid: Uid) -> Result<Option<User>, EmbeddedError> {
    User::from_uid(uid).map_err(|error| io_error("cannot look up the users in", "/etc/passwd")(error.into()))
}

/// That `path` belongs to another user, and which.
pub(super) fn not_ours(path: &Path) -> EmbeddedError {
    let name = |uid: u32| match user(Uid::from_raw(uid)) {
        Ok(Some(user)) => user.name,
        _ => uid.to_string(),
    };
    EmbeddedError::NotOurs {
        path: path.to_owned(),
        owner: fs::metadata(path).map_or_else(|_| "unknown".into(), |metadata| name(metadata.uid())),
        user: name(Uid::effective().as_raw()),
    }
}

/// Creates a folder, or takes the existing one, accessible only to its owner.
pub(super) fn make_private(path: &Path) -> Result<(), EmbeddedError> {
    match fs::create_dir(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            return Err(io_error("cannot create", path)(error));
        }
        _ => {}
    }
    fs::set_permissions(path, fs::Permissions::from_mode(0o700)).map_err(io_error("cannot change the mode of", path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cluster_never_belongs_to_root() {
        let owner = Owner::of(Path::new("/nowhere/postgres")).expect("a user");
        assert_ne!(owner.uid, 0);
    }

    #[test]
    fn the_environment_is_not_handed_on() {
        let owner = Owner::of(Path::new("/nowhere/postgres")).expect("a user");
        let output = owner.command(Path::new("/usr/bin/env")).output().expect("env runs");
        let names: Vec<_> = String::from_utf8_lossy(&output.stdout)
            .lines()
            .filter_map(|line| Some(line.split_once('=')?.0.to_owned()))
            .collect();
        assert!(names.contains(&"LC_ALL".to_owned()));
        assert!(!names.iter().any(|name| name.starts_with("CARGO")), "{names:?}");
    }
}
