//! The shipped template under bursts: 16 visitors at once, just when the applications close what they kept open the last time.

use super::{skip, unpacked};
use labctl::internals::inventory;
use labctl::internals::library::Library;
use labctl::internals::payload::Nothing;
use labctl::internals::plan::Plan;
use labctl::internals::playbook;
use labctl::internals::problem::Source;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

const SITES: usize = 16;
const ROUNDS: usize = 5;

/// The files of as many sites as the arena has, each with two servers of its own, as the step `proxy` makes them.
fn sites(balance: &str) -> Vec<String> {
    let mut text = "lab: bursts\nhosts:\n  web: {address: 127.0.0.1, groups: [web]}\n".to_owned();
    let mut listed = String::new();
    for n in 1..=SITES {
        let (one, other) = (2 * n - 1, 2 * n);
        for app in [one, other] {
            text.push_str(&format!("  app{app}: {{address: 127.0.1.{app}, groups: [app]}}\n"));
        }
        listed.push_str(&format!("    - {{domain: s{n}.lab, upstream: [app{one}, app{other}], balance: {balance}}}\n"));
    }
    text.push_str(&format!("vars:\n  sites:\n{listed}"));
    let path = Path::new("bursts.yaml");
    let lab = inventory::parse(&Source::new("bursts.yaml", text), path, &[]).unwrap_or_else(|wrong| panic!("{wrong}"));
    let library = Library::shipped();
    let proxy = playbook::read(&"proxy".parse().unwrap(), &library).unwrap();
    let plan = Plan::new(&lab, |_| true, &[proxy], &library, &Nothing).unwrap();
    let rendered = plan.jobs.iter().flat_map(|job| job.tasks()).flat_map(|task| &task.call.rendered);
    rendered.map(|(_, file)| file.content.clone()).collect()
}

fn begin(nginx: &Path, folder: PathBuf, sites: &[String]) -> Child {
    fs::create_dir(&folder).unwrap();
    for (n, site) in sites.iter().enumerate() {
        fs::write(folder.join(format!("{n}.conf")), site).unwrap();
    }
    let place = folder.display();
    // Where the package is not installed, its own folders for these are not there.
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|each| format!("{each}_temp_path {place}/{each}; "))
        .concat();
    let main = format!(
        "user root;\nworker_processes 2;\npid {place}/nginx.pid;\nerror_log {place}/error.log;\nevents {{ }}\n\
         http {{ access_log off; {temporary}include {place}/[0-9]*.conf; }}\n"
    );
    fs::write(folder.join("nginx.conf"), main).unwrap();
    Command::new("unshare")
        .args(["-n", "sh", concat!(env!("CARGO_MANIFEST_DIR"), "/tests/nginx/bursts.sh")])
        .args([nginx.join("usr/sbin/nginx"), folder])
        .args([SITES.to_string(), ROUNDS.to_string()])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

fn seen(child: Child) -> Value {
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn a_burst_just_when_the_application_closes_its_connections_loses_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let Some(nginx) = unpacked(folder.path()) else { return };
    if !Command::new("node").arg("-v").output().is_ok_and(|node| node.status.success()) {
        return skip("the applications need node");
    }
    let sites = sites("round_robin");
    assert_eq!(sites.len(), SITES);
    // What the template was without that line: so it is seen that the arena would have shown a loss.
    let without =
        |site: &String| site.lines().filter(|line| !line.contains("keepalive_timeout")).collect::<Vec<_>>().join("\n");
    let before: Vec<String> = sites.iter().map(without).collect();
    let (now, first) =
        (begin(&nginx, folder.path().join("now"), &sites), begin(&nginx, folder.path().join("before0"), &before));
    let (now, mut without) = (seen(now), seen(first));
    eprintln!("with the template: {now}\nwithout keepalive_timeout: {without}");
    assert_eq!(now["sent"].as_u64(), Some((SITES * ROUNDS * 16) as u64), "{now}");
    assert_eq!((now["lost"].as_u64(), now["slow"].as_u64()), (Some(0), Some(0)), "{now}");
    // The moment is short: a computer that is busy with other things may miss it.
    for attempt in 1..4 {
        if without["lost"].as_u64() > Some(0) {
            return;
        }
        without = seen(begin(&nginx, folder.path().join(format!("before{attempt}")), &before));
        eprintln!("again: {without}");
    }
    assert!(without["lost"].as_u64() > Some(0), "the bursts miss the moment: {without}");
}
