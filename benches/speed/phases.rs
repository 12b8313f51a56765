//! Where the time of a run that finds nothing to do goes, from its start to its end, on each of the three machines.

use super::floor::{PHASES, Phases};
use super::lab::{Lab, floor};
use labctl::internals::event::{Event, Kind};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

const HOSTS: [&str; 3] = ["web", "app1", "app2"];

/// What was measured of each host, round by round.
#[derive(Default)]
struct Rows(Vec<(String, BTreeMap<String, Vec<Duration>>)>);

impl Rows {
    fn add(&mut self, row: &str, host: &str, took: Duration) {
        if !self.0.iter().any(|(name, _)| name == row) {
            self.0.push((row.to_owned(), BTreeMap::new()));
        }
        for (name, hosts) in &mut self.0 {
            if name == row {
                hosts.entry(host.to_owned()).or_default().push(took);
            }
        }
    }

    fn table(&mut self, title: &str) -> String {
        let mut text = format!("### {title}\n\n| medians, ms | {} |\n|---|---:|---:|---:|\n", HOSTS.join(" | "));
        for (name, hosts) in &mut self.0 {
            let cell = |host: &&str| match hosts.get_mut(*host) {
                Some(all) => {
                    all.sort();
                    format!("{:.1}", all[all.len() / 2].as_secs_f64() * 1000.0)
                }
                None => String::new(),
            };
            let cells: Vec<String> = HOSTS.iter().map(cell).collect();
            text.push_str(&format!("| {name} | {} |\n", cells.join(" | ")));
        }
        text + "\n"
    }
}

/// Measures labctl and the floor by turns, so many times.
///
/// # Errors
/// A run that failed, or changed something.
pub fn measured(lab: &Lab, rounds: usize) -> Result<String, String> {
    let (mut own, mut least) = (Rows::default(), Rows::default());
    let mut asked = floor("phases", &lab.hosts(), lab.folder.path(), 50)?.command;
    asked.arg("phases");
    for round in 0..=rounds {
        let (of_labctl, of_floor) = (labctl(lab)?, by_floor(&mut asked)?);
        if round > 0 {
            of_labctl.iter().for_each(|(row, host, took)| own.add(row, host, *took));
            of_floor.iter().for_each(|(row, host, took)| least.add(row, host, *took));
        }
    }
    let floor = least.table("The floor");
    Ok(format!("## Where the time of a run goes that finds nothing to do\n\n{}{floor}", own.table("`labctl up`")))
}

type Measured = Vec<(String, String, Duration)>;

/// From the recording that a run prints: it tells how long each host took for what.
fn labctl(lab: &Lab) -> Result<Measured, String> {
    let began = Instant::now();
    lab.run(&["plan", "existing.yaml"])?;
    let planning = began.elapsed();
    let began = Instant::now();
    let said = lab.run(&["up", "existing.yaml", "--format", "json"])?;
    let wall = began.elapsed();
    let (mut reached, mut steps, mut run) = (BTreeMap::new(), Vec::new(), Duration::ZERO);
    for line in said.lines() {
        let event: Event = serde_json::from_str(line).map_err(|error| format!("{line}: {error}"))?;
        match event.kind {
            Kind::HostReached { host, took_ms, .. } => {
                reached.insert(host.to_string(), Duration::from_millis(took_ms));
            }
            Kind::StepFinished { host, step, took_ms, .. } if !host.is_controller() => {
                steps.push((step.to_string(), host.to_string(), Duration::from_millis(took_ms)));
            }
            Kind::RunFinished { took_ms, .. } => run = Duration::from_millis(took_ms),
            _ => {}
        }
    }
    let mut measured = Vec::new();
    for host in HOSTS {
        let login = reached.get(host).copied().ok_or_else(|| format!("{host} was not reached"))?;
        let looking = steps.iter().filter(|(_, of, _)| of == host).map(|(_, _, took)| *took).sum::<Duration>();
        let mut add = |row: &str, took: Duration| measured.push((row.to_owned(), host.to_owned(), took));
        add("reading and planning (`labctl plan` as a whole)", planning);
        add("login, sudo and shell, up to the script's first word", login);
        add("its tasks, one after the other", looking);
        add("what is asked at once, and waiting for the others", run.saturating_sub(login + looking));
        add("the run, from its first event to its last", run);
        add("the whole program", wall);
    }
    measured.extend(steps.into_iter().map(|(step, host, took)| (format!("of its tasks: {step}"), host, took)));
    Ok(measured)
}

/// The floor tells it itself: a line for each host.
fn by_floor(asked: &mut std::process::Command) -> Result<Measured, String> {
    let output = asked.output().map_err(|error| error.to_string())?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut measured = Vec::new();
    for (host, line) in HOSTS.iter().zip(said.lines()) {
        let phases: Phases = line
            .split(' ')
            .map(|word| word.parse().map(Duration::from_micros).map_err(|_| format!("the floor said: {line}")))
            .collect::<Result<_, _>>()?;
        measured.extend(PHASES.iter().zip(phases).map(|(row, took)| ((*row).to_owned(), (*host).to_owned(), took)));
    }
    if measured.len() == HOSTS.len() * PHASES.len() {
        return Ok(measured);
    }
    Err(format!("the floor: {said}{}", String::from_utf8_lossy(&output.stderr)))
}
