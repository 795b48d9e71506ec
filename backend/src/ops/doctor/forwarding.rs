//! What a request reveals about proxies in front of the server: do they report the client's address and the host, and are they trusted?

use std::net::IpAddr;

use axum::http::{HeaderMap, header};
use url::Url;

use super::{Cause, Check, Finding};
use crate::{
    config::Config,
    http::client_address::{Forwarded, forwarded_chain},
};

/// The request for the system check.
#[derive(Debug, Clone)]
pub struct SeenRequest {
    /// The peer of the connection.
    pub peer: IpAddr,
    /// The trusted client address.
    pub address: IpAddr,
    pub headers: HeaderMap,
}

impl SeenRequest {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim).filter(|value| !value.is_empty())
    }
}

pub fn check(config: &Config, request: &SeenRequest) -> Vec<Finding> {
    vec![client_address(config, request), public_address(config, request)]
}

fn client_address(config: &Config, request: &SeenRequest) -> Finding {
    let chain = forwarded_chain(&request.headers);
    let trusted = &config.trusted_proxies;
    let finding = |cause| {
        Finding::new(Check::ClientAddress, cause)
            .text("address", request.address.to_canonical().to_string())
            .text("peer", request.peer.to_canonical().to_string())
            .text("trusted", trusted.to_string())
    };
    let https = config.public_url.as_deref().is_some_and(|url| url.starts_with("https:"));
    match Forwarded::read(trusted, request.peer, &request.headers) {
        Forwarded::Direct if !chain.is_empty() => finding(Cause::ProxyNotTrusted),
        Forwarded::Direct if https => finding(Cause::ProxyHidden),
        Forwarded::Direct => finding(Cause::DirectConnection),
        Forwarded::Missing => finding(Cause::ForwardedForMissing),
        Forwarded::TooShort => finding(Cause::ForwardedForTooShort).number("count", chain.len()),
        Forwarded::Unreadable(entry) => finding(Cause::ForwardedForUnreadable).text("entry", entry),
        Forwarded::Address { client, before } if before > 0 && is_private(client) => {
            finding(Cause::MoreProxiesThanTrusted).text("first", chain[0])
        }
        Forwarded::Address { client, .. } if is_gateway(client) => finding(Cause::ClientAddressIsDocker),
        Forwarded::Address { .. } => finding(Cause::ClientAddressOk),
    }
}

/// The address that Docker substitutes for those it cannot keep: the first one of its own network.
fn is_gateway(address: IpAddr) -> bool {
    matches!(address.to_canonical(), IpAddr::V4(address) if matches!(address.octets(), [172, 16..=31, _, 1]))
}

fn is_private(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => address.is_private() || address.is_loopback() || address.is_link_local(),
        IpAddr::V6(address) => address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local(),
    }
}

fn public_address(config: &Config, request: &SeenRequest) -> Finding {
    let finding = |cause| Finding::new(Check::PublicAddress, cause);
    let host = request.header("x-forwarded-host").or_else(|| request.header(header::HOST.as_str())).unwrap_or_default();
    let Some(expected) = config.public_url.as_deref() else {
        let local = Url::parse(&format!("http://{host}")).is_ok_and(|url| is_this_machine(&url));
        let cause = if local { Cause::PublicUrlNotNeeded } else { Cause::PublicUrlMissing };
        return finding(cause).text("host", host);
    };
    let proto = request.header("x-forwarded-proto");
    if proto.is_none() && expected.starts_with("https:") {
        return finding(Cause::ForwardedProtoMissing).text("expected", expected);
    }
    let seen = format!("{}://{host}", proto.unwrap_or("http"));
    // Parsed, so that a default port and upper case make no difference.
    let (Ok(seen_url), Ok(expected_url)) = (Url::parse(&seen), Url::parse(expected)) else {
        return finding(Cause::HostDiffers).text("seen", seen).text("expected", expected);
    };
    let cause = if seen_url.scheme() != expected_url.scheme() {
        Cause::SchemeDiffers
    } else if seen_url.origin() != expected_url.origin() {
        Cause::HostDiffers
    } else {
        Cause::PublicAddressOk
    };
    finding(cause).text("seen", seen).text("expected", expected)
}

/// Whether an address is reachable only from this machine.
pub fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
