//! How a script becomes root on a host. A password never reaches argv, an environment, a log or the script.

use crate::config::inventory::Host;
use crate::infra::transport::{Exec, Input, Password, Secrets};
use crate::model::quote::quote;
use sha2::{Digest, Sha256};
use std::sync::atomic::{AtomicBool, Ordering};

/// Starts shells as root on one host.
pub struct Sudo {
    token: String,
    password: Option<Password>,
    terminal: AtomicBool,
}

/// Another word that nobody can guess. The token itself must not stand in a command, where `ps` shows it.
fn other(token: &str) -> String {
    Sha256::digest(token).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

impl Sudo {
    /// How to become root on a host, for scripts that mark their lines with `token`. Another word is made of it, which says that
    /// the password was taken.
    ///
    /// # Errors
    /// The password cannot be had.
    pub async fn new(host: &Host, secrets: &Secrets, token: &str) -> Result<Self, String> {
        let Some(source) = &host.login.sudo_password else { return Ok(Self::with(token, None)) };
        let secret = secrets.get(source, &format!("sudo password for {}", host.name)).await?;
        Ok(Self::with(token, Some(Password { secret, token: format!("labctl-{}-root", other(token)) })))
    }

    fn with(token: &str, password: Option<Password>) -> Self {
        Self { token: token.to_owned(), password, terminal: AtomicBool::new(false) }
    }

    /// What marks the lines of the scripts that it starts.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Whether what sudo said asks for another try: where it wants a terminal (`requiretty`), it gets one from now on.
    /// It has read no password yet when it says so.
    pub fn another(&self, said: &[String]) -> bool {
        let wants = |line: &String| line.starts_with("sudo: ") && line.contains("must have a tty");
        said.iter().any(wants) && !self.terminal.swap(true, Ordering::Relaxed)
    }

    /// A line of shell that becomes `sudo WORDS`.
    fn sudo(&self, words: &str) -> String {
        if !self.terminal.load(Ordering::Relaxed) {
            return format!("exec sudo {words}");
        }
        // The terminal is there to be had and stays empty: a script would be echoed, broken at 4096 bytes and obeyed at ^C.
        let inside = quote(&format!("exec sudo {words} <&3 3<&- >&4 4>&- 2>&5 5>&-"));
        format!("exec 3<&0 4>&1 5>&2; SHELL=/bin/sh exec script -qec {inside} /dev/null < /dev/null > /dev/null")
    }

    /// A command that runs `program` (a short piece of shell) as root, with `input` on its standard input.
    pub fn exec(&self, program: &str, input: Input) -> Exec {
        // The shell can tell it from who owns `/`; where it cannot (not every shell knows `-O`), `id` does.
        let root = "{ [ -O / ] || [ \"$(id -u)\" = 0 ]; }";
        let inner = match &self.password {
            None => format!("{root} && exec {program}; {}", self.sudo(&format!("-n {program}"))),
            Some(Password { token, .. }) => {
                // On a line of its own, whatever prompt was left without an end. Then a password that nobody took (this
                // login is root's, or sudo did not ask) is skipped: a shell would run it as a command.
                let skip = format!("while read -r line && [ \"$line\" != {token} ]; do :; done");
                let said = format!("printf '\\n%s\\n' {token}; {skip}; exec {program}");
                format!("{root} && {{ {said}; }}; {}", self.sudo(&format!("-S -p '' sh -c {}", quote(&said))))
            }
        };
        // The login shell may be any shell: it is only asked to start sh.
        Exec { command: format!("exec sh -c {}", quote(&inner)), password: self.password.clone(), input }
    }

    /// A command that runs a script, sent on standard input.
    pub fn script(&self, script: String) -> Exec {
        self.exec("sh -s", Input::Text(script.into()))
    }
}
