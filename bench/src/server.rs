//! The server that is measured: `todo serve` as one replica of the stack runs it, but for the limits that people have.

use std::{
    fs::File,
    net::SocketAddr,
    path::PathBuf,
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use procfs::process::{ClearRefs, Process};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    process::{Child, Command},
};

use crate::{process::leashed, psql::Database, results::Usage};

const START_PATIENCE: Duration = Duration::from_secs(30);
const STOP_PATIENCE: Duration = Duration::from_secs(30);
/// Between two questions whether the server is ready.
const ASK_EVERY: Duration = Duration::from_millis(1);
/// Longer than any run: the tokens are made at its beginning.
const TOKEN_SECONDS: &str = "86400";
/// All of them by the few people of a small database.
const SOCKETS_PER_PERSON: &str = "1000";

/// How to start one.
#[derive(Debug, Clone)]
pub struct Program {
    pub path: PathBuf,
    pub database: Database,
    /// Where its log goes.
    pub log_dir: PathBuf,
    /// Signs access tokens.
    pub secret: String,
    /// What else it is told.
    pub variables: Vec<(&'static str, &'static str)>,
}

/// Those of people; a few people here ask for many.
const LIMITS: [&str; 3] =
    ["RATE_LIMIT_LOGIN_PER_ACCOUNT", "RATE_LIMIT_LOGIN_PER_ADDRESS", "RATE_LIMIT_REQUESTS_PER_USER"];

/// More than any load has connections.
const REQUESTS_AT_ONCE: &str = "100000";

impl Program {
    /// With the environment that docker-compose.yml gives it: nothing of this process's own gets in.
    fn command(&self) -> Command {
        let mut command = leashed(&self.path);
        command.env_clear().current_dir(&self.log_dir).envs(LIMITS.map(|limit| (limit, "off"))).envs([
            ("APP_ENV", "production"),
            ("PUBLIC_URL", "https://todo.example.org"),
            ("HOST", "127.0.0.1"),
            ("PORT", "0"),
            ("DATABASE_URL", &self.database.url),
            ("REDIS_URL", &self.database.services.redis_url),
            ("JWT_SECRET", &self.secret),
            ("ACCESS_TOKEN_SECONDS", TOKEN_SECONDS),
            ("WS_MAX_CONNECTIONS_PER_USER", SOCKETS_PER_PERSON),
            ("REQUESTS_AT_ONCE_PER_USER", REQUESTS_AT_ONCE),
            ("REQUESTS_RUNNING_PER_USER", REQUESTS_AT_ONCE),
            ("QUOTA_TASKS_PER_PROJECT", "0"),
            ("QUOTA_MEGABYTES_PER_DAY", "0"),
        ]);
        command.env("LOG_DIR", &self.log_dir).envs(self.variables.iter().copied());
        command
    }

    /// The same program with other settings.
    pub fn with(&self, variables: &[(&'static str, &'static str)]) -> Self {
        Self { variables: variables.to_vec(), ..self.clone() }
    }

    /// Brings the schema of the database up to date.
    pub async fn migrate(&self) -> anyhow::Result<()> {
        let output = self.command().arg("migrate").output().await;
        let output = output.with_context(|| format!("{} cannot be started", self.path.display()))?;
        if !output.status.success() {
            bail!("todo migrate failed: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        Ok(())
    }

    /// Starts it and waits until `/health/ready` answers 200.
    pub async fn start(&self) -> anyhow::Result<Server> {
        let log = File::create(self.log_dir.join("stderr.log")).context("the server's log cannot be written")?;
        let mut command = self.command();
        command.arg("serve").stdout(Stdio::piped()).stderr(log);
        let begun = Instant::now();
        let mut child = command.spawn().with_context(|| format!("{} cannot be started", self.path.display()))?;
        let output = child.stdout.take().context("the server has no standard output")?;
        match tokio::time::timeout(START_PATIENCE, wait_until_ready(output)).await {
            Ok(Some(address)) => Ok(Server { child, address, ready: begun.elapsed() }),
            Ok(None) | Err(_) => bail!("the server does not start: {}", self.last_words()),
        }
    }

    /// Starts what works beside it.
    pub async fn start_worker(&self) -> anyhow::Result<Worker> {
        let log = File::create(self.log_dir.join("worker.log")).context("the worker's log cannot be written")?;
        let mut command = self.command();
        command.arg("worker").stdout(Stdio::null()).stderr(log);
        Ok(Worker { child: command.spawn().context("the worker cannot be started")? })
    }

    fn last_words(&self) -> String {
        let log = std::fs::read_to_string(self.log_dir.join("stderr.log")).unwrap_or_default();
        let mut lines: Vec<&str> = log.lines().rev().take(10).collect();
        lines.reverse();
        lines.join("\n")
    }
}

async fn wait_until_ready(output: impl tokio::io::AsyncRead + Unpin) -> Option<SocketAddr> {
    let mut lines = BufReader::new(output).lines();
    let port = loop {
        // "Todo List Plus is ready on http://localhost:8000"
        let line = lines.next_line().await.ok()??;
        if let Some((_, port)) = line.rsplit_once(':') {
            break port.trim().parse().ok()?;
        }
    };
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    while !is_ready(address).await.unwrap_or(false) {
        tokio::time::sleep(ASK_EVERY).await;
    }
    Some(address)
}

async fn is_ready(address: SocketAddr) -> std::io::Result<bool> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET /health/ready HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    Ok(answer.starts_with(b"HTTP/1.1 200"))
}

/// A running server. It ends when this is dropped.
pub struct Server {
    child: Child,
    pub address: SocketAddr,
    /// From its start until it was ready.
    pub ready: Duration,
}

/// What a process holds in memory, in bytes.
#[derive(Debug, Clone, Copy)]
pub struct Memory {
    pub resident: u64,
    /// With the pages that it shares with others counted in part.
    pub proportional: u64,
}

impl Server {
    pub fn pid(&self) -> anyhow::Result<i32> {
        let pid = self.child.id().context("the server has ended")?;
        Ok(i32::try_from(pid)?)
    }

    fn process(&self) -> anyhow::Result<Process> {
        Ok(Process::new(self.pid()?)?)
    }

    pub fn memory(&self) -> anyhow::Result<Memory> {
        let rollup = self.process()?.smaps_rollup()?;
        let of = |key: &str| rollup.memory_map_rollup.iter().filter_map(|map| map.extension.map.get(key)).sum();
        Ok(Memory { resident: of("Rss"), proportional: of("Pss") })
    }

    fn cpu_seconds(&self) -> anyhow::Result<f64> {
        let stat = self.process()?.stat()?;
        Ok((stat.utime + stat.stime) as f64 / procfs::ticks_per_second() as f64)
    }

    /// Begins to watch what the server uses.
    pub fn watch(&self) -> anyhow::Result<Watch<'_>> {
        self.process()?.clear_refs(ClearRefs::PeakRSS).context("the peak of the server's memory cannot be set back")?;
        Ok(Watch { server: self, cpu_seconds: self.cpu_seconds()? })
    }

    /// Ends it as the stack does.
    pub async fn stop(self) -> anyhow::Result<()> {
        stop(self.child).await
    }
}

/// A running worker. It ends when this is dropped.
pub struct Worker {
    child: Child,
}

impl Worker {
    pub async fn stop(self) -> anyhow::Result<()> {
        stop(self.child).await
    }
}

async fn stop(mut child: Child) -> anyhow::Result<()> {
    let pid = child.id().context("the program has ended")?;
    kill(Pid::from_raw(i32::try_from(pid)?), Signal::SIGTERM)?;
    let status = tokio::time::timeout(STOP_PATIENCE, child.wait()).await;
    let status = status.context("the program does not stop")??;
    if !status.success() {
        bail!("the program ended with {status}");
    }
    Ok(())
}

/// What the server uses from a moment on.
pub struct Watch<'a> {
    server: &'a Server,
    cpu_seconds: f64,
}

impl Watch<'_> {
    pub fn usage(&self) -> anyhow::Result<Usage> {
        let peak = self.server.process()?.status()?.vmhwm.context("the system does not tell the peak of memory")?;
        Ok(Usage { cpu_seconds: self.server.cpu_seconds()? - self.cpu_seconds, peak_bytes: peak * 1024 })
    }
}
