//! `todo serve` without a `DATABASE_URL`, as a person starts it: the real program, its own PostgreSQL, real signals.

#[path = "embedded/traces.rs"]
mod traces;

use std::{
    fs,
    io::{BufRead, BufReader, Read},
    net::TcpListener,
    os::unix::{
        fs::PermissionsExt,
        process::{CommandExt, ExitStatusExt},
    },
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill, killpg},
    unistd::{Pid, mkdtemp},
};
use serde_json::{Value, json};

const PATIENCE: Duration = Duration::from_secs(60);

/// A data folder that goes away with the test. PostgreSQL's user must be able to reach it when the tests run as root.
struct Data(PathBuf);

impl Data {
    fn new() -> Self {
        let path = mkdtemp(&std::env::temp_dir().join("todo-embedded-XXXXXX")).expect("a folder");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o711)).expect("its mode");
        Self(path)
    }

    fn postgres_pid(&self) -> Pid {
        let file = fs::read_to_string(self.0.join("postgres/postmaster.pid")).expect("postmaster.pid");
        let pid = file.lines().next().and_then(|line| line.trim().parse().ok());
        Pid::from_raw(pid.expect("a process id"))
    }
}

impl Drop for Data {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A running `todo serve`.
struct Todo {
    child: Child,
    output: Arc<Mutex<String>>,
    port: u16,
}

impl Todo {
    fn spawn(data: &Path, port: u16, more: &[(&str, &str)]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_todo"));
        command.arg("serve").env("DATA_DIR", data).env("PORT", port.to_string());
        for name in ["DATABASE_URL", "TEST_DATABASE_URL", "REDIS_URL", "POSTGRES_BIN", "HOST"] {
            command.env_remove(name);
        }
        command.envs(more.iter().copied());
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).stdin(Stdio::null());
        // Like a shell: a group of its own, to which Ctrl-C goes.
        let mut child = command.process_group(0).spawn().expect("todo starts");
        let output = Arc::new(Mutex::new(String::new()));
        collect(child.stdout.take().expect("stdout"), &output);
        collect(child.stderr.take().expect("stderr"), &output);
        Self { child, output, port }
    }

    /// Starts it and waits until it says that it is ready.
    fn start(data: &Data) -> Self {
        let mut todo = Self::spawn(&data.0, free_port(), &[]);
        let ready = format!("Todo List Plus is ready on http://localhost:{}", todo.port);
        let started = Instant::now();
        while !todo.output().contains(&ready) {
            if let Some(status) = todo.child.try_wait().expect("a status") {
                panic!("todo ended ({status}):\n{}", todo.output());
            }
            assert!(started.elapsed() < PATIENCE, "todo is not ready:\n{}", todo.output());
            thread::sleep(Duration::from_millis(20));
        }
        todo
    }

    fn output(&self) -> String {
        self.output.lock().expect("the output").clone()
    }

    fn url(&self, path: &str) -> String {
        format!("http://localhost:{}{path}", self.port)
    }

    fn pid(&self) -> Pid {
        Pid::from_raw(self.child.id().cast_signed())
    }

    fn ctrl_c(&self) {
        killpg(self.pid(), Signal::SIGINT).expect("a signal");
    }

    fn wait(&mut self) -> ExitStatus {
        let started = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("a status") {
                // The collecting threads see the end of the pipes right after.
                thread::sleep(Duration::from_millis(50));
                return status;
            }
            assert!(started.elapsed() < PATIENCE, "todo does not end:\n{}", self.output());
            thread::sleep(Duration::from_millis(20));
        }
    }

    async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        let request = reqwest::Client::new().post(self.url(path)).json(&body);
        let response = request.send().await.expect("an answer");
        let status = response.status().as_u16();
        (status, response.json().await.unwrap_or(Value::Null))
    }
}

impl Drop for Todo {
    fn drop(&mut self) {
        if self.child.try_wait().is_ok_and(|status| status.is_none()) {
            let _ = kill(self.pid(), Signal::SIGTERM);
            for _ in 0..500 {
                if self.child.try_wait().is_ok_and(|status| status.is_some()) {
                    return;
                }
                thread::sleep(Duration::from_millis(20));
            }
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

fn collect(pipe: impl Read + Send + 'static, output: &Arc<Mutex<String>>) {
    let output = Arc::clone(output);
    thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            let mut output = output.lock().expect("the output");
            output.push_str(&line);
            output.push('\n');
        }
    });
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a port").port()
}

fn is_alive(pid: Pid) -> bool {
    // A zombie, which waits for its new parent, counts as gone.
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    kill(pid, None).is_ok() && !stat.contains(") Z ")
}

fn becomes_gone(pid: Pid) -> bool {
    let started = Instant::now();
    while is_alive(pid) {
        if started.elapsed() > PATIENCE {
            return false;
        }
        thread::sleep(Duration::from_millis(20));
    }
    true
}

fn account() -> Value {
    json!({"email": "ada@example.com", "password": "velvet-harbour-94-lantern", "name": "Ada"})
}

async fn registers(todo: &Todo) {
    let (status, body) = todo.post("/api/v1/auth/register", account()).await;
    assert_eq!(status, 201, "{body}\n{}", todo.output());
}

async fn signs_in(todo: &Todo) {
    let (status, body) = todo.post("/api/v1/auth/login", account()).await;
    assert_eq!(status, 200, "{body}\n{}", todo.output());
}

/// Runs a `todo serve` that must refuse, and returns what it says.
fn refusal(data: &Path, port: u16, more: &[(&str, &str)]) -> String {
    let mut todo = Todo::spawn(data, port, more);
    let status = todo.wait();
    assert_eq!(status.code(), Some(1), "{status}\n{}", todo.output());
    let output = todo.output();
    assert!(!output.contains("panicked"), "{output}");
    output
}

#[tokio::test]
async fn first_start_and_restart_keep_data() {
    let data = Data::new();
    let mut todo = Todo::start(&data);
    let health = reqwest::get(todo.url("/health")).await.expect("an answer");
    assert_eq!(health.status(), 200);
    registers(&todo).await;
    let postgres = data.postgres_pid();
    assert!(is_alive(postgres));

    todo.ctrl_c();
    let status = todo.wait();
    assert!(status.success(), "{status}\n{}", todo.output());
    assert!(!is_alive(postgres), "PostgreSQL is still there after Ctrl-C");

    let again = Todo::start(&data);
    signs_in(&again).await;
}

#[tokio::test]
async fn killed_server_loses_nothing() {
    let data = Data::new();
    let mut todo = Todo::start(&data);
    registers(&todo).await;
    let postgres = data.postgres_pid();
    todo.child.kill().expect("a signal");
    assert_eq!(todo.wait().signal(), Some(9));

    let again = Todo::start(&data);
    signs_in(&again).await;
    assert!(becomes_gone(postgres), "the server of the killed run is still there");
}

#[tokio::test]
async fn death_of_postgresql_ends_with_a_message() {
    let data = Data::new();
    let mut todo = Todo::start(&data);
    registers(&todo).await;
    kill(data.postgres_pid(), Signal::SIGKILL).expect("a signal");
    let status = todo.wait();
    assert_eq!(status.code(), Some(1), "{status}\n{}", todo.output());
    assert!(todo.output().contains("PostgreSQL ended by itself"), "{}", todo.output());

    let again = Todo::start(&data);
    signs_in(&again).await;
}

#[tokio::test]
async fn second_instance_does_not_disturb_the_first() {
    let data = Data::new();
    let first = Todo::start(&data);
    let output = refusal(&data.0, free_port(), &[]);
    assert!(output.contains("already uses the data folder"), "{output}");
    assert!(output.contains(&format!("process {}", first.pid())), "{output}");
    registers(&first).await;
}

#[tokio::test]
async fn command_line_works_while_the_server_runs() {
    let data = Data::new();
    let todo = Todo::start(&data);
    let mut admin = Command::new(env!("CARGO_BIN_EXE_todo"));
    admin.args(["admin", "create", "--email", "root@example.org"]).env("DATA_DIR", &data.0).env_remove("DATABASE_URL");
    let output = admin.stdin(Stdio::null()).output().expect("the command runs");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    let password = said.lines().find_map(|line| line.strip_prefix("Password: ")).expect("a password");
    let login = json!({ "email": "root@example.org", "password": password });
    let (status, body) = todo.post("/api/v1/auth/login", login).await;
    assert_eq!((status, &body["user"]["is_admin"]), (200, &json!(true)), "{body}");
}

#[tokio::test]
async fn port_in_use_is_reported() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").port();
    let data = Data::new();
    let output = refusal(&data.0, port, &[]);
    assert!(output.contains(&port.to_string()) && output.contains("in use"), "{output}");
    assert!(!data.0.join("postgres/postmaster.pid").exists(), "PostgreSQL was left behind");
}

#[test]
fn data_of_another_version_is_not_touched() {
    let data = Data::new();
    let cluster = data.0.join("postgres");
    fs::create_dir(&cluster).expect("a folder");
    fs::write(cluster.join("PG_VERSION"), "12\n").expect("a file");
    let output = refusal(&data.0, free_port(), &[]);
    assert!(output.contains("is of PostgreSQL 12") && output.contains("Nothing was changed"), "{output}");
    let entries = fs::read_dir(&cluster).expect("the folder").count();
    assert_eq!(entries, 1, "something was changed");
}

#[test]
fn missing_postgresql_is_reported() {
    let (data, empty) = (Data::new(), Data::new());
    let path = empty.0.to_str().expect("a path");
    let output = refusal(&data.0, free_port(), &[("POSTGRES_BIN", path)]);
    assert!(output.contains("POSTGRES_BIN") && output.contains(path) && output.contains("initdb"), "{output}");
}
