//! The security headers. Every answer has them, errors included.

use crate::config::Config;
use axum::http::header::{self, HeaderName, HeaderValue};
use axum::http::{HeaderMap, StatusCode};

/// Answers with data, and every error that is JSON: nothing in them is ever run, shown or framed.
const API_CSP: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// What an answer is, as far as its headers go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The page, or something that the page loads.
    Page,
    /// Data, a redirect or a JSON error.
    Api,
    /// An error for people. It may appear where a document was to be shown: in a tab, or in a frame of the page.
    ErrorPage,
}

/// The headers that this deployment sends, made once.
pub struct SecurityHeaders {
    page: HeaderValue,
    error_page: HeaderValue,
    hsts: Option<HeaderValue>,
}

impl SecurityHeaders {
    /// Out of the configuration, whose values were checked to be of the characters that may stand here.
    pub fn new(config: &Config, error_style: &str) -> Self {
        let storage = config.storage.as_sources();
        let ancestors = &config.frame_ancestors;
        // `frame-src` and `img-src` name this origin too: `links.view` is here and redirects to the storage, and CSP looks at both.
        // `trusted-types 'none'` allows no policy at all: the component inserts no HTML and needs none.
        let page = format!(
            "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self' {storage}; \
             img-src 'self' blob: data: {storage}; media-src 'self' blob: {storage}; frame-src 'self' blob: {storage}; font-src 'self'; \
             base-uri 'none'; form-action 'self'; frame-ancestors {ancestors}; require-trusted-types-for 'script'; trusted-types 'none'"
        );
        let error_page = format!(
            "default-src 'none'; style-src '{error_style}'; base-uri 'none'; form-action 'none'; frame-ancestors {ancestors}"
        );
        let hsts = config.hsts_seconds.map(|seconds| format!("max-age={seconds}"));
        let value = |text: String| HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(API_CSP));
        Self { page: value(page), error_page: value(error_page), hsts: hsts.map(value) }
    }

    /// Adds them to an answer.
    pub fn apply(&self, kind: Kind, status: StatusCode, headers: &mut HeaderMap) {
        let csp = match kind {
            Kind::Page => self.page.clone(),
            Kind::ErrorPage => self.error_page.clone(),
            Kind::Api => HeaderValue::from_static(API_CSP),
        };
        headers.reserve(ADDED);
        headers.insert(header::CONTENT_SECURITY_POLICY, csp);
        // On the page `same-origin`, so that the proxy can tell its own page's requests where a browser sends no Fetch-Metadata; an
        // answer that leads to a signed URL tells the storage nothing.
        let referrer = if kind == Kind::Page { "same-origin" } else { "no-referrer" };
        for (name, value) in [
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::REFERRER_POLICY, referrer),
            (OPENER_POLICY, "same-origin"),
            (RESOURCE_POLICY, "same-origin"),
            (PERMISSIONS_POLICY, PERMISSIONS),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        if let Some(hsts) = &self.hsts {
            headers.insert(header::STRICT_TRANSPORT_SECURITY, hsts.clone());
        }
        // What says nothing else is not kept: data never, and an error not longer than itself.
        if status.is_client_error() || status.is_server_error() || !headers.contains_key(header::CACHE_CONTROL) {
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
    }
}

/// Room for all fields of an answer with data, to be made at once: a map that grows is written anew.
pub const FIELDS: usize = 20;

/// At most so many are added here and by who comes after.
const ADDED: usize = 10;

const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");

/// What the page never uses. Full screen and picture-in-picture stay: videos are previewed.
const PERMISSIONS: &str = "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), \
                           midi=(), payment=(), publickey-credentials-get=(), serial=(), usb=(), xr-spatial-tracking=()";
