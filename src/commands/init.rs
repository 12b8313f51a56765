//! init: an inventory to start from.

use super::first_inventory::{CourseApp, Layout, SANDBOX, laid_out, on_multipass, with_instances};
use super::output::{self, OutputArgs};
use crate::session::error::{Error, ErrorKind};
use clap::Args;
use std::io::Write;
use std::path::{Path, PathBuf};

/// The demo application, so that a sandbox works in an empty folder without any git hosting.
const DEMO: &[(&str, &str)] = &[
    ("package.json", include_str!("../../demo/package.json")),
    ("package-lock.json", include_str!("../../demo/package-lock.json")),
    ("src/index.js", include_str!("../../demo/src/index.js")),
    ("src/config/api.js", include_str!("../../demo/src/config/api.js")),
];

#[derive(Debug, Args)]
pub struct InitArgs {
    /// Machines made on this Linux computer, with a demo application, instead of machines that you already have
    #[arg(long)]
    sandbox: bool,
    /// Virtual machines that Multipass makes on this computer, instead of machines that you already have
    #[arg(long, conflicts_with = "sandbox")]
    multipass: bool,
    /// Where nginx runs: on a machine of its own, beside an application, or on the only machine
    #[arg(long, value_enum, default_value = "apart")]
    nginx: Layout,
    /// How many machines run the application (2; with --nginx alone, 1)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=30))]
    apps: Option<u8>,
    /// How many instances of the application run on each of them, each on a port of its own
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=30))]
    instances: u8,
    /// Which application of the course
    #[arg(long, value_enum, default_value = "dumbflix", conflicts_with = "sandbox")]
    app: CourseApp,
    /// The file to write
    #[arg(default_value = "inventory.yaml")]
    file: PathBuf,
}

/// Writes the files; one that exists is never overwritten.
pub async fn run(args: InitArgs, _: &OutputArgs) -> Result<Option<ErrorKind>, Error> {
    let InitArgs { sandbox, multipass, nginx, apps, instances, app, file } = args;
    if nginx == Layout::Alone && apps.is_some_and(|apps| apps > 1) {
        return Err(Error::input("everything on one machine, and several machines for the application")
            .hint("with several: --nginx beside, or --nginx apart")
            .hint("several instances of the application on one machine: --nginx alone --instances 2"));
    }
    let apps = apps.unwrap_or(if nginx == Layout::Alone { 1 } else { 2 });
    let shipped = match (sandbox, multipass) {
        (true, _) => SANDBOX.replace("../demo", "demo"),
        (_, true) => on_multipass(&app.inventory()),
        _ => app.inventory(),
    };
    let text = with_instances(&laid_out(&shipped, nginx, apps), instances);
    new_file(&file, &text)?;
    let mut made = vec![file.display().to_string()];
    if sandbox {
        let folder = file.parent().unwrap_or(Path::new("")).join("demo");
        for (name, text) in DEMO {
            new_file(&folder.join(name), text)?;
        }
        made.push(folder.display().to_string());
    }
    let next = match (sandbox, multipass) {
        (true, _) => "sudo labctl up",
        (_, true) => "labctl up",
        _ => "edit the addresses, then: labctl up",
    };
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
