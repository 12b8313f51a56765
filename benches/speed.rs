//! How fast labctl is, beside the least that could do the same work, in one run on one computer.
//!
//! `cargo bench --bench speed` measures everything (as root, on Linux); words choose parts of it, `--rounds N` how many
//! runs stand behind each median, `--hosts N` up to how many hosts `growth` goes. What it prints is kept in `benches/RESULTS.md`.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program of its own")]

#[path = "speed/app.rs"]
mod app;
#[path = "speed/by_hand.rs"]
mod by_hand;
#[path = "speed/delay.rs"]
mod delay;
#[path = "speed/floor.rs"]
mod floor;
#[path = "speed/lab.rs"]
mod lab;
#[path = "speed/many.rs"]
mod many;
#[path = "speed/measure.rs"]
mod measure;
#[path = "speed/phases.rs"]
mod phases;

use app::App;
use delay::Delay;
use lab::{Host, Lab, by_ssh, floor, read_list};
use many::Many;
use measure::{Way, by_turns, table};
use std::process::{Command, ExitCode};
use std::time::Duration;

const FLOOR: &str = "the floor";
const BY_HAND: &str = "by hand";
/// OpenSSH's own choice costs a tenth of a second of CPU for each connection.
const QUICK_KEX: &[&str] = &["-o", "KexAlgorithms=curve25519-sha256"];

type Part = fn(&Options) -> Result<String, String>;

/// The parts, in the order in which they are measured.
const PARTS: &[(&str, Part)] = &[
    ("start", start),
    ("converged", converged),
    ("phases", phases),
    ("delayed", delayed),
    ("first", first),
    ("payloads", payloads),
    ("growth", growth),
    ("build", build),
];

/// How many hosts are worked on at a time: labctl's own number.
const FORKS: usize = 50;
const GROWTH: &[usize] = &[1, 3, 10, 30, 100, 300, 1000];

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
    let mut options = Options { rounds: 7, hosts: 1000 };
    let mut parts = Vec::new();
    let mut words = words.iter().filter(|word| *word != "--bench");
    while let Some(word) = words.next() {
        let number = |words: &mut dyn Iterator<Item = &String>| {
            let number = words.next().and_then(|number| number.parse().ok()).filter(|number| *number > 0);
            number.ok_or_else(|| format!("{word} wants a number from 1"))
        };
        if word == "--rounds" {
            options.rounds = number(&mut words)?;
        } else if word == "--hosts" {
            options.hosts = number(&mut words)?;
        } else {
            let known = || PARTS.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
            let part = PARTS.iter().find(|(name, _)| name == word);
            parts.push(part.ok_or_else(|| format!("there is no part `{word}`; there are: {}", known()))?);
        }
    }
    if parts.is_empty() {
        parts = PARTS.iter().collect();
    }
    if let [(_, measure)] = parts[..] {
        println!("{}", measure(&options)?);
        return Ok(());
    }
    // Each in a process of its own: what a part held in memory is counted as that of every program that it starts.
    let own = std::env::current_exe().map_err(|error| error.to_string())?;
    for (name, _) in parts {
        let mut part = Command::new(&own);
        part.args([*name, "--rounds", &options.rounds.to_string(), "--hosts", &options.hosts.to_string()]);
        let status = part.status().map_err(|error| format!("{name}: {error}"))?;
        if !status.success() {
            return Err(format!("{name}: {status}"));
        }
    }
    Ok(())
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
    Ok(format!("## Nothing to do, three machines\n\n{}", table(&rows, FLOOR)))
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
    let _delay = Delay::begin(&addresses, Duration::from_millis(25))?;
    let rows = by_turns(&mut converged_ways(&lab, false)?, options.rounds, |_| Ok(()))?;
    Ok(format!("## Nothing to do, three machines, 50 ms there and back\n\n{}", table(&rows, FLOOR)))
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

/// What has to be sent.
fn payloads(options: &Options) -> Result<String, String> {
    let mut lab = Lab::new("bsend")?;
    lab.up()?;
    let mut text = String::from("## What has to be sent: new content, to two hosts\n");
    for bytes in [1_000, 100_000, 1_000_000, 10_000_000] {
        lab.write("templates/big.j2", "")?;
        lab.write("playbooks/big.yaml", "hosts: app\ntasks:\n  - template: { src: big.j2, path: /srv/big }\n")?;
        let words = ["step", "big", "-i", "existing.yaml", "-q"];
        text.push_str(&sent(
            options,
            &lab,
            &format!("a template of {bytes} bytes"),
            &words,
            Vec::new(),
            |_, round| {
                let line = format!("{round:07} {}\n", "x".repeat(91));
                let content = line.repeat(bytes / line.len());
                lab.write("templates/big.j2", &content)?;
                Ok(content.into_bytes())
            },
        )?);
    }
    for megabytes in [1, 10, 100] {
        let bytes = megabytes * 1_000_000;
        let app = App::begin(&lab, &format!("app{megabytes}"))?;
        let other = App::begin(&lab, &format!("other{megabytes}"))?;
        let repo = format!("app.repo={}", app.folder.display());
        let dir = format!("app.dir=/home/student/app{megabytes}");
        let words = ["step", "dumbflix", "-i", "existing.yaml", "-q", "--set", &repo, "--set", &dir];
        lab.run(&words)?;
        let by_hand = other.pushed_by_hand(&lab)?;
        let title = format!("a commit of {megabytes} MB in the application's repository");
        // Each has a repository of its own, so that each has one commit to send.
        let grow = |way, _| match way {
            0 => Ok(app.random(bytes)),
            1 => app.grow(bytes),
            _ => other.grow(bytes),
        };
        text.push_str(&sent(options, &lab, &title, &words, vec![by_hand], grow)?);
    }
    Ok(text)
}

/// Sends what `make` makes anew for each run (for which way, in which round): by the floor into a file, by labctl, and in other ways.
fn sent(
    options: &Options,
    lab: &Lab,
    title: &str,
    words: &[&str],
    others: Vec<Way>,
    make: impl Fn(usize, usize) -> Result<Vec<u8>, String>,
) -> Result<String, String> {
    let hosts = |content: Vec<u8>| -> Vec<Host> {
        let script = [&content[..], b"\nend .\n"].concat();
        let to =
            |host: &Host| Host { command: "tee /tmp/sent | tail -n 1".into(), script: script.clone(), ..host.clone() };
        lab.hosts()[1..].iter().map(to).collect()
    };
    // The list names the file of what is sent; it is written anew before each run.
    let anew = |content| floor(FLOOR, &hosts(content), lab.folder.path(), FORKS);
    let mut ways = vec![anew(make(0, 0)?)?, Way::new("labctl", lab.labctl(words))];
    ways.extend(others);
    let mut round = 0;
    let rows = by_turns(&mut ways, options.rounds, |way| {
        round += 1;
        anew(make(way, round)?).map(drop)
    })?;
    Ok(format!("\n### {title}\n\n{}", table(&rows, FLOOR)))
}

/// More and more hosts, ten checks on each.
fn growth(options: &Options) -> Result<String, String> {
    let many = Many::begin()?;
    let mut text = String::from("## Growth: ten checks that hold, on so many hosts\n");
    for &hosts in GROWTH.iter().filter(|hosts| **hosts <= options.hosts) {
        let all = many.hosts(hosts)?;
        let bare: Vec<Host> =
            all.iter().map(|host| Host { command: "true".into(), script: Vec::new(), ..host.clone() }).collect();
        let mut ways = [
            floor(FLOOR, &all, many.folder(), FORKS)?,
            Way::new("`labctl step`", many.step(hosts)?),
            by_ssh("`ssh HOST true`", &bare, &[], many.folder(), FORKS)?,
        ];
        let rows = by_turns(&mut ways, options.rounds, |_| Ok(()))?;
        let each = |row: &measure::Median| row.taken.cpu.as_secs_f64() * 1000.0 / hosts as f64;
        text.push_str(&format!("\n### {hosts}\n\n{}", table(&rows, FLOOR)));
        text.push_str(&format!(
            "\nCPU of this computer's own side for each host: labctl {:.1} ms, the floor {:.1} ms.\n",
            each(&rows[1]),
            each(&rows[0])
        ));
    }
    Ok(text)
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
        Way::new("`labctl up`", lab.labctl(&["up", "existing.yaml", "-q"])),
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
