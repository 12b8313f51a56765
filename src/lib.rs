//! labctl makes and proves a web-server lab: nginx in front of a Node application, on real machines.
//!
//! ```text
//! typed desired state -> pure plan -> one script per host -> dumb pipe -> event stream -> reporters
//! ```
//!
//! # The map
//!
//! The house has floors, and each floor is a folder; below they stand from the ground up. A file uses its own floor and
//! those below, never one above: `tests/architecture.rs` reads the order from this file. Only `reporting` and `commands`
//! print.
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

/// The words: names, secrets, quoting, shards (parts of a run), pages (HTML that needs nothing else), problems (mistakes in a
/// file, at their place), events (what can happen in a run: execution and reporting meet there and nowhere else), recordings
/// (a run read back), summary and health (folds over events), balance (what a balance method promises, and whether a count keeps
/// it), visitor (what a visitor meets instead of the page) and symptoms (what that points to).
mod model;

/// What the user wrote: YAML trees that know their places, shapes (what may stand where: the check and the JSON Schema are one
/// table), inventories, classes with their rosters and gradebooks (tables that other systems export), the library (playbooks and templates as texts), scope (what texts may name), modules (each a Rust
/// file that says *what* and a shell file that knows *how*), playbooks, and payloads (what the controller has and a host
/// may lack).
mod config;

/// Texts that exist in more than one language: explanations, the page of a run, the live page, the doctor's. One folder and one word in a list for
/// each language.
mod languages;

/// Pure thought: the plan (what goes where, after what), the script (the one text that a host receives, and what it says),
/// explanations (the same work as a person would do it by hand), graphs (the lab as a picture) and the doctor (from what
/// was seen to what is wrong). No clock, no file, no socket.
mod planning;

/// The world: transports (run one command on a host and read what it says; ask a web server for a page), machines (where
/// machines come from), artifacts (what this computer has for hosts) and the hosts file (names on this computer). Only this
/// floor opens sockets and starts processes.
mod infra;

/// Motion: looks at all hosts at once, then acts in the plan's order. The drill breaks one server under load, measures, and
/// restores.
mod execution;

/// Telling: events into lines for people, JSON for programs, recordings for later; recordings into pages and JUnit; the lab as
/// a live page.
mod reporting;

/// What a verb works with: it opens labs, plans, drives runs (`run::drive` is the only one that does), looks at machines
/// without changing them, asks sites as visitors do, records, and finds recordings; and how a verb ends: an error's kind is the
/// exit code. Everything belongs to one lab, so that many can be open at once.
mod session;

/// What a user types, one file for each verb with its arguments beside it. What else a new one
/// needs stands in docs/how-it-is-built/README.md.
pub mod commands;

/// What tests and benchmarks reach of the floors. Nothing else may rely on it.
#[doc(hidden)]
pub mod internals {
    /// An item stands here when a test or a benchmark names it: what nobody else uses is dead, and the compiler says so.
    macro_rules! shown {
        ($($floor:ident::$module:ident { $($item:ident),+ })+) => {
            $(#[doc(hidden)] pub mod $module { pub use crate::$floor::$module::{$($item),+}; })+
        };
    }
    shown! {
        config::class {
            Address, Class, Due, Exercise, Keep, Late, LmsIds, PublicKey, Roster, Student, parse, parse_roster, read, schema, with_ids
        }
        config::gradebook { Change, Filled, Grade, Gradebook, Made, Platform, make }
        config::inventory { Connection, Host, HostKeys, Inventory, Login, SecretSource, SshConfig, parse, read, reference, schema }
        config::library { Library }
        config::payload { Archive, NoArchives, NoRepository, Nothing, Repository, Stock }
        config::playbook { Playbook, order, read, read_text }
        config::scope { Scope }
        config::table { Encoding, Table }
        config::yaml { Node, parse }
        infra::artifacts { ArtifactStore }
        infra::hosts_file { HostsEntry, HostsText }
        infra::transport {
            ConfigAnswer, Either, Ended, Exec, HostKeyVerdict, Input, Key, KnownHosts, Listening, Local, Password, Person, Secrets,
            Session, Ssh, SshDefaults, Transport, replace
        }
        model::balance { BalanceFault, parse, promise }
        model::classroom { ClassNotice, GradebookNotice }
        model::event {
            Balance, Component, Drill, DrillFailure, DrillMode, Drilled, Event, FaultError, Figures, Hint, Kind, Machine, Mode, Note,
            Outcome, ProxyDirective, ProxyTimeouts, Reason, Share, Shares, TaskRef, TaskResult, Tick, Topology, Turn, TurnKind, Verdict
        }
        model::health { Health }
        model::name { ClassName, HostName, LabName, NameError, StepName, StudentId }
        model::points { Points }
        model::problem { Location, Source }
        model::recording { Recording }
        model::secret { Secret }
        model::shard { Shard }
        model::site { BalanceMethod, Server, Site }
        model::summary { Summary }
        model::unreachable { ConnectionFailure, Endpoint, Lost, RootFailure, SecretFailure, ShellFailure, StartupLine, Unreachable }
        model::visitor { Asked, Indirect, SeenFrom, VisitError }
        planning::graph { Graph, dot, mermaid, svg, text }
        planning::plan { Plan, PlannedStep }
        planning::script { Header, ScriptLine, ScriptMessage, read, script }
    }
    // Only Linux has a sandbox.
    #[cfg(target_os = "linux")]
    shown! {
        infra::machines { ProvidedMachine, Sandbox }
    }
    /// Execution: it runs plans.
    pub mod executor {
        pub use crate::execution::{Controller, MaxFail, Run, Transcript, execute};
    }
    /// The languages and their texts.
    pub mod languages {
        pub use crate::languages::{ALL, ENGLISH, Language};
    }
    /// Reporting: events become texts and pages.
    pub mod report {
        pub use crate::reporting::{
            FanOut, NextSteps, Order, Style, Terminal, event_line, html, junit, merge, sentences,
        };
    }
}
