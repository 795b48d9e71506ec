//! The cookie that carries a browser's refresh token, and the guard of the routes that read it.

use std::time::Duration;

use axum::http::{HeaderMap, header};
use axum_extra::extract::cookie::Cookie;

use super::auth_cookie;
use crate::{
    config::Config,
    error::{ApiError, Forbidden},
    http::origin,
};

/// The prefix of its name, without the prefix of secure cookies.
pub const NAME: &str = "todo_refresh";

pub fn build(config: &Config, token: String) -> Cookie<'static> {
    auth_cookie::build(config, NAME, token, config.auth.session_ttl)
}

/// A cookie that makes the browser delete the current one.
pub fn expired(config: &Config) -> Cookie<'static> {
    auth_cookie::build(config, NAME, String::new(), Duration::ZERO)
}

/// The request's refresh token. Requests from other sites are refused even if a browser ignores SameSite.
pub fn read(config: &Config, headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    let Some(token) = auth_cookie::read(config, headers, NAME)? else { return Ok(None) };
    if headers.contains_key(header::ORIGIN) && !origin::is_ours(config, headers) {
        return Err(ApiError::Forbidden(Forbidden::ForeignOrigin));
    }
    Ok(Some(token).filter(|token| !token.is_empty()))
}
