//! What a command works with, and how it ends.

pub mod error;
pub mod event_sink;
pub mod lab;
pub mod notices;
pub mod options;
pub mod planning;
pub mod record;
pub mod rerun_command;
pub mod run;
pub mod shard;
pub mod signal;
pub mod site;
