//! Connection limits: in total, and per address.
//!
//! The limit per address does not apply to clients on this machine, which could exhaust files in other ways (and may be a proxy), nor to
//! trusted proxies, which limit clients themselves.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use foldhash::fast::RandomState;
use ipnet::IpNet;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{
    config::{Config, TrustedProxies},
    http::client_address,
};

type Counts = Arc<Mutex<HashMap<IpNet, usize, RandomState>>>;

/// Cheap to clone.
#[derive(Clone)]
pub struct Places {
    all: Arc<Semaphore>,
    by_address: Counts,
    max_per_address: usize,
    proxies: TrustedProxies,
}

/// A permit for a connection that is not accepted yet.
pub struct Free<'a> {
    places: &'a Places,
    permit: OwnedSemaphorePermit,
}

/// A permit for a connection, released when dropped.
pub struct Place {
    _permit: OwnedSemaphorePermit,
    _counted: Option<Counted>,
}

impl Places {
    pub fn new(max: usize, config: &Config) -> Self {
        Self {
            all: Arc::new(Semaphore::new(max.min(Semaphore::MAX_PERMITS))),
            by_address: Counts::default(),
            max_per_address: config.http.max_connections_per_address,
            proxies: config.trusted_proxies.clone(),
        }
    }

    /// As soon as one is available.
    pub async fn take(&self) -> Free<'_> {
        loop {
            // The semaphore is never closed.
            if let Ok(permit) = Arc::clone(&self.all).acquire_owned().await {
                return Free { places: self, permit };
            }
        }
    }

    fn is_counted(&self, peer: IpAddr) -> bool {
        !self.proxies.may_be(peer) && !peer.to_canonical().is_loopback()
    }
}

impl Free<'_> {
    /// `None` if the address has reached its limit.
    pub fn given_to(self, peer: IpAddr) -> Option<Place> {
        let counted = match self.places.is_counted(peer) {
            false => None,
            true => Some(Counted::take(&self.places.by_address, peer, self.places.max_per_address)?),
        };
        Some(Place { _permit: self.permit, _counted: counted })
    }
}

/// One connection in its address's count.
struct Counted {
    counts: Counts,
    network: IpNet,
}

impl Counted {
    fn take(counts: &Counts, peer: IpAddr, max: usize) -> Option<Self> {
        let network = client_address::customer(peer);
        let mut by_address = lock(counts);
        let count = by_address.entry(network).or_default();
        if *count >= max {
            return None;
        }
        *count += 1;
        Some(Self { counts: Arc::clone(counts), network })
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let mut by_address = lock(&self.counts);
        let Some(count) = by_address.get_mut(&self.network) else { return };
        *count -= 1;
        if *count == 0 {
            by_address.remove(&self.network);
        }
    }
}

fn lock(counts: &Counts) -> MutexGuard<'_, HashMap<IpNet, usize, RandomState>> {
    counts.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    fn places(max: usize, variables: &[(&str, &str)]) -> Places {
        let config = Config::from_lookup(&|name| {
            variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        });
        Places::new(max, &config.expect("a valid configuration"))
    }

    fn give(places: &Places, peer: &str) -> Option<Place> {
        let free = places.take().now_or_never().expect("a place");
        free.given_to(peer.parse().expect("an address"))
    }

    #[tokio::test]
    async fn an_address_has_so_many_connections_and_others_have_theirs() {
        let places = places(100, &[("MAX_CONNECTIONS_PER_ADDRESS", "2")]);
        let first = give(&places, "203.0.113.7").expect("a place");
        let _second = give(&places, "::ffff:203.0.113.7").expect("a place");
        assert!(give(&places, "203.0.113.7").is_none());
        let _others = give(&places, "203.0.113.8").expect("a place");
        drop(first);
        let _again = give(&places, "203.0.113.7").expect("a place");
        let _of_ipv6 = ["2001:db8:1:2::1", "2001:db8:1:2::2"].map(|peer| give(&places, peer).expect("a place"));
        assert!(give(&places, "2001:db8:1:2::3").is_none(), "a customer has a /64");
        assert!(give(&places, "2001:db8:1:3::1").is_some());
    }

    #[tokio::test]
    async fn this_machine_and_trusted_proxies_are_not_counted_by_address() {
        let alone = places(100, &[("MAX_CONNECTIONS_PER_ADDRESS", "1")]);
        let _local = ["127.0.0.1", "127.0.0.1", "::1", "::1"].map(|peer| give(&alone, peer).expect("a place"));
        let behind = places(100, &[("MAX_CONNECTIONS_PER_ADDRESS", "1"), ("TRUSTED_PROXIES", "10.0.0.2")]);
        let _proxy = ["10.0.0.2", "10.0.0.2"].map(|peer| give(&behind, peer).expect("a place"));
        let _client = give(&behind, "10.0.0.3").expect("a place");
        assert!(give(&behind, "10.0.0.3").is_none(), "beside the proxy");
    }

    #[tokio::test]
    async fn when_all_places_are_taken_the_next_waits_for_one() {
        let places = places(1, &[]);
        let taken = give(&places, "127.0.0.1");
        assert!(places.take().now_or_never().is_none());
        drop(taken);
        assert!(give(&places, "127.0.0.1").is_some());
        assert!(lock(&places.by_address).is_empty());
    }
}
