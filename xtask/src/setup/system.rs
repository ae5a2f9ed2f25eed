//! Programs of the machine, which only the tests need: Chromium, ChromeDriver, nginx and Redis.

use std::process::Command;

use crate::problem::Problem;
use crate::run;

/// A program that comes from the system's package manager.
#[derive(Debug, PartialEq, Eq)]
struct SystemProgram {
    /// Names it goes by.
    programs: &'static [&'static str],
    debian: &'static str,
    ubuntu: &'static str,
    macos: &'static str,
}

const NEEDED: [SystemProgram; 4] = [
    SystemProgram {
        programs: &["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"],
        debian: "apt-get install chromium",
        // Ubuntu's package of that name is a snap in disguise.
        ubuntu: "snap install chromium",
        macos: "brew install --cask chromium",
    },
    SystemProgram {
        // The one name by which the tests start it.
        programs: &["chromedriver"],
        debian: "apt-get install chromium-driver",
        ubuntu: "snap install chromium, and then ln -s /snap/bin/chromium.chromedriver /usr/local/bin/chromedriver",
        macos: "brew install --cask chromedriver",
    },
    SystemProgram {
        programs: &["nginx"],
        debian: "apt-get install nginx-light",
        ubuntu: "apt-get install nginx-light",
        macos: "brew install nginx",
    },
    SystemProgram {
        programs: &["redis-server"],
        debian: "apt-get install redis-server",
        ubuntu: "apt-get install redis-server",
        macos: "brew install redis",
    },
];

/// What decides whether we may install.
#[derive(Debug, Default)]
pub struct System {
    /// Whether this process may write to the system.
    pub is_root: bool,
    /// `ID` of /etc/os-release, such as `debian`; empty where there is no such file.
    pub distribution: String,
}

impl System {
    /// The machine this runs on.
    pub fn of_this_machine() -> System {
        let user = Command::new("id").arg("-u").output().map(|output| output.stdout).unwrap_or_default();
        let release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
        System { is_root: user.trim_ascii() == b"0", distribution: distribution(&release) }
    }
}

/// What is to be done about missing programs.
#[derive(Debug, PartialEq, Eq)]
enum Plan {
    Nothing,
    Install(Vec<&'static str>),
    Tell(String),
}

/// Installs missing programs where that is allowed; otherwise names them all, with how to get each.
pub fn ensure(system: &System) -> Result<Option<String>, Problem> {
    let path = run::machine_path();
    let is_missing = |needed: &&SystemProgram| !needed.programs.iter().any(|name| run::find_in(&path, name).is_some());
    let missing: Vec<&SystemProgram> = NEEDED.iter().filter(is_missing).collect();
    match plan(&missing, system) {
        Plan::Nothing => Ok(None),
        Plan::Tell(message) => Err(Problem::Missing(message)),
        Plan::Install(packages) => {
            println!("setup: installing {} with apt-get", packages.join(", "));
            run::to_the_end(apt_get().args(["-qq", "update"]))?;
            run::to_the_end(apt_get().args(["-qq", "--no-install-recommends", "install"]).args(&packages))?;
            Ok(Some(packages.join(", ")))
        }
    }
}

fn plan(missing: &[&SystemProgram], system: &System) -> Plan {
    if missing.is_empty() {
        return Plan::Nothing;
    }
    if system.is_root && system.distribution == "debian" {
        return Plan::Install(missing.iter().filter_map(|needed| needed.debian.strip_prefix("apt-get install ")).collect());
    }
    let lines = missing.iter().map(|needed| {
        let SystemProgram { programs, debian, ubuntu, macos } = needed;
        format!("  {}\n    Debian: {debian} (as root)\n    Ubuntu: {ubuntu} (as root)\n    macOS: {macos}", programs[0])
    });
    Plan::Tell(lines.collect::<Vec<_>>().join("\n"))
}

fn apt_get() -> Command {
    let mut command = Command::new("apt-get");
    // RUNLEVEL keeps the package's own nginx service from starting on port 80: the tests start their own.
    command.arg("--yes").env("DEBIAN_FRONTEND", "noninteractive").env("RUNLEVEL", "1");
    command
}

fn distribution(release: &str) -> String {
    let id = release.lines().find_map(|line| line.strip_prefix("ID="));
    id.unwrap_or_default().trim().trim_matches('"').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn system(is_root: bool, distribution: &str) -> System {
        System { is_root, distribution: distribution.into() }
    }

    #[test]
    fn should_install_only_as_root_on_debian() {
        let missing: Vec<_> = NEEDED.iter().collect();
        assert_eq!(
            plan(&missing, &system(true, "debian")),
            Plan::Install(vec!["chromium", "chromium-driver", "nginx-light", "redis-server"])
        );
        for other in [system(false, "debian"), system(true, "ubuntu"), system(true, "fedora"), system(true, "")] {
            assert!(matches!(plan(&missing, &other), Plan::Tell(_)), "{other:?}");
        }
    }

    #[test]
    fn should_name_every_missing_program_and_how_to_get_it() {
        let Plan::Tell(message) = plan(&[&NEEDED[1], &NEEDED[2]], &system(false, "debian")) else { panic!("should tell") };
        for word in ["chromedriver", "apt-get install chromium-driver", "nginx", "brew install nginx", "snap install chromium"] {
            assert!(message.contains(word), "{word} in {message}");
        }
        assert!(!message.contains("--cask chromium\n"), "{message}");
    }

    #[test]
    fn should_do_nothing_when_nothing_is_missing() {
        assert_eq!(plan(&[], &system(true, "debian")), Plan::Nothing);
        assert_eq!(plan(&[], &system(false, "")), Plan::Nothing);
    }

    #[test]
    fn should_read_the_distribution() {
        assert_eq!(distribution("NAME=\"Debian GNU/Linux\"\nVERSION_ID=\"12\"\nID=debian\n"), "debian");
        assert_eq!(distribution("ID=\"opensuse-leap\"\n"), "opensuse-leap");
        assert_eq!(distribution(""), "");
    }
}
