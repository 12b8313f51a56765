//! Reads a command's output for its caller: cuts it into lines, and waits for the words that free its input: the first
//! says that the command runs, the second that its password was taken.

use super::lines::Lines;
use super::{Listening, Password};
use crate::model::unreachable::Lost;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::Instant;

/// After this time without its token, a program is taken to want another password. It gets an end of file instead.
const LONGEST: Duration = Duration::from_secs(30);
/// The same, once it has said something else ("Sorry, try again.").
const AFTER_A_WORD: Duration = Duration::from_secs(5);
/// The most bytes that are kept of what was said instead of the first word.
const LONGEST_LINE: usize = 1000;

/// What a caller gets each line with.
pub(super) type OnLine<'a> = &'a mut (dyn FnMut(&[u8]) -> Listening + Send);

/// Tells the feeder that it may go on: that the command runs, or that the password was taken. Dropped, it says never.
pub(super) type Freed = oneshot::Receiver<()>;

/// Finds the word in a line with which the command says that it runs: where it begins.
pub(super) type FindStart<'a> = &'a (dyn Fn(&[u8]) -> Option<usize> + Sync);

struct PasswordToken {
    line: String,
    free: oneshot::Sender<()>,
    until: Option<Instant>,
}

impl PasswordToken {
    /// The password is on its way: the wait begins.
    fn expect(&mut self) {
        self.until = Some(Instant::now() + LONGEST);
    }
}

struct Start<'a> {
    find: FindStart<'a>,
    free: oneshot::Sender<()>,
}

/// The listener of one command.
pub(super) struct OutputListener<'a> {
    stages: Stages<'a>,
    streams: [Lines; 2],
}

struct Stages<'a> {
    on_line: OnLine<'a>,
    start: Option<Start<'a>>,
    /// The last line before the command said that it runs.
    last_line: Vec<u8>,
    token: Option<PasswordToken>,
}

impl<'a> OutputListener<'a> {
    /// A command that nothing can come before. The second value comes with a password: input must wait for it.
    pub(super) fn new(on_line: OnLine<'a>, password: Option<&Password>) -> (Self, Option<Freed>) {
        let (token, freed) = match password {
            Some(password) => {
                let (free, freed) = oneshot::channel();
                let mut token = PasswordToken { line: password.token.clone(), free, until: None };
                token.expect();
                (Some(token), Some(freed))
            }
            None => (None, None),
        };
        let stages = Stages { on_line, start: None, last_line: Vec::new(), token };
        (Self { stages, streams: Default::default() }, freed)
    }

    /// The command says first that it runs, and gets nothing before.
    pub(super) fn starts_with(&mut self, find: FindStart<'a>) -> Freed {
        let (free, freed) = oneshot::channel();
        self.stages.start = Some(Start { find, free });
        if let Some(token) = &mut self.stages.token {
            token.until = None;
        }
        freed
    }

    /// Whether the command has not said yet that it runs.
    pub(super) fn awaits_start(&self) -> bool {
        self.stages.start.is_some()
    }

    /// What was said last before the command said that it runs.
    pub(super) fn last_line(&self) -> String {
        String::from_utf8_lossy(&self.stages.last_line).trim().to_owned()
    }

    /// Takes output of one of the two streams. Returns whether the caller wants more.
    pub(super) fn take(&mut self, stream: usize, bytes: &[u8]) -> bool {
        let Self { stages, streams } = self;
        streams[stream.min(1)].feed(bytes, &mut |line| stages.pass(line))
    }

    /// The output has ended: hands on what has no line end.
    pub(super) fn finish(&mut self) {
        let Self { stages, streams } = self;
        for stream in streams {
            if !stream.finish(&mut |line| stages.pass(line)) {
                return;
            }
        }
    }

    /// When to stop waiting for the password's token.
    pub(super) fn until(&self) -> Option<Instant> {
        self.stages.token.as_ref().and_then(|token| token.until)
    }

    /// The token has not come: the input is never sent.
    pub(super) fn give_up(&mut self) {
        self.stages.token = None;
    }
}

impl Stages<'_> {
    fn pass(&mut self, line: &[u8]) -> bool {
        let Some(begins) = self.start.as_ref().map(|start| (start.find)(line)) else { return self.started(line) };
        let Some(at) = begins else {
            if !line.trim_ascii().is_empty() {
                self.last_line = line[..line.len().min(LONGEST_LINE)].to_owned();
            }
            return (self.on_line)(line) == Listening::More;
        };
        // The feeder is gone only if the command is.
        let _ = self.start.take().map(|start| start.free.send(()));
        if let Some(token) = &mut self.token {
            token.expect();
        }
        // A startup file may have left a line without its end.
        at == 0 || (self.on_line)(&line[..at]) == Listening::More
    }

    fn started(&mut self, line: &[u8]) -> bool {
        match self.token.take_if(|token| token.line.as_bytes() == line) {
            Some(token) => {
                let _ = token.free.send(());
                return true;
            }
            None => {
                if let Some(until) = self.token.as_mut().and_then(|token| token.until.as_mut()) {
                    *until = (*until).min(Instant::now() + AFTER_A_WORD);
                }
            }
        }
        (self.on_line)(line) == Listening::More
    }
}

/// Sleeps until a time, or for ever.
pub(super) async fn until(time: Option<Instant>) {
    match time {
        Some(time) => tokio::time::sleep_until(time).await,
        None => std::future::pending().await,
    }
}

/// A file of this computer that cannot be sent. Told as a loss: the command did not get what it was to get.
pub(super) fn no_input(file: &std::path::Path, error: &std::io::Error) -> Lost {
    Lost::Input { file: file.display().to_string(), error: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::secret::Secret;

    #[tokio::test]
    async fn only_the_token_frees_the_input() {
        let password = Password { secret: Secret::new("x"), token: "tok".into() };
        let mut received = Vec::new();
        let mut on_line = |line: &[u8]| {
            received.push(String::from_utf8_lossy(line).into_owned());
            Listening::More
        };
        let (mut listener, freed) = OutputListener::new(&mut on_line, Some(&password));
        let mut freed = freed.unwrap();
        let first = listener.until().unwrap();
        assert!(listener.take(1, b"lecture\ntokk\n"));
        assert!(freed.try_recv().is_err());
        assert!(listener.until().unwrap() < first);
        assert!(listener.take(0, b"to") && listener.take(0, b"k\nafter\ntok\nrest"));
        assert!(freed.try_recv().is_ok());
        assert_eq!(listener.until(), None);
        listener.finish();
        assert_eq!(received, ["lecture", "tokk", "after", "tok", "rest"]);
    }

    #[tokio::test]
    async fn the_password_waits_for_the_first_word() {
        let password = Password { secret: Secret::new("x"), token: "tok".into() };
        let mut received = Vec::new();
        let mut on_line = |line: &[u8]| {
            received.push(String::from_utf8_lossy(line).into_owned());
            Listening::More
        };
        let find = |line: &[u8]| line.windows(5).position(|word| word == b"first");
        let (mut listener, freed) = OutputListener::new(&mut on_line, Some(&password));
        let (mut started, mut freed) = (listener.starts_with(&find), freed.unwrap());
        // Neither a greeting nor the second word in a startup file's mouth frees anything.
        assert!(listener.take(0, b"welcome\ntok\n"));
        assert!(started.try_recv().is_err() && freed.try_recv().is_err());
        assert!(listener.awaits_start() && listener.until().is_none() && listener.last_line() == "tok");
        assert!(listener.take(0, b"no end: first\n"));
        assert!(started.try_recv().is_ok() && !listener.awaits_start() && listener.until().is_some());
        assert!(freed.try_recv().is_err() && listener.take(1, b"tok\n") && freed.try_recv().is_ok());
        assert_eq!(received, ["welcome", "tok", "no end: "]);
    }
}
