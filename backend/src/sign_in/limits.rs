//! Limits on password attempts. Only wrong ones count; each attempt is counted before its password is checked and uncounted if it was
//! right, so that concurrent attempts cannot exceed the limit.
//!
//! - A device that has signed in to the account before has its own counter, which nobody else can use up.
//! - All others are counted by address, and by account and network.
//! - Too many wrong passwords for an account overall make all unknown devices wait, per network and only a few seconds: attackers cannot
//!   lock out the owner.

use std::time::Duration;

use ipnet::IpNet;

use crate::{
    auth::known_device::Device,
    config::Rate,
    error::ApiError,
    http::client_address::{ClientInfo, network_of},
    rate_limit::Counted,
    sign_in::Parts,
};

/// The networks that one person or office is likely to have.
const IPV4_PREFIX: u8 = 24;
const IPV6_PREFIX: u8 = 56;

const LEAST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// An attempt counted as a wrong password.
pub struct Attempt(Vec<Counted>);

impl Attempt {
    /// Counts it, or refuses it. `account` is its email address in lower case.
    pub async fn begin(state: &Parts, client: &ClientInfo, device: &Device, account: &str) -> Result<Self, ApiError> {
        let mut attempt = Self(Vec::new());
        match attempt.count(state, client, device, account).await {
            Ok(()) => Ok(attempt),
            Err(refused) => {
                // Its password was not checked.
                attempt.take_back(state).await;
                Err(refused)
            }
        }
    }

    async fn count(
        &mut self,
        state: &Parts,
        client: &ClientInfo,
        device: &Device,
        account: &str,
    ) -> Result<(), ApiError> {
        let limits = &state.config.limits;
        let per_account = limits.login_per_account;
        if let Some(device) = device.known_to(&state.signer, account) {
            return self.within(state, "login_device", &format!("{account}:{device}"), per_account).await;
        }
        let network = network_of(client.address, IPV4_PREFIX, IPV6_PREFIX);
        self.within(state, "login_address", &client.network(), limits.login_per_address).await?;
        self.within(state, "login_network", &format!("{account}:{network}"), per_account).await?;
        self.after_a_wait(state, account, network, per_account).await
    }

    async fn within(&mut self, state: &Parts, name: &'static str, subject: &str, rate: Rate) -> Result<(), ApiError> {
        let Some(counted) = state.limiter.count(name, subject, rate).await else { return Ok(()) };
        let within = counted.within(rate);
        self.0.push(counted);
        within
    }

    /// Above the limit of one network, every wrong password adds a wait before the next attempt.
    async fn after_a_wait(&mut self, state: &Parts, account: &str, network: IpNet, rate: Rate) -> Result<(), ApiError> {
        let Some(counted) = state.limiter.count("login_account", account, rate).await else { return Ok(()) };
        let above = counted.count.saturating_sub(rate.count);
        self.0.push(counted);
        match above {
            0 => Ok(()),
            _ => state.limiter.pace("login_account", &format!("{account}:{network}"), wait(above)).await,
        }
    }

    /// The password was right, or not checked.
    pub async fn take_back(self, state: &Parts) {
        for counted in self.0 {
            state.limiter.take_back(counted).await;
        }
    }
}

/// Doubles with each wrong password above the limit, up to a maximum.
fn wait(above: u32) -> Duration {
    LEAST_WAIT.saturating_mul(2u32.saturating_pow(above - 1)).min(LONGEST_WAIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_a_few_seconds() {
        assert_eq!([1, 2, 3, 4, 1000].map(|above| wait(above).as_secs()), [1, 2, 4, 5, 5]);
    }
}
