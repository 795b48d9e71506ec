//! Accepts the next connection, whatever goes wrong with others.

use std::{io, net::SocketAddr, time::Duration};

use tokio::{
    net::{TcpListener, TcpStream},
    time::{Instant, sleep},
};

/// Long enough for a file to be closed; without a pause the loop would spin.
const PAUSE: Duration = Duration::from_millis(100);
const BETWEEN_LOG_LINES: Duration = Duration::from_secs(60);

pub async fn next(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    let mut logged: Option<Instant> = None;
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                if logged.is_none_or(|at| at.elapsed() > BETWEEN_LOG_LINES) {
                    tracing::error!(%error, "accepting a connection failed; retrying");
                    logged = Some(Instant::now());
                }
                sleep(PAUSE).await;
            }
        }
    }
}

/// The client has gone. All other errors (no files, no memory) concern the server and are temporary.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

#[cfg(test)]
mod tests {
    use nix::errno::Errno;

    use super::*;

    #[test]
    fn only_what_concerns_the_server_makes_it_pause() {
        let of_one_connection = |errno: Errno| is_of_one_connection(&errno.into());
        assert!(of_one_connection(Errno::ECONNABORTED));
        assert!(![Errno::EMFILE, Errno::ENFILE, Errno::ENOBUFS, Errno::ENOMEM].into_iter().any(of_one_connection));
    }
}
