//! `cargo xtask fuzz`: the proxy's parsers under libFuzzer. What is looked for stands in docs/FUZZING.md.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use crate::problem::Problem;
use crate::project::Project;
use crate::run;
use crate::setup;

/// How long each target runs, unless told otherwise.
const SECONDS: u32 = 60;

/// The longest input, in bytes: room for what is bounded at 8 kB, and for what is beyond.
const MAX_INPUT: usize = 10_000;

/// What is to be run.
#[derive(Debug, PartialEq, Eq)]
struct Wish {
    targets: Vec<String>,
    seconds: u32,
}

/// Runs the targets that are named, or all, one after the other, and stops at the first finding.
pub fn run(project: &Project, arguments: &[String]) -> Result<(), Problem> {
    let wish = wish(arguments, &targets(project)?)?;
    setup::for_fuzzing(project)?;
    let mut results = Vec::new();
    for target in &wish.targets {
        println!("\n== {target}, for {} s", wish.seconds);
        results.push(fuzz(project, target, wish.seconds)?);
    }
    println!("\nNothing found.\n{}", results.join("\n"));
    Ok(())
}

/// The programs in `fuzz/fuzz_targets`, by name.
fn targets(project: &Project) -> Result<Vec<String>, Problem> {
    let folder = project.path("fuzz/fuzz_targets");
    let entries = folder.read_dir().map_err(Problem::file(&folder))?;
    let paths = entries.flatten().map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|ending| ending == "rs"));
    let mut names: Vec<String> = paths.filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned())).collect();
    names.sort();
    Ok(names)
}

fn wish(arguments: &[String], known: &[String]) -> Result<Wish, Problem> {
    let mut wish = Wish { targets: Vec::new(), seconds: SECONDS };
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        if argument == "--seconds" {
            let seconds = arguments.next().and_then(|text| text.parse().ok()).filter(|&seconds| seconds > 0);
            wish.seconds = seconds.ok_or_else(|| Problem::Usage("--seconds takes a whole number from 1".into()))?;
        } else if known.contains(argument) {
            wish.targets.push(argument.clone());
        } else {
            return Err(Problem::Usage(format!("no fuzz target is called {argument:?}; there are {}", known.join(", "))));
        }
    }
    if wish.targets.is_empty() {
        wish.targets = known.to_vec();
    }
    Ok(wish)
}

/// Runs one target and returns a line with what it did.
fn fuzz(project: &Project, target: &str, seconds: u32) -> Result<String, Problem> {
    let directory = project.target().join("fuzz");
    // What libFuzzer finds worth keeping grows here; the committed corpus is read and stays as it is.
    let corpus = directory.join("corpus").join(target);
    std::fs::create_dir_all(&corpus).map_err(Problem::file(&corpus))?;
    let mut command = run::command(project, "cargo");
    command.args(["fuzz", "run", "--fuzz-dir", "fuzz", "--target-dir"]).arg(&directory).arg(target).arg(&corpus);
    command.arg(format!("fuzz/corpus/{target}")).arg("--");
    command.arg(format!("-max_total_time={seconds}")).arg(format!("-max_len={MAX_INPUT}"));
    command.args(["-timeout=10", "-rss_limit_mb=2048", "-print_final_stats=1"]);
    command.arg(format!("-dict=fuzz/dictionaries/{target}.dict"));
    // Coverage and the address sanitizer are options of the compiler that stable Rust has and keeps locked.
    command.env("RUSTC_BOOTSTRAP", "1").stderr(Stdio::piped());
    let start = |source| Problem::Start { command: "cargo fuzz".into(), source };
    let mut child = command.spawn().map_err(start)?;
    let mut lines = Summary::default();
    for line in child.stderr.take().into_iter().flat_map(|stderr| BufReader::new(stderr).split(b'\n')) {
        let Ok(line) = line else { break };
        let line = String::from_utf8_lossy(&line);
        lines.read(&line);
        eprintln!("{line}");
    }
    let status = child.wait().map_err(start)?;
    if !status.success() {
        let again = format!("cargo xtask fuzz {target}");
        return Err(Problem::Other(format!(
            "{target}: see above ({status}). The input is in fuzz/artifacts/{target}. Again: {again}"
        )));
    }
    Ok(format!("{target}: {} executions, coverage {}, corpus {}", lines.executions, lines.coverage, lines.corpus))
}

/// What libFuzzer tells at the end.
#[derive(Default)]
struct Summary {
    executions: String,
    coverage: String,
    corpus: String,
}

impl Summary {
    /// Takes what is in a line such as `#1048576 pulse  cov: 1234 ft: 5678 corp: 321/45Kb …` or `stat::number_of_executed_units: 1234`.
    fn read(&mut self, line: &str) {
        let after = |name: &str| line.split_once(name).and_then(|(_, rest)| rest.split_whitespace().next()).map(str::to_owned);
        for (slot, name) in [
            (&mut self.executions, "stat::number_of_executed_units:"),
            (&mut self.coverage, " cov:"),
            (&mut self.corpus, " corp:"),
        ] {
            if let Some(value) = after(name) {
                *slot = value;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(arguments: &[&str]) -> Result<Wish, Problem> {
        let known = ["list".to_owned(), "name".to_owned()];
        wish(&arguments.iter().map(|&word| word.to_owned()).collect::<Vec<_>>(), &known)
    }

    #[test]
    fn should_run_all_targets_unless_some_are_named() {
        assert_eq!(read(&[]).unwrap(), Wish { targets: vec!["list".into(), "name".into()], seconds: SECONDS });
        assert_eq!(read(&["--seconds", "5", "name"]).unwrap(), Wish { targets: vec!["name".into()], seconds: 5 });
        for wrong in [&["names"][..], &["--seconds"], &["--seconds", "0"], &["--seconds", "x"]] {
            assert_eq!(read(wrong).unwrap_err().exit_code(), 2, "{wrong:?}");
        }
    }

    #[test]
    fn should_have_targets_and_their_dictionaries() {
        let project = Project::find().unwrap();
        let targets = targets(&project).unwrap();
        assert!(targets.len() >= 8, "{targets:?}");
        for target in targets {
            assert!(project.path(&format!("fuzz/dictionaries/{target}.dict")).is_file(), "{target}");
        }
    }

    #[test]
    fn should_read_what_libfuzzer_tells() {
        let mut summary = Summary::default();
        summary.read("#2\tINITED cov: 11 ft: 12 corp: 1/1b exec/s: 0 rss: 30Mb");
        summary.read("#1048576\tpulse  cov: 1234 ft: 5678 corp: 321/45Kb lim: 4096 exec/s: 9 rss: 99Mb");
        summary.read("stat::number_of_executed_units: 1048577");
        assert_eq!([summary.executions, summary.coverage, summary.corpus], ["1048577", "1234", "321/45Kb"]);
    }
}
