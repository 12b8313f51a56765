//! Pure thought: no clock, no file, no socket.

pub mod doctor;
pub mod explain;
pub mod graph;
pub mod plan;
pub mod script;
