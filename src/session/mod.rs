//! What a verb works with: open labs, plans, runs, inspections, drills, recordings; and how it ends. Everything belongs to
//! one lab (`Lab`, `RunOptions`, `Notices`), so that many can be open at once. Nothing here prints: whoever opens a lab
//! decides where its notices go, and whoever drives a run names the reporters.

pub mod balance;
pub mod build_plan;
pub mod class;
pub mod component_health;
pub mod drill;
mod drill_request;
pub mod error;
pub mod event_sink;
pub mod examine;
pub mod handbook;
pub mod inspect;
pub mod lab;
mod names_here;
pub mod notices;
pub mod open;
pub mod options;
pub mod record;
pub mod recordings;
pub mod remove;
pub mod rerun_command;
pub mod run;
pub mod shard;
pub mod signal;
pub mod site;
pub mod site_config;
pub mod trust;
mod visitors;
pub mod watch;
mod watch_load;
