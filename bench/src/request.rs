//! A request as the load generator sends it, and the answer that is expected.

use std::{fmt::Write as _, net::SocketAddr};

use serde::Serialize;

#[derive(Debug, Clone, Serialize)]
pub struct Request {
    /// `GET`, `POST` or `PATCH`.
    pub method: &'static str,
    /// With the query, from `/`.
    pub path: String,
    /// Access token of who asks.
    pub token: Option<String>,
    /// Others than `Authorization`, such as `If-None-Match`.
    pub headers: Vec<(String, String)>,
    /// JSON.
    pub body: Option<String>,
    /// The status that the answer must have.
    pub expected: u16,
}

impl Request {
    /// A request that is answered with 200.
    pub fn get(path: impl Into<String>, token: Option<&str>) -> Self {
        Self {
            method: "GET",
            path: path.into(),
            token: token.map(str::to_owned),
            headers: Vec::new(),
            body: None,
            expected: 200,
        }
    }

    /// As it goes over an HTTP/1.1 connection to `address`.
    pub fn to_http(&self, address: SocketAddr) -> String {
        let mut text = format!("{} {} HTTP/1.1\r\nHost: {address}\r\n", self.method, self.path);
        // Writing into a text cannot fail.
        if let Some(token) = &self.token {
            let _ = write!(text, "Authorization: Bearer {token}\r\n");
        }
        for (name, value) in &self.headers {
            let _ = write!(text, "{name}: {value}\r\n");
        }
        if let Some(body) = &self.body {
            let _ = write!(text, "Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        } else {
            text.push_str("\r\n");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_comes_with_its_length_in_bytes() {
        let address = SocketAddr::from(([127, 0, 0, 1], 8000));
        let mut request = Request::get("/x", Some("t"));
        assert_eq!(
            request.to_http(address),
            "GET /x HTTP/1.1\r\nHost: 127.0.0.1:8000\r\nAuthorization: Bearer t\r\n\r\n"
        );
        request.body = Some("{\"title\":\"完成\"}".to_owned());
        assert!(request.to_http(address).ends_with("Content-Length: 18\r\n\r\n{\"title\":\"完成\"}"));
    }
}
