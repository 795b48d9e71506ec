//! Whether somebody asks from inside: what a server tells of itself is for those who look after it.

use std::{convert::Infallible, net::IpAddr};

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};

use super::client_address::ClientInfo;
use crate::state::AppState;

/// What a proxy says of the one that it asks for.
const FORWARDED: [&str; 4] = ["x-forwarded-for", "forwarded", "x-real-ip", "via"];

/// True for the loopback and private networks, when no proxy stands between, and for who has the token. A request that comes through a
/// proxy is somebody else's, whether the proxy is trusted or not.
pub struct Inside(pub bool);

impl FromRequestParts<AppState> for Inside {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Infallible> {
        let peer = ClientInfo::from_request_parts(parts, state).await?.peer;
        let is_direct = !FORWARDED.iter().any(|name| parts.headers.contains_key(*name));
        Ok(Self(is_direct && is_internal(peer) || has_token(&parts.headers, state)))
    }
}

fn is_internal(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => address.is_loopback() || address.is_private(),
        IpAddr::V6(address) => address.is_loopback() || address.is_unique_local(),
    }
}

fn has_token(headers: &HeaderMap, state: &AppState) -> bool {
    let Some(expected) = &state.config.metrics_token else { return false };
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    // The time that comparing digests takes tells nothing of the token.
    given.split_once(' ').is_some_and(|(scheme, token)| {
        scheme.eq_ignore_ascii_case("bearer") && Sha256::digest(token) == Sha256::digest(expected.expose_secret())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

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
