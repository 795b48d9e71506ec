//! One connection, one request after the other: for what wrk does not tell.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use anyhow::{Context, bail, ensure};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::request::Request;

/// An answer to one request.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    /// With its head.
    pub bytes: u64,
    pub took: Duration,
}

/// Asks one after the other.
pub async fn ask(address: SocketAddr, requests: &[Request]) -> anyhow::Result<Vec<Answer>> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let mut answers = Vec::new();
    for request in requests {
        let text = request.to_http(address);
        let begun = Instant::now();
        stream.write_all(text.as_bytes()).await?;
        let answer = read_answer(&mut stream).await.with_context(|| request.path.clone())?;
        answers.push(Answer { took: begun.elapsed(), ..answer });
    }
    Ok(answers)
}

/// How many bytes the answer to each has, with its head. An answer with another status than the expected one is an error.
pub async fn sizes(address: SocketAddr, requests: &[Request]) -> anyhow::Result<Vec<u64>> {
    let answers = ask(address, requests).await?;
    for (answer, request) in answers.iter().zip(requests) {
        let (path, status, expected) = (&request.path, answer.status, request.expected);
        ensure!(status == expected, "{path} was answered with {status} instead of {expected}");
    }
    Ok(answers.into_iter().map(|answer| answer.bytes).collect())
}

async fn read_answer(stream: &mut TcpStream) -> anyhow::Result<Answer> {
    let mut answer = Vec::new();
    let mut whole = None;
    while whole.is_none_or(|whole| answer.len() < whole) {
        if stream.read_buf(&mut answer).await? == 0 {
            bail!("the server has closed the connection");
        }
        if whole.is_none() {
            whole = length_of(&answer)?;
        }
    }
    // "HTTP/1.1 200 OK"
    let status = answer.get(9..12).context("the answer has no status")?;
    let status = std::str::from_utf8(status)?.parse()?;
    Ok(Answer { status, bytes: answer.len() as u64, took: Duration::ZERO })
}

/// Of the answer that begins so, once its head is complete.
fn length_of(answer: &[u8]) -> anyhow::Result<Option<usize>> {
    let Some(end) = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n") else { return Ok(None) };
    let head = std::str::from_utf8(&answer[..end])?;
    let mut headers = head.lines().filter_map(|line| line.split_once(':'));
    let body = headers.find(|(name, _)| name.eq_ignore_ascii_case("content-length")).map(|(_, value)| value.trim());
    Ok(Some(end + 4 + body.map_or(Ok(0), str::parse)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_has_a_head_and_as_much_body_as_that_says() {
        assert_eq!(length_of(b"HTTP/1.1 200 OK\r\nContent-Le").expect("readable"), None);
        assert_eq!(length_of(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n").expect("readable"), Some(40));
        assert_eq!(length_of(b"HTTP/1.1 304 Not Modified\r\n\r\n").expect("readable"), Some(29));
    }
}
