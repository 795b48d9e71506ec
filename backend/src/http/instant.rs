//! Instants in JSON in chrono's format (RFC 3339), but written as one string: chrono passes digits to serde_json one by one, and lists
//! contain hundreds of instants.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serializer;

pub fn serialize<S: Serializer>(at: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&text(at))
}

pub fn serialize_option<S: Serializer>(at: &Option<DateTime<Utc>>, serializer: S) -> Result<S::Ok, S::Error> {
    match at {
        Some(at) => serializer.serialize_some(&text(at)),
        None => serializer.serialize_none(),
    }
}

fn text(at: &DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_that_of_chrono() {
        for nanoseconds in [0, 120_000_000, 123_456_000, 123_456_789] {
            let at = DateTime::from_timestamp(1_800_000_000, nanoseconds).expect("an instant");
            let expected = serde_json::to_string(&at).expect("JSON");
            let mut written = Vec::new();
            serialize(&at, &mut serde_json::Serializer::new(&mut written)).expect("JSON");
            assert_eq!(String::from_utf8(written).expect("UTF-8"), expected);
        }
    }
}
