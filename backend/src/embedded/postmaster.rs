//! The `postgres` process: its settings, its lifetime, and one left behind by an earlier `todo`.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Seek, SeekFrom},
    os::unix::{fs::OpenOptionsExt, process::CommandExt},
    path::{Path, PathBuf},
    process::{Command, ExitStatus},
    thread,
    time::{Duration, Instant},
};

use nix::{
    fcntl::OFlag,
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tokio::sync::{oneshot, watch};

use super::{
    error::{EmbeddedError, io_error},
    locate::Installation,
    owner::Owner,
};

/// How long a server may take to shut down: it ends its sessions and flushes its memory.
const FAST_SHUTDOWN: Duration = Duration::from_secs(30);
/// How long after that for an immediate shutdown; the next start recovers.
const IMMEDIATE_SHUTDOWN: Duration = Duration::from_secs(5);
/// The log is rotated at this size; one older file is kept.
const LOG_LIMIT: u64 = 10 * 1024 * 1024;

const SETTINGS: &[&str] = &[
    // Only the socket: no network, whatever postgresql.conf says.
    "listen_addresses=",
    "port=5432",
    "unix_socket_permissions=0700",
    // An acknowledged write must outlive a power cut.
    "fsync=on",
    "full_page_writes=on",
    "synchronous_commit=on",
    // Low resource usage on a machine with an SSD.
    "max_connections=40",
    "shared_buffers=64MB",
    "effective_cache_size=512MB",
    "maintenance_work_mem=64MB",
    "max_wal_size=512MB",
    "random_page_cost=1.1",
    "jit=off",
    "timezone=UTC",
    "log_timezone=UTC",
    "log_checkpoints=off",
    // The application reports failed statements; here they would log people's data.
    "log_min_messages=log",
    "logging_collector=off",
    "cluster_name=todo",
];

/// A `postgres` started by this process.
#[derive(Debug)]
pub(super) struct Postmaster {
    pid: Pid,
    ended: watch::Receiver<Option<String>>,
    log: PathBuf,
    /// Where this run starts in the log.
    log_start: u64,
}

impl Postmaster {
    /// Starts the server; it may take a while before it answers.
    pub async fn start(
        installation: &Installation,
        owner: &Owner,
        cluster: &Path,
        socket_dir: &Path,
    ) -> Result<Self, EmbeddedError> {
        let folder = cluster.join("log");
        super::owner::make_private(&folder)?;
        let log = folder.join("server.log");
        let (file, log_start) = open_log(&log)?;
        owner.adopt(&folder)?;
        owner.adopt(&log)?;

        let program = installation.program("postgres");
        let mut command = wrapped(owner, &program);
        command.arg("-D").arg(cluster);
        for setting in SETTINGS {
            command.arg("-c").arg(setting);
        }
        command.arg("-c").arg(format!("unix_socket_directories={}", quoted(socket_dir)));
        command.arg("-c").arg(format!("hba_file={}", cluster.join("pg_hba.conf").display()));
        command.arg("-c").arg(format!("ident_file={}", cluster.join("pg_ident.conf").display()));
        // A separate group: Ctrl-C in a terminal goes to the whole group, and the server must outlive requests that are still running.
        command.process_group(0).current_dir("/");
        let errors = file.try_clone().map_err(io_error("cannot open", &log))?;
        command.stdout(file).stderr(errors);

        // The thread that starts the server must live as long as the server: the kernel reports the death of a *thread* to its children
        // (see `wrapped`), and a runtime worker thread may end at any time.
        let (started, pid) = oneshot::channel();
        let (end, ended) = watch::channel(None);
        let parent = move || match command.spawn() {
            Ok(mut child) => {
                let _ = started.send(Ok(child.id()));
                let status = child.wait().map_or_else(|error| error.to_string(), |status| describe(&status));
                end.send_replace(Some(status));
            }
            Err(error) => drop(started.send(Err(error))),
        };
        thread::Builder::new()
            .name("postgres".into())
            .spawn(parent)
            .map_err(|error| EmbeddedError::Task(error.to_string()))?;
        let pid = pid
            .await
            .map_err(|error| EmbeddedError::Task(error.to_string()))?
            .map_err(io_error("cannot run", &program))?;
        Ok(Self { pid: Pid::from_raw(pid.cast_signed()), ended, log, log_start })
    }

    pub fn log(&self) -> &Path {
        &self.log
    }

    pub fn pid(&self) -> i32 {
        self.pid.as_raw()
    }

    /// Waits until the server has stopped and returns how. May be dropped and called again.
    pub async fn ended(&mut self) -> String {
        match self.ended.wait_for(Option::is_some).await {
            Ok(status) => status.clone().unwrap_or_default(),
            Err(_) => "for an unknown reason".into(),
        }
    }

    /// The last lines that this run wrote to the log.
    pub fn log_tail(&self) -> String {
        let read = || -> io::Result<String> {
            let mut file = File::open(&self.log)?;
            file.seek(SeekFrom::Start(self.log_start.max(file.metadata()?.len().saturating_sub(16 * 1024))))?;
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes)?;
            Ok(String::from_utf8_lossy(&bytes).into_owned())
        };
        let text = read().unwrap_or_else(|error| format!("(the log cannot be read: {error})"));
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(12)..].join("\n")
    }

    /// Shuts down: fast, then immediate.
    pub async fn stop(mut self) -> Result<(), EmbeddedError> {
        for (signal, patience) in [(Signal::SIGINT, FAST_SHUTDOWN), (Signal::SIGQUIT, IMMEDIATE_SHUTDOWN)] {
            self.signal(signal);
            if let Ok(status) = tokio::time::timeout(patience, self.ended()).await {
                tracing::info!(pid = self.pid(), exit_status = %status, "PostgreSQL has stopped");
                return Ok(());
            }
            tracing::warn!(pid = self.pid(), %signal, ?patience, "PostgreSQL has not stopped");
        }
        Err(EmbeddedError::StopTimedOut { pid: self.pid() })
    }

    fn signal(&self, signal: Signal) {
        // After its end the pid may belong to another process.
        if self.ended.borrow().is_none() {
            let _ = kill(self.pid, signal);
        }
    }
}

impl Drop for Postmaster {
    /// Without `stop`, in an error path: request a shutdown without waiting.
    fn drop(&mut self) {
        self.signal(Signal::SIGINT);
    }
}

/// The command to run the server, through `setpriv` where available (Linux): then the kernel asks the server to shut down if this process
/// dies without doing so, for example from `kill -9`.
fn wrapped(owner: &Owner, program: &Path) -> Command {
    let setpriv = Path::new("/usr/bin/setpriv");
    let help = owner.command(setpriv).arg("--help").output();
    if help.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains("--pdeathsig")) {
        let mut command = owner.command(setpriv);
        command.arg("--pdeathsig=SIGINT").arg("--").arg(program);
        return command;
    }
    owner.command(program)
}

fn open_log(log: &Path) -> Result<(File, u64), EmbeddedError> {
    if fs::symlink_metadata(log).is_ok_and(|metadata| metadata.len() > LOG_LIMIT) {
        fs::rename(log, log.with_extension("log.1")).map_err(io_error("cannot rename", log))?;
    }
    let file = OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .custom_flags(OFlag::O_NOFOLLOW.bits())
        .open(log)
        .map_err(io_error("cannot open", log))?;
    let start = file.metadata().map_err(io_error("cannot open", log))?.len();
    Ok((file, start))
}

/// A folder as an item of a list setting, where commas and spaces separate.
fn quoted(folder: &Path) -> String {
    format!("\"{}\"", folder.display().to_string().replace('"', "\"\""))
}

fn describe(status: &ExitStatus) -> String {
    status.to_string()
}

/// Stops a server that an earlier `todo` left behind on this cluster. The caller holds the data folder's lock, so no living `todo` owns it.
pub(super) fn stop_stale(cluster: &Path) -> Result<(), EmbeddedError> {
    for (signal, patience) in [(Signal::SIGINT, FAST_SHUTDOWN), (Signal::SIGQUIT, IMMEDIATE_SHUTDOWN)] {
        let Some(pid) = left_behind(cluster) else {
            return Ok(());
        };
        tracing::warn!(pid = pid.as_raw(), "stopping a PostgreSQL server that an earlier run left behind");
        let _ = kill(pid, signal);
        let started = Instant::now();
        while started.elapsed() < patience {
            thread::sleep(Duration::from_millis(20));
            if left_behind(cluster) != Some(pid) {
                return Ok(());
            }
        }
    }
    match left_behind(cluster) {
        Some(pid) => Err(EmbeddedError::StaleServer { pid: pid.as_raw(), cluster: cluster.to_owned() }),
        None => Ok(()),
    }
}

/// The running server in `postmaster.pid`, if it really belongs to this cluster: after a reboot the pid may belong to any process.
fn left_behind(cluster: &Path) -> Option<Pid> {
    let file = fs::read_to_string(cluster.join("postmaster.pid")).ok()?;
    let pid = Pid::from_raw(file.lines().next()?.trim().parse().ok().filter(|pid| *pid > 1)?);
    kill(pid, None).ok()?;
    let ours = if Path::new("/proc/self/cwd").exists() {
        // A server's working directory is its data folder; a zombie has none.
        fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|folder| folder == cluster)
    } else {
        let output = Command::new("ps").args(["-o", "command=", "-p", &pid.to_string()]).output().ok()?;
        String::from_utf8_lossy(&output.stdout).contains(&format!("-D {}", cluster.display()))
    };
    ours.then_some(pid)
}
