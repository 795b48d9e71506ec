//! Which addresses are public.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The IPv4 address embedded in an IPv6 address, mapped (RFC 4291, section 2.5.5.2) or by NAT64 (RFC 6052, section 2.1).
pub fn canonical(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => match address.segments() {
            [0x64, 0xff9b, 0, 0, 0, 0, high, low] => Ipv4Addr::from(u32::from(high) << 16 | u32::from(low)).into(),
            _ => address.into(),
        },
        address => address,
    }
}

/// Whether the (canonical) address is globally reachable according to the IANA IPv4 and IPv6 Special-Purpose Address Registries (as of
/// 2025). Reachable special addresses, such as those of AS112, count as not public: nobody receives webhooks there.
pub fn is_public(address: IpAddr) -> bool {
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

/// Only global unicast, 2000::/3, without its special ranges.
fn is_public_v6(address: Ipv6Addr) -> bool {
    match address.segments() {
        [0x2001, ..=0x01ff, ..] => false, // protocol assignments: Teredo, benchmarks, ORCHID, … (RFC 2928, 4380)
        [0x2001, 0x0db8, ..] => false,    // documentation (RFC 3849)
        [0x2002, ..] => false,            // 6to4, which leads to an IPv4 address (RFC 3056)
        [0x2620, 0x004f, 0x8000, ..] => false, // AS112 (RFC 7534)
        [0x3fff, ..=0x0fff, ..] => false, // documentation (RFC 9637)
        [0x2000..=0x3fff, ..] => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn public(address: &str) -> bool {
        is_public(canonical(address.parse().expect("an address")))
    }

    /// The first and last address of each registry network, and their public neighbours.
    #[test]
    fn special_networks_of_ipv4_end_where_they_should() {
        for (first, last) in [
            ("0.0.0.0", "0.255.255.255"),
            ("10.0.0.0", "10.255.255.255"),
            ("100.64.0.0", "100.127.255.255"),
            ("127.0.0.0", "127.255.255.255"),
            ("169.254.0.0", "169.254.255.255"),
            ("172.16.0.0", "172.31.255.255"),
            ("192.0.0.0", "192.0.0.255"),
            ("192.0.2.0", "192.0.2.255"),
            ("192.31.196.0", "192.31.196.255"),
            ("192.52.193.0", "192.52.193.255"),
            ("192.88.99.0", "192.88.99.255"),
            ("192.168.0.0", "192.168.255.255"),
            ("192.175.48.0", "192.175.48.255"),
            ("198.18.0.0", "198.19.255.255"),
            ("198.51.100.0", "198.51.100.255"),
            ("203.0.113.0", "203.0.113.255"),
            ("224.0.0.0", "255.255.255.255"),
        ] {
            assert!(!public(first) && !public(last), "{first} to {last}");
            let bits = |text: &str| u32::from(text.parse::<Ipv4Addr>().expect("an address"));
            let neighbours = [bits(first).checked_sub(1), bits(last).checked_add(1)];
            for neighbour in neighbours.into_iter().flatten().map(Ipv4Addr::from) {
                assert!(is_public(neighbour.into()), "{neighbour} beside {first} to {last}");
            }
        }
    }

    #[test]
    fn only_global_unicast_of_ipv6_is_public_and_not_all_of_it() {
        for address in [
            "::",
            "::1",
            "::8.8.8.8",
            "100::1",
            "100:0:0:1::1",
            "1fff:ffff::1",
            "2001::1",
            "2001:1::1",
            "2001:2::1",
            "2001:10::1",
            "2001:20::1",
            "2001:30::1",
            "2001:1ff:ffff::1",
            "2001:db8::1",
            "2002:808:808::1",
            "2620:4f:8000::1",
            "3fff::1",
            "3fff:fff:ffff::1",
            "4000::1",
            "5f00::1",
            "64:ff9b:1::808:808",
            "64:ff9b::a00:1",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!public(address), "{address}");
        }
        for address in [
            "2001:200::1",
            "2001:db7::1",
            "2001:db9::1",
            "2606:4700::1111",
            "2a00:1450::1",
            "3ffe:ffff::1",
            "64:ff9b::808:808",
        ] {
            assert!(public(address), "{address}");
        }
    }
}
