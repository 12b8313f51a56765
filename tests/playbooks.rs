//! Every shipped playbook plans against every shipped inventory. The calls of each host are snapshots, so that a changed
//! template or module shows in review as a changed script.
#![allow(clippy::unwrap_used, clippy::print_stderr)] // a test that cannot go on has failed

use labctl::internals::event::Mode;
use labctl::internals::inventory::{self, Inventory};
use labctl::internals::library::Library;
use labctl::internals::payload::{Archive, NoArchives, NoRepository, Repository, Stock};
use labctl::internals::plan::{Plan, PlannedStep};
use labctl::internals::playbook;
use labctl::internals::problem::Source;
use labctl::internals::script::{Header, script};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A stock that has everything, and always the same.
struct Full;

impl Stock for Full {
    fn repository(&self, path: &Path, _: &str) -> Result<Repository, NoRepository> {
        Ok(Repository { git_dir: path.to_owned(), commit: "0123456789012345678901234567890123456789".into() })
    }

    fn node_archives(&self, folder: &Path, version: &str) -> Result<Vec<Archive>, NoArchives> {
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

/// What the templates of users name goes on being there, whatever labctl's own types are called.
#[test]
fn a_template_sees_every_variable_of_a_site() {
    let mut library = Library::shipped();
    library.add_template("nginx/site.conf.j2", "{{ site | tojson }}\n{{ app | tojson }}\n");
    let steps = [playbook::read(&"proxy".parse().unwrap(), &library).unwrap()];
    let plan = Plan::new(&lab("lab.yaml", &[]), |_| true, &steps, &library, &Full).unwrap();
    let call = &plan.jobs[0].steps[0].tasks[0].call;
    let seen = &call.rendered[0].1.content;
    let [site, app] = [0, 1].map(|n| serde_json::from_str::<Value>(seen.lines().nth(n).unwrap()).unwrap());
    let hash = call.sites[0].config_hash.as_deref().unwrap();
    assert_eq!(
        site,
        json!({
            "domain": "dumbflix.budi.studentdumbways.my.id", "name": "dumbflix_budi_studentdumbways_my_id",
            "balance": "round_robin", "config_hash": hash,
            "servers": [
                {"name": "app1", "host": "app1", "address": "192.168.56.11", "port": 3000, "socket": "192.168.56.11:3000", "weight": 1},
                {"name": "app2", "host": "app2", "address": "192.168.56.12", "port": 3000, "socket": "192.168.56.12:3000", "weight": 1},
            ],
        })
    );
    let keys: Vec<&str> = app.as_object().unwrap().keys().map(String::as_str).collect();
    let all = [
        "dir",
        "entries",
        "env",
        "files",
        "instances",
        "legacy_openssl",
        "marker",
        "name",
        "port",
        "ready",
        "repo",
        "start",
        "version",
    ];
    assert_eq!(keys.iter().copied().collect::<BTreeSet<_>>(), BTreeSet::from(all));
    assert_eq!((&app["port"], &app["dir"]), (&json!(3000), &json!("~/dumbflix-frontend")));
}

/// A list of sites may be the user's own, with keys that only their template knows.
#[test]
fn a_list_of_sites_may_hold_more_than_labctl_knows() {
    let text = "lab: t\nhosts: { web: { address: 10.0.0.1, groups: [web] } }\nvars: { pages: [{ domain: a.b, root: /srv, servers: [x] }] }\n";
    let lab = inventory::parse(&Source::new("t.yaml", text), Path::new("t.yaml"), &[]).unwrap();
    let mut library = Library::shipped();
    library.add_template("page.j2", "root {{ site.root }}; # {{ site.servers[0] }} {{ site.config_hash }}\n");
    let planned = |task: &str| {
        let text = format!("hosts: web\ntasks:\n  - {task}\n");
        let step = playbook::read_text(&"own".parse().unwrap(), &Source::new("own.yaml", text)).unwrap();
        Plan::new(&lab, |_| true, &[step], &library, &Full).map(|plan| plan.jobs[0].steps[0].tasks[0].call.clone())
    };
    let call = planned("nginx: { folder: own, template: page.j2, sites: pages }").unwrap();
    assert_eq!(call.sites[0].domain, "a.b");
    let hash = call.sites[0].config_hash.as_deref().unwrap();
    assert_eq!(call.rendered[0].1.content, format!("root /srv; # x {hash}\n"));
    // Who answers cannot be proved of servers that nobody knows.
    let problem = planned("answers: { sites: pages }").unwrap_err().to_string();
    assert!(problem.contains("not a list of sites") && problem.contains("own.yaml:3:"), "{problem}");
}
