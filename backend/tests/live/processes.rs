//! Real programs, to be killed.

use std::{
    net::{SocketAddr, TcpListener},
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tokio::time::sleep;

/// What all processes of a test sign with.
pub const SECRET: &str = "0123456789abcdef0123456789abcdef-for-tests-only";

const PATIENCE: Duration = Duration::from_secs(20);

pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port").port()
}

/// Ends with the value.
struct Program(Child);

impl Program {
    fn spawn(command: &mut Command) -> Self {
        let name = command.get_program().to_owned();
        Self(command.stdin(Stdio::null()).spawn().unwrap_or_else(|error| panic!("{name:?}: {error}")))
    }

    fn signal(&self, signal: Signal) {
        let id = i32::try_from(self.0.id()).expect("a process id");
        kill(Pid::from_raw(id), signal).expect("the process lives");
    }

    fn kill(&mut self) {
        // Also when it has ended already.
        let _ = self.0.kill();
        self.0.wait().expect("its end");
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.kill();
    }
}

pub struct Redis {
    port: u16,
    pub url: String,
    program: Program,
}

impl Redis {
    pub async fn start(port: u16) -> Self {
        let program = Self::spawn(port);
        wait_for_port(port).await;
        Self { port, url: format!("redis://127.0.0.1:{port}"), program }
    }

    fn spawn(port: u16) -> Program {
        let port = port.to_string();
        let arguments = ["--port", &port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
        Program::spawn(Command::new("redis-server").args(arguments).stdout(Stdio::null()))
    }

    /// Like `kill -9`.
    pub fn kill(&mut self) {
        self.program.kill();
    }

    pub async fn restart(&mut self) {
        self.program = Self::spawn(self.port);
        wait_for_port(self.port).await;
    }

    pub fn freeze(&self) {
        self.program.signal(Signal::SIGSTOP);
    }

    pub fn thaw(&self) {
        self.program.signal(Signal::SIGCONT);
    }
}

async fn wait_for_port(port: u16) {
    let deadline = Instant::now() + PATIENCE;
    while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
        assert!(Instant::now() < deadline, "nothing listens on {port}");
        sleep(Duration::from_millis(20)).await;
    }
}

/// A `todo serve`, or a `todo worker`, on a database and a Redis that are there.
pub struct Replica {
    pub address: SocketAddr,
    script: String,
    role: &'static str,
    variables: Vec<(&'static str, String)>,
    program: Program,
}

impl Replica {
    pub async fn start(database_url: &str, redis_url: &str) -> Self {
        Self::start_with(database_url, redis_url, &[]).await
    }

    /// With some more variables.
    pub async fn start_with(database_url: &str, redis_url: &str, more: &[(&'static str, &str)]) -> Self {
        Self::start_as("serve", database_url, redis_url, more).await
    }

    /// With limits on open files as `ulimit` takes them: `-Sn 256`, for example.
    pub async fn start_with_files(database_url: &str, limits: &[&str], more: &[(&'static str, &str)]) -> Self {
        let script = limits.iter().map(|limit| format!("ulimit {limit} && ")).collect::<String>();
        Self::start_in("serve", &format!("{script}exec \"$0\" \"$@\""), database_url, "", more).await
    }

    /// A worker instead; at its address it only says how it is.
    pub async fn start_worker(database_url: &str, redis_url: &str, more: &[(&'static str, &str)]) -> Self {
        Self::start_as("worker", database_url, redis_url, more).await
    }

    async fn start_as(role: &'static str, database_url: &str, redis_url: &str, more: &[(&'static str, &str)]) -> Self {
        Self::start_in(role, "exec \"$0\" \"$@\"", database_url, redis_url, more).await
    }

    async fn start_in(
        role: &'static str,
        script: &str,
        database_url: &str,
        redis_url: &str,
        more: &[(&'static str, &str)],
    ) -> Self {
        let port = free_port();
        let own = |name, value: &str| (name, value.to_owned());
        let mut variables = vec![
            own("PATH", &std::env::var("PATH").unwrap_or_default()),
            own("DATABASE_URL", database_url),
            own("REDIS_URL", redis_url),
            own("JWT_SECRET", SECRET),
            own("HOST", "127.0.0.1"),
            own("PORT", &port.to_string()),
            own("LOG_LEVEL", "error"),
            own("RATE_LIMIT_REGISTER_PER_ADDRESS", "off"),
            own("RATE_LIMIT_REQUESTS_PER_USER", "off"),
            own("WS_MAX_CATCH_UP", "100000"),
        ];
        variables.extend(more.iter().map(|(name, value)| own(name, value)));
        let script = script.to_owned();
        let program = Self::spawn(&script, role, &variables);
        wait_for_port(port).await;
        Self { address: ([127, 0, 0, 1], port).into(), script, role, variables, program }
    }

    fn spawn(script: &str, role: &str, variables: &[(&'static str, String)]) -> Program {
        let mut command = Command::new("bash");
        command.args(["-c", script, env!("CARGO_BIN_EXE_todo"), role]);
        Program::spawn(command.env_clear().envs(variables.iter().cloned()).stdout(Stdio::null()))
    }

    /// Like `kill -9`.
    pub fn kill(&mut self) {
        self.program.kill();
    }

    pub async fn restart(&mut self) {
        self.program = Self::spawn(&self.script, self.role, &self.variables);
        wait_for_port(self.address.port()).await;
    }

    pub fn freeze(&self) {
        self.program.signal(Signal::SIGSTOP);
    }

    pub fn thaw(&self) {
        self.program.signal(Signal::SIGCONT);
    }

    /// Asks it to stop, and gives what it ended with.
    pub async fn stop(&mut self) -> ExitStatus {
        self.ask_to_stop();
        self.end().await
    }

    pub fn ask_to_stop(&self) {
        self.program.signal(Signal::SIGTERM);
    }

    /// Waits for what it ends with.
    pub async fn end(&mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.program.0.try_wait().expect("its status") {
                return status;
            }
            assert!(Instant::now() < deadline, "it does not stop");
            sleep(Duration::from_millis(20)).await;
        }
    }
}
