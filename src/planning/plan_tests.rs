use super::*;
use crate::config::payload::Nothing;
use crate::config::playbook;
use crate::model::problem::Source;
use std::path::Path;

fn lab() -> Inventory {
    let text = "lab: t\nhosts:\n  web: {address: 10.0.0.1, groups: [web]}\n  app1: {address: 10.0.0.2, groups: [app]}\n  app2: {address: 10.0.0.3, groups: [app]}\nvars: {sites: [{domain: a.b, upstream: app}]}\n";
    crate::config::inventory::parse(&Source::new("t.yaml", text), Path::new("t.yaml"), &[]).unwrap()
}

fn plan(steps: &[&str]) -> Plan {
    let library = Library::shipped();
    let playbooks: Vec<Playbook> =
        steps.iter().map(|s| playbook::read(&s.parse().unwrap(), &library).unwrap()).collect();
    Plan::new(&lab(), |_| true, &playbooks, &library, &Nothing).unwrap()
}

fn shown(plan: &Plan) -> Vec<String> {
    let steps = |job: &Job| job.steps.iter().map(|s| s.name.to_string()).collect::<Vec<_>>().join("+");
    let needs = |job: &Job| job.needs.iter().map(|n| n.0.to_string()).collect::<Vec<_>>().join(",");
    plan.jobs
        .iter()
        .enumerate()
        .map(|(n, job)| format!("{n} {} {} after [{}]", job.host, steps(job), needs(job)))
        .collect()
}

#[test]
fn one_script_for_each_host_until_something_must_wait_for_another() {
    let all = ["update", "nginx", "node", "dumbflix", "pm2", "proxy", "hosts", "verify"];
    assert_eq!(
        shown(&plan(&all)),
        [
            "0 web update+nginx after []",
            "1 app1 update+node+dumbflix+pm2 after []",
            "2 app2 update+node+dumbflix+pm2 after []",
            "3 web proxy after [0,1,2]",
            "4 controller hosts after []",
            "5 controller verify after [1,2,3,4]",
        ]
    );
}

#[test]
fn a_step_alone_waits_for_nobody() {
    assert_eq!(shown(&plan(&["proxy"])), ["0 web proxy after []"]);
}

#[test]
fn a_step_that_is_named_twice_is_one_step() {
    assert_eq!(plan(&["proxy", "proxy"]), plan(&["proxy"]));
}

#[test]
fn the_report_goes_step_by_step() {
    let cells: Vec<String> =
        plan(&["update", "pm2", "proxy"]).cells().iter().map(|(h, s)| format!("{s}/{h}")).collect();
    assert_eq!(cells, ["update/web", "update/app1", "update/app2", "pm2/app1", "pm2/app2", "proxy/web"]);
}

#[test]
fn a_mistake_in_a_variable_is_shown_in_the_inventory() {
    let library = Library::shipped();
    let book = |name: &str| playbook::read(&name.parse().unwrap(), &library).unwrap();
    for (vars, book, wanted) in [
        ("  app: { repo: ./nowhere }\n", book("dumbflix"), ["t.yaml:4:16", "./nowhere"]),
        ("  app: { repo: -x }\n", book("dumbflix"), ["t.yaml:4:16", "not a valid repo"]),
        ("  app: { version: -x }\n", book("dumbflix"), ["t.yaml:4:19", "not a valid version"]),
    ] {
        let text = format!("lab: t\nhosts: {{ app1: {{address: 10.0.0.2, groups: [app]}} }}\nvars:\n{vars}");
        let lab = crate::config::inventory::parse(&Source::new("t.yaml", text), Path::new("t.yaml"), &[]).unwrap();
        let shown = Plan::new(&lab, |_| true, &[book], &library, &Nothing).unwrap_err().to_string();
        assert!(wanted.iter().all(|wanted| shown.contains(wanted)), "{shown}");
    }
}

#[test]
fn task_numbers_go_through_all_steps_of_a_host() {
    let plan = plan(&["update", "nginx", "node", "dumbflix", "pm2", "proxy", "verify"]);
    let web: HostName = "web".parse().unwrap();
    let ids: Vec<usize> = plan.of(&web).flat_map(|(_, job)| job.tasks().map(|t| t.id)).collect();
    assert_eq!(ids, (0..ids.len()).collect::<Vec<_>>());
}

#[test]
fn a_version_that_no_distribution_has_is_a_mistake() {
    let plan = |node: &str| {
        let text = format!("lab: t\nhosts: {{a: {{address: 10.0.0.1, groups: [app]}}}}\nvars: {{node: {node}}}\n");
        let lab = crate::config::inventory::parse(&Source::new("t", text), Path::new("t"), &[]).unwrap();
        let library = Library::shipped();
        let step = playbook::read(&"node".parse().unwrap(), &library).unwrap();
        Plan::new(&lab, |_| true, &[step], &library, &Nothing).map(|_| ()).map_err(|problems| problems.to_string())
    };
    for good in ["", "18", "v20.1.0", "12.22.9", "26"] {
        assert_eq!(plan(&format!("{{ source: distribution, version: \"{good}\" }}")), Ok(()), "{good}");
    }
    assert_eq!(plan("{ source: distribution }"), Ok(()));
    for bad in ["14.21.3", "16", "v19.0.0", "8"] {
        let error = plan(&format!("{{ source: distribution, version: \"{bad}\" }}")).unwrap_err();
        assert!(error.contains("no Debian or Ubuntu has a package of Node.js"), "{error}");
    }
}

#[test]
fn a_start_is_a_program_or_a_line_of_shell() {
    for (start, wanted) in [
        ("npm start", "script: \"npm\",\n    args: [\"start\"],"),
        ("npx serve -s build", "script: \"npx\",\n    args: [\"serve\", \"-s\", \"build\"],"),
        ("npm run build && npx serve -s build", "args: [\"-c\", \"npm run build && npx serve -s build\"],"),
        ("npx serve -s build -l $PORT", "args: [\"-c\", \"npx serve -s build -l $PORT\"],"),
        ("npm run build; npx serve -s 'my build'", "args: [\"-c\", \"npm run build; npx serve -s 'my build'\"],"),
    ] {
        let set = format!("app.start={start}").parse().unwrap();
        let text = "lab: t\nhosts: {a: {address: 10.0.0.1, groups: [app]}}\n";
        let lab = crate::config::inventory::parse(&Source::new("t", text), Path::new("t"), &[set]).unwrap();
        let library = Library::shipped();
        let step = playbook::read(&"pm2".parse().unwrap(), &library).unwrap();
        let plan = Plan::new(&lab, |_| true, &[step], &library, &Nothing).unwrap();
        let words = plan.jobs.iter().flat_map(Job::tasks).flat_map(|task| &task.call.words);
        let config =
            words.map(crate::config::modules::Word::text).find(|text| text.contains("module.exports")).unwrap();
        // JavaScript reads both alike.
        let config = config.replace("\\u0026", "&").replace("\\u0027", "'");
        assert!(config.contains(wanted), "{start}: {config}");
    }
}
