//! This computer as a place for tasks: what it does itself, in Rust, where there may be no sh.
use super::hearing::Task;
use crate::event::Mode;
use crate::name::LabName;
use crate::plan::PlannedTask;
use std::path::PathBuf;

/// This computer.
pub struct Controller {}
impl Controller {
    /// x
    pub fn new(_lab: &LabName, _hosts_file: Option<PathBuf>) -> Self {
        Self {}
    }
    /// x
    pub fn forget(&self) -> Result<bool, (String, Vec<String>)> {
        Ok(false)
    }
    /// Look, act, look again.
    pub fn task(&self, _task: &PlannedTask, _mode: Mode) -> Task {
        Task::default()
    }
}
