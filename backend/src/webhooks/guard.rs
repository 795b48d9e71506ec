//! Keeps webhooks away from the server's own network (server-side request forgery).

use std::{
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
};

use futures_util::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use super::{
    address::{canonical, is_public},
    model::MAX_URL,
};
use crate::{config::WebhookConfig, error::FieldProblem};

/// Why no connection was attempted. Unknown and internal names are indistinguishable, also by timing: otherwise registering URLs would
/// reveal internal names.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the name is not known, or leads to no public address")]
pub struct LeadsNowhere;

/// The addresses of a host name.
pub type Lookup = Arc<dyn Fn(String) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> + Send + Sync>;

/// Decides where messages may go. Cheap to clone.
#[derive(Clone)]
pub struct Guard {
    config: Arc<WebhookConfig>,
    lookup: Lookup,
}

impl Guard {
    /// Uses the system's resolver.
    pub fn new(config: WebhookConfig) -> Self {
        Self::with_lookup(
            config,
            Arc::new(|name| Box::pin(async move { Ok(tokio::net::lookup_host((name, 0)).await?.collect()) })),
        )
    }

    pub fn with_lookup(config: WebhookConfig, lookup: Lookup) -> Self {
        Self { config: Arc::new(config), lookup }
    }

    /// Resolves names to allowed addresses only, so the client connects to exactly the checked address, whatever the name resolves to
    /// later.
    pub fn resolver(&self) -> Arc<dyn Resolve> {
        Arc::new(self.clone())
    }

    /// Checks a URL without DNS. Its name is resolved only when connecting: it may change by then, and an answer that depended on it would
    /// reveal internal names to whoever registers it.
    pub fn check(&self, text: &str) -> Result<Url, FieldProblem> {
        check_url(&self.config, text)
    }
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.clone();
        Box::pin(async move {
            let addresses = (guard.lookup)(name.as_str().to_owned()).await.map_err(|error| {
                tracing::info!(name = name.as_str(), %error, "the name in a webhook's URL cannot be resolved");
                LeadsNowhere
            })?;
            let allowed: Vec<_> =
                addresses.into_iter().filter(|address| is_allowed(&guard.config, address.ip())).collect();
            if allowed.is_empty() {
                return Err(LeadsNowhere.into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

/// Checks a URL without DNS.
pub fn check_url(config: &WebhookConfig, text: &str) -> Result<Url, FieldProblem> {
    let url = Url::parse(text.trim()).map_err(|_| FieldProblem::InvalidUrl)?;
    // Parsing expands escapes and Punycode, so the result can be longer than the input.
    if url.as_str().len() > MAX_URL {
        return Err(FieldProblem::UrlTooLong { max: MAX_URL });
    }
    match url.scheme() {
        "https" => {}
        "http" if config.allow_http => {}
        _ => return Err(FieldProblem::UrlNotHttps),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(FieldProblem::UrlHasCredentials);
    }
    if url.fragment().is_some() {
        return Err(FieldProblem::UrlHasFragment);
    }
    match url.host() {
        Some(Host::Ipv4(address)) if is_allowed(config, address.into()) => Ok(url),
        Some(Host::Ipv6(address)) if is_allowed(config, address.into()) => Ok(url),
        Some(Host::Domain(name)) if is_public_name(config, name) => Ok(url),
        _ => Err(FieldProblem::UrlNotPublic),
    }
}

/// `localhost` and similar names lead to this machine without DNS (RFC 6761, section 6.3).
fn is_public_name(config: &WebhookConfig, name: &str) -> bool {
    let name = name.trim_end_matches('.');
    let is_local = name == "localhost" || name.ends_with(".localhost");
    !name.is_empty() && (!is_local || is_allowed(config, Ipv4Addr::LOCALHOST.into()))
}

/// Whether a message may go to this address.
pub fn is_allowed(config: &WebhookConfig, address: IpAddr) -> bool {
    let address = canonical(address);
    !config.denied_networks.iter().any(|network| network.contains(&address))
        && (is_public(address) || config.allowed_networks.iter().any(|network| network.contains(&address)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(allowed: &[&str], denied: &[&str]) -> WebhookConfig {
        let networks = |texts: &[&str]| texts.iter().map(|text| text.parse().expect("a network")).collect();
        WebhookConfig {
            allowed_networks: networks(allowed),
            denied_networks: networks(denied),
            allow_http: false,
            connections: 1,
            max_waiting: 0,
        }
    }

    #[test]
    fn every_way_to_write_an_internal_address_is_seen_through() {
        for host in [
            "127.0.0.1",
            "127.1",
            "127.0.0.1.",
            "2130706433",
            "0x7f000001",
            "0x7f.0.0.1",
            "0177.0.0.1",
            "017700000001",
            "%31%32%37.0.0.1",
            "１２７.0.0.1",
            "127。0。0。1",
            "0",
            "0.0.0.0",
            "10.1.2.3",
            "169.254.169.254",
            "0xa9fea9fe",
            "[::]",
            "[::1]",
            "[0:0:0:0:0:0:0:1]",
            "[::127.0.0.1]",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "[::ffff:a9fe:a9fe]",
            "[64:ff9b::7f00:1]",
            "[64:ff9b::169.254.169.254]",
            "[2002:7f00:1::]",
            "[2001:0:4136:e378:8000:63bf:3fff:fdd2]",
            "[fd00::1]",
            "[fe80::1]",
            "localhost",
            "LOCALHOST",
            "localhost.",
            "a.b.localhost",
            "ｌocalhost",
        ] {
            for url in [format!("https://{host}/"), format!("https://{host}:8443/x")] {
                assert_eq!(check_url(&config(&[], &[]), &url), Err(FieldProblem::UrlNotPublic), "{url}");
            }
        }
    }

    #[test]
    fn public_hosts_are_let_through() {
        for host in ["hooks.example.org", "8.8.8.8", "[2606:4700::1111]", "[::ffff:8.8.8.8]", "[64:ff9b::8.8.8.8]"] {
            check_url(&config(&[], &[]), &format!("https://{host}:8443/x?y=z")).expect(host);
        }
    }

    #[test]
    fn a_url_counts_as_long_as_it_is_stored() {
        let with_path = |path: &str| check_url(&config(&[], &[]), &format!("https://hooks.example.org/{path}"));
        with_path(&"x".repeat(MAX_URL - 26)).expect("2000 characters");
        // Each is stored as nine characters, %E4%B9%A6.
        assert_eq!(with_path(&"书".repeat(MAX_URL / 9)), Err(FieldProblem::UrlTooLong { max: MAX_URL }));
    }

    /// A guard that resolves every name to these addresses.
    fn guard_with(addresses: &[&str]) -> Guard {
        let addresses: Vec<SocketAddr> = addresses.iter().map(|text| text.parse().expect("an address")).collect();
        let lookup: Lookup = Arc::new(move |_| {
            let addresses = addresses.clone();
            Box::pin(async move { Ok(addresses) })
        });
        Guard::with_lookup(config(&[], &[]), lookup)
    }

    #[tokio::test]
    async fn of_a_name_only_the_public_addresses_are_connected_to() {
        let guard =
            guard_with(&["10.0.0.1:0", "8.8.8.8:0", "[::1]:0", "[::ffff:192.168.0.1]:0", "[2606:4700::1111]:0"]);
        let kept = guard.resolve("hooks.example.org".parse().expect("a name")).await.expect("two are public");
        let kept: Vec<String> = kept.map(|address| address.ip().to_string()).collect();
        assert_eq!(kept, ["8.8.8.8", "2606:4700::1111"]);
    }

    #[test]
    fn operators_open_and_close_networks() {
        let config = config(&["10.0.0.0/8", "127.0.0.0/8"], &["10.9.0.0/16", "203.0.114.0/24"]);
        for host in ["10.1.2.3", "[::ffff:10.1.2.3]", "[64:ff9b::10.1.2.3]", "localhost", "8.8.8.8"] {
            check_url(&config, &format!("https://{host}/")).expect(host);
        }
        for host in ["10.9.2.3", "[::ffff:10.9.2.3]", "203.0.114.1", "[64:ff9b::203.0.114.1]", "192.168.0.1", "[::1]"] {
            assert_eq!(check_url(&config, &format!("https://{host}/")), Err(FieldProblem::UrlNotPublic), "{host}");
        }
    }
}
