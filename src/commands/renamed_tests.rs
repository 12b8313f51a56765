//! Step names are the user's. In this lab every playbook has another name than the shipped one, and whatever labctl looks
//! for, it finds by what the tasks do.

use super::apply;
use crate::config::library::Library;
use crate::config::playbook;
use crate::model::event::{Component, Event, Kind, Mode, Outcome, Reason, TaskResult, Verdict};
use crate::model::health::{Health, State};
use crate::model::name::HostName;
use crate::model::quote::typed;
use crate::planning::doctor::{Evidence, NameSeen, diagnose};
use crate::planning::graph::{Graph, NodeRole};
use crate::planning::plan::Plan;
use crate::session::build_plan::{build_plan, read_all};
use crate::session::component_health;
use crate::session::lab::Lab;
use crate::session::notices::Notices;
use crate::session::options::RunOptions;
use crate::session::site_config;
use std::fs;
use tempfile::TempDir;

/// The shipped names, and those of the user.
const NAMES: [(&str, &str); 8] = [
    ("update", "perbarui"),
    ("nginx", "depan"),
    ("node", "mesin"),
    ("dumbflix", "kode"),
    ("pm2", "jalankan"),
    ("proxy", "bagi"),
    ("hosts", "nama"),
    ("verify", "bukti"),
];

const INVENTORY: &str = "lab: t
hosts:
  web: { address: 10.0.0.1, groups: [web] }
  app1: { address: 10.0.0.2, groups: [app] }
  app2: { address: 10.0.0.3, groups: [app] }
vars:
  sites: [{ domain: a.b, upstream: [app1, app2] }]
";

fn lab() -> (TempDir, Lab) {
    let folder = tempfile::tempdir().unwrap();
    let playbooks = folder.path().join("playbooks");
    fs::create_dir(&playbooks).unwrap();
    let shipped = Library::shipped();
    for (old, new) in NAMES {
        let text = shipped.playbook(old).unwrap().text.replace("needs: [pm2]", "needs: [jalankan]");
        fs::write(playbooks.join(format!("{new}.yaml")), text).unwrap();
        // Whoever still asks for a step by its old name gets nothing.
        let trap = "hosts: nobody\ntasks:\n  - command: { run: \"false\" }\n";
        fs::write(playbooks.join(format!("{old}.yaml")), trap).unwrap();
    }
    let order: Vec<&str> = NAMES.iter().map(|(_, new)| *new).collect();
    fs::write(playbooks.join("site.yaml"), format!("steps: [{}]\n", order.join(", "))).unwrap();
    let inventory = folder.path().join("inventory.yaml");
    fs::write(&inventory, INVENTORY).unwrap();
    let mut lab = Lab::open(Some(inventory), &[], Notices::new(|_| {})).unwrap();
    // The current folder, which wins otherwise, is that of labctl's own playbooks.
    lab.library = playbook::read_library(&[folder.path().to_owned()]).unwrap();
    (folder, lab)
}

fn plan(lab: &Lab) -> Plan {
    let options = RunOptions::all(&lab.inventory);
    build_plan(lab, &options, &read_all(lab, &playbook::order(&lab.library).unwrap()).unwrap()).unwrap()
}

/// What a look at the lab says: everything holds, but for what makes or proves `open` on `host`.
fn look(plan: &Plan, host: &str, open: Component) -> Vec<Kind> {
    let mut kinds = vec![Kind::RunStarted {
        version: String::new(),
        lab: plan.lab.clone(),
        mode: Mode::Check,
        steps: plan.steps.clone(),
        hosts: plan.hosts(),
        started: 0,
        shard: None,
    }];
    for (job, step) in plan.jobs.iter().flat_map(|job| job.steps.iter().map(move |step| (job, step))) {
        for task in &step.tasks {
            let bad = job.host.as_str() == host && task.task.component == Some(open);
            let mut result = TaskResult::new(task.task.clone(), if bad { Outcome::Failed } else { Outcome::Ok });
            result.reason = bad.then(|| Reason::Words("10.9.9.9 a.b".to_owned()));
            kinds.push(Kind::TaskFinished { result });
        }
        let (host, step) = (job.host.clone(), step.name.clone());
        kinds.push(Kind::StepFinished { host, step, took_ms: 1, verdict: Verdict::Finished });
    }
    kinds
}

/// The causes that the doctor finds, and what it wants to be typed next.
fn found(lab: &Lab, kinds: Vec<Kind>, facts: &[(&str, &str, &str)]) -> Vec<(&'static str, Vec<String>)> {
    let mut evidence = Evidence::default();
    let facts = facts.iter().map(|(host, key, value)| Kind::HostFact {
        host: host.parse().unwrap(),
        key: (*key).to_owned(),
        value: (*value).to_owned(),
    });
    let end = Kind::RunFinished { took_ms: 1, interrupted: false };
    kinds.into_iter().chain(facts).chain([end]).for_each(|kind| evidence.add(&Event { at_ms: 0, kind }));
    let next = |finding: crate::planning::doctor::Finding| {
        (finding.cause, finding.next.into_iter().map(|next| next.command).collect())
    };
    evidence.names.web = Some([10, 0, 0, 1].into());
    evidence.names.seen.push(NameSeen { domain: "a.b".into(), ..NameSeen::default() });
    diagnose(&lab.inventory, &evidence).into_iter().map(next).collect()
}

#[test]
fn the_plan_knows_every_component() {
    let (_folder, lab) = lab();
    let plan = plan(&lab);
    let steps: Vec<&str> = plan.steps.iter().map(|step| step.as_str()).collect();
    assert_eq!(steps, NAMES.map(|(_, new)| new));
    let of = |component: Component| {
        let tasks = plan.jobs.iter().flat_map(|job| job.tasks());
        let mut of: Vec<String> = tasks
            .filter(|task| task.task.component == Some(component))
            .map(|task| format!("{} {}", task.task.step, task.task.host))
            .collect();
        of.sort();
        of
    };
    assert_eq!(of(Component::WebServer), ["depan web"]);
    assert_eq!(of(Component::Runtime), ["mesin app1", "mesin app2"]);
    assert_eq!(of(Component::Application), ["jalankan app1", "jalankan app2"]);
    assert_eq!(of(Component::Sites), ["bagi web"]);
    assert_eq!(of(Component::Names), ["nama controller"]);
    assert_eq!(of(Component::Answers), ["bukti controller"]);
}

#[test]
fn a_good_run_names_the_sites_to_open() {
    let (_folder, lab) = lab();
    let next = apply::closing(&lab, Mode::Apply, "labctl up".to_owned(), None);
    assert_eq!(next.open, [("a.b".to_owned(), "app1, app2".to_owned())]);
    assert!(apply::closing(&lab, Mode::Check, String::new(), None).open.is_empty(), "it only looks");
}

#[test]
fn the_picture_shows_how_everything_is() {
    let (_folder, lab) = lab();
    let steps = component_health::playbooks(&lab).unwrap();
    assert_eq!(steps.iter().map(|step| step.name.as_str()).collect::<Vec<_>>(), ["depan", "jalankan", "bagi", "bukti"]);
    let seen = |host: &str, open| {
        let mut health = Health::default();
        look(&plan(&lab), host, open).into_iter().for_each(|kind| health.add(&Event { at_ms: 0, kind }));
        let graph = Graph::new(&lab.inventory).with(&health);
        let states = graph
            .nodes
            .into_iter()
            .filter(|node| matches!(node.role, NodeRole::Web | NodeRole::Upstream | NodeRole::App));
        states.map(|node| (node.title, node.state.unwrap())).collect::<Vec<_>>()
    };
    let wanted = |bad: &[&str]| {
        let state = |name: &str| if bad.contains(&name) { State::Bad } else { State::Good };
        ["web", "round_robin", "app1", "app2"].map(|name| (name.to_owned(), state(name))).to_vec()
    };
    assert_eq!(seen("nowhere", Component::Application), wanted(&[]));
    assert_eq!(seen("app2", Component::Application), wanted(&["app2"]));
    assert_eq!(seen("web", Component::WebServer), wanted(&["web"]));
    assert_eq!(seen("web", Component::Sites), wanted(&["web", "round_robin"]));
}

#[test]
fn the_doctor_finds_the_steps_and_names_them() {
    let (_folder, lab) = lab();
    let plan = plan(&lab);
    let inventory = typed(&lab.inventory.path.display().to_string());
    let names = found(&lab, look(&plan, "controller", Component::Names), &[]);
    assert_eq!(names, [("name-missing", vec![format!("labctl step nama -i {inventory}")])]);
    let facts = [
        (
            "app1",
            "see.pm2.app.student.0",
            r#"{"name":"demo","status":"errored","errors":["Error: ERR_OSSL_EVP_UNSUPPORTED"]}"#,
        ),
        ("app1", "see.pm2.user", "student"),
        ("app1", "see.tool#0000", "node /usr/bin/node"),
        ("app1", "see.tool#0001", "npm /usr/bin/npm"),
        ("app1", "see.tool#0002", "pm2 /usr/bin/pm2"),
        ("app1", "see.tool#0003", "version v20.1.0"),
    ];
    let node = found(&lab, look(&plan, "app1", Component::Runtime), &facts);
    let (_, next) = node.iter().find(|(cause, _)| *cause == "node-version").unwrap();
    assert_eq!(next[0], format!("labctl step mesin -i {inventory}"));
}

#[test]
fn a_drill_configures_the_sites() {
    let (_folder, mut lab) = lab();
    let read_timeout = |lab: &Lab| {
        let plan = site_config::plan(lab).unwrap();
        let tasks: Vec<(&HostName, Component)> =
            plan.jobs.iter().flat_map(|job| job.tasks()).map(|t| (&t.task.host, t.task.component.unwrap())).collect();
        assert_eq!(tasks, [(&"web".parse().unwrap(), Component::Sites)]);
        site_config::config(&plan, "a.b").unwrap().value("proxy_read_timeout")
    };
    assert_eq!(read_timeout(&lab).as_deref(), Some("3s"));
    lab.library.add_template("nginx/site.conf.j2", "server { server_name {{ site.domain }}; }\n");
    assert_eq!(read_timeout(&lab), None);
}
