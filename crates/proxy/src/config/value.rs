//! How single values are read. Each function says what the value must be, never what it was: it may be a secret in the wrong place.

use aws_lc_rs::digest::{SHA256, digest};
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use url::{Host, Url};

/// Text for people or programs; anything but nothing, control characters or more than 512 bytes.
pub fn text(text: &str) -> Result<String, String> {
    let good = (1..=512).contains(&text.len()) && !text.chars().any(char::is_control);
    good.then(|| text.to_owned()).ok_or_else(|| "must be 1 to 512 bytes without control characters".into())
}

/// Text that stands in a header as it is.
pub fn header_text(text: &str) -> Result<String, String> {
    let good = (1..=512).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    good.then(|| text.to_owned()).ok_or_else(|| "must be 1 to 512 visible ASCII characters without spaces".into())
}

/// A cookie's name: a token of RFC 9110.
pub fn cookie_name(text: &str) -> Result<String, String> {
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    let good = (1..=128).contains(&text.len()) && text.bytes().all(token);
    good.then(|| text.to_owned()).ok_or_else(|| "must be a cookie's name (letters, digits and !#$%&'*+-.^_`|~)".into())
}

/// A whole number within bounds.
pub fn whole(range: RangeInclusive<u32>) -> impl FnOnce(&str) -> Result<u32, String> {
    move |text| match u32::from_str(text) {
        Ok(number) if range.contains(&number) => Ok(number),
        _ => Err(format!("must be a whole number from {} to {}", range.start(), range.end())),
    }
}

/// `IP:port`.
pub fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| "must be an IP address and a port, such as 127.0.0.1:8080 or [::1]:8080".into())
}

/// One of tracing's levels.
pub fn level(text: &str) -> Result<tracing::Level, String> {
    text.parse().map_err(|_| "must be error, warn, info, debug or trace".into())
}

/// How logs are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogFormat {
    /// One line for people.
    #[default]
    Text,
    /// One JSON object per line.
    Json,
}

impl LogFormat {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err("must be text or json".into()),
        }
    }
}

/// Where the last minute's calls are kept over a restart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BudgetFile {
    /// The operator named it: it has to be usable.
    Named(PathBuf),
    /// In the state directory. Where it cannot be used, the minute before the start counts as used up.
    Default(PathBuf),
    /// Nowhere: the port is one that the system chooses, so that no restart is one of this proxy.
    None,
}

impl BudgetFile {
    /// The file in the `state` directory that no other proxy of this machine has: its name is a digest of what tells them apart.
    pub(super) fn default_for(state: &Path, identity: [&str; 3], port: u16) -> Self {
        if port == 0 {
            return Self::None;
        }
        let hash = digest(&SHA256, identity.join("\n").as_bytes());
        let name: String = hash.as_ref().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Self::Default(state.join(format!("{name}.budget")))
    }
}

/// An absolute path.
pub fn budget_file(path: &str) -> Result<BudgetFile, String> {
    let path = PathBuf::from(path);
    if path.is_absolute() { Ok(BudgetFile::Named(path)) } else { Err("must be the absolute path of a file".into()) }
}

/// A file's content, up to 1 MB.
pub fn file(path: &str) -> Result<String, String> {
    match std::fs::metadata(path) {
        Ok(metadata) if metadata.len() > 1 << 20 => return Err("the file is larger than 1 MB".into()),
        _ => {}
    }
    std::fs::read_to_string(path).map_err(|error| format!("the file cannot be read: {}", error.kind()))
}

/// A directory with an `index.html`.
pub fn assets(path: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(path);
    if path.join("index.html").is_file() {
        Ok(path)
    } else {
        Err("must name a directory with an index.html (trunk build's dist)".into())
    }
}

/// Whether the host can only be this machine.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(domain)) => domain == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// `https:`, or `http:` on loopback, and no user, password or fragment: what may carry a secret or be trusted for what it says.
pub fn service_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|_| "must be an absolute URL".to_owned())?;
    // URL parsers accept `*`, `;` and quotes in a host, and origins are written into a policy where these mean something.
    let plain_host = |byte: u8| byte.is_ascii_alphanumeric() || b".-_[]:".contains(&byte);
    if !url.host_str().is_some_and(|host| host.bytes().all(plain_host)) {
        return Err("must have a host of letters, digits, dots and hyphens".into());
    }
    let encrypted = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url));
    if !encrypted {
        return Err("must be https: (http: is accepted on loopback only)".into());
    }
    let plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    if plain { Ok(url) } else { Err("must have no user, password or fragment".into()) }
}

/// A service's URL that paths are appended to.
pub fn base_url(text: &str) -> Result<Url, String> {
    let url = service_url(text)?;
    if url.query().is_some() {
        return Err("must have no query".into());
    }
    Ok(url)
}

/// A collector's URL that a path is appended to. It may be `http:` anywhere: what is sent there is no secret, and collectors mostly stand beside
/// the program.
pub fn collector(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|_| "must be an absolute URL".to_owned())?;
    let plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none() && url.query().is_none();
    let http = ["http", "https"].contains(&url.scheme()) && url.host().is_some();
    if http && plain {
        Ok(url)
    } else {
        Err("must be http: or https:, with a host, and without user, password, query or fragment".into())
    }
}

/// An origin, as browsers write it.
pub fn origin(text: &str) -> Result<String, String> {
    let url = service_url(text)?;
    let bare = url.path() == "/" && url.query().is_none();
    if bare {
        Ok(url.origin().ascii_serialization())
    } else {
        Err("must be an origin: a scheme, a host and a port, no path".into())
    }
}

/// Where a signed URL may point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StorageOrigins(Vec<String>);

impl StorageOrigins {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let origins =
            items(text).map(origin).collect::<Result<Vec<_>, _>>().map_err(|what| format!("each of the comma list {what}"))?;
        if origins.is_empty() { Err("must name at least one origin".into()) } else { Ok(Self(origins)) }
    }

    /// Whether the origin, as browsers write it, is one of these.
    pub fn contains(&self, origin: &str) -> bool {
        self.0.iter().any(|known| known == origin)
    }

    /// The origins as a CSP's source list.
    pub fn as_sources(&self) -> String {
        self.0.join(" ")
    }
}

/// A CSP source list for `frame-ancestors`: `'self'`, `'none'`, or origins, of which the leftmost label may be `*`.
pub fn frame_ancestors(text: &str) -> Result<String, String> {
    let sources = items(text).map(ancestor).collect::<Option<Vec<_>>>();
    let sources =
        sources.filter(|sources| !sources.is_empty() && (sources.len() == 1 || !sources.iter().any(|one| one == "'none'")));
    sources
        .map(|sources| sources.join(" "))
        .ok_or_else(|| "must be 'none', or a list of 'self' and origins such as https://portal.example".into())
}

fn ancestor(source: &str) -> Option<String> {
    match source.trim_matches('\'') {
        "self" => Some("'self'".into()),
        "none" => Some("'none'".into()),
        other => match other.strip_prefix("https://*.") {
            // The wildcard stands for one label or more; the rest is checked as an origin of its own.
            Some(rest) => origin(&format!("https://{rest}")).ok().map(|origin| origin.replacen("https://", "https://*.", 1)),
            None => origin(other).ok(),
        },
    }
}

fn items(text: &str) -> impl Iterator<Item = &str> {
    text.split([',', ' ']).map(str::trim).filter(|item| !item.is_empty())
}
