//! Known devices: a browser keeps a cookie for each account that has signed in there. Whoever guesses passwords elsewhere has none, so they
//! cannot use up the attempts of these devices (OWASP: device cookies). It signs nobody in.

use std::time::Duration;

use axum::http::HeaderMap;
use axum_extra::extract::cookie::Cookie;

use super::auth_cookie;
use crate::{config::Config, id::DeviceId, signer::Signer};

const NAME: &str = "todo_device";
/// The maximum age that browsers allow for a cookie.
const KEPT: Duration = Duration::from_secs(400 * 24 * 60 * 60);
/// Accounts per browser; the least recently signed-in one is dropped.
const MAX_ACCOUNTS: usize = 5;

/// The device data of a request: an id and a signature for each account, separated by dots. Only the signatures are trusted.
#[derive(Debug, Clone)]
pub struct Device {
    id: DeviceId,
    signatures: Vec<String>,
}

impl Device {
    pub fn of(config: &Config, headers: &HeaderMap) -> Self {
        // If there are two, neither is trusted.
        let value = auth_cookie::read(config, headers, NAME).ok().flatten().unwrap_or_default();
        let mut parts = value.split('.');
        match parts.next().map(str::parse) {
            Some(Ok(id)) => Self { id, signatures: parts.take(MAX_ACCOUNTS).map(str::to_owned).collect() },
            _ => Self { id: DeviceId::random(), signatures: Vec::new() },
        }
    }

    /// The device's id, if the account (its email address in lower case) has signed in from it before.
    pub fn known_to(&self, signer: &Signer, account: &str) -> Option<DeviceId> {
        let message = self.message(account);
        self.signatures.iter().any(|signature| signer.verify(PURPOSE, &message, signature)).then_some(self.id)
    }

    /// The cookie of the device from which the account has just signed in.
    pub fn remember(&self, config: &Config, signer: &Signer, account: &str) -> Cookie<'static> {
        let message = self.message(account);
        let signature = signer.token(PURPOSE, &message);
        // Without older entries of the same account, also those of a previous key.
        let others =
            self.signatures.iter().filter(|other| !signer.verify(PURPOSE, &message, other)).take(MAX_ACCOUNTS - 1);
        let value = others.fold(format!("{}.{signature}", self.id.uuid().simple()), |value, other| value + "." + other);
        auth_cookie::build(config, NAME, value, KEPT)
    }

    fn message(&self, account: &str) -> Vec<u8> {
        [self.id.as_bytes(), account.as_bytes()].concat()
    }
}

const PURPOSE: &str = "known device";

#[cfg(test)]
mod tests {
    use axum::http::header;
    use secrecy::SecretString;

    use super::*;

    fn read(config: &Config, cookie: &Cookie<'_>) -> Device {
        let cookie = cookie.stripped().to_string().parse().expect("a header");
        Device::of(config, &HeaderMap::from_iter([(header::COOKIE, cookie)]))
    }

    #[test]
    fn a_device_is_known_to_the_last_accounts_that_signed_in_from_it() {
        let config = Config::from_lookup(&|_| None).expect("the defaults");
        let signer = |secret: &str| Signer::new(&SecretString::from(secret.to_owned()), &[]).expect("a signer");
        let ours = signer("0123456789abcdef0123456789abcdef");
        let mut device = Device::of(&config, &HeaderMap::new());
        assert_eq!(device.known_to(&ours, "0@example.org"), None);
        let id = device.id;
        for number in (0..=MAX_ACCOUNTS).chain([3]) {
            let cookie = device.remember(&config, &ours, &format!("{number}@example.org"));
            assert_eq!((cookie.http_only(), cookie.path()), (Some(true), Some("/api/v1/auth")));
            device = read(&config, &cookie);
        }
        assert_eq!(device.known_to(&ours, "0@example.org"), None, "too long ago");
        for number in 1..=MAX_ACCOUNTS {
            assert_eq!(device.known_to(&ours, &format!("{number}@example.org")), Some(id));
        }
        assert_eq!(device.known_to(&signer("fedcba9876543210fedcba9876543210"), "3@example.org"), None);
        let moved = Device { id: DeviceId::random(), ..device };
        assert_eq!(moved.known_to(&ours, "3@example.org"), None, "a signature is for one device");
    }
}
