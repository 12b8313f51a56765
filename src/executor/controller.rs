//! This computer as a place for tasks: what it does itself, in Rust, where there may be no sh.
use super::hearing::Task;
use crate::event::Mode;
use crate::plan::PlannedTask;

/// This computer.
pub struct Controller {}
impl Controller {
    /// Look, act, look again.
    pub fn task(&self, _task: &PlannedTask, _mode: Mode) -> Task {
        Task::default()
    }
}
