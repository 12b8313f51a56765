//! What a host's script says, line by line. Whatever else a line holds is what some program printed.

/// A line from a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// The engine said something.
    Said(Word),
    /// A program printed this.
    Printed(String),
}

/// What the engine can say. Numbers are task ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Word {
    /// The script runs, on this system.
    Begin(String),
    /// Another run holds the machine; this one waits.
    Held(String),
    /// The script cannot run here.
    Stop(String),
    /// A task began.
    Start(usize),
    /// Its state holds.
    Ok(usize),
    /// Its state was made, or would be.
    Changed(usize),
    /// Whether its state holds cannot be told yet.
    Unknown(usize),
    /// It failed, for this reason.
    Failed(usize, String),
    /// Something before it failed.
    Skipped(usize),
    /// What is printed from here on is its diff.
    Diff(usize),
    /// What is printed from here on is its output.
    Out(usize),
    /// A remark.
    Note(usize, String),
    /// It needs a payload: its id, and what the host has already.
    Need(usize, String, String),
    /// Something that the machine says of itself: key and value.
    Fact(String, String),
    /// The last line it printed.
    Live(usize, String),
    /// The machine is held for whoever listens. Said again and again.
    Locked,
    /// A drill speaks.
    Fault(FaultWord),
    /// The script came to its end: without this line, nothing that was not said has happened.
    End,
}

/// What a drill's script can say of its fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FaultWord {
    /// The machine's boot: another after each.
    Boot(String),
    /// Something worth knowing.
    Remark(String),
    /// Another drill is under way there.
    Busy,
    /// It cannot be made, for this reason. Nothing was broken.
    Refused(String),
    /// It is about to be made: the timer that would undo it is set.
    Making,
    /// It is there.
    Made,
    /// Nothing of it is left.
    Undone,
}

impl Word {
    /// The task that it is about.
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
            | Self::Skipped(id)
            | Self::Diff(id)
            | Self::Out(id)
            | Self::Note(id, _)
            | Self::Need(id, ..)
            | Self::Live(id, _) => Some(*id),
        }
    }
}

/// Reads one line. A program that printed no line end may stand before the mark, so one line can be two.
pub fn read(line: &[u8], token: &str) -> Vec<Line> {
    let text = String::from_utf8_lossy(line);
    let mark = format!("\u{1e}{token} ");
    let Some((printed, said)) = text.split_once(&mark) else { return vec![Line::Printed(text.into_owned())] };
    let mut lines = Vec::new();
    if !printed.is_empty() {
        lines.push(Line::Printed(printed.to_owned()));
    }
    // A line of ours that cannot be read is treated as printed: it is never guessed at.
    lines.push(word(said).map_or_else(|| Line::Printed(said.to_owned()), Line::Said));
    lines
}

fn word(said: &str) -> Option<Word> {
    let (verb, rest) = said.split_once(' ').unwrap_or((said, ""));
    let (first, more) = rest.split_once(' ').unwrap_or((rest, ""));
    let id = || first.parse::<usize>().ok();
    Some(match verb {
        "begin" => Word::Begin(rest.trim().to_owned()),
        "held" => Word::Held(rest.to_owned()),
        "stop" => Word::Stop(rest.to_owned()),
        "start" => Word::Start(id()?),
        "ok" => Word::Ok(id()?),
        "changed" => Word::Changed(id()?),
        "unknown" => Word::Unknown(id()?),
        "failed" => Word::Failed(id()?, more.to_owned()),
        "skipped" => Word::Skipped(id()?),
        "diff" => Word::Diff(id()?),
        "out" => Word::Out(id()?),
        "note" => Word::Note(id()?, more.to_owned()),
        "need" => {
            let (payload, have) = more.split_once(' ').unwrap_or((more, ""));
            Word::Need(id()?, payload.to_owned(), have.to_owned())
        }
        "fact" if !first.is_empty() => Word::Fact(first.to_owned(), more.to_owned()),
        "live" => Word::Live(id()?, more.to_owned()),
        "locked" => Word::Locked,
        "fault" => Word::Fault(match first {
            "boot" => FaultWord::Boot(more.to_owned()),
            "remark" => FaultWord::Remark(more.to_owned()),
            "busy" => FaultWord::Busy,
            "refused" => FaultWord::Refused(more.to_owned()),
            "making" => FaultWord::Making,
            "made" => FaultWord::Made,
            "undone" => FaultWord::Undone,
            _ => return None,
        }),
        "end" => Word::End,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_told_from_what_is_printed() {
        assert_eq!(read(b"\x1ek ok 3", "k"), [Line::Said(Word::Ok(3))]);
        assert_eq!(
            read(b"no newline\x1ek failed 3 exit 2", "k"),
            [Line::Printed("no newline".into()), Line::Said(Word::Failed(3, "exit 2".into()))]
        );
        assert_eq!(
            read(b"\x1ek need 4 repo-1 abc def", "k"),
            [Line::Said(Word::Need(4, "repo-1".into(), "abc def".into()))]
        );
        assert_eq!(
            read(b"\x1ek fact nginx ok it runs", "k"),
            [Line::Said(Word::Fact("nginx".into(), "ok it runs".into()))]
        );
        assert_eq!(
            read(b"\x1ek fault refused nothing listens", "k"),
            [Line::Said(Word::Fault(FaultWord::Refused("nothing listens".into())))]
        );
    }

    #[test]
    fn another_token_is_only_printed() {
        assert_eq!(read(b"\x1eguess ok 3", "k"), [Line::Printed("\u{1e}guess ok 3".into())]);
        assert_eq!(read(b"\x1ek ok three", "k"), [Line::Printed("ok three".into())]);
        assert_eq!(read(b"\x1ek dance 3", "k"), [Line::Printed("dance 3".into())]);
        assert_eq!(read(b"\x1ek fault dance", "k"), [Line::Printed("fault dance".into())]);
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
