//! Every program that labctl starts on this computer begins here.

use crate::model::secret::hidden_variables;
use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::Command;

/// Where ssh, git and multipass are on Windows, although the search path of many a computer lacks them: Microsoft's own
/// OpenSSH, the one of its releases, git for Windows with the ssh that it brings, and Multipass.
pub const WINDOWS_FOLDERS: &[&str] = &[
    r"C:\Windows\System32\OpenSSH",
    r"C:\Program Files\OpenSSH",
    r"C:\Program Files\Git\cmd",
    r"C:\Program Files\Git\usr\bin",
    r"C:\Program Files\Multipass\bin",
];

/// A program to start, with labctl's environment minus the variables that hold secrets.
pub fn std_command(program: &str) -> Command {
    let search = std::env::var_os("PATH").unwrap_or_default();
    let mut command = match cfg!(windows) {
        true => Command::new(located(program, &search, WINDOWS_FOLDERS)),
        false => Command::new(program),
    };
    for name in hidden_variables() {
        command.env_remove(name);
    }
    command
}

/// A command line to start, as a person types it in this system's own shell.
#[cfg(not(windows))]
pub fn shell_command(line: &str) -> Command {
    let mut command = std_command("sh");
    command.args(["-c", line]);
    command
}

/// A command line to start, as a person types it in this system's own shell. `cmd` takes the line as it stands, without the
/// first and the last quote (`/S`); it knows no backslash before the others. Nothing of the registry runs before it (`/D`).
#[cfg(windows)]
pub fn shell_command(line: &str) -> Command {
    use std::os::windows::process::CommandExt;
    let mut command = std_command("cmd");
    command.raw_arg(format!("/D /S /C \"{line}\""));
    command
}

/// The file of a program that no folder of the search path holds, and one of these does; otherwise the program as it is named.
fn located(program: &str, search: &OsStr, usual: &[&str]) -> PathBuf {
    let file = format!("{program}{}", std::env::consts::EXE_SUFFIX);
    let in_folder = |folder: PathBuf| Some(folder.join(&file)).filter(|path| path.is_file());
    let found = std::env::split_paths(search).find_map(in_folder);
    match found {
        Some(_) => program.into(),
        None => usual.iter().find_map(|folder| in_folder(folder.into())).unwrap_or_else(|| program.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_program_is_found_where_it_usually_is_unless_the_search_path_has_it() {
        let root = tempfile::tempdir().unwrap();
        let [searched, usual] = ["searched", "usual folder"].map(|name| root.path().join(name));
        [&searched, &usual].iter().for_each(|folder| fs::create_dir(folder).unwrap());
        let file = format!("ssh{}", std::env::consts::EXE_SUFFIX);
        let found = || located("ssh", searched.as_os_str(), &["/nowhere", usual.to_str().unwrap()]);
        assert_eq!(found(), PathBuf::from("ssh"), "there is none: the error is the system's own");
        fs::write(usual.join(&file), "").unwrap();
        assert_eq!(found(), usual.join(&file));
        fs::write(searched.join(&file), "").unwrap();
        assert_eq!(found(), PathBuf::from("ssh"), "the person's choice goes first");
    }
}
