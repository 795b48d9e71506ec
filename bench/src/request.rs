//! A request as the load generator sends it, and the answer that is expected.

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
