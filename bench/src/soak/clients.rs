//! Clients that are a burden.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use reqwest::Client;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    task::JoinSet,
    time::sleep,
};

use super::Wrong;
use crate::{
    bench::requests_of,
    data::Person,
    expect::Asked,
    request::Request,
    workloads::{Kind, Varied},
};

/// What each asks for, one after the other, without reading.
const ASKED: usize = 8;
/// Until a connection that was refused or closed is opened again.
const PAUSE: Duration = Duration::from_millis(500);
/// Searches of each person; they come again and again.
const SEARCHES: usize = 200;

/// Connections that ask for long lists and read nothing; when the server closes one, another comes.
pub fn leave_answers_unread(tasks: &mut JoinSet<()>, address: SocketAddr, people: &[Person], each: usize) {
    for person in people.iter().cycle().take(people.len() * each) {
        let list = Request::get("/api/v1/tasks?limit=200", Some(&person.token)).to_http(address).repeat(ASKED);
        tasks.spawn(async move {
            loop {
                // What the server does to it is the server's right.
                let _ = ask_and_wait(address, &list).await;
                sleep(PAUSE).await;
            }
        });
    }
}

async fn ask_and_wait(address: SocketAddr, list: &str) -> std::io::Result<()> {
    let socket = TcpSocket::new_v4()?;
    socket.set_recv_buffer_size(16 * 1024)?;
    let mut stream = socket.connect(address).await?;
    stream.write_all(list.as_bytes()).await?;
    // Until it is refused: then the connection is gone.
    loop {
        sleep(Duration::from_secs(1)).await;
        stream.write_all(b" ").await?;
    }
}

/// Connections that say nothing, or the beginning of something.
pub fn say_nothing(tasks: &mut JoinSet<()>, address: SocketAddr, count: usize) {
    for number in 0..count {
        tasks.spawn(async move {
            let beginning: &[u8] = [&b""[..], b"P", b"PRI * HTTP/2.0\r\n", b"GET / HTTP/1.1\r\nHost:"][number % 4];
            loop {
                if let Ok(mut stream) = TcpStream::connect(address).await
                    && stream.write_all(beginning).await.is_ok()
                {
                    let mut rest = Vec::new();
                    let _ = stream.read_to_end(&mut rest).await; // its end, however it comes
                }
                sleep(PAUSE).await;
            }
        });
    }
}

/// Searches over all that each person has, one after the other.
pub fn search(tasks: &mut JoinSet<()>, address: SocketAddr, people: &[Person], wrong: &Arc<Wrong>) {
    for person in people {
        let asked: Vec<Asked> = Varied::new(Kind::English, std::slice::from_ref(person)).take(SEARCHES).collect();
        let (requests, wrong, client) = (requests_of(&asked), Arc::clone(wrong), Client::new());
        tasks.spawn(async move {
            for request in requests.iter().cycle() {
                let get = client.get(format!("http://{address}{}", request.path));
                let get = get.bearer_auth(request.token.as_deref().unwrap_or_default());
                let answer = async { get.send().await?.error_for_status()?.bytes().await }.await;
                if let Err(error) = answer {
                    wrong.add(1, || format!("a search: {error:#}"));
                    sleep(PAUSE).await;
                }
            }
        });
    }
}
