//! The SSH transport against a real OpenSSH server on the loopback, and against servers that misbehave.
//! Skipped where there is no `sshd`.
#![cfg(unix)] // an sshd of its own, with sh behind it
#![allow(clippy::unwrap_used, missing_docs)]

#[path = "ssh/barred.rs"]
mod barred;
#[path = "ssh/commands.rs"]
mod commands;
#[path = "ssh/early.rs"]
mod early;
#[path = "ssh/faults.rs"]
mod faults;
#[path = "ssh/local.rs"]
mod local;
#[path = "ssh/logins.rs"]
mod logins;
#[path = "support/skip.rs"]
mod skip;
#[path = "ssh/sshd.rs"]
mod sshd;
#[path = "ssh/startup.rs"]
mod startup;
#[path = "ssh/trust.rs"]
mod trust;
