//! Keeps webhooks off the server's own network (server-side request forgery).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

use crate::{config::WebhookConfig, error::ApiError};

/// What can be said of a URL by itself. What its name resolves to counts when a message is sent, and is checked then.
pub fn check_url(config: &WebhookConfig, text: &str) -> Result<Url, ApiError> {
    let refuse = |message: &str| ApiError::field("url", message);
    let url = Url::parse(text.trim()).map_err(|_| refuse("is not a URL such as https://hooks.example.org/todo"))?;
    match url.scheme() {
        "https" => {}
        "http" if config.allow_http => {}
        _ => return Err(refuse("must begin with https://")),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refuse("must not have a user name or password; verify the signature instead"));
    }
    if url.fragment().is_some() {
        return Err(refuse("must not have a fragment (#…)"));
    }
    match url.host() {
        Some(Host::Ipv4(address)) if is_allowed(config, address.into()) => Ok(url),
        Some(Host::Ipv6(address)) if is_allowed(config, address.into()) => Ok(url),
        Some(Host::Domain(name)) if is_public_name(config, name) => Ok(url),
        _ => Err(refuse("leads to an address that is not public")),
    }
}

/// `localhost` and its kind lead to this machine without any name server (RFC 6761, section 6.3).
fn is_public_name(config: &WebhookConfig, name: &str) -> bool {
    let name = name.trim_end_matches('.');
    let is_local = name == "localhost" || name.ends_with(".localhost");
    !name.is_empty() && (!is_local || is_allowed(config, Ipv4Addr::LOCALHOST.into()))
}

/// Whether a message may go to this address.
pub fn is_allowed(config: &WebhookConfig, address: IpAddr) -> bool {
    let address = address.to_canonical();
    !config.denied_networks.iter().any(|network| network.contains(&address))
        && (is_public(address) || config.allowed_networks.iter().any(|network| network.contains(&address)))
}

/// Whether the address is reachable from everywhere, after the IANA IPv4 and IPv6 Special-Purpose Address Registries (as of 2025).
/// Special addresses that are reachable, such as those of AS112, count as not public: nobody receives webhooks there.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let special = match address.octets() {
        [0 | 10 | 127, ..] => true,                    // this network, private (RFC 1918), loopback
        [100, 64..=127, ..] => true,                   // shared with a carrier's customers (RFC 6598)
        [169, 254, ..] => true,                        // link-local, metadata of clouds (RFC 3927)
        [172, 16..=31, ..] | [192, 168, ..] => true,   // private (RFC 1918)
        [192, 0, 0 | 2, _] => true,                    // protocol assignments (RFC 6890), documentation (RFC 5737)
        [192, 31, 196, _] | [192, 175, 48, _] => true, // AS112 (RFC 7534, 7535)
        [192, 52, 193, _] | [192, 88, 99, _] => true,  // AMT (RFC 7450), relays of 6to4 (RFC 7526)
        [198, 18 | 19, ..] => true,                    // benchmarks (RFC 2544)
        [198, 51, 100, _] | [203, 0, 113, _] => true,  // documentation (RFC 5737)
        [224..=255, ..] => true,                       // multicast, reserved, broadcast (RFC 1112, 5771, 8190)
        _ => false,
    };
    !special
}

/// Only global unicast, 2000::/3, without what is special in it; and NAT64 for the IPv4 address that it leads to.
fn is_public_v6(address: Ipv6Addr) -> bool {
    match address.segments() {
        // RFC 6052, section 2.1.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            let [[a, b], [c, d]] = [high.to_be_bytes(), low.to_be_bytes()];
            is_public_v4(Ipv4Addr::new(a, b, c, d))
        }
        [0x2001, ..=0x01ff, ..] => false, // protocol assignments: Teredo, benchmarks, ORCHID, … (RFC 2928, 4380)
        [0x2001, 0x0db8, ..] => false,    // documentation (RFC 3849)
        [0x2002, ..] => false,            // 6to4, which leads to an IPv4 address (RFC 3056)
        [0x2620, 0x004f, 0x8000, ..] => false, // AS112 (RFC 7534)
        [0x3fff, ..=0x0fff, ..] => false, // documentation (RFC 9637)
        [0x2000..=0x3fff, ..] => true,
        _ => false,
    }
}
