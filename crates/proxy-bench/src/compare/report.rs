//! The figures as a table.

use super::run::{Figures, Sample};
use super::{CONNECTIONS, GENERATOR_CORE, Plan, SERVER_CORE};
use crate::Outcome;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// What stands between these is written by the program; the rest of the page is not.
const MARKS: (&str, &str) = ("<!-- figures: written by `cargo xtask bench proxy` -->\n", "<!-- end of figures -->\n");

/// The table, and what it was measured on.
pub fn text(plan: &Plan, figures: &Figures) -> String {
    let mut text = machine(plan);
    text.push_str(
        "\n| what | CPU µs/request | most requests/s | server, generator busy | at half load: requests/s | CPU µs | p50 ms | p99 ms | body bytes | upstream calls/min |\n\
         | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n",
    );
    for (case, samples) in &figures.cases {
        let spread = |value: fn(&Sample) -> f64, digits: usize| spread(samples.iter().map(value).collect(), digits);
        let median = |value: fn(&Sample) -> f64| median(&mut samples.iter().map(value).collect::<Vec<_>>());
        let _ = writeln!(
            text,
            "| {} | {} | {} | {:.0} %, {:.0} % | {:.0} | {:.1} | {} | {} | {:.0} | {:.0} |",
            case.name,
            spread(|sample| micros(sample.cpu), 1),
            spread(|sample| sample.peak, 0),
            median(|sample| sample.server_busy * 100.0),
            median(|sample| sample.generator_busy * 100.0),
            median(|sample| sample.half),
            median(|sample| micros(sample.half_cpu)),
            spread(|sample| micros(sample.p50) / 1e3, 2),
            spread(|sample| micros(sample.p99) / 1e3, 2),
            median(|sample| sample.bytes as f64),
            median(|sample| sample.calls_per_minute),
        );
    }
    let mut foreign: Vec<f64> =
        figures.cases.iter().flat_map(|(_, samples)| samples.iter().map(|sample| sample.foreign * 100.0)).collect();
    let _ = writeln!(text, "\nOther programs used {} % of the server's core meanwhile.", spread(std::mem::take(&mut foreign), 0));
    if !figures.ready.is_empty() {
        let millis = |times: &[Duration]| spread(times.iter().map(|time| micros(*time) / 1e3).collect(), 1);
        let megabytes = |bytes: u64| bytes as f64 / 1e6;
        let _ = writeln!(
            text,
            "\n| process | |\n| --- | ---: |\n| start to the ready line, {} starts | {} ms |\n| start to the first whole list (keys fetched, list fetched) | {} ms |\n\
             | memory before the idle connections | {:.1} MB |\n| memory with {} idle connections, each after one answer | {:.1} MB |",
            figures.ready.len(),
            millis(&figures.ready),
            millis(&figures.first_answer),
            megabytes(figures.idle.0),
            figures.idle_connections,
            megabytes(figures.idle.1),
        );
    }
    text
}

fn machine(plan: &Plan) -> String {
    let said = |program: &Path, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).output().ok();
        let text = output.map(|output| String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).trim().to_owned());
        text.unwrap_or_else(|| "unknown".into())
    };
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let field = |name: &str| {
        cpu.lines()
            .find(|line| line.starts_with(name))
            .and_then(|line| line.split(':').nth(1))
            .unwrap_or("unknown")
            .trim()
            .to_owned()
    };
    format!(
        "Measured on {}: {} cores of an {} ({}), Linux {}, {}; {}; {}. Server on core {SERVER_CORE}, generator and upstream on core {GENERATOR_CORE}; \
         {CONNECTIONS} connections, {} rounds, {} s for each load. Medians, and the least and the most in brackets.\n",
        said(Path::new("date"), &["-u", "+%F"]),
        cpu.lines().filter(|line| line.starts_with("processor")).count(),
        field("model name"),
        if cpu.contains("hypervisor") { "a virtual machine" } else { "no virtual machine" },
        said(Path::new("uname"), &["-r"]),
        said(&plan.nginx, &["-v"]).replace("nginx version: ", ""),
        said(Path::new("rustc"), &["--version"]),
        plan.revision,
        plan.rounds,
        plan.time.as_secs_f64(),
    )
}

fn micros(time: Duration) -> f64 {
    time.as_nanos() as f64 / 1e3
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// `median (least–most)`
fn spread(mut values: Vec<f64>, digits: usize) -> String {
    let median = median(&mut values);
    match values.as_slice() {
        [first, .., last] => format!("{median:.digits$} ({first:.digits$}–{last:.digits$})"),
        _ => format!("{median:.digits$}"),
    }
}

/// Replaces the marked part of the file.
///
/// # Errors
/// Where the file cannot be read or written, or has no marked part.
pub fn write(path: &Path, text: &str) -> Outcome<()> {
    let before = fs::read_to_string(path)?;
    fs::write(path, replaced(&before, text).ok_or_else(|| format!("{} has no marked part for the figures", path.display()))?)?;
    Ok(())
}

fn replaced(page: &str, text: &str) -> Option<String> {
    let (head, rest) = page.split_once(MARKS.0)?;
    let (_, tail) = rest.split_once(MARKS.1)?;
    Some(format!("{head}{}{}{}{tail}", MARKS.0, text, MARKS.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn should_tell_the_median_and_how_far_it_spreads() {
        assert_eq!(spread(vec![3.0, 1.0, 2.0], 1), "2.0 (1.0–3.0)");
        assert_eq!(spread(vec![1.25], 1), "1.2");
    }

    #[test]
    fn should_replace_the_marked_part_only() {
        let page = format!("before\n{}old\n{}after\n", MARKS.0, MARKS.1);
        assert_eq!(replaced(&page, "new\n"), Some(format!("before\n{}new\n{}after\n", MARKS.0, MARKS.1)));
        assert_eq!(replaced("no marks", "new"), None);
    }
}
