//! Whether a lab can be made from this computer, before there is any: from what was seen to what to do about it.

mod causes;

use super::Next;
use crate::model::computer::{About, Computer, PartState, Platform, Program, SandboxHere};
use crate::model::message::{Message, message};
use crate::model::name::HostName;
use serde::Serialize;

/// One part of this computer, judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Part {
    /// Which one.
    pub about: About,
    /// How it is.
    pub state: PartState,
    /// What was seen, in a sentence.
    pub sentence: Message,
    /// What to type about it.
    pub next: Vec<Next>,
}

impl Part {
    fn new(about: About, state: PartState, sentence: Message) -> Self {
        Self { about, state, sentence, next: Vec::new() }
    }

    fn well(about: About, sentence: Message) -> Self {
        Self::new(about, PartState::Well, sentence)
    }

    fn noted(about: About, sentence: Message) -> Self {
        Self::new(about, PartState::Noted, sentence)
    }

    fn wrong(about: About, sentence: Message) -> Self {
        Self::new(about, PartState::Wrong, sentence)
    }

    fn prevents(about: About, sentence: Message) -> Self {
        Self::new(about, PartState::Prevents, sentence)
    }

    fn then(mut self, command: impl Into<String>) -> Self {
        self.next.push(typed_here(command, Message::default()));
        self
    }

    fn note(mut self, note: Message) -> Self {
        if let Some(last) = self.next.last_mut() {
            last.note = note;
        }
        self
    }
}

fn typed_here(command: impl Into<String>, note: Message) -> Next {
    Next { on: HostName::controller(), command: command.into(), note }
}

/// Judges each part, in a fixed order.
pub fn parts(computer: &Computer) -> Vec<Part> {
    causes::all(computer)
}

/// What leads to a lab from here; empty while something prevents any.
pub fn ways(computer: &Computer, parts: &[Part]) -> Vec<Next> {
    if parts.iter().any(|part| part.state == PartState::Prevents) {
        return Vec::new();
    }
    let mut ways = Vec::new();
    if let SandboxHere::Possible { now, .. } = computer.sandbox {
        let sudo = if now { "" } else { "sudo " };
        // Its demo is sent with git.
        let git = if computer.git == Program::Absent { format!("{sudo}apt install git && ") } else { String::new() };
        let note = message!("three machines on this computer, made by labctl");
        ways.push(typed_here(format!("{git}labctl init --sandbox && {sudo}labctl up"), note));
    }
    if computer.makers.contains(&"multipass") {
        // The PowerShell that comes with Windows knows no `&&`.
        let then = if computer.platform == Platform::Windows { ";" } else { " &&" };
        let note = message!("three virtual machines on this computer, made with multipass");
        ways.push(typed_here(format!("labctl init --multipass{then} labctl up"), note));
    }
    let note = message!("for machines of your own: enter their addresses there, then type `labctl up`");
    ways.push(typed_here("labctl init", note));
    ways
}

#[cfg(test)]
mod tests;
