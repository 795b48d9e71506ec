use std::{fmt, net::IpAddr};

use ipnet::IpNet;

use super::EnvReader;

/// More than any chain of proxies has.
const MAX_COUNT: usize = 10;

/// Our own reverse proxies, whose `X-Forwarded-For` is trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrustedProxies {
    /// Proxies in these networks; empty: none.
    Networks(Vec<IpNet>),
    /// That many entries, whoever connects. Deprecated, because a client that reaches the server directly is trusted too; meant for
    /// networks with unpredictable addresses, such as Docker's.
    Count(usize),
}

impl TrustedProxies {
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Networks(networks) if networks.is_empty())
    }

    /// Whether a peer with this address may be one of them.
    pub fn may_be(&self, peer: IpAddr) -> bool {
        match self {
            Self::Networks(networks) => {
                let peer = peer.to_canonical();
                networks.iter().any(|network| network.contains(&peer))
            }
            Self::Count(_) => true,
        }
    }
}

impl fmt::Display for TrustedProxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(count) => count.fmt(f),
            Self::Networks(networks) if networks.is_empty() => f.write_str("0"),
            Self::Networks(networks) => {
                let texts: Vec<_> = networks.iter().map(IpNet::to_string).collect();
                f.write_str(&texts.join(","))
            }
        }
    }
}

pub fn read(env: &mut EnvReader<'_>) -> TrustedProxies {
    const NAME: &str = "TRUSTED_PROXIES";
    match env.text(NAME).and_then(|text| text.parse().ok()) {
        Some(0) => TrustedProxies::Networks(Vec::new()),
        Some(count) if count <= MAX_COUNT => TrustedProxies::Count(count),
        Some(count) => {
            env.problem(NAME, format_args!("{count} is too many: {MAX_COUNT} at most, or networks"));
            TrustedProxies::Networks(Vec::new())
        }
        None => TrustedProxies::Networks(env.networks(NAME)),
    }
}
