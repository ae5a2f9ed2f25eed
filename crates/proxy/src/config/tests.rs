use super::*;
use std::collections::HashMap;
use std::ffi::OsString;
use std::io::Write;

fn good() -> HashMap<&'static str, String> {
    [
        ("FLEXPORTAL_URL", "https://api-eu.flexportal.io"),
        ("FLEXPORTAL_API_KEY", "the-api-key"),
        ("FLEXPORTAL_TENANT_ID", "tenant"),
        ("PROXY_STORAGE_ORIGINS", "https://storage.example"),
        ("SESSION_JWKS_URL", "https://idp.example/jwks"),
        ("SESSION_ISSUER", "https://idp.example"),
        ("SESSION_AUDIENCE", "portal"),
    ]
    .map(|(name, value)| (name, value.to_owned()))
    .into()
}

fn read(values: &HashMap<&'static str, String>) -> Result<Config, Problems> {
    Config::read(Source::open(|name| values.get(name).map(OsString::from)))
}

fn read_with(changes: &[(&'static str, &str)]) -> Result<Config, Vec<String>> {
    let mut values = good();
    values.extend(changes.iter().map(|(name, value)| (*name, (*value).to_owned())));
    read(&values).map_err(|problems| problems.0.into_iter().map(|problem| problem.name).collect())
}

fn toml(text: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

#[test]
fn should_have_the_documented_defaults() {
    let config = read(&good()).unwrap();
    assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
    assert_eq!((config.admin_listen, config.upstream.requests_per_minute, config.hsts_seconds), (None, 100, None));
    assert_eq!((config.frame_ancestors.as_str(), config.session.cookie.as_str()), ("'self'", "__Host-portal_session"));
    assert_eq!((config.session.customer_claim.as_str(), config.session.orders_claim.as_str()), ("sub", "orders"));
    assert!(!config.session.algorithms.is_secret());
    assert!(!format!("{config:?}").contains("the-api-key"));
}

#[test]
fn should_refuse_each_wrong_value_by_name() {
    for (name, value) in [
        ("FLEXPORTAL_URL", "http://api.flexportal.example"),
        ("FLEXPORTAL_URL", "http://localhost.evil.example"),
        ("FLEXPORTAL_URL", "https://user:password@api.flexportal.example"),
        ("FLEXPORTAL_URL", "https://api.flexportal.example/?x=1"),
        ("FLEXPORTAL_URL", "ftp://localhost"),
        ("FLEXPORTAL_URL", "api.flexportal.io"),
        ("FLEXPORTAL_API_KEY", "two words"),
        ("FLEXPORTAL_TENANT_ID", "line\nbreak"),
        ("PROXY_LISTEN", "8080"),
        ("PROXY_LISTEN", "localhost:8080"),
        ("PROXY_ADMIN_LISTEN", "x"),
        ("PROXY_ADMIN_LISTEN", "127.0.0.1:8080"),
        ("PROXY_STORAGE_ORIGINS", "http://storage.example"),
        ("PROXY_STORAGE_ORIGINS", "https://storage.example/bucket"),
        ("PROXY_STORAGE_ORIGINS", "https://*.example"),
        ("PROXY_STORAGE_ORIGINS", "https://a.example;script-src"),
        ("PROXY_STORAGE_ORIGINS", "https://a.example,storage"),
        ("PROXY_STORAGE_ORIGINS", ","),
        ("PROXY_REQUESTS_PER_MINUTE", "0"),
        ("PROXY_REQUESTS_PER_MINUTE", "-1"),
        ("PROXY_REQUESTS_PER_MINUTE", "many"),
        ("PROXY_FRAME_ANCESTORS", "https://a.example; script-src *"),
        ("PROXY_FRAME_ANCESTORS", "none, https://a.example"),
        ("PROXY_FRAME_ANCESTORS", "*"),
        ("PROXY_FRAME_ANCESTORS", "https://*"),
        ("PROXY_FRAME_ANCESTORS", "https://a.example;script-src"),
        ("PROXY_PUBLIC_ORIGIN", "https://portal.example/path"),
        ("PROXY_HSTS_SECONDS", "a year"),
        ("PROXY_ASSETS", "/nowhere"),
        ("PROXY_BUDGET_FILE", "budget"),
        ("REDIS_URL", "http://redis.example"),
        ("REDIS_URL", "redis://"),
        ("REDIS_URL", "unix:/redis.sock"),
        ("REDIS_URL_FILE", "/nowhere"),
        ("PROXY_REPLICAS", "0"),
        ("PROXY_LIST_SECONDS", "301"),
        ("PROXY_REPLICAS", "2"),
        ("PROXY_LOG_FORMAT", "xml"),
        ("PROXY_LOG_LEVEL", "loud"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://user:password@collector.example"),
        ("SESSION_JWKS_URL", "http://idp.example/jwks"),
        ("SESSION_KEY_FILE", "/nowhere"),
        ("SESSION_ALGORITHMS", "none"),
        ("SESSION_ALGORITHMS", "HS256"),
        ("SESSION_ALGORITHMS", "HS256,RS256"),
        ("SESSION_COOKIE", "a=b"),
        ("FLEXPORTAL_API_KEY_FILE", "/nowhere"),
        ("PROXY_CONFIG", "/nowhere"),
    ] {
        let names = read_with(&[(name, value)]).err().unwrap_or_default();
        assert!(names.iter().all(|found| found == name) && !names.is_empty(), "{name}={value}: {names:?}");
    }
}

#[test]
fn should_accept_what_is_right() {
    for (name, value) in [
        ("FLEXPORTAL_URL", "http://localhost:8081"),
        ("FLEXPORTAL_URL", "http://127.0.0.1:8081/base/"),
        ("FLEXPORTAL_URL", "http://[::1]:8081"),
        ("PROXY_STORAGE_ORIGINS", "https://a.example, https://b.example:8443 http://localhost:8082"),
        ("PROXY_FRAME_ANCESTORS", "'none'"),
        ("PROXY_FRAME_ANCESTORS", "self https://*.portal.example"),
        ("PROXY_ADMIN_LISTEN", "127.0.0.1:9090"),
        ("PROXY_PUBLIC_ORIGIN", "https://portal.example"),
        ("PROXY_LOG_FORMAT", "json"),
        ("REDIS_URL", "redis://redis.example"),
        ("REDIS_URL", "rediss://user:password@redis.example:6380/1"),
        ("SESSION_ALGORITHMS", "ES256"),
        ("PROXY_ASSETS", ""),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector.monitoring:4318"),
    ] {
        assert!(read_with(&[(name, value)]).is_ok(), "{name}={value}");
    }
    let limits = read_with(&[("PROXY_LIST_SECONDS", "20")]).unwrap().limits;
    assert_eq!([limits.list_fresh, limits.list_stale, limits.list_kept].map(|time| time.as_secs()), [15, 20, 20]);
    assert_eq!(read_with(&[("REDIS_URL", "redis://redis.example"), ("PROXY_REPLICAS", "3")]).unwrap().replicas, Some(3));
    let config = read_with(&[("PROXY_FRAME_ANCESTORS", "self https://*.portal.example")]).unwrap();
    assert_eq!(config.frame_ancestors, "'self' https://*.portal.example");
}

#[test]
fn should_name_everything_that_is_missing_at_once() {
    let problems = read(&HashMap::new()).unwrap_err();
    let names: Vec<_> = problems.0.iter().map(|problem| problem.name.as_str()).collect();
    let required = [
        "FLEXPORTAL_URL",
        "FLEXPORTAL_API_KEY",
        "FLEXPORTAL_TENANT_ID",
        "PROXY_STORAGE_ORIGINS",
        "SESSION_JWKS_URL",
        "SESSION_ISSUER",
        "SESSION_AUDIENCE",
    ];
    assert_eq!(names, required);
}

#[test]
fn should_read_the_file_under_the_environment() {
    let file = toml(
        "proxy_listen = \"127.0.0.1:1\"\nproxy_requests_per_minute = 7\nproxy_storage_origins = [\"https://a.example\", \"https://b.example\"]\n",
    );
    let mut values = good();
    values.remove("PROXY_STORAGE_ORIGINS");
    values.insert("PROXY_CONFIG", file.path().to_str().unwrap().into());
    values.insert("PROXY_LISTEN", "127.0.0.1:2".into());
    let config = read(&values).unwrap();
    assert_eq!((config.listen.port(), config.upstream.requests_per_minute), (2, 7));
    assert!(config.storage.contains("https://b.example"));
}

#[test]
fn should_refuse_names_and_forms_that_the_file_should_not_have() {
    for (text, name) in [
        ("proxy_listne = \"127.0.0.1:1\"", "proxy_listne"),
        ("PROXY_LISTEN = \"127.0.0.1:1\"", "PROXY_LISTEN"),
        ("[proxy]\nlisten = \"127.0.0.1:1\"", "proxy"),
        ("proxy_listen = true", "PROXY_LISTEN"),
        ("proxy_storage_origins = [1]", "PROXY_STORAGE_ORIGINS"),
        ("flexportal_api_key = SECRET", "PROXY_CONFIG"),
    ] {
        let file = toml(text);
        let mut values = good();
        values.insert("PROXY_CONFIG", file.path().to_str().unwrap().into());
        let problems = read(&values).unwrap_err();
        assert!(problems.0.iter().any(|problem| problem.name == name), "{text}: {problems}");
        assert!(!problems.to_string().contains("SECRET"), "{problems}");
    }
}

#[test]
fn should_take_the_key_from_a_file_but_not_from_two_places() {
    let file = toml("the-key-in-a-file\n");
    let path = file.path().to_str().unwrap();
    assert_eq!(read_with(&[("FLEXPORTAL_API_KEY_FILE", path)]).err(), Some(vec!["FLEXPORTAL_API_KEY_FILE".to_owned()]));
    let config = read_with(&[("FLEXPORTAL_API_KEY", ""), ("FLEXPORTAL_API_KEY_FILE", path)]).unwrap();
    assert_eq!(secrecy::ExposeSecret::expose_secret(&config.upstream.api_key), "the-key-in-a-file");
}

#[test]
fn should_point_out_names_that_look_like_ours() {
    let names = ["PROXY_LISTNE", "PROXY_LISTEN", "PROXY_CONFIG", "SESSION_ALGORITHMS", "FLEXPORTAL_KEY", "PATH"];
    assert_eq!(Source::unknown(names.iter().map(ToString::to_string)), ["PROXY_LISTNE", "FLEXPORTAL_KEY"]);
}

#[test]
fn should_keep_the_budget_where_the_machine_keeps_state() {
    let file = |changes: &[(&'static str, &str)]| read_with(changes).unwrap().budget_file;
    let BudgetFile::Default(path) = file(&[("HOME", "/home/someone")]) else { panic!("there is a default") };
    let (directory, name) = (path.parent().unwrap(), path.file_name().unwrap().to_str().unwrap());
    assert_eq!(directory.to_str(), Some("/home/someone/.local/state/order-documents-proxy"));
    assert!(name.len() == 16 + ".budget".len() && name.chars().take(16).all(|digit| digit.is_ascii_hexdigit()), "{name}");
    for (changes, directory) in [
        (vec![("HOME", "/home/someone"), ("XDG_STATE_HOME", "/state")], "/state/order-documents-proxy"),
        (vec![("XDG_STATE_HOME", "/state"), ("STATE_DIRECTORY", "/var/lib/a:/var/lib/b")], "/var/lib/a"),
        (
            vec![("HOME", "here"), ("STATE_DIRECTORY", "there")],
            std::env::temp_dir().join("order-documents-proxy").to_str().unwrap(),
        ),
    ] {
        assert_eq!(file(&changes), BudgetFile::Default(std::path::Path::new(directory).join(name)));
    }
    // One that is another's has another name; a port of the system's choice has none.
    for (key, value) in [
        ("FLEXPORTAL_URL", "https://api.example"),
        ("FLEXPORTAL_TENANT_ID", "other"),
        ("PROXY_LISTEN", "127.0.0.1:8081"),
        ("PROXY_LISTEN", "127.0.0.2:8080"),
    ] {
        assert_ne!(file(&[("HOME", "/home/someone"), (key, value)]), BudgetFile::Default(path.clone()), "{key}");
    }
    assert_eq!(file(&[("PROXY_LISTEN", "127.0.0.1:0")]), BudgetFile::None);
    assert_eq!(file(&[("PROXY_BUDGET_FILE", "/b"), ("PROXY_LISTEN", "127.0.0.1:0")]), BudgetFile::Named("/b".into()));
}
