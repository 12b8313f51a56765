//! Ten checks that hold: ten files. As labctl's playbook, and written by hand.

use std::path::Path;
use std::process::Command;

/// How many checks a host has.
const CHECKS: usize = 10;

fn path(folder: &Path, n: usize) -> String {
    folder.join(format!("checked-{n}")).display().to_string()
}

/// The step `ten`: these files in a folder of each host.
pub fn book(folder: &Path) -> String {
    let task = |n| format!("  - file: {{ path: {}, content: \"content {n}\\n\" }}\n", path(folder, n));
    (0..CHECKS).fold(String::from("hosts: all\ntasks:\n"), |book, n| book + &task(n))
}

/// The files themselves, on this computer.
///
/// # Errors
/// A folder that cannot be written to.
pub fn files(folder: &Path) -> Result<(), String> {
    (0..CHECKS).try_for_each(|n| std::fs::write(path(folder, n), format!("content {n}\n"))).map_err(|e| e.to_string())
}

/// The same looks by hand, as tightly as a shell allows: one program says what all files are, and one what is in them.
///
/// # Errors
/// No `sha256sum` here.
pub fn looks(folder: &Path) -> Result<Vec<u8>, String> {
    let (mut paths, mut sums) = (Vec::new(), Vec::new());
    for n in 0..CHECKS {
        let sum =
            Command::new("sh").args(["-c", "printf 'content %s\\n' \"$1\" | sha256sum", "sh", &n.to_string()]).output();
        let sum = String::from_utf8_lossy(&sum.map_err(|error| error.to_string())?.stdout).into_owned();
        let sum = sum.split(' ').next().filter(|sum| sum.len() == 64).ok_or("sha256sum says nothing")?;
        sums.push(format!("{sum}  {}", path(folder, n)));
        paths.push(path(folder, n));
    }
    let (paths, sums, kinds) = (paths.join(" "), sums.join("\n"), ["regular file 644 0"; CHECKS].join("\n"));
    let stat = format!("[ \"$(stat -c '%F %a %u' {paths})\" = '{kinds}' ]");
    Ok(format!("set -u\n{stat} && [ \"$(sha256sum {paths})\" = '{sums}' ] || exit 1\necho 'end .'\n").into_bytes())
}
