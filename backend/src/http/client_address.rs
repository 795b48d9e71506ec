//! Who asks: the client's address, believed from proxies only as far as they are ours.

use std::{
    convert::Infallible,
    net::{IpAddr, Ipv4Addr, SocketAddr},
};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, header, request::Parts},
};
use ipnet::IpNet;

use crate::state::AppState;

/// Address and user agent of a request, for rate limits and the list of sessions.
#[derive(Debug, Clone)]
pub struct ClientInfo {
    /// Who is at the other end of the connection: the client, or the last proxy.
    pub peer: IpAddr,
    pub address: IpAddr,
    pub user_agent: String,
}

impl ClientInfo {
    /// What address limits count by.
    pub fn network(&self) -> String {
        customer(self.address).to_string()
    }
}

/// What one customer of a provider has: an IPv4 address, or a /64 of IPv6.
pub fn customer(address: IpAddr) -> IpNet {
    network_of(address, 32, 64)
}

/// The network of an address, as long as the prefix for its kind says.
fn network_of(address: IpAddr, ipv4_prefix: u8, ipv6_prefix: u8) -> IpNet {
    let address = address.to_canonical();
    let prefix = if address.is_ipv4() { ipv4_prefix } else { ipv6_prefix };
    IpNet::new(address, prefix).map_or_else(|_| IpNet::from(address), |network| network.trunc())
}

impl FromRequestParts<AppState> for ClientInfo {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Infallible> {
        let peer = parts
            .extensions
            .get::<ConnectInfo<SocketAddr>>()
            .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |ConnectInfo(address)| address.ip());
        let user_agent =
            parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        Ok(Self {
            peer,
            address: forwarded_address(&parts.headers, state.config.trusted_proxies).unwrap_or(peer),
            // A header may have tabs; what is shown and mailed is one line.
            user_agent: user_agent.replace('\t', " ").chars().take(300).collect(),
        })
    }
}

/// Each proxy appends the address that it saw, so the client's is `proxies` entries from the end; what stands before
/// that was sent by the client and is not believed.
fn forwarded_address(headers: &HeaderMap, proxies: usize) -> Option<IpAddr> {
    if proxies == 0 {
        return None;
    }
    let chain = forwarded_chain(headers);
    chain.get(chain.len().checked_sub(proxies)?)?.parse().ok()
}

/// The entries of `X-Forwarded-For`, the last proxy's at the end.
pub fn forwarded_chain(headers: &HeaderMap) -> Vec<&str> {
    headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .filter(|entry| !entry.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_count_by_customer() {
        let network = |address: &str| {
            let address = address.parse().expect("an address");
            ClientInfo { peer: address, address, user_agent: String::new() }.network()
        };
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), network("2001:db8:1:2:ffff::1"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
        assert_eq!(network("::ffff:203.0.113.7"), "203.0.113.7/32");
    }

    #[test]
    fn only_the_entries_of_our_own_proxies_are_believed() {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", "6.6.6.6, 203.0.113.7, 10.0.0.2".parse().expect("valid"));
        assert_eq!(forwarded_address(&headers, 0), None);
        assert_eq!(forwarded_address(&headers, 1), "10.0.0.2".parse().ok());
        assert_eq!(forwarded_address(&headers, 2), "203.0.113.7".parse().ok());
        assert_eq!(forwarded_address(&headers, 4), None);
    }
}
