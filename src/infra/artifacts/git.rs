//! Repositories, read and packed with the computer's own git.

use super::PackError;
use crate::infra::transport::std_command;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Packs `commit` and what it needs beyond `have` (hashes, with spaces between).
///
/// As `git bundle create` would do it; but that packs only what has a name, and a name would have to be written into the
/// user's own repository, where two runs could want it for different commits.
/// The format: <https://git-scm.com/docs/gitformat-bundle>.
pub(super) fn bundle(git_dir: &Path, commit: &str, have: &str, to: &Path) -> Result<(), PackError> {
    let hash = |word: &&str| word.len() >= 40 && word.chars().all(|c| c.is_ascii_hexdigit());
    let known: Vec<&str> = have
        .split_whitespace()
        .filter(hash)
        .filter(|have| git(git_dir, &["cat-file", "-e", &format!("{have}^{{commit}}")], &[]).is_ok())
        .collect();
    let objects = pack(git_dir, commit, &known, to)?;
    if objects == 0 && !known.is_empty() {
        // Everything is there already, only not checked out: a whole bundle is small trouble.
        pack(git_dir, commit, &[], to)?;
    }
    Ok(())
}

/// Writes a bundle, and says how many objects are in it.
fn pack(git_dir: &Path, commit: &str, known: &[&str], to: &Path) -> Result<u32, PackError> {
    let failed = |error| PackError::Disk { what: git_dir.display().to_string(), error };
    let mut header = String::from("# v2 git bundle\n");
    let mut wanted = format!("{commit}\n");
    for known in known {
        header.push_str(&format!("-{known} \n"));
        wanted.push_str(&format!("^{known}\n"));
    }
    header.push_str(&format!("{commit} refs/labctl/send\n\n"));
    let mut file = std::fs::File::create(to).map_err(failed)?;
    file.write_all(header.as_bytes()).map_err(failed)?;
    let mut packing =
        git_command(git_dir, &["pack-objects", "--revs", "--stdout", "--thin", "--delta-base-offset", "-q"])
            .stdin(Stdio::piped())
            .stdout(file)
            .stderr(Stdio::piped())
            .spawn()
            .map_err(PackError::NoGit)?;
    // A few hashes fit into the pipe: git cannot wait for us while we wait for it.
    let written = packing.stdin.take().map_or(Ok(()), |mut stdin| stdin.write_all(wanted.as_bytes()));
    let out = packing.wait_with_output().map_err(failed)?;
    if !out.status.success() {
        return Err(git_failed("pack-objects", &out.stderr));
    }
    written.map_err(failed)?;
    // "PACK", the version, and the number of objects.
    let mut count = [0; 4];
    let mut file = std::fs::File::open(to).map_err(failed)?;
    file.seek(SeekFrom::Start(header.len() as u64 + 8)).map_err(failed)?;
    file.read_exact(&mut count).map_err(failed)?;
    Ok(u32::from_be_bytes(count))
}

/// Runs git on a repository, and gives what it prints.
pub(super) fn git(git_dir: &Path, args: &[&str], environment: &[(&str, &str)]) -> Result<String, PackError> {
    let out = git_command(git_dir, args)
        .envs(environment.iter().copied())
        .stdin(Stdio::null())
        .output()
        .map_err(PackError::NoGit)?;
    if out.status.success() {
        return Ok(String::from_utf8_lossy(&out.stdout).trim().to_owned());
    }
    Err(git_failed(args.first().unwrap_or(&""), &out.stderr))
}

/// git on a repository, away from the user's own configuration.
fn git_command(git_dir: &Path, args: &[&str]) -> Command {
    let mut command = std_command("git");
    command.arg(format!("--git-dir={}", git_dir.display())).args(args);
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("LC_ALL", "C");
    command
}

fn git_failed(command: &str, output: &[u8]) -> PackError {
    PackError::Git { command: command.to_owned(), output: String::from_utf8_lossy(output).trim().to_owned() }
}

/// The folder without symbolic links in its path.
pub(super) fn canonical(folder: &Path) -> Result<PathBuf, PackError> {
    folder.canonicalize().map_err(|error| PackError::Folder { doing: "open", folder: folder.into(), error })
}
