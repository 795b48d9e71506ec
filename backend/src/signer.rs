//! Tokens for mail links, derived from keys that every replica has, so that the outbox need not store them. Each names its key, so that the
//! secret can be rotated while older tokens are in use.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

type HmacSha256 = Hmac<Sha256>;

/// Between key id and signature; needs no escaping in a URL or a cookie.
const SEPARATOR: char = '~';

/// The first key signs, all of them verify.
#[derive(Clone)]
pub struct Signer {
    keys: Vec<SecretKeys>,
}

/// Derived from one secret for separate purposes: none reveals another.
#[derive(Clone)]
struct SecretKeys {
    id: String,
    links: SigningKey,
    unsubscribing: SigningKey,
}

/// 256 bits.
#[derive(Clone)]
pub struct SigningKey([u8; 32]);

impl SigningKey {
    fn derive(secret: &SecretString, purpose: &[u8]) -> anyhow::Result<Self> {
        let derived = HmacSha256::new_from_slice(secret.expose_secret().as_bytes())?.chain_update(purpose).finalize();
        Ok(Self(derived.into_bytes().into()))
    }

    /// As stored.
    pub fn of_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    fn sign(&self, purpose: &str, message: &[u8]) -> String {
        let mac = self.mac(purpose, message);
        mac.map(|mac| URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())).unwrap_or_default()
    }

    /// Constant time for any wrong signature.
    pub fn verify(&self, purpose: &str, message: &[u8], signature: &str) -> bool {
        let Ok(signature) = URL_SAFE_NO_PAD.decode(signature) else { return false };
        self.mac(purpose, message).is_some_and(|mac| mac.verify_slice(&signature).is_ok())
    }

    fn mac(&self, purpose: &str, message: &[u8]) -> Option<HmacSha256> {
        let mac = HmacSha256::new_from_slice(&self.0).ok()?; // takes keys of any length
        Some(mac.chain_update(purpose.as_bytes()).chain_update(b"\0").chain_update(message))
    }
}

/// Identifies the keys of a secret without revealing it.
pub fn key_id(secret: &SecretString) -> anyhow::Result<String> {
    Ok(URL_SAFE_NO_PAD.encode(&SigningKey::derive(secret, b"todo: key id\0")?.0[..6]))
}

/// A token is a key id and a signature, or only the signature from older versions.
pub fn split(token: &str) -> (Option<&str>, &str) {
    token.split_once(SEPARATOR).map_or((None, token), |(id, signature)| (Some(id), signature))
}

impl Signer {
    /// With separate keys for links, derived from the access token secret and its predecessors.
    pub fn new(secret: &SecretString, old: &[SecretString]) -> anyhow::Result<Self> {
        let keys = |secret: &SecretString| {
            Ok(SecretKeys {
                id: key_id(secret)?,
                links: SigningKey::derive(secret, b"todo: links in mails\0")?,
                unsubscribing: SigningKey::derive(secret, b"todo: unsubscribing\0")?,
            })
        };
        let keys = std::iter::once(secret).chain(old).map(keys).collect::<anyhow::Result<_>>()?;
        Ok(Self { keys })
    }

    /// Deterministic for a purpose, message and secret; nobody else can create it.
    pub fn token(&self, purpose: &str, message: &[u8]) -> String {
        self.sign(|keys| &keys.links, purpose, message)
    }

    /// Whether [`Self::token`] creates or created this token with an accepted secret.
    pub fn verify(&self, purpose: &str, message: &[u8], token: &str) -> bool {
        self.verify_by(|keys| &keys.links, purpose, message, token)
    }

    /// Like [`Self::token`], with the permanent key.
    pub fn unsubscribe_token(&self, purpose: &str, message: &[u8]) -> String {
        self.sign(|keys| &keys.unsubscribing, purpose, message)
    }

    /// Whether [`Self::unsubscribe_token`] created it with a secret known to this process; [`Self::permanent_keys`] cover others.
    pub fn verify_unsubscribe(&self, purpose: &str, message: &[u8], token: &str) -> bool {
        self.verify_by(|keys| &keys.unsubscribing, purpose, message, token)
    }

    /// The permanent keys of unsubscribe links, with ids: that of each secret, and for old secrets also the key with which earlier versions
    /// signed such links. It has signed other links too, but once its secret is old, those still valid are known by their hashes.
    pub fn permanent_keys(&self) -> Vec<(String, SigningKey)> {
        let own = self.keys.iter().map(|keys| (keys.id.clone(), keys.unsubscribing.clone()));
        let before = self.keys.iter().skip(1).map(|keys| (format!("{LEGACY}{}", keys.id), keys.links.clone()));
        own.chain(before).collect()
    }

    fn sign(&self, key: impl Fn(&SecretKeys) -> &SigningKey, purpose: &str, message: &[u8]) -> String {
        let signed =
            self.keys.first().map(|keys| format!("{}{SEPARATOR}{}", keys.id, key(keys).sign(purpose, message)));
        signed.unwrap_or_default()
    }

    fn verify_by(&self, key: impl Fn(&SecretKeys) -> &SigningKey, purpose: &str, message: &[u8], token: &str) -> bool {
        let (id, signature) = split(token);
        let mut candidates = self.keys.iter().filter(|keys| id.is_none_or(|id| id == keys.id));
        candidates.any(|keys| key(keys).verify(purpose, message, signature))
    }
}

/// Prefix of the ids of keys that signed without naming themselves.
pub const LEGACY: &str = "links-";

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "0123456789abcdef0123456789abcdef";
    const OTHER: &str = "fedcba9876543210fedcba9876543210";

    fn signer(secrets: &[&str]) -> Signer {
        let secrets: Vec<_> = secrets.iter().map(|secret| SecretString::from((*secret).to_owned())).collect();
        Signer::new(&secrets[0], &secrets[1..]).expect("a signer")
    }

    #[test]
    fn a_token_depends_on_secret_purpose_and_message() {
        let ours = signer(&[ONE]);
        let token = ours.token("reset", b"one");
        assert_eq!(token, ours.token("reset", b"one"));
        assert!(ours.verify("reset", b"one", &token));
        assert!(!ours.verify("confirm", b"one", &token) && !ours.verify("reset", b"two", &token));
        assert!(!ours.verify_unsubscribe("reset", b"one", &token), "a key is for one purpose");
        assert!(!signer(&[OTHER]).verify("reset", b"one", &token));
    }

    #[test]
    fn a_renewed_secret_signs_and_the_old_one_still_reads() {
        let (before, both, after) = (signer(&[ONE]), signer(&[OTHER, ONE]), signer(&[OTHER]));
        let old = before.token("device", b"one");
        assert!(both.verify("device", b"one", &old) && !after.verify("device", b"one", &old));
        let (_, unnamed) = split(&old);
        assert!(both.verify("device", b"one", unnamed), "as an older version has written it");
        let new = both.token("device", b"one");
        assert!(after.verify("device", b"one", &new) && !before.verify("device", b"one", &new));
        assert_eq!(split(&new).0, Some(key_id(&SecretString::from(OTHER.to_owned())).expect("an id").as_str()));
    }
}
