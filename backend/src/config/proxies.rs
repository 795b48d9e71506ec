use std::{fmt, net::IpAddr};

use ipnet::IpNet;

use super::EnvReader;

/// More entries than any chain of proxies has.
const MAX_COUNT: usize = 10;

/// Which reverse proxies are our own, and so are believed when they say who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrustedProxies {
    /// Those that connect from these networks; nobody when there are none.
    Networks(Vec<IpNet>),
    /// So many, whoever connects. Deprecated, since a client that reaches the server by another way is believed as well; for
    /// networks whose addresses cannot be known beforehand, such as Docker's.
    Count(usize),
}

impl TrustedProxies {
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Networks(networks) if networks.is_empty())
    }

    /// Whether whoever connects from this address may be one of them.
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
