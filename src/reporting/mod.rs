//! Telling people and programs what happened. Reporters see events and nothing else, so a recording serves them as well
//! as a run.

mod balance;
pub mod class;
mod counts;
mod doctor;
mod doctor_here;
mod drill;
mod drill_results;
mod html;
mod json;
mod junit;
mod live;
mod merge;
mod plan;
mod plan_order;
mod recordings;
mod run_report;
mod status;
mod terminal;
mod text;
pub mod watch;
mod xml;

pub use crate::languages::english as sentences;
pub use balance::balance;
pub use doctor::Diagnosis;
pub use doctor_here::Checkup;
pub use drill::Story;
pub use drill_results::DrillResults;
pub use html::html;
pub use json::{Json, event_line};
pub use junit::junit;
pub use merge::merge;
pub use plan::{plan_json, plan_text};
pub use plan_order::Order;
pub use recordings::RecordingOverview;
pub use status::Status;
pub use terminal::{NextSteps, Style, Terminal};
pub use text::sanitize;

use crate::model::event::Event;
use crate::model::health::Health;
use crate::model::summary::Summary;
use std::io;

/// One audience of a run.
pub trait Reporter {
    /// Something happened just now. For live displays: the order is that of the clock.
    ///
    /// # Errors
    /// The audience cannot be written to.
    fn live(&mut self, _event: &Event) -> io::Result<()> {
        Ok(())
    }

    /// The next event in the order of the plan, which is the same whatever the timing was.
    ///
    /// # Errors
    /// The audience cannot be written to.
    fn settled(&mut self, event: &Event) -> io::Result<()>;
}

/// A fold over events gets them in the order of the plan.
impl Reporter for Summary {
    fn settled(&mut self, event: &Event) -> io::Result<()> {
        self.add(event);
        Ok(())
    }
}

/// A fold over events gets them in the order of the plan.
impl Reporter for Health {
    fn settled(&mut self, event: &Event) -> io::Result<()> {
        self.add(event);
        Ok(())
    }
}

/// Hands every event to every reporter: as it comes, and in the order of the plan.
pub struct FanOut<'a> {
    order: Order,
    reporters: Vec<&'a mut dyn Reporter>,
}

impl<'a> FanOut<'a> {
    /// Reporters of a run whose steps and hosts are reported in this order.
    pub fn new(order: Order, reporters: Vec<&'a mut dyn Reporter>) -> Self {
        Self { order, reporters }
    }

    /// Takes an event. A reporter that can no longer be written to (a closed pipe) is left out from then on: the
    /// work goes on, and the others still get the events.
    pub fn emit(&mut self, event: Event) {
        self.reporters.retain_mut(|reporter| reporter.live(&event).is_ok());
        for settled in self.order.take(event) {
            self.reporters.retain_mut(|reporter| reporter.settled(&settled).is_ok());
        }
    }
}
