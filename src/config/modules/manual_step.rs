//! What a person would type to do the same by hand. Each module derives it from its own call, so that an explanation
//! cannot drift away from what labctl does.

use super::{Call, Word};
use crate::model::quote::{quote, typed};

/// One thing to type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManualStep {
    /// Whether to type it on the person's own computer instead of the host.
    pub here: bool,
    /// Shell, of one line or several.
    pub command: String,
    /// What it is for.
    pub why: Purpose,
    /// The same for Windows, where it can be done there.
    pub windows: Option<String>,
}

/// What a [`ManualStep`] is for. The sentences are in `languages`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Purpose {
    /// Refresh the package lists and upgrade everything.
    Upgrade,
    /// Refresh the package lists.
    Lists,
    /// Install Debian packages with apt.
    Install,
    /// Write the file at this path.
    Write(String),
    /// Create the folder at this path.
    Folder(String),
    /// Add lines to this file.
    Add(String),
    /// Start (or stop) a service, now and at boot.
    Service,
    /// Create a user with its groups.
    User,
    /// Run what the playbook says.
    Run,
    /// Clone a git repository by its URL.
    Clone,
    /// Copy a repository of this computer to the host.
    Bundle,
    /// Clone what was copied.
    CloneBundle,
    /// Copy an archive to the host.
    Send,
    /// Download Node.js and verify its checksum.
    NodeDownload,
    /// Verify the checksum of the archive that was copied.
    NodeVerify,
    /// Unpack Node.js and put it on everybody's path.
    NodeUnpack,
    /// Install the wanted npm version.
    NodeNpm,
    /// The packages of the lock file.
    Packages,
    /// A program from npm for everybody.
    Program,
    /// Start pm2 at boot as a service.
    Boot,
    /// The application under pm2.
    Start,
    /// Add the `include` line to nginx's own configuration.
    Include,
    /// Test the configuration and reload it.
    Reload,
    /// Check that an address answers.
    Look,
    /// Check which servers answer for a site.
    Answers,
    /// Names in the hosts file.
    Names,
}

/// Who types, and from where to which host.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Operator {
    /// What ssh and scp call the host: `student@192.168.56.11`.
    pub login: String,
    /// What scp needs beside that: `-i key `, or nothing.
    pub options: String,
    /// The hosts file of the person's own computer.
    pub hosts_file: String,
}

impl ManualStep {
    /// Something to type on the host.
    pub fn there(why: Purpose, command: impl Into<String>) -> Self {
        Self { here: false, command: command.into(), why, windows: None }
    }

    /// Something to type on the person's own computer.
    pub fn here(why: Purpose, command: impl Into<String>) -> Self {
        Self { here: true, ..Self::there(why, command) }
    }

    /// A file with this content. Root writes it, or the user whose home it is in.
    pub fn file(path: &Word, content: &str) -> Self {
        let (at, typed) = (path.text(), path.typed());
        let own = at.starts_with("~/");
        let parent = at.rsplit_once('/').map(|(parent, _)| Word::Path(parent.to_owned()).typed());
        let parent = parent.filter(|parent| own && parent != "~");
        let to = if own { format!("cat > {typed}") } else { format!("sudo tee {typed} > /dev/null") };
        let mut command = parent.map_or_else(String::new, |parent| format!("mkdir -p {parent}\n"));
        command.push_str(&fed(content, &to));
        Self::there(Purpose::Write(at.to_owned()), command)
    }
}

/// A command that gets this text on its standard input.
pub fn fed(text: &str, to: &str) -> String {
    let Some(lines) = text.strip_suffix('\n') else { return format!("printf %s {} | {to}", quote(text)) };
    let mut end = "EOF".to_owned();
    while lines.lines().any(|line| line == end) {
        end.push('F');
    }
    format!("{to} <<'{end}'\n{lines}\n{end}")
}

impl Word {
    /// As it was given; the lab's user is whoever is logged in.
    pub fn text(&self) -> &str {
        match self {
            Self::Text(text) | Self::Path(text) => text,
            Self::User => "$USER",
        }
    }

    /// As a person would type it: with quotes only where they are needed.
    pub fn typed(&self) -> String {
        match self {
            Self::Text(text) => typed(text),
            Self::Path(path) => match path.strip_prefix("~/") {
                Some(rest) => format!("~/{}", typed(rest)),
                None if path == "~" => path.clone(),
                None => typed(path),
            },
            Self::User => "\"$USER\"".to_owned(),
        }
    }
}

impl Call {
    /// A word as it was given; empty if there is none.
    pub fn word(&self, n: usize) -> &str {
        self.words.get(n).map_or("", Word::text)
    }

    /// A word as a person would type it.
    pub fn typed(&self, n: usize) -> String {
        self.words.get(n).map_or_else(String::new, Word::typed)
    }
}

/// Words as a person would type them, with spaces between.
pub fn line(words: &[Word]) -> String {
    words.iter().map(Word::typed).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_a_heredoc_that_no_line_of_it_ends() {
        let by_hand = ManualStep::file(&Word::Path("~/a b/x".into()), "one\nEOF\n$two\n");
        assert_eq!(by_hand.command, "mkdir -p ~/'a b'\ncat > ~/'a b/x' <<'EOFF'\none\nEOF\n$two\nEOFF");
        let by_hand = ManualStep::file(&Word::Path("/etc/x".into()), "it's open");
        assert_eq!(by_hand.command, r"printf %s 'it'\''s open' | sudo tee /etc/x > /dev/null");
    }
}
