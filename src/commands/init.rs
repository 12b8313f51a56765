//! init: an inventory to start from.

use super::output::{self, OutputArgs};
use crate::session::error::{Error, ErrorKind};
use clap::Args;
use std::io::Write;
use std::path::{Path, PathBuf};

/// The inventory of three existing machines; `explain` uses it as an example.
pub const LAB: &str = include_str!("../../inventory/lab.yaml");
const SANDBOX: &str = include_str!("../../inventory/sandbox.yaml");

/// The demo application, so that a sandbox works in an empty folder without any git hosting.
const DEMO: &[(&str, &str)] = &[
    ("package.json", include_str!("../../demo/package.json")),
    ("package-lock.json", include_str!("../../demo/package-lock.json")),
    ("src/index.js", include_str!("../../demo/src/index.js")),
    ("src/config/api.js", include_str!("../../demo/src/config/api.js")),
];

#[derive(Debug, Args)]
pub struct InitArgs {
    /// Machines made on this Linux computer, with a demo application, instead of three machines that you have
    #[arg(long)]
    sandbox: bool,
    /// The file to write
    #[arg(default_value = "inventory.yaml")]
    file: PathBuf,
}

/// Writes the files; one that exists is never overwritten.
pub async fn run(args: InitArgs, _: &OutputArgs) -> Result<Option<ErrorKind>, Error> {
    let InitArgs { sandbox, file } = args;
    let text = if sandbox { SANDBOX.replace("../demo", "demo") } else { LAB.to_owned() };
    new_file(&file, &text)?;
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
            return what.hint("it exists already and stays as it is; name another file: labctl init my.yaml");
        }
        what
    };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    std::fs::File::create_new(path).and_then(|mut file| file.write_all(text.as_bytes())).map_err(failed)
}
