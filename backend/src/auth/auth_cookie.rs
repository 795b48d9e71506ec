//! The format of the cookies that only the `auth` routes read.

use std::time::Duration;

use axum::http::{HeaderMap, header};
use axum_extra::extract::cookie::{Cookie, SameSite};

use crate::{
    config::Config,
    error::{ApiError, Forbidden},
};

const PATH: &str = "/api/v1/auth";

/// Browsers send a cookie to every server on a host, whatever its port (RFC 6265, section 8.5), so the name contains the port. With the
/// prefix they accept it only over HTTPS and from this exact host, not from a sibling or subdomain (RFC 6265bis, section 4.1.3.2).
pub fn name(config: &Config, base: &str) -> String {
    let prefix = if config.auth.secure_cookie { "__Host-" } else { "" };
    let port = config.public_port().map(|port| format!("_{port}"));
    format!("{prefix}{base}{}", port.unwrap_or_default())
}

pub fn build(config: &Config, base: &str, value: String, max_age: Duration) -> Cookie<'static> {
    let seconds = i64::try_from(max_age.as_secs()).unwrap_or(i64::MAX);
    Cookie::build((name(config, base), value))
        // The prefix requires the path `/`.
        .path(if config.auth.secure_cookie { "/" } else { PATH })
        .http_only(true)
        .secure(config.auth.secure_cookie)
        .same_site(SameSite::Strict)
        .max_age(time::Duration::seconds(seconds))
        .build()
}

/// Its value. If there are two of the same name, one was set by another site on the same domain, and it is unclear which.
pub fn read(config: &Config, headers: &HeaderMap, base: &str) -> Result<Option<String>, ApiError> {
    let name = name(config, base);
    let sent = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut values = sent
        .flat_map(Cookie::split_parse)
        .filter_map(Result::ok)
        .filter(|cookie| cookie.name() == name)
        .map(|cookie| cookie.value().to_owned());
    let value = values.next();
    if values.next().is_some() {
        return Err(ApiError::Forbidden(Forbidden::AmbiguousCookie));
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(variables: &[(&str, &str)]) -> Config {
        let lookup = |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        Config::from_lookup(&lookup).expect("a valid configuration")
    }

    #[test]
    fn servers_of_one_host_have_cookies_of_their_own() {
        for (variables, expected) in [
            (&[][..], "it_8000"),
            (&[("PORT", "9000")], "it_9000"),
            (&[("PUBLIC_URL", "http://box.lan")], "it"),
            (&[("PUBLIC_URL", "http://box.lan:8080")], "it_8080"),
            (&[("PUBLIC_URL", "https://todo.example.org")], "__Host-it"),
            (&[("PUBLIC_URL", "https://todo.example.org:8443")], "__Host-it_8443"),
        ] {
            let config = config(variables);
            let cookie = build(&config, "it", String::new(), Duration::ZERO);
            assert_eq!(cookie.name(), expected);
            // What browsers require for the prefix.
            if expected.starts_with("__Host-") {
                assert_eq!((cookie.secure(), cookie.path(), cookie.domain()), (Some(true), Some("/"), None));
            }
        }
    }

    #[test]
    fn two_of_a_name_are_refused() {
        let config = config(&[]);
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, "other=1; it_8000=a; it_9000=b".parse().expect("a header"));
        assert_eq!(read(&config, &headers, "it").expect("one"), Some("a".to_owned()));
        headers.append(header::COOKIE, "it_8000=c".parse().expect("a header"));
        assert!(read(&config, &headers, "it").is_err());
    }
}
