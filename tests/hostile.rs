//! Hostile input: bytes that nobody would write, texts that would like to be commands, names that would like to be options.
#![allow(clippy::unwrap_used, clippy::print_stderr)] // a test that cannot go on has failed

#[path = "hostile/fuzz.rs"]
mod fuzz;
#[path = "hostile/names.rs"]
mod names;
#[cfg(target_os = "linux")]
#[path = "hostile/quoting.rs"]
mod quoting;
#[path = "report/recorded.rs"]
#[allow(dead_code)] // other tests use the rest of it
mod recorded;
#[path = "support/skip.rs"]
mod skip;
#[path = "hostile/targets.rs"]
mod targets;
