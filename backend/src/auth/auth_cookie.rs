//! The form of the cookies that only the routes of `auth` get.

use std::time::Duration;

use axum_extra::extract::cookie::{Cookie, SameSite};

use crate::config::Config;

const PATH: &str = "/api/v1/auth";

pub fn build(config: &Config, name: &'static str, value: String, max_age: Duration) -> Cookie<'static> {
    let seconds = i64::try_from(max_age.as_secs()).unwrap_or(i64::MAX);
    Cookie::build((name, value))
        .path(PATH)
        .http_only(true)
        .secure(config.auth.secure_cookie)
        .same_site(SameSite::Strict)
        .max_age(time::Duration::seconds(seconds))
        .build()
}
