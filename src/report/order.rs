//! Puts the events of hosts that work at the same time into the order of the plan: step by step, hosts in the order of
//! the inventory.

use crate::event::{Event, Kind};
use crate::name::{HostName, StepName};

/// Holds events back until it is their turn.
pub struct Order {
    cells: Vec<Cell>,
    /// The first cell that is not complete.
    next: usize,
    /// What a host said after all of its cells were complete.
    late: Vec<Event>,
}

struct Cell {
    host: HostName,
    step: StepName,
    events: Vec<Event>,
    complete: bool,
}

impl Order {
    /// The order of a report.
    pub fn new(cells: Vec<(HostName, StepName)>) -> Self {
        let cell = |(host, step)| Cell { host, step, events: Vec::new(), complete: false };
        Self { cells: cells.into_iter().map(cell).collect(), next: 0, late: Vec::new() }
    }

    /// Takes an event, and gives those whose turn has come.
    pub fn take(&mut self, event: Event) -> Vec<Event> {
        match &event.kind {
            Kind::TaskStarted { .. } | Kind::TaskOutput { .. } | Kind::HostSaid { .. } => return Vec::new(),
            // What belongs to no step has its turn at once.
            Kind::RunStarted { .. }
            | Kind::LabDescribed { .. }
            | Kind::DrillStarted { .. }
            | Kind::DrillTurned { .. }
            | Kind::DrillTick { .. }
            | Kind::DrillFinished { .. }
            | Kind::DrillFailed { .. } => return vec![event],
            // Of hosts that are told of in any order: it stands behind them all.
            Kind::RunHalted { .. } => self.late.push(event),
            Kind::RunFinished { .. } => {
                // Whatever was never finished is told as far as it came: nothing is lost.
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
            | Kind::HostUnreachable { host, .. } => {
                match self.cells.iter_mut().find(|cell| &cell.host == host && !cell.complete) {
                    Some(cell) => cell.events.push(event),
                    // A host can be lost after its last step, before it says that this was the end.
                    None => self.late.push(event),
                }
            }
            Kind::TaskFinished { .. } | Kind::StepFinished { .. } => {
                let complete = matches!(event.kind, Kind::StepFinished { .. });
                let of = |cell: &&mut Cell| event.cell() == Some((&cell.host, &cell.step));
                if let Some(cell) = self.cells.iter_mut().find(of) {
                    cell.events.push(event);
                    cell.complete |= complete;
                }
            }
        }
        self.released(false)
    }

    fn released(&mut self, all: bool) -> Vec<Event> {
        let mut released = Vec::new();
        while let Some(cell) = self.cells.get_mut(self.next).filter(|cell| all || cell.complete) {
            released.append(&mut cell.events);
            self.next += 1;
        }
        released
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Verdict;

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
            let told: Vec<Event> = arrival.iter().flat_map(|n| order.take(events[*n].clone())).collect();
            assert_eq!(&told, wanted.get_or_insert(told.clone()), "{arrival:?}");
            assert_eq!(told.len(), 3);
        }
    }

    #[test]
    fn a_host_that_is_lost_after_its_last_step_is_told_of() {
        let mut order = order();
        for (host, step) in [("a", "one"), ("b", "one"), ("a", "two")] {
            order.take(finished(host, step));
        }
        let (host, reason, hints) = ("b".parse().unwrap(), "cut".to_owned(), Vec::new());
        let lost = Event { at_ms: 1, kind: Kind::HostUnreachable { host, reason, hints } };
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
}
