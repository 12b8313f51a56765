//! Joins the recordings of shards, or of runs one after the other, into one recording.

use super::Order;
use crate::model::event::{Event, Kind, Mode};
use crate::model::name::{HostName, LabName, StepName};
use crate::model::recording::Recording;
use crate::model::shard::Shard;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A recording that is to be joined with others.
struct Part<'a> {
    name: &'a str,
    recording: &'a Recording,
    version: &'a str,
    lab: &'a LabName,
    mode: Mode,
    steps: &'a [StepName],
    hosts: &'a [HostName],
    started: u64,
    shard: Option<Shard>,
}

/// Why recordings cannot be joined. Each is named as messages call it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    /// No recording was given.
    #[error("there is nothing to join")]
    Nothing,
    /// One holds no run.
    #[error("{0} contains no run")]
    NoRun(String),
    /// One is of a drill, or of a count.
    #[error("{0} is not a run of steps: a drill or a count has a report of its own")]
    NoSteps(String),
    /// They are of two labs.
    #[error("{} is from the lab {}, {} from the lab {}: they are two runs", .0.0, .0.1, .1.0, .1.1)]
    OtherLab((String, LabName), (String, LabName)),
    /// One may not change anything, the other one may.
    #[error("{check} only checked, {apply} did not: they are two runs")]
    OtherMode {
        /// The one that only checked.
        check: String,
        /// The verdict of the other recording.
        apply: String,
    },
    /// Two report the same.
    #[error("{one} and {other} both report {step} on {host}: give only one of them")]
    Twice {
        /// The path of the first recording.
        one: String,
        /// The path of the second recording.
        other: String,
        /// The step that both report.
        step: StepName,
        /// The host that both hold.
        host: HostName,
    },
}

impl<'a> Part<'a> {
    fn new((name, recording): &'a (String, Recording)) -> Result<Self, MergeError> {
        let first = recording.events.first().map(|event| &event.kind);
        let Some(Kind::RunStarted { version, lab, mode, steps, hosts, started, shard }) = first else {
            return Err(MergeError::NoRun(name.clone()));
        };
        if steps.is_empty() {
            return Err(MergeError::NoSteps(name.clone()));
        }
        let (mode, started, shard) = (*mode, *started, *shard);
        Ok(Self { name, recording, version, lab, mode, steps, hosts, started, shard })
    }

    /// What was typed, and the picture of the lab.
    fn described(&self) -> Option<&'a Kind> {
        let mut kinds = self.recording.events.iter().map(|event| &event.kind);
        kinds.find(|kind| matches!(kind, Kind::LabDescribed { .. }))
    }

    /// What was done where: a step on a host.
    fn cells(&self) -> BTreeSet<(&'a StepName, &'a HostName)> {
        let cell = |event: &'a Event| event.cell().map(|(host, step)| (step, host));
        self.recording.events.iter().filter_map(cell).collect()
    }
}

/// Joins recordings, each with the name that messages call it by. The result is the same whatever their order is.
///
/// # Errors
/// They are of different labs, some only looked and some did not, or two report the same step on the same host.
pub fn merge(recordings: &[(String, Recording)]) -> Result<Vec<Event>, MergeError> {
    let mut parts = recordings.iter().map(Part::new).collect::<Result<Vec<_>, _>>()?;
    // Names of files are the last that counts: whoever copies them elsewhere gets the same.
    parts.sort_by_key(|part| (part.started, part.shard, part.hosts, part.name));
    let Some(first) = parts.first() else { return Err(MergeError::Nothing) };
    for other in &parts {
        if other.lab != first.lab {
            let of = |part: &Part<'_>| (part.name.to_owned(), part.lab.clone());
            return Err(MergeError::OtherLab(of(first), of(other)));
        }
        if other.mode != first.mode {
            let checked = |part: &Part<'_>| part.mode == Mode::Check;
            let (check, apply) = if checked(first) { (first, other) } else { (other, first) };
            return Err(MergeError::OtherMode { check: check.name.to_owned(), apply: apply.name.to_owned() });
        }
    }
    no_cell_twice(&parts)?;
    Ok(joined(&parts))
}

fn no_cell_twice(parts: &[Part<'_>]) -> Result<(), MergeError> {
    let mut seen: HashMap<(&StepName, &HostName), &str> = HashMap::new();
    for part in parts {
        for (step, host) in part.cells() {
            if let Some(other) = seen.insert((step, host), part.name) {
                let (one, other) = (other.to_owned(), part.name.to_owned());
                return Err(MergeError::Twice { one, other, step: step.clone(), host: host.clone() });
            }
        }
    }
    Ok(())
}

fn joined(parts: &[Part<'_>]) -> Vec<Event> {
    let (steps, hosts) = (all_steps(parts), all_hosts(parts));
    let started = parts.iter().map(|part| part.started).min().unwrap_or_default();
    let later = |part: &Part<'_>| (part.started - started) * 1000;
    let mut events = vec![Event {
        at_ms: 0,
        kind: Kind::RunStarted {
            version: parts[0].version.to_owned(),
            lab: parts[0].lab.clone(),
            mode: parts[0].mode,
            steps: steps.clone(),
            hosts: hosts.clone(),
            started,
            shard: None,
        },
    }];
    events.extend(parts.iter().find_map(Part::described).map(|kind| Event { at_ms: 0, kind: kind.clone() }));
    let missing = missing(parts);
    events.push(Event { at_ms: 0, kind: Kind::RunsMerged { recordings: parts.len(), missing } });

    let done: BTreeSet<_> = parts.iter().flat_map(Part::cells).collect();
    let cells = steps.iter().flat_map(|step| hosts.iter().map(move |host| (step, host)));
    let cells = cells.filter(|cell| done.contains(cell)).map(|(step, host)| (host.clone(), step.clone()));
    let mut order = Order::new(cells.collect());
    let (mut took_ms, mut interrupted) = (0, false);
    for part in parts {
        for event in &part.recording.events {
            let at_ms = event.at_ms + later(part);
            took_ms = took_ms.max(at_ms);
            match &event.kind {
                Kind::RunStarted { .. } | Kind::LabDescribed { .. } | Kind::RunsMerged { .. } => {}
                Kind::RunFinished { interrupted: this, .. } => interrupted |= this,
                kind => events.extend(order.take(Event { at_ms, kind: kind.clone() })),
            }
        }
    }
    events.extend(order.take(Event { at_ms: took_ms, kind: Kind::RunFinished { took_ms, interrupted } }));
    events
}

/// The steps of all, in an order that agrees with that of each.
fn all_steps(parts: &[Part<'_>]) -> Vec<StepName> {
    let mut all: Vec<StepName> = Vec::new();
    for part in parts {
        for (n, step) in part.steps.iter().enumerate() {
            if all.contains(step) {
                continue;
            }
            let position = |of: &StepName| all.iter().position(|known| known == of);
            // Right behind the one before it; else before the next that is known; else at the end: it was done later.
            let before = n.checked_sub(1).and_then(|n| position(&part.steps[n])).map(|at| at + 1);
            let at = before.or_else(|| part.steps[n..].iter().find_map(position)).unwrap_or(all.len());
            all.insert(at, step.clone());
        }
    }
    all
}

/// The hosts of all, in the order that the run would have had without shards: one of each shard by turns.
fn all_hosts(parts: &[Part<'_>]) -> Vec<HostName> {
    let mut runs: BTreeMap<Option<usize>, Vec<&Part<'_>>> = BTreeMap::new();
    for part in parts {
        runs.entry(part.shard.map(Shard::of)).or_default().push(part);
    }
    let (mut all, mut seen) = (Vec::new(), BTreeSet::new());
    // Hosts without a shard come last: they waited for the others.
    let whole = runs.remove(&None).unwrap_or_default();
    let machines = |part: &Part<'_>| -> Vec<HostName> {
        part.hosts.iter().filter(|host| !host.is_controller()).cloned().collect()
    };
    let mut add = |host: HostName| {
        if seen.insert(host.clone()) {
            all.push(host);
        }
    };
    for (_, mut shards) in runs {
        shards.sort_by_key(|part| (part.shard, part.started));
        let lists: Vec<Vec<HostName>> = shards.iter().map(|part| machines(part)).collect();
        let longest = lists.iter().map(Vec::len).max().unwrap_or_default();
        (0..longest).for_each(|n| lists.iter().filter_map(|list| list.get(n)).cloned().for_each(&mut add));
    }
    whole.iter().flat_map(|part| machines(part)).for_each(&mut add);
    if parts.iter().any(|part| part.hosts.iter().any(HostName::is_controller)) {
        all.push(HostName::controller());
    }
    all
}

/// What is not there, in words: cut recordings, shards that nobody gave.
fn missing(parts: &[Part<'_>]) -> Vec<String> {
    let mut missing: Vec<String> = Vec::new();
    for part in parts {
        for remark in &part.recording.remarks {
            let named = remark.starts_with(part.name);
            missing.push(if named { remark.clone() } else { format!("{}: {remark}", part.name) });
        }
    }
    let mut given: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for shard in parts.iter().filter_map(|part| part.shard) {
        given.entry(shard.of()).or_default().insert(shard.number());
    }
    for (of, given) in given {
        let lost: Vec<String> =
            (1..=of).filter(|number| !given.contains(number)).map(|number| format!("{number}/{of}")).collect();
        if !lost.is_empty() {
            missing.push(format!("no recording was given of shard {}", lost.join(", ")));
        }
    }
    missing
}
