//! What is proved on real machines of the sandbox. Each test has a lab of its own, so they run side by side; each lab is
//! taken away at its end, whatever happens.
#![cfg(target_os = "linux")] // machines of the sandbox
#![allow(clippy::unwrap_used, clippy::print_stderr)] // a test that cannot go on has failed

mod balance;
mod class;
mod classmate;
mod deploy;
mod docs;
mod doctor;
mod drill;
mod exercise;
mod explain;
#[path = "../faults/mod.rs"]
mod faults;
#[path = "../browser/harness.rs"]
mod harness;
mod lesson;
#[allow(dead_code)] // made for more tests than these
#[path = "../docs/pages.rs"]
mod pages;
mod prepared;
mod secrets;
mod seen;
#[path = "../support/skip.rs"]
mod skip;
mod status;
mod styles;
mod sudo;
mod systems;
mod topologies;
mod turn;
mod visitors;
mod watch;
mod web;
mod windows;
