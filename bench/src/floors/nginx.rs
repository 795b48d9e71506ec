//! Nginx that serves one static file: HTTP with a body, without anything to compute.

use std::{
    fs::{self, Permissions},
    net::SocketAddr,
    os::unix::fs::PermissionsExt,
    path::Path,
    time::Duration,
};

use anyhow::Context;
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tempfile::TempDir;
use tokio::process::Child;

use crate::process::leashed;

/// Where it serves the file.
pub const PATH: &str = "/list.json";

/// A running Nginx with a configuration of its own, for 1,000 clients a worker. It ends when this is dropped.
pub struct Nginx {
    port: u16,
    child: Child,
    _dir: TempDir,
}

impl Nginx {
    /// Serves these bytes as `application/json` at [`PATH`], with as many workers as there are cores.
    pub async fn start(body: &[u8]) -> anyhow::Result<Self> {
        let dir = TempDir::with_prefix("todo-bench-nginx.")?;
        let port = super::free_port()?;
        write_files(dir.path(), port, body).context("the files for Nginx cannot be written")?;
        let child = leashed("nginx")
            .arg("-p")
            .arg(dir.path())
            .arg("-c")
            .arg(dir.path().join("nginx.conf"))
            .args(["-e", "stderr"])
            // Its workers outlive a master that is killed, so it is told to stop instead (see Drop).
            .kill_on_drop(false)
            .spawn()
            .context("nginx cannot be started: run scripts/ensure.sh nginx")?;
        let nginx = Self { port, child, _dir: dir };
        super::wait_for_port(port).await.context("Nginx does not answer")?;
        Ok(nginx)
    }

    pub fn address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.port))
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        if let Some(pid) = self.child.id().and_then(|pid| i32::try_from(pid).ok()) {
            let _ = kill(Pid::from_raw(pid), Signal::SIGTERM);
            // It removes files of its own as it ends, so they have to be there until then: a second at most.
            for _ in 0..100 {
                if !matches!(self.child.try_wait(), Ok(None)) {
                    return;
                }
                std::thread::sleep(Duration::from_millis(10));
            }
        }
    }
}

fn write_files(dir: &Path, port: u16, body: &[u8]) -> anyhow::Result<()> {
    // Started as root, its workers become another user, who has to read the file.
    fs::set_permissions(dir, Permissions::from_mode(0o755))?;
    fs::create_dir(dir.join("www"))?;
    fs::write(dir.join("www/list.json"), body)?;
    fs::write(dir.join("nginx.conf"), configuration(dir, port))?;
    Ok(())
}

fn configuration(dir: &Path, port: u16) -> String {
    let dir = dir.display();
    format!(
        "daemon off;
worker_processes auto;
pid {dir}/nginx.pid;
lock_file {dir}/nginx.lock;
events {{
    worker_connections 1000;
}}
http {{
    access_log off;
    sendfile on;
    keepalive_requests 1000000000;
    default_type application/json;
    client_body_temp_path {dir}/body;
    proxy_temp_path {dir}/proxy;
    fastcgi_temp_path {dir}/fastcgi;
    uwsgi_temp_path {dir}/uwsgi;
    scgi_temp_path {dir}/scgi;
    server {{
        listen 127.0.0.1:{port};
        root {dir}/www;
    }}
}}
"
    )
}
