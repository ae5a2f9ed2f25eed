//! The files in `deploy/`: they are configuration of this program, and this program says what is right.

use crate::logs::ask_everything;
use crate::program::{Program, listening_world};
use order_documents_proxy::config::{Config, Limits, NAMES, Source};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

fn deploy() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy")
}

fn text(path: &str) -> String {
    std::fs::read_to_string(deploy().join(path)).unwrap_or_else(|error| panic!("deploy/{path}: {error}"))
}

/// All documents of a YAML file.
fn yaml(path: &str) -> Vec<Value> {
    serde_saphyr::from_multiple(&text(path)).unwrap_or_else(|error| panic!("deploy/{path}: {error}"))
}

fn compose() -> Value {
    yaml("compose/compose.yaml").remove(0)
}

/// The Kubernetes object of that kind, out of all files that the kustomization names.
fn kubernetes(kind: &str, name: &str) -> Value {
    let kustomization = yaml("kubernetes/kustomization.yaml").remove(0);
    let files =
        kustomization["resources"].as_array().unwrap().iter().map(|file| format!("kubernetes/{}", file.as_str().unwrap()));
    let objects: Vec<Value> = files.flat_map(|file| yaml(&file)).collect();
    let found = objects.iter().find(|object| object["kind"] == kind && object["metadata"]["name"] == name);
    found.unwrap_or_else(|| panic!("no {kind} {name}")).clone()
}

fn deployment() -> Value {
    kubernetes("Deployment", "order-documents-proxy")["spec"]["template"]["spec"].clone()
}

fn config_map() -> BTreeMap<String, String> {
    serde_json::from_value(kubernetes("ConfigMap", "order-documents-proxy")["data"].clone()).unwrap()
}

/// The image's own environment.
fn image() -> BTreeMap<String, String> {
    let file = text("container/Containerfile").replace("\\\n", " ");
    let lines = file.lines().filter_map(|line| line.strip_prefix("ENV "));
    let pairs = lines.flat_map(str::split_whitespace).map(|pair| pair.split_once('=').unwrap());
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// `NAME=value` lines.
fn example() -> BTreeMap<String, String> {
    let file = text("compose/env.example");
    let pairs = file.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('='));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// The environment of compose's proxies, with the example's values put in.
fn composed(service: &str) -> BTreeMap<String, String> {
    let example = example();
    let environment = compose()["services"][service]["environment"].clone();
    let environment: BTreeMap<String, Value> = serde_json::from_value(environment).unwrap();
    let put_in = |value: &Value| {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        match text.strip_prefix("${").and_then(|text| text.strip_suffix('}')) {
            Some(variable) => example[variable.split([':', '-']).next().unwrap()].clone(),
            None => text,
        }
    };
    environment.iter().map(|(name, value)| (name.clone(), put_in(value))).collect()
}

const PROXIES: [&str; 2] = ["proxy-1", "proxy-2"];

fn port(environment: &BTreeMap<String, String>, name: &str) -> u64 {
    environment[name].rsplit(':').next().unwrap().parse().unwrap()
}

/// `20s` and the like.
fn seconds(text: &Value) -> u64 {
    text.as_str().unwrap().strip_suffix('s').unwrap().parse().unwrap()
}

#[test]
fn should_name_only_what_the_program_knows_and_all_that_it_needs() {
    for (place, environment) in [
        ("Containerfile", image()),
        ("configmap", config_map()),
        ("proxy-1", composed("proxy-1")),
        ("proxy-2", composed("proxy-2")),
    ] {
        for name in environment.keys() {
            assert!(NAMES.contains(&name.as_str()), "{place}: {name} is no name of this program");
        }
        if place == "Containerfile" {
            continue;
        }
        // The files with secrets are on other machines; their values stand in for them here.
        let secret = |name: &str| match name {
            "FLEXPORTAL_API_KEY" => Some("key".to_owned()),
            "REDIS_URL" if NAMES.contains(&"REDIS_URL") => Some("redis://127.0.0.1:6379".to_owned()),
            name if name.ends_with("_FILE") && environment.get(name).is_some_and(|path| path.starts_with("/run/secrets/")) => {
                None
            }
            name => environment.get(name).cloned(),
        };
        let config = Config::read(Source::open(|name| secret(name).map(OsString::from)));
        assert!(config.is_ok(), "{place}: {}", config.err().unwrap());
    }
    let used: BTreeSet<_> =
        text("compose/compose.yaml").split("${").skip(1).map(|rest| rest.split([':', '}']).next().unwrap().to_owned()).collect();
    assert_eq!(used, example().into_keys().collect(), "compose.yaml asks for what env.example names");
}

#[test]
fn should_agree_on_ports_and_publish_only_the_public_one() {
    let (image, map, spec) = (image(), config_map(), deployment());
    let ports =
        |environment: &BTreeMap<String, String>| ["PROXY_LISTEN", "PROXY_ADMIN_LISTEN"].map(|name| port(environment, name));
    let [public, admin] = ports(&image);
    assert!(text("container/Containerfile").contains(&format!("\nEXPOSE {public} {admin}\n")));
    assert_eq!(ports(&map), [public, admin]);
    let container = &spec["containers"][0];
    let named = |name: &str| {
        let ports = container["ports"].as_array().unwrap();
        ports.iter().find(|port| port["name"] == name).unwrap()["containerPort"].as_u64().unwrap()
    };
    assert_eq!([named("http"), named("admin")], [public, admin]);
    let targets = |name| {
        let ports = kubernetes("Service", name)["spec"]["ports"].clone();
        ports.as_array().unwrap().iter().map(|port| port["targetPort"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(targets("order-documents-proxy"), ["http"], "the admin listener is not in the public service");
    assert_eq!(targets("order-documents-proxy-admin"), ["admin"]);
    for probe in ["startupProbe", "livenessProbe", "readinessProbe"] {
        assert_eq!(container[probe]["httpGet"]["port"], "admin", "{probe}");
    }
    let ingress = kubernetes("NetworkPolicy", "order-documents-proxy")["spec"]["ingress"].clone();
    let admitted: Vec<_> = ingress.as_array().unwrap().iter().map(|rule| rule["ports"][0]["port"].as_u64().unwrap()).collect();
    assert_eq!(admitted, [public, admin]);
    assert!(ingress.as_array().unwrap().iter().all(|rule| rule["from"].as_array().is_some_and(|from| !from.is_empty())));

    let compose = compose();
    for name in PROXIES {
        assert_eq!(ports(&composed(name)), [public, admin], "{name}");
        assert!(compose["services"][name]["ports"].is_null(), "{name} is published past nginx");
        assert!(text("compose/nginx.conf").contains(&format!("server {name}:{public} ")), "nginx does not know {name}");
    }
    let published = compose["services"]["nginx"]["ports"][0].as_str().unwrap();
    let inside = published.rsplit(':').next().unwrap();
    assert!(published.starts_with("127.0.0.1:") && text("compose/nginx.conf").contains(&format!("listen {inside};")));
}

#[test]
fn should_give_containers_no_more_rights_than_they_need() {
    let compose = compose();
    let services = compose["services"].as_object().unwrap();
    assert_eq!(services.len(), 4);
    for (name, service) in services {
        assert_eq!((&service["read_only"], service["cap_drop"][0].as_str()), (&Value::Bool(true), Some("ALL")), "{name}");
        assert_eq!(service["security_opt"][0], "no-new-privileges:true", "{name}");
        assert!(service["user"].as_str().is_some_and(|user| !user.starts_with('0') && user != "root"), "{name}");
        assert!(
            service["healthcheck"]["test"].is_array() && service["privileged"].is_null() && service["cap_add"].is_null(),
            "{name}"
        );
        for limit in ["cpus", "memory", "pids"] {
            assert!(!service["deploy"]["resources"]["limits"][limit].is_null(), "{name} has no limit of {limit}");
        }
    }
    assert_eq!(compose["networks"]["back"]["internal"], true);
    assert_eq!(services["valkey"]["networks"], serde_json::json!(["back"]));

    let file = text("container/Containerfile");
    let last = file.split("\nFROM ").last().unwrap();
    assert!(last.starts_with("scratch\n") && last.contains("\nUSER 65532:65532\n") && last.contains("HEALTHCHECK"), "{last}");

    let spec = deployment();
    let (pod, container) = (&spec["securityContext"], &spec["containers"][0]);
    assert_eq!((&pod["runAsNonRoot"], pod["seccompProfile"]["type"].as_str()), (&Value::Bool(true), Some("RuntimeDefault")));
    assert!(pod["runAsUser"].as_u64().is_some_and(|id| id >= 10_000));
    let own = &container["securityContext"];
    assert_eq!((&own["readOnlyRootFilesystem"], &own["allowPrivilegeEscalation"]), (&Value::Bool(true), &Value::Bool(false)));
    assert_eq!(own["capabilities"], serde_json::json!({"drop": ["ALL"]}));
    for amount in ["cpu", "memory"] {
        assert!(container["resources"]["limits"][amount].is_string() && container["resources"]["requests"][amount].is_string());
    }
    assert_eq!((&spec["automountServiceAccountToken"], &spec["enableServiceLinks"]), (&Value::Bool(false), &Value::Bool(false)));
    assert!(spec["hostNetwork"].is_null() && spec["hostPID"].is_null());
    // Secrets come from files that nobody commits, or by reference.
    assert!(spec["volumes"][0]["secret"]["secretName"].is_string());
    let written = [compose.to_string(), serde_json::to_string(&config_map()).unwrap()].concat();
    assert!(!written.contains("\"FLEXPORTAL_API_KEY\"") && !written.contains("\"REDIS_URL\""), "a secret stands in a file");
}

#[test]
fn should_wait_longer_for_the_end_than_the_program_does() {
    let shutdown = Limits::default().shutdown.as_secs();
    for name in PROXIES {
        assert!(seconds(&compose()["services"][name]["stop_grace_period"]) >= shutdown + 5, "{name}");
    }
    let spec = deployment();
    let before = spec["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"].as_u64().unwrap();
    assert!(spec["terminationGracePeriodSeconds"].as_u64().unwrap() >= before + shutdown + 5);
    // nginx waits longer than the proxy, and gives up idle connections sooner.
    let nginx = text("compose/nginx.conf");
    let value = |name: &str| {
        let rest = nginx.split(&format!("{name} ")).nth(1).unwrap();
        rest.split('s').next().unwrap().parse::<u64>().unwrap()
    };
    assert!(value("proxy_read_timeout") > Limits::default().request.as_secs());
    assert!(value("keepalive_timeout") < Limits::default().client_idle.as_secs());
}

#[test]
fn should_leave_room_for_counting_calls_in_valkey() {
    let valkey = compose()["services"]["valkey"].clone();
    let command: Vec<_> = valkey["command"].as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect();
    let value = |name: &str| command[command.iter().position(|word| *word == name).unwrap() + 1];
    // Without a bound nobody knows when it is half full, and what is thrown away is not counted.
    assert_eq!(value("--maxmemory-policy"), "noeviction");
    let most: u32 = value("--maxmemory").strip_suffix("mb").unwrap().parse().unwrap();
    let container = valkey["deploy"]["resources"]["limits"]["memory"].as_str().unwrap();
    assert!(most >= 32 && most < container.strip_suffix('M').unwrap().parse().unwrap(), "{most} MB in {container}");
}

/// What stands in a file from there to the next line with nothing but `}`, without indentation.
fn block<'a>(file: &'a str, start: &str) -> Vec<&'a str> {
    file.lines().map(str::trim).skip_while(|line| *line != start).take_while(|line| *line != "}").collect()
}

#[test]
fn should_let_as_much_through_and_fail_alike_in_both_nginx_files() {
    let [one, other] = ["nginx/order-documents.conf", "compose/nginx.conf"].map(text);
    for start in ["map $status $order_documents_error {", "location @order_documents_error {"] {
        assert!(block(&one, start).len() > 4, "{start}");
        assert_eq!(block(&one, start), block(&other, start));
    }
    for line in [
        "large_client_header_buffers 4 16k;",
        "proxy_buffer_size 16k;",
        "proxy_buffers 8 16k;",
        "error_page 494 =431 @order_documents_error;",
        "error_page 413 502 504 @order_documents_error;",
    ] {
        assert!([&one, &other].iter().all(|file| file.lines().any(|own| own.trim() == line)), "{line}");
    }
    // Below `crit` nginx writes request lines with their query.
    assert!(other.contains("\nerror_log /dev/stderr crit;\n") && !other.contains("$request\"") && !other.contains("$args"));
}

#[test]
fn should_pin_every_image() {
    let file = text("container/Containerfile");
    let bases = file.lines().filter_map(|line| line.strip_prefix("FROM ")).map(|base| base.split(' ').next().unwrap().to_owned());
    let compose = compose();
    let services = compose["services"].as_object().unwrap().values().map(|service| service["image"].as_str().unwrap().to_owned());
    let images: BTreeSet<String> = bases.chain(services).filter(|image| image != "scratch").collect();
    assert_eq!(images.len(), 4, "{images:?}");
    for image in &images {
        let tag = image.split_once(':').unwrap_or_else(|| panic!("{image} has no tag")).1;
        assert!(tag.starts_with(|first: char| first.is_ascii_digit()), "{image}");
    }
    let own = format!("order-documents-proxy:{}", env!("CARGO_PKG_VERSION"));
    assert!(images.contains(&own), "{images:?}");
    assert_eq!(yaml("kubernetes/kustomization.yaml")[0]["images"][0]["newTag"], env!("CARGO_PKG_VERSION"));
}

/// Absent from the answer of a proxy that shares nothing.
const ONLY_WITH_REDIS: [&str; 1] = ["order_documents_shared_state_connected"];

/// Every metric that the text names.
fn metrics_of(text: &str) -> BTreeSet<String> {
    let names = text.split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_'));
    names.filter(|name| name.starts_with("order_documents_") || name.starts_with("process_")).map(str::to_owned).collect()
}

#[tokio::test]
async fn should_watch_only_what_is_measured() {
    let dashboard: Value = serde_json::from_str(&text("grafana/order-documents.json")).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let ids: BTreeSet<_> = panels.iter().map(|panel| panel["id"].as_u64().unwrap()).collect();
    assert_eq!(ids.len(), panels.len());
    let shown: BTreeSet<_> = panels
        .iter()
        .flat_map(|panel| panel["targets"].as_array().into_iter().flatten())
        .flat_map(|target| metrics_of(target["expr"].as_str().unwrap()))
        .collect();
    let rules = yaml("prometheus/alerts.yaml")[0]["groups"][0]["rules"].clone();
    let rules = rules.as_array().unwrap();
    let alerted: BTreeSet<_> = rules.iter().flat_map(|rule| metrics_of(rule["expr"].as_str().unwrap())).collect();

    let (world, upstream) = listening_world("metrics").await;
    let program = Program::start(&upstream, &[]).await;
    ask_everything(&program, &world).await;
    let answer = program.admin("/metrics").await;
    let lines = answer.lines().filter(|line| !line.starts_with('#'));
    let measured: BTreeSet<_> = lines.map(|line| line.split(['{', ' ']).next().unwrap().to_owned()).collect();
    for name in shown.iter().chain(&alerted).filter(|name| !ONLY_WITH_REDIS.contains(&name.as_str())) {
        assert!(measured.contains(name), "{name} is not in\n{answer}");
    }
    // And nothing is measured that nobody looks at: a histogram's parts count as one.
    let whole =
        |name: &str| ["_bucket", "_count", "_sum"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name).to_owned();
    let shown: BTreeSet<_> = shown.iter().map(|name| whole(name)).collect();
    let unseen: Vec<_> = measured.iter().map(|name| whole(name)).filter(|name| !shown.contains(name)).collect();
    assert!(unseen.is_empty(), "no panel shows {unseen:?}");

    // What is to be done stands where the alerts say that it does, and every metric has its line there.
    let guide = std::fs::read_to_string(deploy().join("../docs/OPERATING.md")).unwrap();
    for rule in rules {
        let name = rule["alert"].as_str().unwrap();
        assert!(guide.contains(&format!("**{name}**")), "docs/OPERATING.md says nothing of {name}");
    }
    for name in measured.iter().map(|name| whole(name)) {
        assert!(guide.contains(&format!("`{name}`")), "docs/OPERATING.md says nothing of {name}");
    }
    let read_me = std::fs::read_to_string(deploy().join("../README.md")).unwrap();
    for name in NAMES {
        assert!(
            read_me.contains(&format!("`{name}`")) || guide.contains(&format!("`{name}`")),
            "neither README.md nor docs/OPERATING.md says anything of {name}"
        );
    }
}

#[test]
fn should_build_an_image_of_sources_alone() {
    let text = std::fs::read_to_string(deploy().join("../.dockerignore")).unwrap();
    let rules: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(rules.first(), Some(&"*"), "everything is left out that is not named");
    let is_sent = |path: &str| {
        let names = |allowed: &str| path == allowed || path.starts_with(&format!("{allowed}/"));
        rules[1..].iter().any(|rule| names(rule.strip_prefix('!').expect("only exceptions follow")))
    };
    for path in ["Cargo.lock", "crates/proxy/src/main.rs", "deploy/container/rootfs.sh", "src/loader.js"] {
        assert!(is_sent(path), "{path} is needed");
    }
    // Where compose's README puts the key, and what lies about in a tree that is worked in.
    for path in [
        "deploy/compose/secrets/flexportal-api-key",
        "deploy/compose/.env",
        ".env",
        ".git/config",
        "target/debug/x",
        "node_modules/x",
    ] {
        assert!(!is_sent(path), "{path} must not get into an image's layers");
    }
}
