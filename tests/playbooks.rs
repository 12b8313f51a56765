//! Every shipped playbook plans against every shipped inventory. The calls of each host are snapshots, so that a changed
//! template or module shows in review as a changed script.
#![allow(clippy::unwrap_used, clippy::print_stderr)] // a test that cannot go on has failed

use labctl::internals::event::Mode;
use labctl::internals::inventory::{self, Inventory};
use labctl::internals::library::Library;
use labctl::internals::payload::{Archive, NoRepository, Repository, Stock};
use labctl::internals::plan::{Plan, PlannedStep};
use labctl::internals::playbook;
use labctl::internals::script::{Header, script};
use std::path::{Path, PathBuf};

/// A stock that has everything, and always the same.
struct Full;

impl Stock for Full {
    fn repository(&self, path: &Path, _: &str) -> Result<Repository, NoRepository> {
        Ok(Repository { git_dir: path.to_owned(), commit: "0123456789012345678901234567890123456789".into() })
    }

    fn node_archives(&self, folder: &Path, version: &str) -> Result<Vec<Archive>, String> {
        let archive = |arch: &str| Archive {
            path: folder.join(format!("node-v{version}-linux-{arch}.tar.gz")),
            arch: arch.into(),
            sha256: "ab".repeat(32),
        };
        Ok(vec![archive("x64"), archive("arm64")])
    }
}

fn lab(file: &str, settings: &[&str]) -> Inventory {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("inventory").join(file);
    let settings: Vec<_> = settings.iter().map(|s| s.parse().unwrap()).collect();
    let mut lab = inventory::read(&path, &settings).unwrap_or_else(|e| panic!("{e}"));
    for (n, host) in lab.hosts.iter_mut().enumerate() {
        host.address.get_or_insert_with(|| format!("10.64.0.{}", 10 + n));
    }
    lab
}

fn plan(lab: &Inventory) -> Plan {
    let library = Library::shipped();
    let steps = playbook::order(&library).unwrap();
    let playbooks: Vec<_> = steps.iter().map(|s| playbook::read(s, &library).unwrap()).collect();
    Plan::new(lab, |_| true, &playbooks, &library, &Full).unwrap_or_else(|p| panic!("{p}"))
}

/// What is generated: the part of the script behind the engine and the modules.
fn calls(lab: &Inventory, host: &str) -> String {
    let plan = plan(lab);
    let name = host.parse().unwrap();
    let steps: Vec<&PlannedStep> = plan.of(&name).flat_map(|(_, job)| &job.steps).collect();
    let header = Header::new(&plan.lab, Some("student".into()), Mode::Apply, "token", "a test");
    script(&header, &steps).split_once("\ntasks() {\n").unwrap().1.to_owned()
}

#[test]
fn three_existing_machines() {
    let lab = lab("lab.yaml", &[]);
    insta::assert_snapshot!("lab_web", calls(&lab, "web"));
    insta::assert_snapshot!("lab_app1", calls(&lab, "app1"));
    assert_eq!(calls(&lab, "app1"), calls(&lab, "app2"), "both app servers are the same");
}

#[test]
fn three_machines_of_the_sandbox() {
    let lab = lab("sandbox.yaml", &[]);
    insta::assert_snapshot!("sandbox_web", calls(&lab, "web"));
    insta::assert_snapshot!("sandbox_app1", calls(&lab, "app1"));
}

#[test]
fn node_from_a_folder_is_offered_for_every_architecture() {
    let lab = lab("lab.yaml", &["node.source=/srv/node"]);
    let plan = plan(&lab);
    let node = plan.jobs.iter().flat_map(|j| j.tasks()).find(|t| t.call.shell.verb == "node").unwrap();
    let ids: Vec<&str> = node.call.payloads.iter().map(|p| p.id.as_str()).collect();
    assert_eq!(ids, ["node-v14.21.3-x64", "node-v14.21.3-arm64"]);
}

#[test]
fn a_template_that_names_nothing_is_found_before_any_connection() {
    let mut library = Library::shipped();
    library.add_template("nginx/site.conf.j2", "server_name {{ site.domian }};\n");
    let steps = [playbook::read(&"proxy".parse().unwrap(), &library).unwrap()];
    let problems = Plan::new(&lab("lab.yaml", &[]), |_| true, &steps, &library, &Full).unwrap_err().to_string();
    assert!(problems.contains("`site.domian` is not defined"), "{problems}");
    assert!(problems.contains("nginx/site.conf.j2:1:16"), "{problems}");
}

#[test]
fn a_repository_url_that_is_an_option_is_refused() {
    let library = Library::shipped();
    let steps = [playbook::read(&"dumbflix".parse().unwrap(), &library).unwrap()];
    let lab = lab("lab.yaml", &["app.version=--upload-pack=x"]);
    let problems = Plan::new(&lab, |_| true, &steps, &library, &Full).unwrap_err().to_string();
    assert!(problems.contains("cannot start with `-`"), "{problems}");
}
