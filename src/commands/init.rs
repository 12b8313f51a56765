//! The usual: a first inventory, its schema, completions.

use super::output;
use crate::commands::cli::Cli;
use crate::config::inventory;
use crate::session::error::{Error, ErrorKind};
use clap::CommandFactory;
use std::io::Write;
use std::path::Path;

pub const LAB: &str = include_str!("../../inventory/lab.yaml");
const SANDBOX: &str = include_str!("../../inventory/sandbox.yaml");
/// The demo application, so that a sandbox works in an empty folder without any git hosting.
const DEMO: &[(&str, &str)] = &[
    ("package.json", include_str!("../../demo/package.json")),
    ("package-lock.json", include_str!("../../demo/package-lock.json")),
    ("src/index.js", include_str!("../../demo/src/index.js")),
    ("src/config/api.js", include_str!("../../demo/src/config/api.js")),
];

/// `labctl init`. Nothing that is there is overwritten.
pub fn init(sandbox: bool, file: &Path) -> Result<Option<ErrorKind>, Error> {
    let text = if sandbox { SANDBOX.replace("../demo", "demo") } else { LAB.to_owned() };
    new_file(file, &text)?;
    let mut made = vec![file.display().to_string()];
    if sandbox {
        let folder = file.parent().unwrap_or(Path::new("")).join("demo");
        for (name, text) in DEMO {
            new_file(&folder.join(name), text)?;
        }
        made.push(folder.display().to_string());
    }
    let next = if sandbox { "sudo labctl up" } else { "edit the addresses, then: labctl up" };
    output::out(&format!("wrote {}\nnext: {next} {}\n", made.join(" and "), file.display()));
    Ok(None)
}

fn new_file(path: &Path, text: &str) -> Result<(), Error> {
    let failed = |error: std::io::Error| {
        let what = Error::input(format!("cannot write {}: {error}", path.display()));
        if error.kind() == std::io::ErrorKind::AlreadyExists {
            return what.hint("it is there already and stays as it is; name another file: labctl init my.yaml");
        }
        what
    };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    std::fs::File::create_new(path).and_then(|mut file| file.write_all(text.as_bytes())).map_err(failed)
}

/// `labctl schema`.
pub fn schema() -> Result<Option<ErrorKind>, Error> {
    let text = serde_json::to_string_pretty(&inventory::schema()).map_err(|e| Error::failed(e.to_string()))?;
    output::out(&format!("{text}\n"));
    Ok(None)
}

/// `labctl completions`.
pub fn completions(shell: clap_complete::Shell) -> Result<Option<ErrorKind>, Error> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "labctl", &mut script);
    output::out(&String::from_utf8_lossy(&script));
    Ok(None)
}
