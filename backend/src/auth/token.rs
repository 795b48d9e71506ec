//! Access tokens (JWT, HS256, short-lived) and refresh tokens (random, stored as a SHA-256).

use std::time::Duration;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use moka::sync::Cache as MokaCache;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    cache::LocalCache,
    error::{ApiError, Unauthenticated},
    id::{SessionId, UserId},
    signer::key_id,
};

const AUDIENCE: &str = "todo";

#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    aud: String,
    /// The user.
    sub: UserId,
    /// The session, so that ending it also ends its access tokens.
    sid: SessionId,
    iat: i64,
    exp: i64,
}

/// The contents of a valid access token.
#[derive(Debug, Clone, Copy)]
pub struct AccessToken {
    pub user_id: UserId,
    pub session_id: SessionId,
    pub expires_at: DateTime<Utc>,
}

pub struct IssuedToken {
    pub token: String,
    /// Seconds.
    pub expires_in: u64,
}

pub struct TokenKeys {
    /// Identifies the signing key.
    header: Header,
    encoding: EncodingKey,
    /// By id; the first one signs.
    decoding: Vec<(String, DecodingKey)>,
    validation: Validation,
    time_to_live: Duration,
    /// Verified tokens: checking a signature and parsing claims takes as long as the rest of a short request.
    verified: LocalCache<String, AccessToken>,
}

const MAX_VERIFIED: u64 = 20_000;

impl TokenKeys {
    /// `old` secrets sign nothing new; tokens signed with them stay valid.
    pub fn new(secret: &SecretString, old: &[SecretString], time_to_live: Duration) -> anyhow::Result<Self> {
        let keys =
            |secret: &SecretString| Ok((key_id(secret)?, DecodingKey::from_secret(secret.expose_secret().as_bytes())));
        let decoding = std::iter::once(secret).chain(old).map(keys).collect::<anyhow::Result<_>>()?;
        let header = Header { kid: Some(key_id(secret)?), ..Header::new(Algorithm::HS256) };
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["exp", "aud", "sub"]);
        validation.leeway = 0; // the same servers issue and check
        Ok(Self {
            header,
            encoding: EncodingKey::from_secret(secret.expose_secret().as_bytes()),
            decoding,
            validation,
            time_to_live,
            verified: MokaCache::builder()
                .max_capacity(MAX_VERIFIED)
                .time_to_idle(Duration::from_secs(60))
                .build_with_hasher(Default::default()),
        })
    }

    /// A token for a session that ends no later than `session_end`; the token never outlives it.
    pub fn issue(
        &self,
        user_id: UserId,
        session_id: SessionId,
        session_end: DateTime<Utc>,
    ) -> anyhow::Result<IssuedToken> {
        let now = Utc::now().timestamp();
        let left = u64::try_from(session_end.timestamp() - now).unwrap_or_default();
        let expires_in = self.time_to_live.as_secs().min(left);
        let exp = now + i64::try_from(expires_in)?;
        let claims = Claims { aud: AUDIENCE.to_owned(), sub: user_id, sid: session_id, iat: now, exp };
        let token = jsonwebtoken::encode(&self.header, &claims, &self.encoding)?;
        Ok(IssuedToken { token, expires_in })
    }

    /// With the key that the token names, or any: older versions named none.
    fn decode(&self, token: &str) -> Option<Claims> {
        let named = jsonwebtoken::decode_header(token).ok()?.kid;
        let keys = self.decoding.iter().filter(|(id, _)| named.as_ref().is_none_or(|named| named == id));
        let read = |key| jsonwebtoken::decode::<Claims>(token, key, &self.validation).ok();
        keys.map(|(_, key)| key).find_map(read).map(|data| data.claims)
    }

    pub fn read(&self, token: &str) -> Result<AccessToken, ApiError> {
        if let Some(verified) = self.verified.get(token).filter(|verified| verified.expires_at > Utc::now()) {
            return Ok(verified);
        }
        let refused = ApiError::Unauthenticated(Unauthenticated::AccessTokenInvalid);
        let Some(claims) = self.decode(token) else { return Err(refused) };
        let Some(expires_at) = DateTime::from_timestamp(claims.exp, 0) else { return Err(refused) };
        let verified = AccessToken { user_id: claims.sub, session_id: claims.sid, expires_at };
        self.verified.insert(token.to_owned(), verified);
        Ok(verified)
    }
}

/// 256 random bits for a cookie, and the value stored for them.
pub struct RefreshToken {
    pub plain: String,
    pub hash: [u8; 32],
    bits: [u8; 32],
}

impl RefreshToken {
    pub fn generate() -> Self {
        Self::of_bits(rand::random())
    }

    fn of_bits(bits: [u8; 32]) -> Self {
        let plain = URL_SAFE_NO_PAD.encode(bits);
        let hash = hash_refresh_token(&plain);
        Self { plain, hash, bits }
    }

    /// The form stored with the replaced token: XORed with a single-use pad, so that only the holder of `replaced` can read it.
    pub fn seal(&self, replaced: &str) -> [u8; 32] {
        xor(&self.bits, &successor_pad(replaced))
    }

    /// Reverses [`Self::seal`].
    pub fn unseal(sealed: &[u8], replaced: &str) -> Option<Self> {
        let sealed: &[u8; 32] = sealed.try_into().ok()?;
        Some(Self::of_bits(xor(sealed, &successor_pad(replaced))))
    }
}

/// A different hash of the token than the stored one.
fn successor_pad(replaced: &str) -> [u8; 32] {
    Sha256::new().chain_update(b"todo: successor of a refresh token\0").chain_update(replaced).finalize().into()
}

fn xor(one: &[u8; 32], other: &[u8; 32]) -> [u8; 32] {
    std::array::from_fn(|index| one[index] ^ other[index])
}

/// A plain SHA-256 is enough for a token of full entropy; it needs no slow hash.
pub fn hash_refresh_token(plain: &str) -> [u8; 32] {
    Sha256::digest(plain.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Id;

    fn keys(secret: &str, seconds: u64) -> TokenKeys {
        TokenKeys::new(&SecretString::from(secret.to_owned()), &[], Duration::from_secs(seconds)).expect("keys")
    }

    #[test]
    fn a_token_says_who_and_which_session() {
        let (user_id, session_id) = (Id::new(), Id::new());
        let keys = keys("0123456789abcdef0123456789abcdef", 60);
        let token = keys.issue(user_id, session_id, DateTime::<Utc>::MAX_UTC).expect("issued").token;
        let identity = keys.read(&token).expect("read");
        assert_eq!((identity.user_id, identity.session_id), (user_id, session_id));
    }

    #[test]
    fn a_renewed_secret_signs_and_the_old_one_still_reads() {
        let [one, other] = ["0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210"];
        let [before, after] = [keys(one, 60), keys(other, 60)];
        let secret = |text: &str| SecretString::from(text.to_owned());
        let both = TokenKeys::new(&secret(other), &[secret(one)], Duration::from_secs(60)).expect("keys");
        let issue = |keys: &TokenKeys| keys.issue(Id::new(), Id::new(), DateTime::<Utc>::MAX_UTC);
        let old = issue(&before).expect("issued").token;
        assert!(both.read(&old).is_ok() && after.read(&old).is_err());
        let new = issue(&both).expect("issued").token;
        assert!(after.read(&new).is_ok() && before.read(&new).is_err());
        // As written by older versions: without a key id.
        let claims = jsonwebtoken::dangerous::insecure_decode::<Claims>(&old).expect("claims").claims;
        let unnamed = jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &before.encoding).expect("encoded");
        assert!(both.read(&unnamed).is_ok() && after.read(&unnamed).is_err());
    }

    #[test]
    fn only_the_replaced_token_opens_its_successor() {
        let (replaced, next) = (RefreshToken::generate(), RefreshToken::generate());
        let sealed = next.seal(&replaced.plain);
        assert_ne!(sealed, next.hash);
        let opened = RefreshToken::unseal(&sealed, &replaced.plain).expect("32 bytes");
        assert_eq!((opened.plain, opened.hash), (next.plain, next.hash));
        let stranger = RefreshToken::generate();
        assert_ne!(RefreshToken::unseal(&sealed, &stranger.plain).expect("32 bytes").hash, next.hash);
        assert!(RefreshToken::unseal(&sealed[1..], &replaced.plain).is_none());
    }

    #[test]
    fn another_key_another_algorithm_and_the_past_are_refused() {
        let ours = keys("0123456789abcdef0123456789abcdef", 60);
        let theirs = keys("fedcba9876543210fedcba9876543210", 60);
        let token = theirs.issue(Id::new(), Id::new(), DateTime::<Utc>::MAX_UTC).expect("issued").token;
        assert!(ours.read(&token).is_err());
        let unsigned =
            format!("{}.{}.", URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#), token.split('.').nth(1).expect("claims"));
        assert!(ours.read(&unsigned).is_err());
        let over = Utc::now() - Duration::from_secs(1);
        let expired = ours.issue(Id::new(), Id::new(), over).expect("issued");
        assert_eq!(expired.expires_in, 0);
        std::thread::sleep(Duration::from_millis(1100));
        assert!(ours.read(&expired.token).is_err());
    }
}
