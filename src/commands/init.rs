//! init: an inventory to start from.

use super::output::{self, OutputArgs};
use crate::session::error::{Error, ErrorKind};
use clap::{Args, ValueEnum};
use std::fmt::Write as _;
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
    /// Machines made on this Linux computer, with a demo application, instead of machines that you already have
    #[arg(long)]
    sandbox: bool,
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

/// Where the web server is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Layout {
    /// On a machine of its own
    Apart,
    /// Beside the application, on the first of its machines
    Beside,
    /// Everything on one machine
    Alone,
}

/// The applications of the course.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum CourseApp {
    /// dumbflix-frontend: the application of the exercise
    Dumbflix,
    /// wayshub-frontend: the application of newer batches
    Wayshub,
    /// literature-frontend: another application of the course
    Literature,
}

/// Writes the files; one that exists is never overwritten.
pub async fn run(args: InitArgs, _: &OutputArgs) -> Result<Option<ErrorKind>, Error> {
    let InitArgs { sandbox, nginx, apps, instances, app, file } = args;
    if nginx == Layout::Alone && apps.is_some_and(|apps| apps > 1) {
        return Err(Error::input("everything on one machine, and several machines for the application")
            .hint("with several: --nginx beside, or --nginx apart")
            .hint("several instances of the application on one machine: --nginx alone --instances 2"));
    }
    let apps = apps.unwrap_or(if nginx == Layout::Alone { 1 } else { 2 });
    let shipped = if sandbox { SANDBOX.replace("../demo", "demo") } else { app.inventory() };
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
    let next = if sandbox { "sudo labctl up" } else { "edit the addresses, then: labctl up" };
    output::out(&format!("wrote {}\nnext: {next} {}\n", made.join(" and "), file.display()));
    Ok(None)
}

impl CourseApp {
    /// The inventory of three machines for it.
    fn inventory(self) -> String {
        let (name, branch) = match self {
            Self::Dumbflix => return LAB.to_owned(),
            Self::Wayshub => ("wayshub", "main"),
            Self::Literature => ("literature", "main"),
        };
        LAB.replace("version: master", &format!("version: {branch}")).replace("dumbflix", name)
    }
}

/// A shipped inventory with other machines: its hosts, who answers for its sites, and its first line.
fn laid_out(text: &str, nginx: Layout, apps: u8) -> String {
    if nginx == Layout::Apart && apps == 2 {
        return text.to_owned();
    }
    let names: Vec<String> = match nginx {
        Layout::Alone => vec!["server".into()],
        _ => (1..=apps).map(|n| format!("app{n}")).collect(),
    };
    let existing = text.contains("address:");
    let mut hosts = String::new();
    let mut last_part = 10;
    let mut host = |name: &str, groups: &str| {
        let address = if existing { format!("address: 192.168.56.{last_part}, ") } else { String::new() };
        let _ = writeln!(hosts, "  {name}: {{ {address}groups: [{groups}] }}");
        last_part += 1;
    };
    if nginx == Layout::Apart {
        host("web", "web");
    }
    for (at, name) in names.iter().enumerate() {
        host(name, if at == 0 && nginx != Layout::Apart { "web, app" } else { "app" });
    }
    let machines = match names.len() + usize::from(nginx == Layout::Apart) {
        1 => "One machine".to_owned(),
        several => format!("{several} machines"),
    };
    // A long list of servers is the group of them.
    let upstream = if names.len() > 4 { "app".to_owned() } else { format!("[{}]", names.join(", ")) };
    let (before, rest) = text.split_once("hosts:\n").unwrap_or((text, ""));
    let after = rest.split_once("\nvars:").map_or("", |(_, after)| after);
    let after = after.replace("upstream: [app1, app2]", &format!("upstream: {upstream}"));
    let after = after.replace("upstream: [app1]", &format!("upstream: [{}]", names[0]));
    format!("{}hosts:\n{hosts}\nvars:{after}", before.replacen("Three machines", &machines, 1))
}

/// The inventory with so many instances of the application on each machine.
fn with_instances(text: &str, instances: u8) -> String {
    match instances {
        1 => text.to_owned(),
        n => text.replacen("port: 3000 }", &format!("port: 3000, instances: {n} }}"), 1),
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::inventory;
    use crate::config::library::Library;
    use crate::config::payload::{Archive, NoArchives, NoRepository, Repository, Stock};
    use crate::config::playbook;
    use crate::model::problem::Source;
    use crate::planning::plan::Plan;

    /// Has whatever is asked for.
    struct Full;

    impl Stock for Full {
        fn repository(&self, path: &Path, _: &str) -> Result<Repository, NoRepository> {
            Ok(Repository { git_dir: path.to_owned(), commit: "0123456789abcdef0123456789abcdef01234567".into() })
        }

        fn node_archives(&self, _: &Path, _: &str) -> Result<Vec<Archive>, NoArchives> {
            Ok(Vec::new())
        }
    }

    #[test]
    fn every_layout_is_an_inventory_with_a_plan() {
        let library = Library::shipped();
        let steps = playbook::order(&library).unwrap();
        let playbooks: Vec<_> = steps.iter().map(|step| playbook::read(step, &library).unwrap()).collect();
        let shipped =
            [SANDBOX.to_owned(), LAB.to_owned(), CourseApp::Wayshub.inventory(), CourseApp::Literature.inventory()];
        for text in &shipped {
            for (nginx, apps, instances, machines) in [
                (Layout::Apart, 1, 1, 2),
                (Layout::Apart, 2, 1, 3),
                (Layout::Apart, 2, 3, 3),
                (Layout::Apart, 30, 1, 31),
                (Layout::Beside, 1, 1, 1),
                (Layout::Beside, 2, 1, 2),
                (Layout::Beside, 5, 1, 5),
                (Layout::Alone, 1, 1, 1),
                (Layout::Alone, 1, 3, 1),
            ] {
                let text = with_instances(&laid_out(text, nginx, apps), instances);
                let mut lab = inventory::parse(&Source::new("t", &text), Path::new("t"), &[])
                    .unwrap_or_else(|problems| panic!("{nginx:?} {apps}: {problems}\n{text}"));
                assert_eq!(lab.hosts.len(), machines, "{nginx:?} {apps}\n{text}");
                for (at, host) in lab.hosts.iter_mut().enumerate() {
                    host.address.get_or_insert_with(|| format!("10.0.0.{}", 10 + at));
                }
                let sites = lab.sites();
                assert_eq!(
                    (sites[0].servers.len(), sites[1].servers.len()),
                    (usize::from(apps) * usize::from(instances), usize::from(instances)),
                    "{nginx:?} {apps}"
                );
                assert_eq!(lab.is_web(lab.host(sites[1].servers[0].host()).unwrap()), nginx != Layout::Apart, "{text}");
                let plan = Plan::new(&lab, |_| true, &playbooks, &library, &Full)
                    .unwrap_or_else(|problems| panic!("{nginx:?} {apps}: {problems}"));
                // What a machine of both kinds does, it does as one; only other machines are waited for.
                let web = &lab.web().unwrap().name;
                let jobs = plan.of(web).count();
                assert_eq!(jobs, if machines == 1 { 1 } else { 2 }, "{nginx:?} {apps}");
            }
        }
    }

    #[test]
    fn the_other_application_has_its_own_branch_and_name() {
        let text = CourseApp::Wayshub.inventory();
        for part in ["name: wayshub,", "repo: https://github.com/dumbwaysdev/wayshub-frontend,", "version: main,"] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(!text.contains("dumbflix"), "{text}");
    }
}
