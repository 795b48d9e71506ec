//! Tokens for links in mails, made from keys that every replica has, so that the outbox need not hold them. Each names its key, so
//! that the secret can be renewed while tokens of the one before are still about.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

type HmacSha256 = Hmac<Sha256>;

/// Between the id of a key and the signature; it needs no escape in an address or a cookie.
const SEPARATOR: char = '~';

/// The first key signs, all of them verify.
#[derive(Clone)]
pub struct Signer {
    keys: Vec<SecretKeys>,
}

/// Made from one secret, each for its purpose: none gives another away.
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

    /// As it was kept.
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

    /// Takes as long for any signature that is wrong.
    pub fn verify(&self, purpose: &str, message: &[u8], signature: &str) -> bool {
        let Ok(signature) = URL_SAFE_NO_PAD.decode(signature) else { return false };
        self.mac(purpose, message).is_some_and(|mac| mac.verify_slice(&signature).is_ok())
    }

    fn mac(&self, purpose: &str, message: &[u8]) -> Option<HmacSha256> {
        let mac = HmacSha256::new_from_slice(&self.0).ok()?; // takes keys of any length
        Some(mac.chain_update(purpose.as_bytes()).chain_update(b"\0").chain_update(message))
    }
}

/// What names the keys of a secret; it tells nothing of them.
pub fn key_id(secret: &SecretString) -> anyhow::Result<String> {
    Ok(URL_SAFE_NO_PAD.encode(&SigningKey::derive(secret, b"todo: key id\0")?.0[..6]))
}

/// A token is the id of its key and a signature, or only the signature when an older version has made it.
pub fn split(token: &str) -> (Option<&str>, &str) {
    token.split_once(SEPARATOR).map_or((None, token), |(id, signature)| (Some(id), signature))
}

impl Signer {
    /// With keys of their own for links, derived from the secret of access tokens and from those that it replaces.
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

    /// Always the same for the same purpose and message, as long as the secret is; nobody else can make it.
    pub fn token(&self, purpose: &str, message: &[u8]) -> String {
        self.sign(|keys| &keys.links, purpose, message)
    }

    /// Whether it is a token that [`Self::token`] gives or gave with a secret that still counts.
    pub fn verify(&self, purpose: &str, message: &[u8], token: &str) -> bool {
        self.verify_by(|keys| &keys.links, purpose, message, token)
    }

    /// As [`Self::token`], by the key that is kept for good.
    pub fn unsubscribe_token(&self, purpose: &str, message: &[u8]) -> String {
        self.sign(|keys| &keys.unsubscribing, purpose, message)
    }

    /// Whether it is one of [`Self::unsubscribe_token`], by a secret that this process knows; [`Self::permanent_keys`] are for others.
    pub fn verify_unsubscribe(&self, purpose: &str, message: &[u8], token: &str) -> bool {
        self.verify_by(|keys| &keys.unsubscribing, purpose, message, token)
    }

    /// The keys by which links to unsubscribe are read for good, with ids: that of each secret, and of those that sign no more also the
    /// one by which versions before this one signed such links. It has signed other links too, but by the time that its secret is an
    /// old one those that still work are known by their hashes.
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

/// What the ids of keys begin with that signed without naming themselves.
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
