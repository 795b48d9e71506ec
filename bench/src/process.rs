//! Other programs: they end with this one.

use std::{ffi::OsStr, process::Stdio, sync::LazyLock};

use tokio::process::Command;

/// A program that ends with this one, even when this one is killed (where the system can do that).
///
/// The signal comes when the thread that spawns it ends: spawn from an async function, not from `spawn_blocking`.
pub fn leashed(program: impl AsRef<OsStr>) -> Command {
    static SETPRIV: LazyLock<bool> = LazyLock::new(|| {
        let mut command = std::process::Command::new("setpriv");
        command.args(["--pdeathsig=TERM", "true"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    });
    let mut command = if *SETPRIV {
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig=TERM", "--"]).arg(program);
        command
    } else {
        Command::new(program)
    };
    command.stdin(Stdio::null()).kill_on_drop(true);
    command
}
