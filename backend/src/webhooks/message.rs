//! The body of a message according to the Standard Webhooks specification, "Payload structure".

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use serde_json::Value;

#[derive(Serialize)]
struct Body<'a> {
    r#type: &'a str,
    timestamp: String,
    data: &'a Value,
}

/// The same bytes for every attempt, because the signature covers them.
pub fn body(event_type: &str, at: DateTime<Utc>, data: &Value) -> anyhow::Result<String> {
    let timestamp = at.to_rfc3339_opts(SecondsFormat::AutoSi, true);
    Ok(serde_json::to_string(&Body { r#type: event_type, timestamp, data })?)
}
