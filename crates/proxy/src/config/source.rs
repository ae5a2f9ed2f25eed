//! Where values come from: the environment over a TOML file, with every problem collected.

use secrecy::SecretString;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

/// Every name that is read. In the TOML file the names are in lower case.
pub const NAMES: [&str; 28] = [
    "FLEXPORTAL_URL",
    "FLEXPORTAL_API_KEY",
    "FLEXPORTAL_API_KEY_FILE",
    "FLEXPORTAL_TENANT_ID",
    "PROXY_LISTEN",
    "PROXY_ADMIN_LISTEN",
    "PROXY_STORAGE_ORIGINS",
    "PROXY_REQUESTS_PER_MINUTE",
    "PROXY_FRAME_ANCESTORS",
    "PROXY_PUBLIC_ORIGIN",
    "PROXY_HSTS_SECONDS",
    "PROXY_ASSETS",
    "PROXY_BUDGET_FILE",
    "REDIS_URL",
    "REDIS_URL_FILE",
    "PROXY_REPLICAS",
    "PROXY_LIST_SECONDS",
    "PROXY_LOG_FORMAT",
    "PROXY_LOG_LEVEL",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "SESSION_JWKS_URL",
    "SESSION_KEY_FILE",
    "SESSION_ISSUER",
    "SESSION_AUDIENCE",
    "SESSION_ALGORITHMS",
    "SESSION_COOKIE",
    "SESSION_CUSTOMER_CLAIM",
    "SESSION_ORDERS_CLAIM",
];

/// One wrong or missing value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The configuration name.
    pub name: String,
    /// What is wrong, without the value: it may be a secret in the wrong place.
    pub what: String,
}

/// Everything that is wrong; the configuration is good where it is empty.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Problems(pub Vec<Problem>);

impl Problems {
    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "The configuration is not usable ({} to mend):", self.0.len())?;
        self.0.iter().try_for_each(|Problem { name, what }| writeln!(formatter, "  {name}: {what}"))
    }
}

impl std::error::Error for Problems {}

/// What systemd gives, what the XDG base directories say, or the directory of temporary files.
fn state_directory(lookup: &impl Fn(&str) -> Option<OsString>) -> PathBuf {
    let absolute = |name: &str| lookup(name).map(PathBuf::from).filter(|path| path.is_absolute());
    // systemd may give several, with colons between.
    let given =
        lookup("STATE_DIRECTORY").and_then(|paths| std::env::split_paths(&paths).next()).filter(|path| path.is_absolute());
    given.unwrap_or_else(|| {
        let home = || absolute("HOME").map(|home| home.join(".local/state"));
        absolute("XDG_STATE_HOME").or_else(home).unwrap_or_else(std::env::temp_dir).join("order-documents-proxy")
    })
}

/// The values by name, not yet judged, and what has been found wrong so far.
pub struct Source {
    values: BTreeMap<&'static str, String>,
    problems: Vec<Problem>,
    state: PathBuf,
}

impl Source {
    /// Looks every name up, and reads the file that `PROXY_CONFIG` names. An empty value counts as not set.
    pub fn open(lookup: impl Fn(&str) -> Option<OsString>) -> Self {
        let mut source = Self { values: BTreeMap::new(), problems: Vec::new(), state: state_directory(&lookup) };
        if let Some(path) = lookup("PROXY_CONFIG").filter(|path| !path.is_empty()) {
            match std::fs::read_to_string(&path) {
                Ok(text) => source.read_toml(&text),
                Err(error) => source.problem("PROXY_CONFIG", format!("the file cannot be read: {}", error.kind())),
            }
        }
        for name in NAMES {
            match lookup(name).map(OsString::into_string) {
                Some(Ok(value)) if !value.trim().is_empty() => drop(source.values.insert(name, value.trim().to_owned())),
                Some(Err(_)) => source.problem(name, "is not UTF-8"),
                Some(Ok(_)) | None => {}
            }
        }
        source
    }

    /// Takes over a flat TOML table. A list of strings is a comma list.
    fn read_toml(&mut self, text: &str) {
        let table = match text.parse::<toml::Table>() {
            Ok(table) => table,
            Err(error) => {
                // The parser's own message quotes the line, which may hold the key.
                let line = error.span().map_or(0, |span| text[..span.start.min(text.len())].lines().count().max(1));
                return self.problem("PROXY_CONFIG", format!("is not valid TOML, near line {line}"));
            }
        };
        for (key, value) in table {
            let Some(name) = NAMES.into_iter().find(|name| name.to_ascii_lowercase() == key) else {
                self.problem(&key, "is not a name that this program knows (names in the TOML file are in lower case)");
                continue;
            };
            let text = match value {
                toml::Value::String(text) => Some(text),
                toml::Value::Integer(number) => Some(number.to_string()),
                toml::Value::Array(items) => {
                    items.iter().map(|item| item.as_str()).collect::<Option<Vec<_>>>().map(|items| items.join(","))
                }
                _ => None,
            };
            match text {
                Some(text) if !text.trim().is_empty() => drop(self.values.insert(name, text.trim().to_owned())),
                Some(_) => {}
                None => self.problem(name, "must be a string, a whole number or a list of strings"),
            }
        }
    }

    /// Where this program may keep state of its own.
    pub fn state_directory(&self) -> PathBuf {
        self.state.clone()
    }

    /// Notes what is wrong with a value.
    pub fn problem(&mut self, name: &str, what: impl Into<String>) {
        self.problems.push(Problem { name: name.to_owned(), what: what.into() });
    }

    /// Whether the name has a value, right or wrong.
    pub fn has(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    /// A value that must be there.
    pub fn required<T>(&mut self, name: &str, parse: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        match self.values.get(name).cloned() {
            Some(text) => self.parsed(name, &text, parse),
            None => {
                self.problem(name, "is missing");
                None
            }
        }
    }

    /// A value with a default.
    pub fn or<T>(&mut self, name: &str, default: &str, parse: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        let text = self.values.get(name).cloned().unwrap_or_else(|| default.to_owned());
        self.parsed(name, &text, parse)
    }

    /// A value that may be absent: `None` where it is wrong, `Some(None)` where it is absent.
    pub fn optional<T>(&mut self, name: &str, parse: impl FnOnce(&str) -> Result<T, String>) -> Option<Option<T>> {
        match self.values.get(name).cloned() {
            Some(text) => self.parsed(name, &text, parse).map(Some),
            None => Some(None),
        }
    }

    /// A secret that must be there, as a value or as the name of a file that holds it, not both.
    pub fn secret(&mut self, name: &str, file_name: &str) -> Option<SecretString> {
        let secret = self.optional_secret(name, file_name, |text| super::value::header_text(text).map(SecretString::from))?;
        if secret.is_none() {
            self.problem(name, format!("is missing (or {file_name})"));
        }
        secret
    }

    /// A secret that may be absent: `None` where it is wrong, `Some(None)` where it is absent.
    pub fn optional_secret(
        &mut self,
        name: &str,
        file_name: &str,
        judge: impl FnOnce(&str) -> Result<SecretString, String>,
    ) -> Option<Option<SecretString>> {
        match (self.has(name), self.has(file_name)) {
            (true, true) => {
                self.problem(file_name, format!("is set beside {name}; set one of them"));
                None
            }
            (false, true) => self.optional(file_name, |path| judge(super::value::file(path)?.trim())),
            _ => self.optional(name, judge),
        }
    }

    fn parsed<T>(&mut self, name: &str, text: &str, parse: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        parse(text).map_err(|what| self.problem(name, what)).ok()
    }

    /// Names that look like ours and are not, such as a misspelt one. Only a warning: platforms put variables of their own beside ours
    /// (Kubernetes writes `PROXY_PORT` for a service called `proxy`).
    pub fn unknown(names: impl Iterator<Item = String>) -> Vec<String> {
        let ours = |name: &String| ["FLEXPORTAL_", "PROXY_", "SESSION_"].iter().any(|prefix| name.starts_with(prefix));
        names.filter(ours).filter(|name| name != "PROXY_CONFIG" && !NAMES.contains(&name.as_str())).collect()
    }

    /// All problems.
    pub fn finish(self) -> Problems {
        Problems(self.problems)
    }
}
