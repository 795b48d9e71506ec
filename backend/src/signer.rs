//! Tokens for links in mails, made from a key that every replica has, so that the outbox need not hold them.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

type HmacSha256 = Hmac<Sha256>;

#[derive(Clone)]
pub struct Signer {
    key: HmacSha256,
}

impl Signer {
    /// A key of its own, derived from the secret of access tokens.
    pub fn new(secret: &SecretString) -> anyhow::Result<Self> {
        let derived = HmacSha256::new_from_slice(secret.expose_secret().as_bytes())?
            .chain_update(b"todo: links in mails\0")
            .finalize()
            .into_bytes();
        Ok(Self { key: HmacSha256::new_from_slice(&derived)? })
    }

    /// 256 bits that nobody else can make, always the same for the same purpose and message.
    pub fn token(&self, purpose: &str, message: &[u8]) -> String {
        URL_SAFE_NO_PAD.encode(self.mac(purpose, message).finalize().into_bytes())
    }

    /// Whether it is the token that [`Self::token`] gives; takes as long for any other.
    pub fn verify(&self, purpose: &str, message: &[u8], token: &str) -> bool {
        let Ok(token) = URL_SAFE_NO_PAD.decode(token) else { return false };
        self.mac(purpose, message).verify_slice(&token).is_ok()
    }

    fn mac(&self, purpose: &str, message: &[u8]) -> HmacSha256 {
        self.key.clone().chain_update(purpose.as_bytes()).chain_update(b"\0").chain_update(message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_depends_on_secret_purpose_and_message() {
        let signer = |secret: &str| Signer::new(&SecretString::from(secret.to_owned())).expect("a signer");
        let ours = signer("0123456789abcdef0123456789abcdef");
        let token = ours.token("reset", b"one");
        assert_eq!(token, ours.token("reset", b"one"));
        assert_ne!(token, ours.token("confirm", b"one"));
        assert_ne!(token, ours.token("reset", b"two"));
        assert_ne!(token, signer("fedcba9876543210fedcba9876543210").token("reset", b"one"));
    }
}
