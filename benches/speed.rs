//! How fast labctl is, beside the least that could do the same work, in one run on one computer.
//!
//! `cargo bench --bench speed` measures everything (as root, on Linux); words choose parts of it, `--rounds N` how many
//! runs stand behind each median (else each part's own number), `--hosts N` up to how many hosts `growth` goes. What it prints is
//! kept in `benches/RESULTS.md`.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program of its own")]

#[path = "speed/app.rs"]
mod app;
#[path = "speed/by_hand.rs"]
mod by_hand;
#[path = "speed/delay.rs"]
mod delay;
#[path = "speed/floor.rs"]
mod floor;
#[path = "speed/growth.rs"]
mod growth;
#[path = "speed/lab.rs"]
mod lab;
#[path = "speed/machines.rs"]
mod machines;
#[path = "speed/many.rs"]
mod many;
#[path = "speed/measure.rs"]
mod measure;
#[path = "speed/payloads.rs"]
mod payloads;
#[path = "speed/phases.rs"]
mod phases;
#[path = "speed/ten.rs"]
mod ten;

use delay::Delay;
use lab::{Host, Lab, by_ssh, floor, read_list};
use measure::{Way, by_turns, table};
use std::process::{Command, ExitCode};
use std::time::Duration;

const FLOOR: &str = "the floor";
const BY_HAND: &str = "by hand";
/// The floor without its requests, and what labctl may take of its time at most.
const PROBE: &str = "the floor's probe, without requests";
const UP: &str = "`labctl up`";
const AT_MOST: f64 = 1.4;
/// OpenSSH's own choice costs a tenth of a second of CPU for each connection.
const QUICK_KEX: &[&str] = &["-o", "KexAlgorithms=curve25519-sha256"];

type Part = fn(&Options) -> Result<String, String>;

/// The parts, in the order in which they are measured, and how many runs stand behind their medians: many where one is short.
const PARTS: &[(&str, usize, Part)] = &[
    ("start", 21, start),
    ("converged", 21, converged),
    ("phases", 11, phases),
    ("delayed", 11, delayed),
    ("first", 5, first),
    ("payloads", 5, payloads::payloads),
    ("growth", 5, growth::growth),
    ("machines", 11, growth::on_machines),
    ("build", 1, build),
];

/// How many hosts are worked on at a time: labctl's own number.
const FORKS: usize = 50;
struct Options {
    rounds: usize,
    hosts: usize,
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let result = match words.first().map(String::as_str) {
        Some("floor") => as_floor(&words[1..]),
        _ => chosen(&words),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The floor is a program of its own: this one, started again with a list of hosts.
fn as_floor(words: &[String]) -> Result<(), String> {
    let (list, forks, told) = match words {
        [list, forks] => (list, forks, false),
        [list, forks, word] if word == "phases" => (list, forks, true),
        _ => return Err("floor LIST FORKS [phases]".into()),
    };
    let forks = forks.parse().map_err(|_| format!("`{forks}` is no number"))?;
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|error| error.to_string())?;
    for phases in runtime.block_on(floor::ask(read_list(list)?, forks))?.iter().filter(|_| told) {
        let words: Vec<String> = phases.iter().map(|phase| phase.as_micros().to_string()).collect();
        println!("{}", words.join(" "));
    }
    Ok(())
}

fn chosen(words: &[String]) -> Result<(), String> {
    let (mut rounds, mut hosts) = (None, 1000);
    let mut parts = Vec::new();
    let mut words = words.iter().filter(|word| *word != "--bench");
    while let Some(word) = words.next() {
        let number = |words: &mut dyn Iterator<Item = &String>| {
            let number = words.next().and_then(|number| number.parse().ok()).filter(|number| *number > 0);
            number.ok_or_else(|| format!("{word} wants a number from 1"))
        };
        if word == "--rounds" {
            rounds = Some(number(&mut words)?);
        } else if word == "--hosts" {
            hosts = number(&mut words)?;
        } else {
            let known = || PARTS.iter().map(|(name, ..)| *name).collect::<Vec<_>>().join(", ");
            let part = PARTS.iter().find(|(name, ..)| name == word);
            parts.push(part.ok_or_else(|| format!("there is no part `{word}`; there are: {}", known()))?);
        }
    }
    if parts.is_empty() {
        parts = PARTS.iter().collect();
    }
    if let [(_, usual, measure)] = parts[..] {
        println!("{}", measure(&Options { rounds: rounds.unwrap_or(*usual), hosts })?);
        return Ok(());
    }
    // Each in a process of its own: what a part held in memory is counted as that of every program that it starts.
    let own = std::env::current_exe().map_err(|error| error.to_string())?;
    let mut failed = Vec::new();
    for (name, usual, _) in parts {
        let mut part = Command::new(&own);
        part.args([*name, "--rounds", &rounds.unwrap_or(*usual).to_string(), "--hosts", &hosts.to_string()]);
        // What one part lacks, another may have.
        if !part.status().is_ok_and(|status| status.success()) {
            failed.push(*name);
        }
    }
    failed.is_empty().then_some(()).ok_or_else(|| format!("not measured: {}", failed.join(", ")))
}

/// The start of the binary.
fn start(options: &Options) -> Result<String, String> {
    let lab = Lab::new("bstart")?;
    let mut many = String::from("lab: many\nhosts:\n  web: { address: 10.0.0.1, groups: [web] }\n");
    for n in 1..3000 {
        many.push_str(&format!("  app{n}: {{ address: 10.1.{}.{}, groups: [app] }}\n", n / 250, n % 250 + 1));
    }
    many.push_str("vars: { sites: [{ domain: many.lab.test, upstream: [app1, app2] }] }\n");
    lab.write("many.yaml", &many)?;
    let mut ways = [
        Way::new("`labctl --version`", lab.labctl(&["--version"])),
        Way::new("`labctl plan`, 3 hosts", lab.labctl(&["plan", "sandbox.yaml"])),
        Way::new("`labctl plan`, 3000 hosts", lab.labctl(&["plan", "many.yaml"])),
        Way::new("`true`", Command::new("true")),
    ];
    let rows = by_turns(&mut ways, options.rounds, |_| Ok(()))?;
    Ok(format!("## Start of the binary\n\n{}", table(&rows, "`true`")))
}

/// A run that finds nothing to do.
fn converged(options: &Options) -> Result<String, String> {
    let mut lab = Lab::new("bconv")?;
    lab.up()?;
    let rows = by_turns(&mut converged_ways(&lab, true)?, options.rounds, |_| Ok(()))?;
    let wall = |name: &str| rows.iter().find(|row| row.name == name).map(|row| row.taken.wall.as_secs_f64());
    let (Some(up), Some(probe)) = (wall(UP), wall(PROBE)) else { return Err("the probe was not measured".into()) };
    let ratio = up / probe;
    let kept = if ratio <= AT_MOST { "kept" } else { "NOT kept" };
    let said = format!("{UP} takes {ratio:.2} times as long as {PROBE}. At most {AT_MOST} is wanted: {kept}.");
    Ok(format!("## Nothing to do, three machines\n\n{}\n{said}\n", table(&rows, FLOOR)))
}

/// Where its time goes.
fn phases(options: &Options) -> Result<String, String> {
    let mut lab = Lab::new("bphase")?;
    lab.up()?;
    phases::measured(&lab, options.rounds)
}

/// The same over a long line.
fn delayed(options: &Options) -> Result<String, String> {
    let mut lab = Lab::new("bdelay")?;
    lab.up()?;
    let addresses: Vec<String> = lab.hosts().into_iter().map(|host| host.address).collect();
    let delay = Delay::begin(&addresses, Duration::from_millis(50))?;
    let rows = by_turns(&mut converged_ways(&lab, false)?, options.rounds, |_| Ok(()))?;
    let title = "## Nothing to do, three machines, 50 ms there and back";
    Ok(format!("{title}\n\n{}\nThe delay is made {}.\n", table(&rows, FLOOR), delay.how()))
}

/// From fresh machines to a whole lab.
fn first(options: &Options) -> Result<String, String> {
    let mut lab = Lab::new("bfirst")?;
    lab.up()?;
    let [apart, then] = by_hand::rounds(&lab)?;
    let folder = lab.folder.path();
    let (apart, then) = (floor("apart", &apart, folder, FORKS)?, floor("then", &then, folder, FORKS)?);
    let mut by_hand = Command::new("sh");
    by_hand.args(["-c", "own=$1; \"$own\" floor \"$2\" 50 && \"$own\" floor \"$3\" 50", "sh"]);
    by_hand.arg(apart.command.get_program());
    for way in [&apart, &then] {
        by_hand.args(way.command.get_args().nth(1));
    }
    let mut ways = [Way::new(BY_HAND, by_hand), Way::new("`labctl up`", lab.labctl(&["up", "existing.yaml", "-q"]))];
    let reset = |_| lab.run(&["reset", "-i", "sandbox.yaml"]).map(drop);
    let rows = by_turns(&mut ways, options.rounds, reset)?;
    Ok(format!("## First run, three fresh machines\n\n{}", table(&rows, BY_HAND)))
}

/// What is built, and how large it is.
fn build(_: &Options) -> Result<String, String> {
    let size = std::fs::metadata(env!("CARGO_BIN_EXE_labctl")).map_err(|error| error.to_string())?.len();
    let lock = include_str!("../Cargo.lock");
    let crates = lock.matches("[[package]]").count();
    let target = tempfile::tempdir().map_err(|error| error.to_string())?;
    let mut clean = Command::new(env!("CARGO"));
    clean.args(["build", "--release", "--quiet", "--locked"]).current_dir(env!("CARGO_MANIFEST_DIR"));
    clean.env("CARGO_TARGET_DIR", target.path());
    let taken = measure::once(&mut Way::new("cargo build", clean))?;
    Ok(format!(
        "## What is built\n\n| | |\n|---|---:|\n| size of the binary, MB | {:.1} |\n| crates in the lock file | {crates} |\n\
         | clean release build, s | {:.0} |\n",
        size as f64 / 1e6,
        taken.wall.as_secs_f64()
    ))
}

fn converged_ways(lab: &Lab, sandbox: bool) -> Result<Vec<Way>, String> {
    let (hosts, folder) = (lab.hosts(), lab.folder.path());
    let bare: Vec<Host> =
        hosts.iter().map(|host| Host { command: "true".into(), script: Vec::new(), ..host.clone() }).collect();
    let mut ways = vec![
        floor(FLOOR, &hosts, folder, FORKS)?,
        floor(PROBE, &lab.quiet_hosts(), folder, FORKS)?,
        Way::new(UP, lab.labctl(&["up", "existing.yaml", "-q"])),
        Way::new("`labctl check`", lab.labctl(&["check", "existing.yaml", "-q"])),
        Way::new("`labctl status`", lab.labctl(&["status", "existing.yaml"])),
    ];
    if sandbox {
        ways.push(Way::new("`labctl up`, finding its own machines again", lab.labctl(&["up", "sandbox.yaml", "-q"])));
    }
    ways.extend([
        floor("`true` by the floor's program", &bare, folder, FORKS)?,
        by_ssh("the floor's probe by `ssh`", &hosts, &[], folder, FORKS)?,
        by_ssh("the floor's probe by `ssh`, curve25519", &hosts, QUICK_KEX, folder, FORKS)?,
        by_ssh("`ssh HOST true`", &bare, &[], folder, FORKS)?,
        by_ssh("`ssh HOST true`, curve25519", &bare, QUICK_KEX, folder, FORKS)?,
    ]);
    Ok(ways)
}
