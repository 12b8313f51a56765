//! The texts of the live page. Places for values are `{0}`, `{1}` and so on: its script fills them.

use serde::Serialize;

/// The texts of the live page, as its script gets them.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LiveTexts {
    /// Instead of everything, where scripts are off. HTML.
    pub noscript: &'static str,
    /// Link that takes keyboards past the picture.
    pub skip: &'static str,
    /// The button that stops what moves.
    pub still: &'static str,
    /// Heading above the picture of the lab.
    pub stage: &'static str,
    /// Heading above the numbers of every site.
    pub flow: &'static str,
    /// Heading above what labctl is doing or did last.
    pub run: &'static str,
    /// Heading above the table of machines.
    pub look: &'static str,
    /// Beside the title while the page is connected to labctl.
    pub live: &'static str,
    /// In its place once the connection is lost.
    pub gone: &'static str,
    /// Says in a sentence that the connection is lost. {0}: when something was last seen.
    pub lost: &'static str,
    /// How much load labctl sends. {0}: requests a second.
    pub load: &'static str,
    /// In its place when labctl sends no requests.
    pub noload: &'static str,
    /// Below the picture: what the moving dots mean.
    pub dots: &'static str,
    /// Counter: requests that were sent.
    pub sent: &'static str,
    /// Counter: requests answered with the page.
    pub answered: &'static str,
    /// Counter: requests without a good answer.
    pub requests_lost: &'static str,
    /// Counter: good answers after more than a second.
    pub slow: &'static str,
    /// Counter: requests without any answer for more than a second.
    pub waiting: &'static str,
    /// Why requests were lost. {0}: each reason with its number.
    pub why: &'static str,
    /// Explains the marks on a curve.
    pub marks: &'static str,
    /// After a number of answers: none of them named its server.
    pub unnamed: &'static str,
    /// After a number of answers, for the last second.
    pub persec: &'static str,
    /// After a number of answers, for the whole time.
    pub all: &'static str,
    /// State of a server that answers requests.
    pub yes: &'static str,
    /// A server has not answered since the page began.
    pub notyet: &'static str,
    /// State of a server that stopped answering. {0}: seconds since its last answer.
    pub silent: &'static str,
    /// {0}: requests that this server did not answer, and another did.
    pub passed: &'static str,
    /// For screen readers. {0}: a server, {1}: a number.
    pub curve: &'static str,
    /// In place of a run while there is none to show.
    pub norun: &'static str,
    /// A run is under way. {0}: its command, {1}: when it began.
    pub run_on: &'static str,
    /// A run finished. {0}: its command, {1}: when it began, {2}: how many seconds it took.
    pub run_over: &'static str,
    /// A run was interrupted. {0}: its command, {1}: when it began, {2}: how many seconds it took.
    pub run_broken: &'static str,
    /// A run whose recording has stopped growing. {0}: its command, {1}: when it began.
    pub run_quiet: &'static str,
    /// Caption: the table of a run.
    pub steps: &'static str,
    /// A host works on a step.
    pub work: &'static str,
    /// A drill is under way. {0}: its mode, {1}: its host.
    pub drill: &'static str,
    /// What a drill does. {0}: requests a second, {1}: the domain, {2}: seconds that the fault lasts.
    pub drill_what: &'static str,
    /// The fault is there. {0}: the host, {1}: the mode.
    pub drill_down: &'static str,
    /// The fault is undone. {0}: the host.
    pub drill_back: &'static str,
    /// The drill failed. {0}: why.
    pub drill_failed: &'static str,
    /// A run is changing the lab. {0}: its command.
    pub up_on: &'static str,
    /// What that run is doing. {0}: the step.
    pub up_step: &'static str,
    /// The result of a drill. {0}: its mode, {1}: its host, {2} and {3}: how many requests were sent and lost, {4}: the
    /// slowest answer in milliseconds, {5}: the verdict.
    pub verdict: &'static str,
    /// Caption: the table of machines.
    pub facts: &'static str,
    /// When the machines were inspected. {0}: seconds since then, {1}: seconds between inspections.
    pub looked: &'static str,
    /// In its place before the first inspection.
    pub nolook: &'static str,
    /// Inspections pause. {0}: what for.
    pub held: &'static str,
    /// Why inspections pause: a run is under way.
    pub held_run: &'static str,
    /// The last inspection failed. {0}: why.
    pub trouble: &'static str,
    /// Caption: the table of steps.
    pub health: &'static str,
    /// Column of the table of machines: the host's name.
    pub host: &'static str,
    /// Column of the table of machines: its operating system.
    pub machine: &'static str,
    /// Column of the table of machines: memory in use.
    pub memory: &'static str,
    /// Column of the table of machines: disk space in use.
    pub disk: &'static str,
    /// Column of the table of machines: its load average.
    pub uload: &'static str,
    /// Column of the table of machines: its uptime.
    pub up: &'static str,
    /// Column of the table of machines: how far its clock is off.
    pub clock: &'static str,
    /// In place of a host's numbers. {0}: why it was not reached.
    pub unreachable: &'static str,
    /// Announced by screen readers: a server stopped answering.
    pub announce_silent: &'static str,
    /// Announced by screen readers: a server answers again.
    pub announce_back: &'static str,
    /// Announced by screen readers: requests are being lost.
    pub announce_lost: &'static str,
    /// Announced by screen readers: a run began.
    pub announce_began: &'static str,
    /// Announced by screen readers: a run finished.
    pub announce_over: &'static str,
    /// Announced by screen readers: the connection to labctl is lost.
    pub announce_gone: &'static str,
    /// Announced by screen readers: the connection to labctl is back.
    pub announce_here: &'static str,
}
