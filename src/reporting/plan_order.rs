//! Puts the events of hosts that work at the same time into the order of the plan: step by step, hosts in the order of
//! the inventory.

use crate::model::event::{Event, Kind};
use crate::model::name::{HostName, StepName};
use crate::model::unreachable::Unreachable;
use std::collections::HashMap;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::mem::size_of;

/// So many bytes of events are held back in memory; what is more waits for its turn on disk.
const ROOM: usize = 4 << 20;

/// Where events wait for which memory has no room.
pub trait Disk: Read + Write + Seek + Send {}

impl<T: Read + Write + Seek + Send> Disk for T {}

/// Holds events back until it is their turn.
pub struct Order {
    cells: Vec<PlanCell>,
    /// The cells of each host, in order.
    of: HashMap<HostName, Vec<usize>>,
    /// The first cell that is not complete.
    next: usize,
    /// What a host said after all of its cells were complete.
    late: Vec<Event>,
    /// How many bytes of events are held back in memory.
    held: usize,
    disk: Option<Box<dyn Disk>>,
}

struct PlanCell {
    host: HostName,
    step: StepName,
    events: Vec<HeldEvents>,
    complete: bool,
}

enum HeldEvents {
    Here(Box<Event>),
    /// On disk: where it begins, and its length.
    There(u64, usize),
}

/// About how many bytes an event takes.
fn size(event: &Event) -> usize {
    let texts = match &event.kind {
        Kind::TaskFinished { result } => result.diff.iter().chain(&result.output).map(String::len).sum(),
        _ => 0,
    };
    size_of::<Event>() + 64 + texts
}

impl Order {
    /// The order of a report.
    pub fn new(cells: Vec<(HostName, StepName)>) -> Self {
        let mut of: HashMap<HostName, Vec<usize>> = HashMap::new();
        for (at, (host, _)) in cells.iter().enumerate() {
            of.entry(host.clone()).or_default().push(at);
        }
        let cell = |(host, step)| PlanCell { host, step, events: Vec::new(), complete: false };
        let cells = cells.into_iter().map(cell).collect();
        Self { cells, of, next: 0, late: Vec::new(), held: 0, disk: None }
    }

    /// With a place for what memory has no room for: one slow host must not make a thousand others fill it.
    #[must_use]
    pub fn spilling_to(mut self, disk: impl Disk + 'static) -> Self {
        self.disk = Some(Box::new(disk));
        self
    }

    /// Takes an event, and gives those whose turn has come.
    pub fn take(&mut self, event: Event) -> Vec<Event> {
        match &event.kind {
            Kind::TaskStarted { .. } | Kind::TaskOutput { .. } | Kind::HostSaid { .. } => return Vec::new(),
            // What belongs to no step has its turn at once.
            Kind::RunStarted { .. }
            | Kind::LabDescribed { .. }
            | Kind::RunsMerged { .. }
            | Kind::DrillStarted { .. }
            | Kind::DrillTurned { .. }
            | Kind::DrillTick { .. }
            | Kind::DrillFinished { .. }
            | Kind::DrillFailed { .. } => return vec![event],
            // Of hosts that are reported in any order: it stands behind them all.
            Kind::RunHalted { .. } => self.late.push(event),
            Kind::RunFinished { .. } => {
                // Whatever was never finished is reported as far as it came: nothing is lost.
                let mut rest = self.released(true);
                rest.append(&mut self.late);
                rest.push(event);
                return rest;
            }
            // What a host says of itself stands before the first of its cells that is not complete yet.
            Kind::HostReached { host, .. }
            | Kind::HostKeyPinned { host, .. }
            | Kind::HostFact { host, .. }
            | Kind::SiteBalanced { host, .. }
            | Kind::HostUnreachable { host, .. } => match self.find(host, |cell| !cell.complete) {
                Some(at) => self.hold(at, event),
                // A host can be lost after its last step, before it says that this was the end.
                None => self.late.push(event),
            },
            Kind::TaskFinished { .. } | Kind::StepFinished { .. } => {
                let complete = matches!(event.kind, Kind::StepFinished { .. });
                let Some((host, step)) = event.cell() else { return Vec::new() };
                if let Some(at) = self.find(host, |cell| &cell.step == step) {
                    self.hold(at, event);
                    self.cells[at].complete |= complete;
                }
            }
        }
        self.released(false)
    }

    fn find(&self, host: &HostName, wanted: impl Fn(&PlanCell) -> bool) -> Option<usize> {
        self.of.get(host)?.iter().copied().find(|at| wanted(&self.cells[*at]))
    }

    fn hold(&mut self, at: usize, event: Event) {
        let size = size(&event);
        // A full disk is not a reason to lose anything.
        let held = match &mut self.disk {
            Some(disk) if self.held + size > ROOM => write(disk.as_mut(), &event)
                .map_or_else(|_| HeldEvents::Here(Box::new(event)), |(begin, length)| HeldEvents::There(begin, length)),
            _ => HeldEvents::Here(Box::new(event)),
        };
        if matches!(held, HeldEvents::Here(_)) {
            self.held += size;
        }
        self.cells[at].events.push(held);
    }

    fn released(&mut self, all: bool) -> Vec<Event> {
        let mut released = Vec::new();
        while let Some(cell) = self.cells.get_mut(self.next).filter(|cell| all || cell.complete) {
            for held in std::mem::take(&mut cell.events) {
                match (held, &mut self.disk) {
                    (HeldEvents::Here(event), _) => {
                        self.held -= size(&event);
                        released.push(*event);
                    }
                    (HeldEvents::There(begin, length), Some(disk)) => match read(disk.as_mut(), begin, length) {
                        Ok(event) => released.push(event),
                        Err(error) => self.late.push(lost(&cell.host, &error)),
                    },
                    (HeldEvents::There(..), None) => {}
                }
            }
            self.next += 1;
        }
        released
    }
}

fn write(disk: &mut dyn Disk, event: &Event) -> io::Result<(u64, usize)> {
    let bytes = serde_json::to_vec(event)?;
    let begin = disk.seek(SeekFrom::End(0))?;
    disk.write_all(&bytes)?;
    Ok((begin, bytes.len()))
}

fn read(disk: &mut dyn Disk, begin: u64, length: usize) -> io::Result<Event> {
    let mut bytes = vec![0; length];
    disk.seek(SeekFrom::Start(begin))?;
    disk.read_exact(&mut bytes)?;
    Ok(serde_json::from_slice(&bytes)?)
}

/// What cannot be reported any more must not look as if all were well.
fn lost(host: &HostName, error: &io::Error) -> Event {
    let why = Unreachable::OutputGone { error: error.to_string() };
    Event { at_ms: 0, kind: Kind::HostUnreachable { host: host.clone(), why } }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::event::Verdict;
    use crate::model::event::{Outcome, TaskRef, TaskResult};
    use crate::model::unreachable::ScriptFailure;

    fn finished(host: &str, step: &str) -> Event {
        let (host, step) = (host.parse().unwrap(), step.parse().unwrap());
        Event { at_ms: 0, kind: Kind::StepFinished { host, step, took_ms: 0, verdict: Verdict::Finished } }
    }

    fn order() -> Order {
        let cells = [("a", "one"), ("b", "one"), ("a", "two")];
        Order::new(cells.map(|(h, s)| (h.parse().unwrap(), s.parse().unwrap())).into())
    }

    #[test]
    fn the_order_is_that_of_the_plan_whatever_the_timing() {
        let mut wanted = None;
        for arrival in [[0, 1, 2], [1, 0, 2], [2, 1, 0], [0, 2, 1], [2, 0, 1], [1, 2, 0]] {
            let events = [finished("a", "one"), finished("b", "one"), finished("a", "two")];
            let mut order = order();
            let events: Vec<Event> = arrival.iter().flat_map(|n| order.take(events[*n].clone())).collect();
            assert_eq!(&events, wanted.get_or_insert(events.clone()), "{arrival:?}");
            assert_eq!(events.len(), 3);
        }
    }

    #[test]
    fn a_host_that_is_lost_after_its_last_step_is_told_of() {
        let mut order = order();
        for (host, step) in [("a", "one"), ("b", "one"), ("a", "two")] {
            order.take(finished(host, step));
        }
        let (host, why) = ("b".parse().unwrap(), Unreachable::Script { why: ScriptFailure::GivenUp });
        let lost = Event { at_ms: 1, kind: Kind::HostUnreachable { host, why } };
        let end = Event { at_ms: 2, kind: Kind::RunFinished { took_ms: 2, interrupted: false } };
        assert!(order.take(lost.clone()).is_empty());
        assert_eq!(order.take(end.clone()), [lost, end]);
    }

    #[test]
    fn nothing_is_lost_when_a_run_breaks_off() {
        let mut order = order();
        assert!(order.take(finished("a", "two")).is_empty());
        let end = Event { at_ms: 1, kind: Kind::RunFinished { took_ms: 1, interrupted: true } };
        assert_eq!(order.take(end.clone()), [finished("a", "two"), end]);
    }

    /// What hosts say in a run where the first is the last: the others wait for it.
    fn flood(hosts: usize) -> (Vec<(HostName, StepName)>, Vec<Event>) {
        let step: StepName = "one".parse().unwrap();
        let cells: Vec<_> = (0..hosts).map(|n| (format!("h{n}").parse::<HostName>().unwrap(), step.clone())).collect();
        let mut events = Vec::new();
        for (host, step) in cells.iter().rev() {
            let task = TaskRef::new(host.clone(), step.clone(), "a \u{1f600} task");
            let (diff, output) = (Some("-a\n+b".into()), Some("said\n".repeat(2000)));
            let result = TaskResult { took_ms: 7, diff, output, ..TaskResult::new(task, Outcome::Changed) };
            let kind = Kind::TaskFinished { result };
            events.push(Event { at_ms: 3, kind });
            events.push(finished(host.as_str(), step.as_str()));
        }
        (cells, events)
    }

    #[test]
    fn what_memory_has_no_room_for_waits_on_disk() {
        let (cells, events) = flood(1500);
        let mut memory = Order::new(cells.clone());
        let mut disk = Order::new(cells).spilling_to(io::Cursor::new(Vec::new()));
        let mut taken = (Vec::new(), Vec::new());
        for event in events {
            taken.0.extend(memory.take(event.clone()));
            taken.1.extend(disk.take(event));
            let here: usize = disk
                .cells
                .iter()
                .flat_map(|cell| &cell.events)
                .map(|held| match held {
                    HeldEvents::Here(event) => size(event),
                    HeldEvents::There(..) => 0,
                })
                .sum();
            assert!(here <= ROOM, "{here}");
        }
        assert_eq!(taken.0.len(), 3000);
        assert_eq!(taken.0, taken.1);
        assert_eq!(disk.held, 0, "all of it is free again");
    }

    #[test]
    fn a_disk_that_is_full_costs_memory_and_one_that_is_broken_is_told() {
        /// Takes so many bytes, and gives none back.
        struct Bad(usize, u64);
        impl Read for Bad {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("broken"))
            }
        }
        impl Write for Bad {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                self.0 = self.0.checked_sub(bytes.len()).ok_or_else(|| io::Error::other("full"))?;
                Ok(bytes.len())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        impl Seek for Bad {
            fn seek(&mut self, _: SeekFrom) -> io::Result<u64> {
                self.1 += 1;
                Ok(self.1)
            }
        }
        let end = Event { at_ms: 1, kind: Kind::RunFinished { took_ms: 1, interrupted: false } };
        for (bytes, lost) in [(0, false), (20_000, true)] {
            let (cells, events) = flood(600);
            let mut order = Order::new(cells).spilling_to(Bad(bytes, 0));
            let mut events: Vec<Event> = events.into_iter().flat_map(|event| order.take(event)).collect();
            events.extend(order.take(end.clone()));
            let unreachable = events.iter().filter(|e| matches!(e.kind, Kind::HostUnreachable { .. })).count();
            assert_eq!(events.len(), 1201, "each event, or a word that it is lost");
            assert_eq!(unreachable > 0, lost, "{unreachable}");
        }
    }
}
