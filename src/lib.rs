//! labctl makes and proves a web-server lab: nginx in front of a Node application, on real machines.
//!
//! ```text
//! typed desired state -> pure plan -> one script per host -> dumb pipe -> event stream -> reporters
//! ```
//!
//! # The map
//!
//! The house has floors. A file uses its own floor and those below, never one above; `tests/architecture.rs` holds that.
//!
//! 1. **Words.** [`name`], [`secret`], [`quote`], [`shard`] (a part of a run), [`page`] (one HTML page that needs nothing else), [`problem`] (a mistake in a
//!    file, at its place), [`event`] (what can happen in a run; executor and reporters meet there and nowhere else) and
//!    [`recording`] (a run read back), [`summary`] and [`health`] (folds over events), [`balance`] (what a balance method
//!    promises) and [`symptom`] (what a visitor may meet instead of the page).
//! 2. **What the user wrote.** [`yaml`] (trees that know their places), [`shape`] (what may stand where: the check and
//!    the JSON Schema are one table), [`inventory`], [`library`] (playbooks and templates as texts), [`scope`] (what texts may
//!    name), [`modules`] (each a Rust file that says *what* and a shell file that knows *how*), [`playbook`] and [`payload`] (what the controller has and a host may lack).
//! 3. **Pure thought.** [`plan`] (what goes where, after what), [`script`] (the one text that a host receives, and what
//!    it says), [`explain`] (the same work as a person would do it by hand), [`graph`] (the lab as a picture) and [`doctor`]
//!    (from what was seen to what is wrong). No clock, no file, no socket.
//! 4. **The world.** [`transport`] (run one command on a host and read what it says; ask a web server for a page),
//!    [`machines`] (where machines come
//!    from), [`stock`] (what this computer has for hosts) and [`hosts_file`] (names on this computer). Only this floor
//!    opens sockets and starts processes.
//! 5. **Motion.** [`executor`]: looks at all hosts at once, then acts in the plan's order. [`drill`]: breaks one server under
//!    load, measures, restores.
//! 6. **Telling.** [`report`]: events into lines for people, JSON for programs, recordings for later; recordings into pages and
//!    JUnit. [`watch`]: the lab as a live page.
//!
//! Above them stand [`cli`] (what a user types), [`commands`] (one file for each verb) and [`error`] (kind, cause, hints;
//! the kind is the exit code). Only `report` and `commands` print.
//!
//! # Why it is so
//!
//! * A host gets its whole share of the work as one script on one channel of one connection. Round trips, not languages,
//!   make such tools slow.
//! * Look, act, look again. A check decides what is done, and the same check says whether it worked; check mode is the
//!   same script that never acts, so it cannot lie.
//! * Rust decides, shell does. Nothing but `task … verb 'word' 'word'` is ever generated, and quoting is one function.
//! * Deliberately no loops, conditions or registers in playbooks: what needs logic is a module, written and tested.

#![forbid(unsafe_code)]

pub mod error;

pub mod cli;
pub mod commands;

pub mod report;
pub mod watch;

pub mod drill;
pub mod executor;

pub mod hosts_file;
pub mod machines;
pub mod stock;
pub mod transport;

pub mod doctor;
pub mod explain;
pub mod graph;
pub mod plan;
pub mod script;

pub mod inventory;
pub mod library;
pub mod modules;
pub mod payload;
pub mod playbook;
pub mod scope;
pub mod shape;
pub mod yaml;

pub mod balance;
pub mod event;
pub mod health;
pub mod name;
pub mod page;
pub mod problem;
pub mod quote;
pub mod recording;
pub mod secret;
pub mod shard;
pub mod summary;
pub mod symptom;
