//! What to type where the machine knows the login, but the account does not get on: not to a shell, or not to root.

use super::Found;
use crate::model::message::{Message, message};
use crate::model::name::HostName;
use crate::model::unreachable::{AccountFailure, Endpoint, LoginFailure, Lost, RootFailure, ShellFailure, Unreachable};

fn as_root() -> Message {
    message!("as root, or with another user's sudo")
}

/// What opens the way to the shell.
pub(super) fn next(found: Found, host: &HostName, why: &Unreachable) -> Found {
    let here = HostName::controller();
    let by_hand = |at: &Endpoint| format!("ssh -p {} {}@{}", at.port, at.user, at.host);
    match why {
        Unreachable::Lost { why: Lost::NotStarted { at, how, line, .. } } => match (line, how) {
            (Some(line), _) => found.then(host, line.guard()).note(message!("as {}", at.user)),
            (None, ShellFailure::NoLogin) => {
                found.then(host, format!("usermod -s /bin/bash {}", at.user)).note(as_root())
            }
            (None, ShellFailure::PasswordExpired) => {
                let found = found.then(host, format!("sudo chage -d \"$(date +%F)\" {}", at.user)).note(message!(
                    "on its console, or as another user who may use sudo: the password counts as changed today"
                ));
                found.then(&here, by_hand(at)).note(message!("or set a new password"))
            }
            (None, ShellFailure::Taken | ShellFailure::Ended) => {
                // What follows the guard is for people; what ends their shell as well becomes a comment.
                let edit = "-e 's/^\\(exit\\|logout\\|exec\\)\\b/# &/' -e '1i case $- in *i*) ;; *) return ;; esac'";
                found.then(host, format!("sudo sed -i {edit} /etc/bash.bashrc ~/.bashrc")).note(message!(
                    "on its console, as {}: what these files start or end is then for terminals only",
                    at.user
                ))
            }
        },
        Unreachable::Login { why, at } => match **why {
            LoginFailure::Account { why: AccountFailure::Expired, .. } => {
                found.then(host, format!("chage -E -1 {}", at.user)).note(as_root())
            }
            LoginFailure::Account { why: AccountFailure::NotYet, .. } => found
                .then(&here, format!("{} true", by_hand(at)))
                .note(message!("again, until the machine has started")),
            _ => found.then(host, "journalctl -u ssh -n 5").note(as_root()),
        },
        _ => found,
    }
}

/// What to type on `host` so that `user` becomes root there. Where sudo is (Ubuntu), root has no password, and on Debian
/// plain `su` does not find `usermod`.
pub(super) fn root(found: Found, why: &Unreachable, host: &HostName, user: &str) -> Found {
    let join = format!("usermod -aG sudo {user}");
    let other = message!("as a user who may use sudo: on Ubuntu, the one created during installation");
    let Unreachable::Root { why, .. } = why else { return found.then(host, format!("sudo {join}")).note(other) };
    match why {
        RootFailure::WrongPassword => found
            .then(host, "sudo -k true")
            .note(message!("as {}: put the password that it accepts where `sudo_password` in the inventory points", user)),
        RootFailure::WantsPassword => found
            .then(host, "sudo -n -ll")
            .note(message!("as {}: shows the rules, a new sudo with their files too; the last one counts", user))
            // Files of that folder are read by name.
            .then(host, format!("echo '{user} ALL=(ALL:ALL) NOPASSWD: ALL' | sudo tee /etc/sudoers.d/zzz-labctl"))
            .note(message!("as {}, with its own password, or where it has none, as root on its console (the recovery mode of its boot menu); or set `sudo_password: prompt` under `ssh:` in the inventory, and sudo may go on asking", user)),
        RootFailure::WantsTerminal => found
            .then(host, "echo \"Defaults:$(id -un) !requiretty\" | sudo tee /etc/sudoers.d/labctl-terminal")
            .note(message!("as {}, in a terminal", user)),
        RootFailure::NotAllowed => found.then(host, format!("sudo {join}")).note(other),
        RootFailure::Expired => found
            .then(host, format!("sudo chage -E -1 -M -1 {user}"))
            .note(message!("as another user who may use sudo, or as root; if the password is locked: usermod -U")),
        RootFailure::NoSudo => found.then(host, format!("su - -c 'apt-get install -y --reinstall sudo && {join}'")),
        RootFailure::Broken => found
            .then(
                host,
                "chown -R root:root /usr/bin/sudo /usr/lib*/sudo /etc/sudo*; chmod 4755 /usr/bin/sudo; chmod 440 /etc/sudoers; visudo -c",
            )
            .note(message!("as root: with `su -`, `pkexec bash`, or the recovery mode of its boot menu; if visudo names a line, correct it with visudo")),
        RootFailure::NoPrograms | RootFailure::Unclear => found.then(host, "sudo -n true").note(message!("as {}: it should print nothing", user)),
    }
}

/// What lets this computer in where something on the machine keeps it out.
pub(super) fn let_in(found: Found, host: &HostName, port: u16, when: Message) -> Found {
    let opens = format!("command -v ufw && ufw allow {port}/tcp");
    let forgets = "command -v fail2ban-client && fail2ban-client unban --all";
    found.then(host, format!("sudo sh -c '{opens}; {forgets}'")).note(message!(
        "{}: ufw, switched on without a rule for SSH, keeps everybody out, and fail2ban whoever mistyped a password several times",
        when
    ))
}
