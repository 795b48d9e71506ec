//! Webhook secrets and signatures (Standard Webhooks, the symmetric scheme).

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Serialize, Serializer};
use standardwebhooks::{Webhook, WebhookError};

const PREFIX: &str = "whsec_";
/// The specification requires 24 to 64.
const BYTES: usize = 32;

/// A webhook's key. Serialised for its owner; `Debug` does not reveal it.
#[derive(sqlx::Type)]
#[sqlx(transparent)]
pub struct Secret(Vec<u8>);

impl Secret {
    pub fn random() -> Self {
        Self(rand::random::<[u8; BYTES]>().to_vec())
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// One entry of the header `webhook-signature`.
    pub fn sign(&self, id: &str, timestamp: i64, body: &str) -> Result<String, WebhookError> {
        Webhook::from_bytes(self.0.clone())?.sign(id, timestamp, body.as_bytes())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(hidden)")
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{PREFIX}{}", STANDARD.encode(&self.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The test vector of the reference libraries (standard-webhooks/standard-webhooks, `test_sign_function`).
    #[test]
    fn signatures_are_those_of_the_reference_implementation() {
        let secret = Secret(STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").expect("base64"));
        let signature = secret.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#);
        assert_eq!(signature.expect("a signature"), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_secret_has_the_form_of_the_specification_and_is_not_in_debug_output() {
        let secret = Secret::random();
        let text = serde_json::to_string(&secret).expect("JSON");
        let encoded = text.trim_matches('"').strip_prefix(PREFIX).expect("the prefix").to_owned();
        assert_eq!(STANDARD.decode(&encoded).expect("base64"), secret.as_bytes());
        assert!((24..=64).contains(&secret.as_bytes().len()));
        assert!(!format!("{secret:?}").contains(&encoded));
    }
}
