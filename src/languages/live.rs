//! The texts of the live page. Places for values are `{0}`, `{1}` and so on: its script fills them.

use serde::Serialize;

/// The texts of the live page, as its script gets them.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LiveTexts {
    /// Instead of everything, where scripts are off. HTML.
    pub noscript: &'static str,
    /// Leads keyboards past the picture.
    pub skip: &'static str,
    /// The button that stops what moves.
    pub still: &'static str,
    /// Heading: the picture.
    pub stage: &'static str,
    /// Heading: the numbers of every site.
    pub flow: &'static str,
    /// Heading: what labctl does or did.
    pub run: &'static str,
    /// Heading: the machines.
    pub look: &'static str,
    /// The connection to labctl stands.
    pub live: &'static str,
    /// It does not.
    pub gone: &'static str,
    /// The same in a sentence. {0}: when something was last seen.
    pub lost: &'static str,
    /// {0}: requests a second.
    pub load: &'static str,
    /// Instead, where labctl sends none.
    pub noload: &'static str,
    /// Below the picture.
    pub dots: &'static str,
    /// Counter: requests that were sent.
    pub sent: &'static str,
    /// Counter: good answers.
    pub answered: &'static str,
    /// Counter: requests without a good answer.
    pub requests_lost: &'static str,
    /// Counter: good answers after more than a second.
    pub slow: &'static str,
    /// Counter: requests without any answer for more than a second.
    pub waiting: &'static str,
    /// {0}: reasons with their numbers.
    pub why: &'static str,
    /// Explains the lines in a curve.
    pub marks: &'static str,
    /// Behind a number of answers.
    pub unnamed: &'static str,
    /// Behind a number of answers.
    pub persec: &'static str,
    /// Behind a number of answers.
    pub all: &'static str,
    /// A server answers.
    pub yes: &'static str,
    /// A server has not answered since the page began.
    pub notyet: &'static str,
    /// {0}: seconds.
    pub silent: &'static str,
    /// {0}: requests that this server did not answer, and another did.
    pub passed: &'static str,
    /// For screen readers. {0}: a server, {1}: a number.
    pub curve: &'static str,
    /// There is no run to show.
    pub norun: &'static str,
    /// {0}: a command, {1}: a time.
    pub run_on: &'static str,
    /// {0}: a command, {1}: a time, {2}: seconds.
    pub run_over: &'static str,
    /// {0}: a command, {1}: a time, {2}: seconds.
    pub run_broken: &'static str,
    /// {0}: a command, {1}: a time.
    pub run_quiet: &'static str,
    /// Caption: the table of a run.
    pub steps: &'static str,
    /// A host works on a step.
    pub work: &'static str,
    /// {0}: a mode, {1}: a host.
    pub drill: &'static str,
    /// {0}: a number, {1}: a domain, {2}: seconds.
    pub drill_what: &'static str,
    /// {0}: a host, {1}: a mode.
    pub drill_down: &'static str,
    /// {0}: a host.
    pub drill_back: &'static str,
    /// {0}: why.
    pub drill_failed: &'static str,
    /// {0}: a command.
    pub up_on: &'static str,
    /// {0}: a step.
    pub up_step: &'static str,
    /// {0}: a mode, {1}: a host, {2}, {3}: numbers, {4}: milliseconds, {5}: the verdict.
    pub verdict: &'static str,
    /// Caption: the table of machines.
    pub facts: &'static str,
    /// {0}, {1}: seconds.
    pub looked: &'static str,
    /// Before the first look.
    pub nolook: &'static str,
    /// {0}: for what.
    pub held: &'static str,
    /// Why nobody looks.
    pub held_run: &'static str,
    /// {0}: why.
    pub trouble: &'static str,
    /// Caption: the table of steps.
    pub health: &'static str,
    /// Head of a column.
    pub host: &'static str,
    /// Head of a column.
    pub machine: &'static str,
    /// Head of a column.
    pub memory: &'static str,
    /// Head of a column.
    pub disk: &'static str,
    /// Head of a column.
    pub uload: &'static str,
    /// Head of a column: for how long.
    pub up: &'static str,
    /// Head of a column: how far it is off.
    pub clock: &'static str,
    /// {0}: why.
    pub unreachable: &'static str,
    /// {0}: servers.
    pub by_whom: &'static str,
    /// Said aloud.
    pub said_silent: &'static str,
    /// Said aloud.
    pub said_back: &'static str,
    /// Said aloud.
    pub said_lost: &'static str,
    /// Said aloud.
    pub said_began: &'static str,
    /// Said aloud.
    pub said_over: &'static str,
    /// Said aloud.
    pub said_gone: &'static str,
    /// Said aloud.
    pub said_here: &'static str,
}
