//! The client's name for a refresh, in the header `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header): a request that is repeated
//! because no answer came has the same key.

use axum::{extract::FromRequestParts, http::request::Parts};
use sha2::{Digest, Sha256};
use utoipa::{
    IntoParams,
    openapi::{
        Required,
        path::{Parameter, ParameterBuilder, ParameterIn},
    },
};

use crate::{
    error::{ApiError, FieldError, FieldProblem},
    http::schema,
};

const HEADER: &str = "Idempotency-Key";
/// 128 bits in base64.
const MIN_LENGTH: usize = 22;
const MAX_LENGTH: usize = 128;
pub const RULE: &str = "Idempotency-Key must be 22 to 128 random letters, digits, - and _.";

/// The SHA-256 of an unguessable key; `None` if the client sends none.
pub struct RequestKey(pub Option<[u8; 32]>);

impl<S: Send + Sync> FromRequestParts<S> for RequestKey {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let Some(value) = parts.headers.get(HEADER) else { return Ok(Self(None)) };
        let key = value.as_bytes();
        let is_good = (MIN_LENGTH..=MAX_LENGTH).contains(&key.len())
            && key.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(byte));
        if is_good {
            return Ok(Self(Some(Sha256::digest(key).into())));
        }
        let errors = vec![FieldError::new(HEADER, FieldProblem::InvalidFormat)];
        Err(ApiError::Malformed { detail: RULE.to_owned(), errors })
    }
}

impl IntoParams for RequestKey {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let parameter = ParameterBuilder::new()
            .name(HEADER)
            .parameter_in(ParameterIn::Header)
            .required(Required::False)
            .description(Some(
                "Random, and new for each refresh; a request that is sent again, because no answer came, has the same one.",
            ))
            .schema(Some(schema::text(MIN_LENGTH, MAX_LENGTH, Some("^[A-Za-z0-9_-]+$"), None)));
        vec![parameter.build()]
    }
}
