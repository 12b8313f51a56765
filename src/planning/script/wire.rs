//! What a host's script sends, line by line: messages of the engine, and whatever its programs print.

/// A line from a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScriptLine {
    /// A message from the engine, marked with the run's token.
    Message(ScriptMessage),
    /// Anything else: a program printed this.
    Printed(String),
}

/// A message from the engine. Numbers are task ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScriptMessage {
    /// The script runs, on this system: `debian 12 x86_64`.
    Begin(String),
    /// Another run holds the machine; this one waits.
    Held(String),
    /// The script cannot run here.
    Stop(String),
    /// This task was started.
    Start(usize),
    /// Its state was in place already.
    Ok(usize),
    /// It put its state in place, or would.
    Changed(usize),
    /// Whether its state is in place is not known yet.
    Unknown(usize),
    /// It failed, for this reason.
    Failed(usize, String),
    /// Something of the user's stands in its way: nothing was begun.
    Blocked(usize, bool),
    /// Something before it failed.
    Skipped(usize),
    /// What is printed from here on is the task's diff.
    Diff(usize),
    /// What is printed from here on is the task's output.
    Out(usize),
    /// A remark of the task, in one line.
    Note(usize, String),
    /// It needs a payload: its id, and what the host has already.
    Need(usize, String, String),
    /// A fact about the machine: key and value.
    Fact(String, String),
    /// The line that the task printed last.
    Live(usize, String),
    /// The machine is locked for this connection. Repeated as long as that is so.
    Locked,
    /// A message about the fault of a drill.
    Fault(FaultMessage),
    /// The script reached its end. Without this line, nothing counts as done that was not reported.
    End,
}

/// A message from a drill's script about its fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FaultMessage {
    /// The id of the machine's boot, a new one after each.
    Boot(String),
    /// Something worth knowing, in one line.
    Remark(String),
    /// Another drill is under way on the machine.
    Busy,
    /// The fault cannot be made, for this reason. Nothing was broken.
    Refused(String),
    /// The fault is about to be made, and the timer that would undo it is set.
    Making,
    /// The fault has been made.
    Made,
    /// Nothing of the fault is left.
    Undone,
}

impl ScriptMessage {
    /// The task that the message is about, if any.
    pub fn task(&self) -> Option<usize> {
        match self {
            Self::Begin(_)
            | Self::Held(_)
            | Self::Stop(_)
            | Self::Fact(..)
            | Self::Locked
            | Self::Fault(_)
            | Self::End => None,
            Self::Start(id)
            | Self::Ok(id)
            | Self::Changed(id)
            | Self::Unknown(id)
            | Self::Failed(id, _)
            | Self::Blocked(id, _)
            | Self::Skipped(id)
            | Self::Diff(id)
            | Self::Out(id)
            | Self::Note(id, _)
            | Self::Need(id, ..)
            | Self::Live(id, _) => Some(*id),
        }
    }
}

/// Reads one line. Output without a line end may precede the mark, so one line can turn out to be two.
pub fn read(line: &[u8], token: &str) -> Vec<ScriptLine> {
    let text = String::from_utf8_lossy(line);
    let mark = format!("\u{1e}{token} ");
    let Some((printed, text)) = text.split_once(&mark) else { return vec![ScriptLine::Printed(text.into_owned())] };
    let mut lines = Vec::new();
    if !printed.is_empty() {
        lines.push(ScriptLine::Printed(printed.to_owned()));
    }
    // A message that cannot be read counts as printed: it is never guessed at.
    lines.push(message(text).map_or_else(|| ScriptLine::Printed(text.to_owned()), ScriptLine::Message));
    lines
}

fn message(text: &str) -> Option<ScriptMessage> {
    let (verb, rest) = text.split_once(' ').unwrap_or((text, ""));
    let (first, more) = rest.split_once(' ').unwrap_or((rest, ""));
    let id = || first.parse::<usize>().ok();
    Some(match verb {
        "begin" => ScriptMessage::Begin(rest.trim().to_owned()),
        "held" => ScriptMessage::Held(rest.to_owned()),
        "stop" => ScriptMessage::Stop(rest.to_owned()),
        "start" => ScriptMessage::Start(id()?),
        "ok" => ScriptMessage::Ok(id()?),
        "changed" => ScriptMessage::Changed(id()?),
        "unknown" => ScriptMessage::Unknown(id()?),
        "failed" => ScriptMessage::Failed(id()?, more.to_owned()),
        "blocked" => ScriptMessage::Blocked(id()?, more == "take-over"),
        "skipped" => ScriptMessage::Skipped(id()?),
        "diff" => ScriptMessage::Diff(id()?),
        "out" => ScriptMessage::Out(id()?),
        "note" => ScriptMessage::Note(id()?, more.to_owned()),
        "need" => {
            let (payload, have) = more.split_once(' ').unwrap_or((more, ""));
            ScriptMessage::Need(id()?, payload.to_owned(), have.to_owned())
        }
        "fact" if !first.is_empty() => ScriptMessage::Fact(first.to_owned(), more.to_owned()),
        "live" => ScriptMessage::Live(id()?, more.to_owned()),
        "locked" => ScriptMessage::Locked,
        "fault" => ScriptMessage::Fault(match first {
            "boot" => FaultMessage::Boot(more.to_owned()),
            "remark" => FaultMessage::Remark(more.to_owned()),
            "busy" => FaultMessage::Busy,
            "refused" => FaultMessage::Refused(more.to_owned()),
            "making" => FaultMessage::Making,
            "made" => FaultMessage::Made,
            "undone" => FaultMessage::Undone,
            _ => return None,
        }),
        "end" => ScriptMessage::End,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_told_from_what_is_printed() {
        assert_eq!(read(b"\x1ek ok 3", "k"), [ScriptLine::Message(ScriptMessage::Ok(3))]);
        assert_eq!(read(b"\x1ek blocked 3", "k"), [ScriptLine::Message(ScriptMessage::Blocked(3, false))]);
        assert_eq!(read(b"\x1ek blocked 3 take-over", "k"), [ScriptLine::Message(ScriptMessage::Blocked(3, true))]);
        assert_eq!(
            read(b"no newline\x1ek failed 3 exit 2", "k"),
            [ScriptLine::Printed("no newline".into()), ScriptLine::Message(ScriptMessage::Failed(3, "exit 2".into()))]
        );
        assert_eq!(
            read(b"\x1ek need 4 repo-1 abc def", "k"),
            [ScriptLine::Message(ScriptMessage::Need(4, "repo-1".into(), "abc def".into()))]
        );
        assert_eq!(
            read(b"\x1ek fact nginx ok it runs", "k"),
            [ScriptLine::Message(ScriptMessage::Fact("nginx".into(), "ok it runs".into()))]
        );
        assert_eq!(
            read(b"\x1ek fault refused nothing listens", "k"),
            [ScriptLine::Message(ScriptMessage::Fault(FaultMessage::Refused("nothing listens".into())))]
        );
    }

    #[test]
    fn another_token_is_only_printed() {
        assert_eq!(read(b"\x1eguess ok 3", "k"), [ScriptLine::Printed("\u{1e}guess ok 3".into())]);
        assert_eq!(read(b"\x1ek ok three", "k"), [ScriptLine::Printed("ok three".into())]);
        assert_eq!(read(b"\x1ek dance 3", "k"), [ScriptLine::Printed("dance 3".into())]);
        assert_eq!(read(b"\x1ek fault dance", "k"), [ScriptLine::Printed("fault dance".into())]);
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            let mut line = b"\x1ek ".to_vec();
            line.extend(&bytes);
            let _ = read(&bytes, "k");
            let _ = read(&line, "k");
        }
    }
}
