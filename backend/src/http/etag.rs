//! Etags (entity tags): conditional reads (`If-None-Match`) and optimistic concurrency (`If-Match`), RFC 9110 section 13.

use std::convert::Infallible;

use axum::{
    extract::FromRequestParts,
    http::{HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

use crate::error::{ApiError, FieldError, FieldProblem};

/// Length of the hash, so that answers never share a tag by chance.
const TAG_BYTES: usize = 16;

/// The ETag of an editable object is its version.
pub fn of_version(version: i64) -> String {
    format!("\"{version}\"")
}

/// A short tag over everything that an answer depends on. Weak, because compression may change the bytes.
pub fn of_content(parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.len().to_le_bytes());
        hash.update(part);
    }
    let digest = hash.finalize();
    let mut etag = String::with_capacity(r#"W/"""#.len() + TAG_BYTES.div_ceil(3) * 4);
    etag.push_str("W/\"");
    URL_SAFE_NO_PAD.encode_string(&digest[..TAG_BYTES], &mut etag);
    etag.push('"');
    etag
}

/// The tags that the caller has.
pub struct IfNoneMatch(Vec<HeaderValue>);

impl<S: Send + Sync> FromRequestParts<S> for IfNoneMatch {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(parts.headers.get_all(header::IF_NONE_MATCH).iter().cloned().collect()))
    }
}

impl IfNoneMatch {
    /// Whether the caller has this one (weak comparison).
    pub fn names(&self, etag: &str) -> bool {
        fn opaque(etag: &str) -> &str {
            etag.strip_prefix("W/").unwrap_or(etag)
        }
        self.candidates().any(|candidate| opaque(candidate) == opaque(etag))
    }

    /// Whether `*` was sent, or the caller has this one.
    pub fn matches(&self, etag: &str) -> bool {
        self.candidates().any(|candidate| candidate == "*") || self.names(etag)
    }

    fn candidates(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')).map(str::trim)
    }
}

/// 304 with its tag.
pub fn not_modified(etag: &str) -> Response {
    with(StatusCode::NOT_MODIFIED.into_response(), etag)
}

/// An answer with its tag that must be revalidated each time.
pub fn with(mut response: Response, etag: &str) -> Response {
    let headers = response.headers_mut();
    // With the request's id, which is added later.
    headers.reserve(3);
    if let Ok(value) = HeaderValue::from_str(etag) {
        headers.insert(header::ETAG, value);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    response
}

/// The versions in `If-Match`, one of which must be current; `None` if the header is absent or `*`.
pub struct IfMatch(Option<Vec<i64>>);

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let lines = parts.headers.get_all(header::IF_MATCH);
        let mut versions = Vec::new();
        for line in &lines {
            let text = line.to_str().unwrap_or_default().trim();
            if text == "*" {
                return Ok(Self(None));
            }
            for etag in text.split(',').map(str::trim).filter(|etag| !etag.is_empty()) {
                versions.extend(version_of(etag).ok_or_else(malformed)?);
            }
        }
        match (lines.iter().next(), versions.is_empty()) {
            (None, _) => Ok(Self(None)),
            (Some(_), true) => Err(malformed()),
            (Some(_), false) => Ok(Self(Some(versions))),
        }
    }
}

/// From `"3"`, `3`, `W/"3"` or a whole tag such as `"3-2-1"`, which starts with the version. A tag may contain none; `None`: not a tag.
fn version_of(etag: &str) -> Option<Option<i64>> {
    let etag = etag.strip_prefix("W/").unwrap_or(etag);
    let bare = etag.strip_prefix('"').and_then(|etag| etag.strip_suffix('"'));
    let is_tag = |etag: &str| etag.chars().all(|letter| !letter.is_whitespace() && letter != '"');
    match bare {
        Some(bare) if is_tag(bare) => Some(parse_version(bare)),
        Some(_) => None,
        None => parse_version(etag).map(Some),
    }
}

fn parse_version(etag: &str) -> Option<i64> {
    etag.split('-').next()?.parse().ok()
}

fn malformed() -> ApiError {
    ApiError::Malformed {
        detail: "If-Match must be the ETag of what is changed, or several with commas between.".to_owned(),
        errors: vec![FieldError::new("If-Match", FieldProblem::InvalidVersion)],
    }
}

impl IfMatch {
    /// Refuses if the current version is none of those requested.
    pub fn check<T: serde::Serialize>(&self, version: i64, current: &T) -> Result<(), ApiError> {
        match &self.0 {
            Some(expected) if !expected.contains(&version) => {
                let current = serde_json::to_value(current).map_err(anyhow::Error::new)?;
                Err(ApiError::VersionConflict { current: Box::new(current) })
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn none_match_compares_weakly_and_in_lists() {
        let sent = IfNoneMatch(vec![HeaderValue::from_static("\"a\", W/\"b\""), HeaderValue::from_static("\"d\"")]);
        for etag in ["W/\"a\"", "W/\"b\"", "\"d\""] {
            assert!(sent.names(etag) && sent.matches(etag), "{etag}");
        }
        assert!(!sent.matches("W/\"c\""));
        let any = IfNoneMatch(vec![HeaderValue::from_static("*")]);
        assert!(any.matches("W/\"c\"") && !any.names("W/\"c\""));
    }

    #[test]
    fn tags_depend_on_where_the_parts_end() {
        assert_ne!(of_content(&[b"ab", b"c"]), of_content(&[b"a", b"bc"]));
    }

    async fn if_match(lines: &[&'static str]) -> Result<Option<Vec<i64>>, ApiError> {
        let request =
            lines.iter().fold(axum::http::Request::builder(), |request, line| request.header("if-match", *line));
        let (mut parts, ()) = request.body(()).expect("a request").into_parts();
        IfMatch::from_request_parts(&mut parts, &()).await.map(|found| found.0)
    }

    #[tokio::test]
    async fn a_match_is_a_version_a_whole_tag_its_weak_form_or_several_of_them() {
        for (lines, versions) in [
            (vec![], None),
            (vec!["*"], None),
            (vec!["3"], Some(vec![3])),
            (vec!["\"3\""], Some(vec![3])),
            (vec!["W/\"3\""], Some(vec![3])),
            (vec!["\"3-2-1-1760000000000000-a0\""], Some(vec![3])),
            (vec!["W/\"3-2-1-1760000000000000-a0\""], Some(vec![3])),
            (vec!["\"3\", W/\"4-0-0\",5"], Some(vec![3, 4, 5])),
            (vec!["\"3\"", "\"4\""], Some(vec![3, 4])),
            (vec!["\"of-something-else\", \"3\""], Some(vec![3])),
        ] {
            assert_eq!(if_match(&lines).await.expect("read"), versions, "{lines:?}");
        }
        for wrong in ["", "  ", "three", "\"x\"", "\"3", "3\"", "\"a\"b\"", ",", "W/"] {
            assert!(if_match(&[wrong]).await.is_err(), "{wrong:?}");
        }
    }
}
