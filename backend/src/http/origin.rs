//! Whether a browser's request comes from our own pages.

use axum::http::{HeaderMap, Uri, header};

use crate::config::Config;

/// True if `Origin` is the requested host or the public URL; a request without `Origin` does not come from another site's page.
pub fn is_ours(config: &Config, headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let Some(origin) = text(header::ORIGIN.as_str()) else { return true };
    if config.public_url.as_deref() == Some(origin.as_str()) {
        return true;
    }
    let Some(authority) = origin.parse::<Uri>().ok().and_then(|uri| uri.authority().map(|a| a.as_str().to_owned()))
    else {
        return false;
    };
    let forwarded = (!config.trusted_proxies.is_empty()).then(|| text("x-forwarded-host")).flatten();
    let host = forwarded.or_else(|| text(header::HOST.as_str()));
    host.is_some_and(|host| host.eq_ignore_ascii_case(&authority))
}
