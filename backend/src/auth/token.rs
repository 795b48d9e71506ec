//! Access tokens (JWT, HS256, short-lived) and refresh tokens (random, stored as a SHA-256).

use std::{sync::Arc, time::Duration};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use moka::sync::Cache as MokaCache;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::session_memory::RememberedSession;
use crate::{cache::Memory, error::ApiError};

const AUDIENCE: &str = "todo";

#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    aud: String,
    /// The user.
    sub: Uuid,
    /// The session, so that ending it ends its access tokens too.
    sid: Uuid,
    iat: i64,
    exp: i64,
}

/// What a valid access token says.
#[derive(Debug)]
pub struct AccessToken {
    pub user_id: Uuid,
    pub session_id: Uuid,
    pub expires_at: DateTime<Utc>,
    pub session: RememberedSession,
}

pub struct IssuedToken {
    pub token: String,
    /// Seconds.
    pub expires_in: u64,
}

pub struct TokenKeys {
    encoding: EncodingKey,
    decoding: DecodingKey,
    validation: Validation,
    time_to_live: Duration,
    /// Tokens whose signature was found good: checking it and reading the claims takes as long as all else of a short request.
    verified: Memory<String, Arc<AccessToken>>,
}

const MAX_VERIFIED: u64 = 20_000;

impl TokenKeys {
    pub fn new(secret: &SecretString, time_to_live: Duration) -> Self {
        let secret = secret.expose_secret().as_bytes();
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["exp", "aud", "sub"]);
        validation.leeway = 0; // the same servers issue and check
        Self {
            encoding: EncodingKey::from_secret(secret),
            decoding: DecodingKey::from_secret(secret),
            validation,
            time_to_live,
            verified: MokaCache::builder()
                .max_capacity(MAX_VERIFIED)
                .time_to_idle(Duration::from_secs(60))
                .build_with_hasher(Default::default()),
        }
    }

    /// A token for a session that ends at `session_end` at the latest; the token never outlives it.
    pub fn issue(&self, user_id: Uuid, session_id: Uuid, session_end: DateTime<Utc>) -> anyhow::Result<IssuedToken> {
        let now = Utc::now().timestamp();
        let left = u64::try_from(session_end.timestamp() - now).unwrap_or_default();
        let expires_in = self.time_to_live.as_secs().min(left);
        let exp = now + i64::try_from(expires_in)?;
        let claims = Claims { aud: AUDIENCE.to_owned(), sub: user_id, sid: session_id, iat: now, exp };
        let token = jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.encoding)?;
        Ok(IssuedToken { token, expires_in })
    }

    pub fn read(&self, token: &str) -> Result<Arc<AccessToken>, ApiError> {
        if let Some(verified) = self.verified.get(token).filter(|verified| verified.expires_at > Utc::now()) {
            return Ok(verified);
        }
        let refused = ApiError::Unauthenticated("The access token is not valid or has expired; refresh it or sign in.");
        let Ok(data) = jsonwebtoken::decode::<Claims>(token, &self.decoding, &self.validation) else {
            return Err(refused);
        };
        let Some(expires_at) = DateTime::from_timestamp(data.claims.exp, 0) else { return Err(refused) };
        let verified = Arc::new(AccessToken {
            user_id: data.claims.sub,
            session_id: data.claims.sid,
            expires_at,
            session: RememberedSession::default(),
        });
        self.verified.insert(token.to_owned(), Arc::clone(&verified));
        Ok(verified)
    }
}

/// 256 random bits for a cookie, and what is stored of them.
pub struct RefreshToken {
    pub plain: String,
    pub hash: [u8; 32],
}

impl RefreshToken {
    pub fn generate() -> Self {
        let plain = URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>());
        let hash = hash_refresh_token(&plain);
        Self { plain, hash }
    }
}

/// One plain SHA-256 is enough for a token of full entropy; no slow hash is needed.
pub fn hash_refresh_token(plain: &str) -> [u8; 32] {
    Sha256::digest(plain.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(secret: &str, seconds: u64) -> TokenKeys {
        TokenKeys::new(&SecretString::from(secret.to_owned()), Duration::from_secs(seconds))
    }

    #[test]
    fn a_token_says_who_and_which_session() {
        let (user_id, session_id) = (Uuid::now_v7(), Uuid::now_v7());
        let keys = keys("0123456789abcdef0123456789abcdef", 60);
        let token = keys.issue(user_id, session_id, DateTime::<Utc>::MAX_UTC).expect("issued").token;
        let identity = keys.read(&token).expect("read");
        assert_eq!((identity.user_id, identity.session_id), (user_id, session_id));
    }

    #[test]
    fn another_key_another_algorithm_and_the_past_are_refused() {
        let ours = keys("0123456789abcdef0123456789abcdef", 60);
        let theirs = keys("fedcba9876543210fedcba9876543210", 60);
        let token = theirs.issue(Uuid::now_v7(), Uuid::now_v7(), DateTime::<Utc>::MAX_UTC).expect("issued").token;
        assert!(ours.read(&token).is_err());
        let unsigned =
            format!("{}.{}.", URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#), token.split('.').nth(1).expect("claims"));
        assert!(ours.read(&unsigned).is_err());
        let over = Utc::now() - Duration::from_secs(1);
        let expired = ours.issue(Uuid::now_v7(), Uuid::now_v7(), over).expect("issued");
        assert_eq!(expired.expires_in, 0);
        std::thread::sleep(Duration::from_millis(1100));
        assert!(ours.read(&expired.token).is_err());
    }
}
