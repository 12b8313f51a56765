//! Listens to a command for its caller: cuts its output into lines, and waits for the word that frees its input.

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

/// What a caller listens with.
pub(super) type Hear<'a> = &'a mut (dyn FnMut(&[u8]) -> Listening + Send);

/// Tells the feeder that the password was taken. Dropped, it says that it never will be.
pub(super) type Freed = oneshot::Receiver<()>;

struct PasswordToken {
    line: String,
    free: oneshot::Sender<()>,
    until: Instant,
}

/// The listener of one command.
pub(super) struct OutputListener<'a> {
    hear: Hear<'a>,
    token: Option<PasswordToken>,
    streams: [Lines; 2],
}

impl<'a> OutputListener<'a> {
    /// The second value comes with a password: input must wait for it.
    pub(super) fn new(hear: Hear<'a>, password: Option<&Password>) -> (Self, Option<Freed>) {
        let (token, freed) = match password {
            Some(password) => {
                let (free, freed) = oneshot::channel();
                let until = Instant::now() + LONGEST;
                (Some(PasswordToken { line: password.token.clone(), free, until }), Some(freed))
            }
            None => (None, None),
        };
        (Self { hear, token, streams: Default::default() }, freed)
    }

    /// Takes output of one of the two streams. Returns whether the caller wants more.
    pub(super) fn take(&mut self, stream: usize, bytes: &[u8]) -> bool {
        let Self { hear, token, streams } = self;
        streams[stream.min(1)].feed(bytes, &mut |line| pass(hear, token, line))
    }

    /// The output has ended: hands on what has no line end.
    pub(super) fn finish(&mut self) {
        let Self { hear, token, streams } = self;
        for stream in streams {
            if !stream.finish(&mut |line| pass(hear, token, line)) {
                return;
            }
        }
    }

    /// When to stop waiting for the token.
    pub(super) fn until(&self) -> Option<Instant> {
        self.token.as_ref().map(|token| token.until)
    }

    /// The token has not come: the input is never sent.
    pub(super) fn give_up(&mut self) {
        self.token = None;
    }
}

fn pass(hear: &mut Hear<'_>, token: &mut Option<PasswordToken>, line: &[u8]) -> bool {
    match token.take_if(|token| token.line.as_bytes() == line) {
        Some(token) => {
            // The feeder is gone only if the command is.
            let _ = token.free.send(());
            return true;
        }
        None => {
            if let Some(token) = token {
                token.until = token.until.min(Instant::now() + AFTER_A_WORD);
            }
        }
    }
    hear(line) == Listening::More
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
        let mut heard = Vec::new();
        let mut hear = |line: &[u8]| {
            heard.push(String::from_utf8_lossy(line).into_owned());
            Listening::More
        };
        let (mut ear, freed) = OutputListener::new(&mut hear, Some(&password));
        let mut freed = freed.unwrap();
        let first = ear.until().unwrap();
        assert!(ear.take(1, b"lecture\ntokk\n"));
        assert!(freed.try_recv().is_err());
        assert!(ear.until().unwrap() < first);
        assert!(ear.take(0, b"to") && ear.take(0, b"k\nafter\ntok\nrest"));
        assert!(freed.try_recv().is_ok());
        assert_eq!(ear.until(), None);
        ear.finish();
        assert_eq!(heard, ["lecture", "tokk", "after", "tok", "rest"]);
    }
}
