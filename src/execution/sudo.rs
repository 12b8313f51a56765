//! How a script becomes root on a host. A password never reaches argv, an environment, a log or the script.

use crate::config::inventory::Host;
use crate::infra::transport::{Exec, Input, Password, Secrets};
use crate::model::quote::quote;
use crate::model::unreachable::{NoSecret, RootFailure, SecretUse};
use sha2::{Digest, Sha256};
use std::sync::atomic::{AtomicBool, Ordering};

/// Starts shells as root on one host.
pub struct Sudo {
    token: String,
    password: Option<Password>,
    terminal: AtomicBool,
}

/// Another unguessable word. The token itself must not appear in a command, where `ps` shows it.
fn other(token: &str) -> String {
    hex::encode(&Sha256::digest(token)[..8])
}

impl Sudo {
    /// How to become root on a host, for scripts that mark their lines with `token`. A word derived from it says that the
    /// password was accepted.
    ///
    /// # Errors
    /// The password cannot be read from where the inventory says it is.
    pub async fn new(host: &Host, secrets: &Secrets, token: &str) -> Result<Self, NoSecret> {
        let Some(source) = &host.login.sudo_password else { return Ok(Self::with(token, None)) };
        let secret = secrets.get(source, &SecretUse::SudoPassword { host: host.name.to_string() }).await?;
        Ok(Self::with(token, Some(Password { secret, token: format!("labctl-{}-root", other(token)) })))
    }

    fn with(token: &str, password: Option<Password>) -> Self {
        Self { token: token.to_owned(), password, terminal: AtomicBool::new(false) }
    }

    /// The token that marks the lines of its scripts.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Whether what sudo said asks for another try: where it wants a terminal (`requiretty`), it gets one from now on.
    /// It has read no password yet when it says so.
    pub fn another(&self, output: &[String]) -> bool {
        output.iter().any(|line| wants_terminal(line)) && !self.terminal.swap(true, Ordering::Relaxed)
    }

    /// A line of shell that becomes `sudo WORDS`. What sudo says is read, so it speaks no other language.
    fn sudo(&self, words: &str) -> String {
        if !self.terminal.load(Ordering::Relaxed) {
            return format!("export LC_ALL=C; exec sudo {words}");
        }
        // The terminal is there to be had and stays empty: a script would be echoed, broken at 4096 bytes and obeyed at ^C.
        let inside = quote(&format!("export LC_ALL=C; exec sudo {words} <&3 3<&- >&4 4>&- 2>&5 5>&-"));
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
                let output = format!("printf '\\n%s\\n' {token}; {skip}; exec {program}");
                format!("{root} && {{ {output}; }}; {}", self.sudo(&format!("-S -p '' sh -c {}", quote(&output))))
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

fn wants_terminal(line: &str) -> bool {
    line.starts_with("sudo: ") && line.contains("must have a tty")
}

/// What sudo and sudo-rs say, in small letters, where they refuse to run at all: of their program, their files, and what they read.
const BROKEN: &[&str] = &[
    "must be owned by uid",
    "should be owned by",
    "setuid bit",
    "setuid root",
    "effective uid is not 0",
    "is owned by uid",
    "is owned by gid",
    "is world writable",
    "is group writable",
    "can be modified by",
    "must be only be writable by owner",
    "must only be writable by owner",
    "no valid sudoers sources",
    "parse error in /etc/sudoers",
    "unable to open /etc/sudoers",
    "unable to stat /etc/sudoers",
    "unable to load",
];

/// Why there is no shell as root, by what sudo (or sudo-rs, or a login shell) said last.
pub fn root_failure(output: &[String]) -> RootFailure {
    let wrong =
        |line: &str| ["incorrect password", "authentication fail", "incorrect auth"].iter().any(|w| line.contains(w));
    let lines: Vec<String> = output.iter().map(|line| line.to_lowercase()).collect();
    let last = lines.iter().rev().find(|line| !line.trim().is_empty()).map_or("", String::as_str);
    // sudo-rs says first that the password was wrong, and last only that it got no other.
    let before = last.contains("not attempted") && lines.iter().any(|line| wrong(line));
    let has = |words: &[&str]| words.iter().any(|word| last.contains(word));
    // What it says last is then only that it gives up.
    let broken = lines.iter().any(|line| BROKEN.iter().any(|words| line.contains(words)));
    if broken {
        RootFailure::Broken
    } else if wrong(last) || before {
        RootFailure::WrongPassword
    } else if has(&["is your account locked", "password expired", "password is expired", "account has expired"]) {
        RootFailure::Expired
    } else if wants_terminal(last) {
        RootFailure::WantsTerminal
    } else if has(&["not in the sudoers", "not allowed", "afraid i can't do that", "may not run sudo"]) {
        RootFailure::NotAllowed
    } else if has(&["password", "interactive authentication is required", "interaction is required"]) {
        RootFailure::WantsPassword
    } else if has(&["exec: sh: not found", "sh: command not found", "sh: no such file"]) {
        RootFailure::NoPrograms
    } else if last.contains("sudo") && last.contains("not found") {
        RootFailure::NoSudo
    } else {
        RootFailure::Unclear
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_sudo_said_tells_what_it_wants() {
        let lecture = "For security reasons, the password you type will not be visible.";
        for (output, wanted) in [
            (&["sudo: 1 incorrect password attempt"][..], RootFailure::WrongPassword),
            (
                &["sudo: Authentication failed, try again.", "sudo: Authentication required but not attempted", ""],
                RootFailure::WrongPassword,
            ),
            (&["sudo: a password is required"], RootFailure::WantsPassword),
            (&["sudo: interactive authentication is required"], RootFailure::WantsPassword),
            (&["sudo: 3 incorrect authentication attempts"], RootFailure::WrongPassword),
            (&["sudo: maximum 3 incorrect authentication attempts"], RootFailure::WrongPassword),
            (&["sudo: I'm sorry vera. I'm afraid I can't do that"], RootFailure::NotAllowed),
            (&["Sorry, user vera is not allowed to execute '/usr/bin/sh -s' as root on web."], RootFailure::NotAllowed),
            (&["Sorry, user vera may not run sudo on web."], RootFailure::NotAllowed),
            (&["sudo: account validation failure, is your account locked?"], RootFailure::Expired),
            (&["sudo: Account or password is expired, reset your password and try again"], RootFailure::Expired),
            (&["sudo: Password expired, contact your system administrator"], RootFailure::Expired),
            (&["sudo: sorry, you must have a tty to run sudo"], RootFailure::WantsTerminal),
            (&[lecture, "vera is not in the sudoers file."], RootFailure::NotAllowed),
            (&["enter your password at the desk", "sh: 1: exec: sudo: not found"], RootFailure::NoSudo),
            (&["bash: line 1: exec: sh: not found"], RootFailure::NoPrograms),
            (&["zsh:1: command not found: sh", "zsh: sh: command not found"], RootFailure::NoPrograms),
            (&["sudo: /usr/bin/sudo must be owned by uid 0 and have the setuid bit set"], RootFailure::Broken),
            (&["sudo: effective uid is not 0, is sudo installed setuid root?"], RootFailure::Broken),
            (
                &[
                    "sudo: /etc/sudo.conf is owned by uid 1000, should be 0",
                    "sudo: error in /etc/sudo.conf, line 0 while loading plugin \"sudoers_policy\"",
                    "sudo: /usr/libexec/sudo/sudoers.so must be owned by uid 0",
                    "sudo: fatal error, unable to load plugins",
                ],
                RootFailure::Broken,
            ),
            (
                &["sudo: /etc/sudoers is world writable", "sudo: no valid sudoers sources found, quitting"],
                RootFailure::Broken,
            ),
            (
                &[
                    ">>> /etc/sudoers: syntax error near line 32 <<<",
                    "sudo: parse error in /etc/sudoers near line 32",
                    "sudo: no valid sudoers sources found, quitting",
                    "sudo: unable to initialize policy plugin",
                ],
                RootFailure::Broken,
            ),
            (
                &["sudo: unable to open /etc/sudoers: Permission denied", "sudo: a password is required"],
                RootFailure::Broken,
            ),
            (&["This account is currently not available."], RootFailure::Unclear),
            (&[], RootFailure::Unclear),
        ] {
            let output: Vec<String> = output.iter().map(|line| (*line).to_owned()).collect();
            assert_eq!(root_failure(&output), wanted, "{output:?}");
        }
    }
}
