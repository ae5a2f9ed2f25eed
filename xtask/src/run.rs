//! Child processes: started in the project's root, with the project's own tools in front of the PATH.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::problem::Problem;
use crate::project::Project;
use crate::setup;

/// A command ready to be given arguments. Tools that `setup` installed win over those of the machine.
pub fn command(project: &Project, program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(project.root()).env("PATH", path_with_tools(project)).env("CARGO_TARGET_DIR", project.target());
    command
}

/// Runs to the end with this terminal; an exit code other than 0 is a [`Problem::Failed`].
pub fn to_the_end(command: &mut Command) -> Result<(), Problem> {
    let status = command.status().map_err(|source| Problem::Start { command: name(command), source })?;
    if status.success() { Ok(()) } else { Err(Problem::Failed { command: line(command), status: status.to_string() }) }
}

/// Runs to the end and returns what the command printed, trimmed; its complaints go to this terminal.
pub fn output(command: &mut Command) -> Result<String, Problem> {
    let output = command.stderr(Stdio::inherit()).output().map_err(|source| Problem::Start { command: name(command), source })?;
    if !output.status.success() {
        return Err(Problem::Failed { command: line(command), status: output.status.to_string() });
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The first executable file called `program` in the directories of `path`.
pub fn find_in(path: &OsStr, program: &str) -> Option<PathBuf> {
    std::env::split_paths(path).map(|dir| dir.join(program)).find(|file| is_executable(file))
}

/// The PATH of the machine, as this process was given it.
pub fn machine_path() -> OsString {
    let mut path = std::env::var_os("PATH").unwrap_or_default();
    // Debian keeps nginx where only root looks.
    path.push(":/usr/local/sbin:/usr/sbin");
    path
}

fn path_with_tools(project: &Project) -> OsString {
    let mut path = OsString::new();
    for dir in setup::tool_directories(project) {
        path.push(dir);
        path.push(":");
    }
    path.push(machine_path());
    path
}

/// Whether a file is there and may be executed.
pub fn is_executable(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.metadata().is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

fn name(command: &Command) -> String {
    command.get_program().to_string_lossy().into_owned()
}

fn line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args()).map(|word| word.to_string_lossy());
    words.collect::<Vec<_>>().join(" ")
}
