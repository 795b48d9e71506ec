//! Serves the built single-page app. Browser navigations to other paths are handled by the app itself.

use std::path::Path;

use axum::{
    Router,
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::get_service,
};
use percent_encoding::percent_decode_str;
use tower_http::services::{ServeDir, ServeFile};

use crate::error::{ApiError, Resource};

/// Everything from our own origin; scripts and styles from files only.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
     img-src 'self' data:; font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; \
     object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'";

/// For Swagger UI, which brings its own files.
const DOCS_CONTENT_SECURITY_POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
     img-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'";

pub fn router<S: Clone + Send + Sync + 'static>(static_dir: &Path) -> Router<S> {
    let index = get_service(ServeFile::new(static_dir.join("index.html"))).layer(middleware::from_fn(navigations_only));
    let files = ServeDir::new(static_dir).precompressed_gzip().append_index_html_on_directories(true).fallback(index);
    // Built files have a hash in their name: a missing one must not be answered with the page.
    let assets = ServeDir::new(static_dir.join("assets")).precompressed_gzip();
    Router::new().nest_service("/assets", assets).fallback_service(files).layer(middleware::from_fn(headers))
}

/// Without a built SPA only the API is served.
pub fn api_only<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().fallback(|uri: Uri| async move {
        tracing::debug!(path = uri.path(), "no such page, and no STATIC_DIR");
        ApiError::NotFound(Resource::Page)
    })
}

/// For the API documentation pages.
pub async fn docs_policy(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let policy = HeaderValue::from_static(DOCS_CONTENT_SECURITY_POLICY);
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    response
}

/// Navigations to unknown paths get the page; other requests, such as a crawler's `/robots.txt`, must get a 404. nginx does the same in
/// frontend/nginx.conf.
async fn navigations_only(request: Request, next: Next) -> Response {
    let mut response = if is_navigation(request.method(), request.uri().path(), request.headers()) {
        next.run(request).await
    } else {
        ApiError::NotFound(Resource::File).into_response()
    };
    response.headers_mut().append(header::VARY, HeaderValue::from_static("accept"));
    response
}

/// Browsers request HTML for navigations, and something else for other requests.
fn is_navigation(method: &Method, path: &str, headers: &HeaderMap) -> bool {
    let accepts_html = || {
        let accepted = headers.get_all(header::ACCEPT);
        accepted.iter().any(|value| value.as_bytes().to_ascii_lowercase().windows(9).any(|part| part == b"text/html"))
    };
    let is_file = path.rsplit('/').next().is_some_and(|name| name.contains('.'));
    matches!(*method, Method::GET | Method::HEAD) && !is_file && accepts_html()
}

/// Whether a path contains a dotfile or dot folder: what tools leave in the build folder is not for browsers.
fn is_hidden(path: &str) -> bool {
    let path = percent_decode_str(path).decode_utf8_lossy();
    path.split(['/', '\\']).any(|part| part.starts_with('.'))
}

async fn headers(request: Request, next: Next) -> Response {
    if is_hidden(request.uri().path()) {
        return ApiError::NotFound(Resource::File).into_response();
    }
    let hashed = request.uri().path().starts_with("/assets/");
    let mut response = next.run(request).await;
    if hashed && response.status() == StatusCode::NOT_FOUND {
        return ApiError::NotFound(Resource::File).into_response();
    }
    let caching = if hashed { "public, max-age=31536000, immutable" } else { "no-cache" };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_SECURITY_POLICY));
    response
}
