//! The session cookie's flags, compared with the URL of the app.

use axum_extra::extract::cookie::SameSite;

use super::{Cause, Check, Finding};
use crate::{auth, config::Config};

pub fn check(config: &Config) -> Finding {
    // A real cookie, since only what is sent counts.
    let cookie = auth::refresh_cookie::expired(config);
    let secure = cookie.secure() == Some(true);
    let https = config.public_url.as_deref().is_some_and(|url| url.starts_with("https:"));
    let cause = match (https, secure) {
        (true, false) => Cause::CookieNotSecure,
        (false, true) => Cause::CookieSecureWithoutHttps,
        _ => Cause::CookiesOk,
    };
    let same_site = cookie.same_site().map(|same_site| match same_site {
        SameSite::Strict => "SameSite=Strict",
        SameSite::Lax => "SameSite=Lax",
        SameSite::None => "SameSite=None",
    });
    let flags = [cookie.http_only().unwrap_or(false).then_some("HttpOnly"), secure.then_some("Secure"), same_site];
    let flags: Vec<&str> = flags.into_iter().flatten().collect();
    Finding::new(Check::Cookies, cause).text("flags", flags.join(", "))
}
