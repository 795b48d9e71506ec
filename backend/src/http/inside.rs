//! Whether a request comes from inside: server details are only for operators.

use std::{convert::Infallible, net::IpAddr, sync::Arc};

use axum::{
    extract::{FromRef, FromRequestParts},
    http::{HeaderMap, header, request::Parts},
};
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};

use super::client_address::ClientInfo;
use crate::config::Config;

/// What a proxy says about its client.
const FORWARDED: [&str; 4] = ["x-forwarded-for", "forwarded", "x-real-ip", "via"];

/// True for the loopback and private networks without a proxy in between, and for requests with the token. A request through a proxy,
/// trusted or not, counts as external. So does one for a public host name: a page whose name resolves to an internal address makes an
/// internal browser send it (DNS rebinding).
pub struct Inside(pub bool);

impl<S> FromRequestParts<S> for Inside
where
    S: Send + Sync,
    Arc<Config>: FromRef<S>,
{
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let peer = ClientInfo::from_request_parts(parts, state).await?.peer;
        let is_direct = !FORWARDED.iter().any(|name| parts.headers.contains_key(*name)) && names_the_inside(parts);
        Ok(Self(is_direct && is_internal(peer) || has_token(&parts.headers, &Arc::<Config>::from_ref(state))))
    }
}

/// From the request's target, which takes precedence over `Host` (RFC 9112, 3.2.2). A request without either does not come from a browser.
fn names_the_inside(parts: &Parts) -> bool {
    let host = parts.headers.get(header::HOST);
    match (parts.uri.authority(), host) {
        (Some(authority), _) => is_internal_name(authority.as_str()),
        (None, Some(host)) => host.to_str().is_ok_and(is_internal_name),
        (None, None) => true,
    }
}

fn is_internal(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => address.is_loopback() || address.is_private(),
        IpAddr::V6(address) => address.is_loopback() || address.is_unique_local(),
    }
}

/// An IP address, or a name that is not public: this machine, a container, a private network (RFC 6762, RFC 6761, ICANN's reserved
/// `internal`, and Kubernetes services).
fn is_internal_name(host: &str) -> bool {
    let Ok(authority) = host.parse::<axum::http::uri::Authority>() else { return false };
    // `host` ignores what follows a bracketed address.
    let rest = authority.as_str().trim_start_matches(authority.host());
    if !rest.is_empty() && !rest.strip_prefix(':').is_some_and(|port| port.bytes().all(|digit| digit.is_ascii_digit()))
    {
        return false;
    }
    let name = authority.host().trim_end_matches('.').to_ascii_lowercase();
    let in_brackets = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let is_address = in_brackets.unwrap_or(&name).parse::<IpAddr>().is_ok();
    let own = ["localhost", "local", "internal", "svc"];
    is_address
        || in_brackets.is_none() && !name.contains(['.', '[', ']'])
        || name.rsplit('.').next().is_some_and(|last| own.contains(&last))
}

fn has_token(headers: &HeaderMap, config: &Config) -> bool {
    let Some(expected) = &config.metrics_token else { return false };
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    // Comparing digests: timing reveals nothing about the token.
    given.split_once(' ').is_some_and(|(scheme, token)| {
        scheme.eq_ignore_ascii_case("bearer") && Sha256::digest(token) == Sha256::digest(expected.expose_secret())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_internet_are_not_inside() {
        for (host, expected) in [
            ("127.0.0.1:8000", true),
            ("[::1]:8000", true),
            ("localhost:8000", true),
            ("backend:8000", true),
            ("backend-2.todo.svc", true),
            ("backend.todo.svc.cluster.local:8000", true),
            ("todo.internal", true),
            ("evil.example", false),
            ("127.0.0.1.evil.example:8000", false),
            ("evil.example.:8000", false),
            ("[::1].evil.example", false),
            ("[evil.example]", false),
            ("[localhost]", false),
            ("a b", false),
        ] {
            assert_eq!(is_internal_name(host), expected, "{host}");
        }
    }

    #[test]
    fn loopback_and_private_networks_are_inside() {
        for (address, expected) in [
            ("127.0.0.1", true),
            ("::1", true),
            ("::ffff:127.0.0.1", true),
            ("10.1.2.3", true),
            ("172.18.0.1", true),
            ("172.32.0.1", false),
            ("192.168.0.9", true),
            ("fd00::1", true),
            ("0.0.0.0", false),
            ("203.0.113.7", false),
            ("::ffff:203.0.113.7", false),
            ("2001:db8::1", false),
        ] {
            assert_eq!(is_internal(address.parse().expect("an address")), expected, "{address}");
        }
    }
}
