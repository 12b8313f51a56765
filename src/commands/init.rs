//! init: an inventory to start from, and for teachers a class around it.

use super::first_inventory::{
    CLASS, CourseApp, Layout, ROSTER, ROSTER_WITH_ADDRESSES, SANDBOX, for_a_class, laid_out, on_multipass,
    with_instances,
};
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
    /// A class: the lab once for each student of a roster, with `class.yaml` and `roster.csv` beside its inventory
    #[arg(long)]
    class: bool,
    /// The file to write (inventory.yaml; with --class, class.yaml)
    file: Option<PathBuf>,
}

/// Writes the files; one that exists is never overwritten.
pub async fn run(args: InitArgs, _: &OutputArgs) -> Result<Option<ErrorKind>, Error> {
    let InitArgs { sandbox, multipass, nginx, apps, instances, app, class, file } = args;
    let named = file.unwrap_or_else(|| if class { "class.yaml" } else { "inventory.yaml" }.into());
    let file = if class { named.with_file_name("lab.yaml") } else { named.clone() };
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
    let text = if class { for_a_class(&text) } else { text };
    let mut made = Vec::new();
    if class {
        if named == file {
            let hint = "the inventory of one student's lab is written there; name the class's file, such as class.yaml";
            return Err(Error::input(format!("{} cannot be the class", named.display())).hint(hint));
        }
        let roster = named.with_file_name("roster.csv");
        // What is there already stays, and then nothing is half written.
        for path in [&named, &roster, &file] {
            absent(path)?;
        }
        new_file(&named, CLASS)?;
        new_file(&roster, if sandbox || multipass { ROSTER } else { ROSTER_WITH_ADDRESSES })?;
        made.extend([named.display().to_string(), roster.display().to_string()]);
    }
    new_file(&file, &text)?;
    made.push(file.display().to_string());
    if sandbox {
        let folder = file.parent().unwrap_or(Path::new("")).join("demo");
        for (name, text) in DEMO {
            new_file(&folder.join(name), text)?;
        }
        made.push(folder.display().to_string());
    }
    let next = match (sandbox, multipass, class) {
        (_, _, true) => {
            "write who is in the class into roster.csv (or put there what Moodle or Canvas exports), then: labctl up"
        }
        (true, ..) => "sudo labctl up",
        (_, true, _) => "labctl up",
        _ => "edit the addresses, then: labctl up",
    };
    output::out(&format!("wrote {}\nnext: {next} {}\n", made.join(" and "), named.display()));
    Ok(None)
}

/// Refuses a file that is there.
fn absent(path: &Path) -> Result<(), Error> {
    if path.exists() {
        let what = Error::input(format!("cannot write {}: it exists already", path.display()));
        return Err(
            what.hint("it stays as it is; write the class into another folder: labctl init --class folder/class.yaml")
        );
    }
    Ok(())
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
