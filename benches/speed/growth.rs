//! More and more hosts, and ten checks on each.

use super::lab::{Host, by_ssh, floor};
use super::machines::Machines;
use super::many::Many;
use super::measure::{Median, Way, by_turns};
use super::{FLOOR, FORKS, Options};
use std::path::Path;
use std::process::Command;

const GROWTH: &[usize] = &[1, 3, 10, 30, 100, 300, 1000];
/// As many machines as a computer with two cores can be.
const MACHINES: &[usize] = &[1, 3, 10];

/// More and more hosts, ten checks on each.
pub fn growth(options: &Options) -> Result<String, String> {
    let many = Many::begin()?;
    let mut text = format!("## Growth: ten checks that hold, on so many hosts\n\n{GROWN}");
    for &count in GROWTH.iter().filter(|count| **count <= options.hosts) {
        text.push_str(&grown(options, &many.hosts(count)?, many.step(count)?, many.folder())?);
    }
    Ok(text)
}

/// The same on real machines, as many as there can be.
pub fn on_machines(options: &Options) -> Result<String, String> {
    let mut text = format!("## The same on machines\n\n{GROWN}");
    for &count in MACHINES.iter().filter(|count| **count <= options.hosts) {
        let machines = Machines::begin(count)?;
        text.push_str(&grown(options, &machines.hosts()?, machines.step(), machines.folder())?);
    }
    Ok(text)
}

const GROWN: &str = "| hosts | the floor s | `labctl step` s | least to most s | x the floor | `ssh HOST true` s | x `ssh` | labctl's CPU ms for each | the floor's | labctl's MiB |\n\
     |---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n";

/// A row of such a table.
fn grown(options: &Options, hosts: &[Host], step: Command, folder: &Path) -> Result<String, String> {
    let bare: Vec<Host> =
        hosts.iter().map(|host| Host { command: "true".into(), script: Vec::new(), ..host.clone() }).collect();
    let mut ways = [
        floor(FLOOR, hosts, folder, FORKS)?,
        Way::new("`labctl step`", step),
        by_ssh("`ssh HOST true`", &bare, &[], folder, FORKS)?,
    ];
    let rows = by_turns(&mut ways, options.rounds, |_| Ok(()))?;
    let [floor, labctl, ssh] = &rows[..] else { return Err("three ways".into()) };
    let wall = |row: &Median| row.taken.wall.as_secs_f64();
    let each = |row: &Median| row.taken.cpu.as_secs_f64() * 1000.0 / hosts.len() as f64;
    Ok(format!(
        "| {} | {:.3} | {:.3} | {:.3} to {:.3} | {:.2} | {:.3} | {:.2} | {:.1} | {:.1} | {:.1} |\n",
        hosts.len(),
        wall(floor),
        wall(labctl),
        labctl.range.0.as_secs_f64(),
        labctl.range.1.as_secs_f64(),
        wall(labctl) / wall(floor),
        wall(ssh),
        wall(labctl) / wall(ssh),
        each(labctl),
        each(floor),
        labctl.taken.memory as f64 / 1024.0,
    ))
}
