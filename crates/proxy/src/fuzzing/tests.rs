//! The committed corpora through the fuzz targets' functions, without a fuzzer.

use super::TARGETS;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz")
}

/// The names in a folder.
fn names(folder: &Path) -> BTreeSet<String> {
    let entries = folder.read_dir().unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn should_keep_every_promise_on_the_corpora() {
    for (target, check) in TARGETS {
        let folder = fuzz().join("corpus").join(target);
        let inputs = names(&folder);
        assert!(inputs.len() >= 8, "the corpus of {target} has {} inputs", inputs.len());
        for input in inputs {
            // What fails is named by the panic's output, which the test shows.
            println!("fuzz/corpus/{target}/{input}");
            check(&std::fs::read(folder.join(input)).unwrap());
        }
    }
}

#[test]
fn should_keep_every_promise_on_short_inputs() {
    for (_, check) in TARGETS {
        check(b"");
        for byte in 0..=u8::MAX {
            check(&[byte]);
            check(&[b'\n', byte]);
        }
    }
}

#[test]
fn should_have_a_program_and_a_corpus_for_each_target() {
    let targets: BTreeSet<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(names(&fuzz().join("corpus")), targets);
    assert_eq!(names(&fuzz().join("fuzz_targets")), targets.iter().map(|name| format!("{name}.rs")).collect());
    let manifest: toml::Table = std::fs::read_to_string(fuzz().join("Cargo.toml")).unwrap().parse().unwrap();
    let programs = manifest["bin"].as_array().unwrap().iter();
    assert_eq!(programs.map(|bin| bin["name"].as_str().unwrap().to_owned()).collect::<BTreeSet<_>>(), targets);
    for name in &targets {
        let program = std::fs::read_to_string(fuzz().join(format!("fuzz_targets/{name}.rs"))).unwrap();
        assert!(program.contains(&format!("order_documents_proxy::fuzzing::{name}(data)")), "{name}");
    }
}
