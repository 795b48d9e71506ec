//! The client's address; `X-Forwarded-For` is trusted only from our own proxies.

use std::{
    convert::Infallible,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
};

use axum::{
    extract::{ConnectInfo, FromRef, FromRequestParts},
    http::{HeaderMap, header, request::Parts},
};
use ipnet::IpNet;

use crate::config::{Config, TrustedProxies};

/// Address and user agent of a request, for rate limits and the list of sessions.
#[derive(Debug, Clone)]
pub struct ClientInfo {
    /// The peer of the connection: the client, or the last proxy.
    pub peer: IpAddr,
    pub address: IpAddr,
    pub user_agent: String,
}

impl ClientInfo {
    /// The key for rate limits by address.
    pub fn network(&self) -> String {
        customer(self.address).to_string()
    }

    /// Whether a request with this address and user agent may come from the same client: the same network range and the same program in any
    /// version.
    pub fn resembles(&self, address: &str, user_agent: &str) -> bool {
        let neighbourhood = |address| network_of(address, 24, 48);
        let family = |name: &str| name.chars().filter(|character| !character.is_ascii_digit()).collect::<String>();
        address.parse().is_ok_and(|address| neighbourhood(address) == neighbourhood(self.address))
            && family(user_agent) == family(&self.user_agent)
    }
}

/// The range of one provider's customer: an IPv4 address, or an IPv6 /64.
pub fn customer(address: IpAddr) -> IpNet {
    network_of(address, 32, 64)
}

/// The network of an address, with the prefix length for its kind.
pub fn network_of(address: IpAddr, ipv4_prefix: u8, ipv6_prefix: u8) -> IpNet {
    let address = address.to_canonical();
    let prefix = if address.is_ipv4() { ipv4_prefix } else { ipv6_prefix };
    IpNet::new(address, prefix).map_or_else(|_| IpNet::from(address), |network| network.trunc())
}

impl<S> FromRequestParts<S> for ClientInfo
where
    S: Send + Sync,
    Arc<Config>: FromRef<S>,
{
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let config = Arc::<Config>::from_ref(state);
        let peer = parts
            .extensions
            .get::<ConnectInfo<SocketAddr>>()
            .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |ConnectInfo(address)| address.ip());
        let user_agent =
            parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        Ok(Self {
            peer,
            address: Forwarded::read(&config.trusted_proxies, peer, &parts.headers).address().unwrap_or(peer),
            // A header may contain tabs; what is shown and mailed is one line.
            user_agent: user_agent.replace('\t', " ").chars().take(300).collect(),
        })
    }
}

/// The client's address according to proxies. Each appends the address that it saw, so the client is the last entry that is not one of our
/// proxies; earlier entries were sent by the client and are not trusted.
#[derive(Debug, PartialEq, Eq)]
pub enum Forwarded<'a> {
    /// The peer is not one of our proxies.
    Direct,
    /// The proxy does not send it.
    Missing,
    /// There are fewer entries than proxies.
    TooShort,
    /// In place of the client's address.
    Unreadable(&'a str),
    Address {
        client: IpAddr,
        /// Number of entries before it.
        before: usize,
    },
}

impl<'a> Forwarded<'a> {
    pub fn read(proxies: &TrustedProxies, peer: IpAddr, headers: &'a HeaderMap) -> Self {
        if !proxies.may_be(peer) {
            return Self::Direct;
        }
        let chain = forwarded_chain(headers);
        if chain.is_empty() {
            return Self::Missing;
        }
        let before = match proxies {
            TrustedProxies::Count(count) => match chain.len().checked_sub(*count) {
                Some(before) => before,
                None => return Self::TooShort,
            },
            // If all are ours, the first one sent the request.
            TrustedProxies::Networks(_) => {
                let is_ours = |entry: &&str| address_of(entry).is_some_and(|address| proxies.may_be(address));
                chain.iter().rposition(|entry| !is_ours(entry)).unwrap_or(0)
            }
        };
        let entry = chain[before];
        address_of(entry).map_or(Self::Unreadable(entry), |client| Self::Address { client, before })
    }

    pub fn address(&self) -> Option<IpAddr> {
        match self {
            Self::Address { client, .. } => Some(*client),
            _ => None,
        }
    }
}

/// The address in an entry as proxies write it: plain, with a port, in brackets, in quotes.
fn address_of(entry: &str) -> Option<IpAddr> {
    let entry = entry.trim_matches('"');
    let bracketed = entry.strip_prefix('[').and_then(|rest| rest.split_once(']')).map(|(address, _)| address);
    let address = match bracketed {
        Some(address) => address.parse().map(IpAddr::V6),
        None => entry.parse().or_else(|_| entry.parse().map(|with_port: SocketAddr| with_port.ip())),
    };
    address.ok().map(|address: IpAddr| address.to_canonical())
}

/// The entries of `X-Forwarded-For`, ending with the last proxy's.
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

    fn believed(proxies: &str, peer: &str, chain: &str) -> String {
        let lookup = |name: &str| (name == "TRUSTED_PROXIES").then(|| proxies.to_owned());
        let config = Config::from_lookup(&lookup).expect("a valid configuration");
        let peer = peer.parse().expect("an address");
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", chain.parse().expect("valid"));
        Forwarded::read(&config.trusted_proxies, peer, &headers).address().unwrap_or(peer).to_string()
    }

    #[test]
    fn only_the_entries_of_our_own_proxies_are_believed() {
        for (chain, address) in [
            ("203.0.113.7", "203.0.113.7"),
            ("203.0.113.7:51234", "203.0.113.7"),
            ("[2001:db8::1]:443", "2001:db8::1"),
            ("\"[2001:db8::1]\"", "2001:db8::1"),
            ("\"[2001:db8::1]:443\"", "2001:db8::1"),
            ("2001:db8::1", "2001:db8::1"),
            ("::ffff:203.0.113.9", "203.0.113.9"),
            ("6.6.6.6, 203.0.113.7", "203.0.113.7"),
            ("6.6.6.6, 203.0.113.7, 10.0.0.2", "203.0.113.7"),
            ("6.6.6.6, 203.0.113.7, ::ffff:10.0.0.2", "203.0.113.7"),
            ("203.0.113.7, 10.0.0.2:80", "203.0.113.7"),
            ("10.0.0.3, 10.0.0.2", "10.0.0.3"),
            ("203.0.113.7, unknown", "127.0.0.1"),
            ("unknown", "127.0.0.1"),
            ("", "127.0.0.1"),
        ] {
            assert_eq!(believed("127.0.0.0/8, 10.0.0.0/8", "127.0.0.1", chain), address, "{chain}");
        }
        // Whoever connects from elsewhere is not a proxy, whatever it says.
        assert_eq!(believed("10.0.0.2", "203.0.113.9", "203.0.113.7"), "203.0.113.9");
        assert_eq!(believed("", "127.0.0.1", "203.0.113.7"), "127.0.0.1");
        assert_eq!(believed("10.0.0.2", "::ffff:10.0.0.2", "203.0.113.7"), "203.0.113.7");
    }

    #[test]
    fn a_number_believes_so_many_entries_whoever_connects() {
        let chain = "6.6.6.6, 203.0.113.7, 10.0.0.2:80";
        for (count, address) in [("0", "198.51.100.1"), ("1", "10.0.0.2"), ("2", "203.0.113.7"), ("4", "198.51.100.1")]
        {
            assert_eq!(believed(count, "198.51.100.1", chain), address, "{count}");
        }
    }
}
