//! The built page and component, in memory from the start: what is not in the map does not exist, whatever the path looks like.

mod embedded;

use crate::encoding::{Encoding, choose};
use crate::headers::Kind;
use aws_lc_rs::digest::{SHA256, digest};
use axum::body::Body;
use axum::http::header::GetAll;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use bytes::Bytes;
use std::collections::HashMap;
use std::fmt::Write;
use std::io;
use std::path::Path;

/// The most that is read into memory, in bytes.
const MAX_TOTAL: u64 = 256 << 20;

/// A year, for what has its hash in its name.
const IMMUTABLE: &str = "public, max-age=31536000, immutable";

/// The files by path, such as `index.html` and `assets/app-0123456789abcdef.js`.
#[derive(Default)]
pub struct Assets(HashMap<String, Asset>);

struct Asset {
    content_type: &'static str,
    immutable: bool,
    plain: Variant,
    brotli: Option<Variant>,
    gzip: Option<Variant>,
}

struct Variant {
    bytes: Bytes,
    etag: String,
}

impl Variant {
    fn new(bytes: Bytes) -> Self {
        let hash = digest(&SHA256, &bytes);
        let hex = hash.as_ref().iter().take(16).fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        });
        Self { etag: format!("\"{hex}\""), bytes }
    }
}

impl Assets {
    /// What `PROXY_ASSETS` names, or else what is compiled in.
    ///
    /// # Errors
    /// As [`Assets::read`].
    pub fn of(directory: Option<&Path>) -> io::Result<Self> {
        directory.map_or_else(|| Ok(Self::embedded()), Self::read)
    }

    /// Reads a directory of the shape that `trunk build` makes: `index.html` and what is below `assets/`.
    ///
    /// # Errors
    /// Where a file cannot be read, or all are more than 256 MB.
    pub fn read(directory: &Path) -> io::Result<Self> {
        let mut raw = HashMap::new();
        raw.insert("index.html".to_owned(), std::fs::read(directory.join("index.html"))?.into());
        for compressed in ["index.html.br", "index.html.gz"] {
            if let Ok(bytes) = std::fs::read(directory.join(compressed)) {
                raw.insert(compressed.to_owned(), bytes.into());
            }
        }
        let mut total = 0;
        if directory.join("assets").is_dir() {
            collect(&directory.join("assets"), "assets", &mut total, &mut raw)?;
        }
        Ok(Self::from_files(raw))
    }

    fn from_files(mut raw: HashMap<String, Bytes>) -> Self {
        let compressed = |name: &str| name.strip_suffix(".br").or_else(|| name.strip_suffix(".gz")).map(str::to_owned);
        let variant_of_another = |name: &String| compressed(name).is_some_and(|plain| raw.contains_key(&plain));
        let names: Vec<String> = raw.keys().filter(|name| !variant_of_another(name)).cloned().collect();
        let mut assets = HashMap::new();
        for name in names {
            let mut take = |suffix: &str| raw.remove(&format!("{name}{suffix}")).map(Variant::new);
            let (brotli, gzip, plain) = (take(".br"), take(".gz"), take(""));
            if let Some(plain) = plain {
                let asset = Asset { content_type: content_type(&name), immutable: is_hashed(&name), plain, brotli, gzip };
                assets.insert(name, asset);
            }
        }
        Self(assets)
    }

    /// How many files there are, their compressed forms not counted.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// How many of them lie ready in a compressed form.
    pub fn compressed(&self) -> usize {
        self.0.values().filter(|asset| asset.brotli.is_some() || asset.gzip.is_some()).count()
    }

    /// A file's text, where it is there and is one.
    pub fn text(&self, path: &str) -> Option<&str> {
        std::str::from_utf8(&self.0.get(path)?.plain.bytes).ok()
    }

    /// The path, with its slash, of the one file `assets/<stem>-<hash><ending>`; `None` where there is none or more than one.
    pub fn hashed(&self, stem: &str, ending: &str) -> Option<String> {
        let prefix = format!("assets/{stem}-");
        let is_it = |name: &&String| {
            let hash = name.strip_prefix(&prefix).and_then(|rest| rest.strip_suffix(ending));
            is_hashed(name) && hash.is_some_and(|hash| !hash.contains(['-', '/', '.']))
        };
        let mut found = self.0.keys().filter(is_it);
        let name = found.next()?;
        found.next().is_none().then(|| format!("/{name}"))
    }

    /// The answer for a path without its leading slash, or `None` where there is no such file.
    pub fn answer(&self, path: &str, request: &HeaderMap) -> Option<Response> {
        let asset = self.0.get(path)?;
        let encoding = choose(request, asset.brotli.is_some(), asset.gzip.is_some());
        let compressed = match encoding {
            Encoding::Brotli => asset.brotli.as_ref(),
            Encoding::Gzip => asset.gzip.as_ref(),
            Encoding::Identity => None,
        };
        let variant = compressed.unwrap_or(&asset.plain);
        let unchanged = matches(request.get_all(header::IF_NONE_MATCH), &variant.etag);
        let body = if unchanged { Body::empty() } else { Body::from(variant.bytes.clone()) };
        let mut response = Response::new(body);
        let headers = response.headers_mut();
        if !unchanged {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.content_type));
            encoding.tell(headers);
        }
        let cache = if asset.immutable { IMMUTABLE } else { "no-cache" };
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        if let Ok(etag) = HeaderValue::from_str(&variant.etag) {
            headers.insert(header::ETAG, etag);
        }
        if unchanged {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
        }
        response.extensions_mut().insert(Kind::Page);
        Some(response)
    }
}

/// Whether the client already holds the variant with this tag.
fn matches(held: GetAll<'_, HeaderValue>, etag: &str) -> bool {
    let mut tags = held.iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    tags.any(|tag| {
        let tag = tag.trim();
        tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag
    })
}

/// Regular files below `directory`; hidden ones and links out of it are passed over.
fn collect(directory: &Path, prefix: &str, total: &mut u64, into: &mut HashMap<String, Bytes>) -> io::Result<()> {
    for entry in std::fs::read_dir(directory)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        // It does not follow links: one is neither a directory nor a file here.
        let kind = entry.file_type()?;
        if name.starts_with('.') {
            continue;
        }
        let path = format!("{prefix}/{name}");
        if kind.is_dir() {
            collect(&entry.path(), &path, total, into)?;
        } else if kind.is_file() {
            *total += entry.metadata()?.len();
            if *total > MAX_TOTAL {
                return Err(io::Error::new(io::ErrorKind::FileTooLarge, "the assets are more than 256 MB"));
            }
            into.insert(path, std::fs::read(entry.path())?.into());
        }
    }
    Ok(())
}

/// Whether the name has its content's hash before the extension: `-` and 8 to 64 lowercase hex digits, and perhaps `_bg`.
fn is_hashed(name: &str) -> bool {
    let file = name.rsplit('/').next().unwrap_or(name);
    let stem = file.split('.').next().unwrap_or(file);
    let stem = stem.strip_suffix("_bg").unwrap_or(stem);
    let hash = stem.rsplit_once('-').map_or("", |(_, hash)| hash);
    (8..=64).contains(&hash.len()) && hash.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

/// The media type by extension. With `nosniff` an unknown one is only ever saved.
fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "txt" => "text/plain; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "avif" => "image/avif",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn should_know_a_hashed_name() {
        for name in ["assets/app-0123456789abcdef.js", "assets/app-0123456789abcdef_bg.wasm", "assets/a-b-01234567.css"] {
            assert!(is_hashed(name), "{name}");
        }
        for name in
            ["index.html", "assets/order-documents.js", "assets/app-0123456.js", "assets/app-0123456G.js", "assets/deadbeef.js"]
        {
            assert!(!is_hashed(name), "{name}");
        }
    }

    #[test]
    fn should_find_a_hashed_file_by_its_stem() {
        let of = |names: &[&str]| {
            let file = |name: &&str| ((*name).to_owned(), Bytes::new());
            Assets::from_files(names.iter().map(file).collect()).hashed("element", ".css")
        };
        let named = "assets/element-0123456789abcdef.css";
        assert_eq!(of(&[named, "assets/page-0123456789abcdef.css", "assets/element-x-01234567.css"]), Some(format!("/{named}")));
        assert_eq!(of(&["assets/element.css", "assets/element-0123456789abcdef.js"]), None);
        assert_eq!(of(&[named, "assets/element-fedcba9876543210.css"]), None);
    }

    #[test]
    fn should_not_list_a_compressed_form_as_a_file_of_its_own() {
        let file = |name: &str| (name.to_owned(), Bytes::copy_from_slice(name.as_bytes()));
        let assets = Assets::from_files(["a.js", "a.js.br", "a.js.gz", "lonely.gz"].iter().map(|name| file(name)).collect());
        let mut names: Vec<_> = assets.0.keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["a.js", "lonely.gz"]);
        assert!(assets.0["a.js"].brotli.is_some() && assets.0["a.js"].gzip.is_some());
    }

    #[test]
    fn should_compare_tags() {
        for (value, expected) in
            [("\"a\"", true), ("W/\"a\"", true), ("\"b\", \"a\"", true), ("*", true), ("\"b\"", false), ("a", false)]
        {
            let mut headers = HeaderMap::new();
            headers.insert(header::IF_NONE_MATCH, HeaderValue::from_static(value));
            assert_eq!(matches(headers.get_all(header::IF_NONE_MATCH), "\"a\""), expected, "{value}");
        }
    }
}
