//! On the way to a machine: the login.

use super::{Cause, Clue, Found, HostView, Layer, account, shut_out};
use crate::config::inventory::ProviderKind;
use crate::model::message::{Message, message};
use crate::model::name::HostName;
use crate::model::quote::quote;
use crate::model::unreachable::{
    ConnectionFailure, Endpoint, HandshakeFailure, HostKeyFailure, KeyFailure, LoginFailure, Lost, NoSecret,
    RootFailure, ScriptFailure, SecretFailure, SetupFailure, SshConfigFailure, Unreachable,
};
use crate::planning::doctor::evidence::missing_key;
use crate::planning::doctor::machine::PageAnswer;

/// A cause of [`of`], by the name that it has there.
macro_rules! login {
    ($name:literal, $sentence:literal) => {
        Cause {
            name: $name,
            layer: Layer::Login,
            blocks: true,
            find: |view| found(view, $name, message!($sentence, view.host)),
        }
    };
}

pub const CAUSES: &[Cause] = &[
    login!("ssh-config", "ssh on this computer cannot work out its own SSH configuration for {}."),
    login!("login-unclear", "The inventory does not say how to log in to {}."),
    login!("login-secret", "This computer cannot open the key, or read the password, that logging in to {} needs."),
    login!("host-unknown", "The address of {} in the inventory is a name that does not resolve."),
    login!("name-server-silent", "No name server answers this computer when it asks for the address of {}."),
    login!("known-hosts-file", "This computer cannot use its file of known host keys, so it cannot trust any machine."),
    login!("host-key-unknown", "Nobody has confirmed the host key of {} yet, and the inventory requires it (strict)."),
    login!("host-key-changed", "{} shows a different host key than before: it was rebuilt, or it is another machine."),
    login!("host-key-refused", "{} shows a host key that the file of known host keys forbids."),
    login!(
        "ssh-refused",
        "{} is up, but no SSH server answers on that port: it is stopped or cannot start, listens on another port, or this computer is banned there."
    ),
    login!(
        "ssh-dropped",
        "{} is up and serves, but nothing comes back from its SSH port: a firewall there drops it, such as ufw without a rule for SSH, or a ban."
    ),
    login!("ssh-failing", "{} is up, but its SSH server hangs, or turns every login away before it begins."),
    login!("bastion-fails", "{} is reached through a bastion, and the connection ends there."),
    login!("outgoing-blocked", "A firewall on this computer forbids the connection to {}."),
    login!(
        "host-silent",
        "{} does not answer at all: it is switched off, its address is wrong, or a firewall drops everything."
    ),
    login!(
        "login-denied",
        "The SSH server of {} answers, but does not let us in: the wrong user, a key it does not know or ignores, or an account that may not log in (its log says which)."
    ),
    login!("login-account", "The SSH server of {} accepts the login, but this account may not log in there now."),
    login!(
        "sudo-broken",
        "Logging in to {} works, but sudo itself does not run there: its program or its files have the wrong owner or permissions, or cannot be read (after a chown or chmod of a whole folder?)."
    ),
    login!(
        "login-path",
        "Logging in to {} works, but the login finds no programs there, not even `sh`: something sets its PATH wrongly."
    ),
    login!("sudo-denied", "Logging in to {} works, but the user may not become root with sudo."),
    login!("login-shell", "Logging in to {} works, but its shell never gets to labctl's command."),
    login!("host-lost", "labctl cannot work on {}."),
];

/// The cause that a reason stands for.
fn of(why: &Unreachable) -> &'static str {
    match why {
        Unreachable::Setup { why: SetupFailure::SshConfig { .. } } => "ssh-config",
        Unreachable::Setup { .. } => "login-unclear",
        Unreachable::Secret { .. } => "login-secret",
        Unreachable::Connection { why, .. } => match why {
            ConnectionFailure::Unresolved { .. } => "host-unknown",
            ConnectionFailure::NameServerSilent { .. } => "name-server-silent",
            ConnectionFailure::Refused => "ssh-refused",
            ConnectionFailure::Silent { .. } | ConnectionFailure::NoRoute { .. } => "host-silent",
            ConnectionFailure::Forbidden { .. } => "outgoing-blocked",
            ConnectionFailure::Other { .. } => "host-lost",
        },
        Unreachable::Tunnel { .. } => "bastion-fails",
        Unreachable::Handshake { why: HandshakeFailure::NotSsh { .. }, .. } => "ssh-refused",
        Unreachable::Handshake { .. } => "ssh-failing",
        Unreachable::HostKey { why, .. } => match **why {
            HostKeyFailure::FileUnreadable { .. } | HostKeyFailure::FileNotWritable { .. } => "known-hosts-file",
            HostKeyFailure::Unknown { .. } => "host-key-unknown",
            HostKeyFailure::Changed { .. } => "host-key-changed",
            HostKeyFailure::Revoked { .. } | HostKeyFailure::Certificate { .. } => "host-key-refused",
        },
        Unreachable::Login { why, .. } => match **why {
            LoginFailure::Key { .. } => "login-secret",
            LoginFailure::Denied { .. } | LoginFailure::HungUp { .. } => "login-denied",
            LoginFailure::Account { .. } => "login-account",
            LoginFailure::Silent { .. } => "ssh-failing",
        },
        // What is put right on this computer is the same for a bastion; what is wrong over there is the bastion's.
        Unreachable::Bastion { why } => match of(why) {
            here @ ("ssh-config" | "login-unclear" | "login-secret" | "known-hosts-file" | "host-key-unknown"
            | "host-key-changed" | "host-key-refused" | "outgoing-blocked") => here,
            _ => "bastion-fails",
        },
        Unreachable::Root { why: RootFailure::Broken, .. } => "sudo-broken",
        Unreachable::Root { why: RootFailure::NoPrograms, .. } => "login-path",
        Unreachable::Root { .. } | Unreachable::Script { why: ScriptFailure::NotRoot { .. } } => "sudo-denied",
        Unreachable::Lost { why: Lost::NotStarted { .. } } => "login-shell",
        Unreachable::Script { .. }
        | Unreachable::Payload { .. }
        | Unreachable::Lost { .. }
        | Unreachable::OutputGone { .. }
        | Unreachable::Words { .. } => "host-lost",
    }
}

/// The cause of a reason, with what others saw of the machine: one that serves is up.
fn named(view: &HostView<'_>, why: &Unreachable) -> &'static str {
    match (of(why), why) {
        ("host-silent", Unreachable::Connection { why: ConnectionFailure::Silent { .. }, .. })
            if serving(view).is_some() =>
        {
            "ssh-dropped"
        }
        (name, _) => name,
    }
}

/// That a machine answers on another port than SSH's: as a web server here, as an application server the web server.
fn serving(view: &HostView<'_>) -> Option<Clue> {
    let web = view.inventory.web()?;
    if &web.name == view.host {
        let (domain, met) = view.evidence.outside.iter().find(|(_, met)| met.is_ok())?;
        return Some(Clue::Visit { url: format!("http://{domain}/"), met: met.clone() });
    }
    let asker = view.web()?;
    let begin = format!("{}:", view.address());
    let (socket, answer) = asker.machine.each("reach.").find(|(socket, _)| socket.starts_with(&begin))?;
    let answer = PageAnswer::read(answer).filter(|answer| answer.exit == 0)?;
    Some(message!("from {}, http://{}/: {}", asker.host, socket, answer.describe()).into())
}

fn found(view: &HostView<'_>, name: &str, sentence: Message) -> Option<Found> {
    let why = view.unreachable().filter(|why| named(view, why) == name)?;
    if let Some(file) = missing_key(why) {
        return Some(shut_out::no_key(view, file).unreachable(why));
    }
    if let Some(found) = shut_out::slip(view).filter(|_| name == "host-silent") {
        return Some(found.unreachable(why));
    }
    if name == "host-silent" && shut_out::is_nobodys(view, why) {
        return Some(shut_out::nobodys(view).unreachable(why));
    }
    let found = Found::new(shut_out::plainly(view, why).unwrap_or(sentence)).unreachable(why);
    let found = if name == "ssh-dropped" { found.saw_all(serving(view)) } else { found };
    let mut innermost = why;
    while let Unreachable::Bastion { why } = innermost {
        innermost = why;
    }
    Some(next(found, view, why, innermost))
}

/// What to type next. `innermost` is what happened, at a bastion or at the host itself.
fn next(found: Found, view: &HostView<'_>, why: &Unreachable, innermost: &Unreachable) -> Found {
    let (host, here) = (view.host, HostName::controller());
    let inventory = quote(&view.inventory.path.display().to_string());
    let user = view.inventory.host(host).and_then(|host| host.login.user.clone()).unwrap_or_default();
    let trust = view.labctl(&format!("trust {host}"));
    let through =
        |at: &Endpoint, more: &str| format!("ssh -p {} {}@{} {more}", at.port, at.user, at.host).trim_end().to_owned();
    match (named(view, why), innermost) {
        ("bastion-fails", Unreachable::Tunnel { at, bastion, .. }) => {
            found.then(&here, through(bastion, &format!("nc -vz {} {}", at.host, at.port)))
        }
        (
            "bastion-fails",
            Unreachable::Connection { at, .. } | Unreachable::Handshake { at, .. } | Unreachable::Login { at, .. },
        ) => found.then(&here, through(at, "true")),
        (_, Unreachable::Setup { why: SetupFailure::SshConfig { address, why } }) => {
            let found = found.then(&here, format!("ssh -G {}", quote(address)));
            match why {
                SshConfigFailure::Timeout { .. } => {
                    found.note(message!("and look for `Match exec` in ~/.ssh/config: it hangs"))
                }
                SshConfigFailure::NotRun { .. } | SshConfigFailure::Failed { .. } => found,
            }
        }
        (_, Unreachable::Setup { .. }) => found.then(&here, format!("${{EDITOR:-nano}} {inventory}")),
        (_, Unreachable::Secret { why }) => secret(found, why, &inventory),
        (_, Unreachable::Login { why, .. }) if matches!(**why, LoginFailure::Key { .. }) => match &**why {
            LoginFailure::Key { key: why } => key(found, why, &inventory),
            _ => found,
        },
        (_, Unreachable::HostKey { why, .. }) => match &**why {
            HostKeyFailure::FileUnreadable { file, .. } | HostKeyFailure::FileNotWritable { file, .. } => {
                let file = quote(file);
                found
                    .then(&here, format!("ls -ld \"$(dirname {file})\" {file}"))
                    .note(message!("you should own both, with read and write permission"))
            }
            HostKeyFailure::Unknown { .. } => found
                .then(host, "ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub")
                .note(message!("on its console: it should be the key shown above"))
                .then(&here, trust)
                .note(message!("only if it is")),
            HostKeyFailure::Changed { .. } => found.then(&here, trust),
            HostKeyFailure::Revoked { file, line, .. } => found
                .then(&here, format!("sed -n {line}p {}", quote(file)))
                .then(host, "sudo rm /etc/ssh/ssh_host_*_key* && sudo ssh-keygen -A && sudo systemctl restart ssh"),
            HostKeyFailure::Certificate { file, .. } => {
                found.then(&here, format!("grep -n cert-authority {}", quote(file)))
            }
        },
        ("host-unknown" | "name-server-silent", _) => found.then(&here, format!("getent hosts {}", view.address())),
        ("ssh-refused", Unreachable::Connection { at, .. } | Unreachable::Handshake { at, .. }) => {
            let port = format!(
                "sudo sed -i 's/^Port .*/Port {}/; s/^ListenAddress/#&/' /etc/ssh/sshd_config /etc/ssh/sshd_config.d/*.conf",
                at.port
            );
            // The address that it listens on stands in the fourth column; the fifth is that of its visitors: `0.0.0.0:*`, always.
            let everywhere = format!(
                "sudo ss -Hltn 'sport = :{}' | awk '{{ print $4 }}' | grep -qE '^(0\\.0\\.0\\.0|\\*|\\[::\\])'",
                at.port
            );
            let found = found
                .then(host, "sudo sshd -t; sudo ss -ltnp | grep sshd; sudo journalctl -u ssh -n 5 --no-pager")
                .note(message!("on its console: tells which of the next lines it needs; each of them is for its case only"))
                .then(host, shut_out::starting())
                .note(message!("for a server that does not run: makes its keys if it has none, puts a # in front of lines that sshd -t names, and starts it"))
                .then(host, format!("{everywhere} || {{ {port}; sudo systemctl daemon-reload; sudo systemctl restart ssh; }}"))
                .note(message!("for one that listens on a port other than {}, or on an address of its own; or put that port in the inventory", at.port));
            account::let_in(found, host, at.port, message!("if it listens on that port"))
        }
        ("ssh-failing", _) => found
            .then(host, "sudo sed -i -E 's/^[[:space:]]*(sshd|ALL)[[:space:]]*:/#&/I' /etc/hosts.deny")
            .note(message!("on its console: lines there that keep everybody away from SSH"))
            .then(host, "sudo systemctl restart ssh; sudo journalctl -u ssh -n 20"),
        ("outgoing-blocked", _) => found.then(&here, "sudo nft list ruleset || sudo iptables -S OUTPUT"),
        ("ssh-dropped", Unreachable::Connection { at, .. }) => {
            account::let_in(found, host, at.port, message!("on its console"))
        }
        ("host-silent", Unreachable::Connection { at, .. }) => {
            let found = found
                .then(&here, format!("ping -c 3 {}", view.address()))
                .then(host, "hostname -I")
                .note(message!("on its console: if {} is missing there, it has a new address: put that in the inventory, or give it the old one back", view.address()));
            account::let_in(found, host, at.port, message!("if it has that address"))
        }
        ("host-silent", _) => found.then(&here, format!("ping -c 3 {}", view.address())),
        ("login-denied", Unreachable::Login { at, why }) if matches!(**why, LoginFailure::Denied { .. }) => {
            shut_out::denied(found, view, at, why)
        }
        ("login-denied", _) => shut_out::hung_up(found, host),
        ("login-path", _) => shut_out::path(found, host, &user),
        ("login-shell" | "login-account", why) => account::next(found, host, why),
        ("sudo-denied" | "sudo-broken", why) => {
            let found = account::root(found, why, host, &user);
            // Whoever has no password there, and nobody's console, has at least a machine that labctl can make anew.
            let stuck = matches!(why, Unreachable::Root { why: RootFailure::WantsPassword, .. });
            if !stuck || view.inventory.provider == ProviderKind::Existing {
                return found;
            }
            let reset = view.labctl(&format!("reset {host}"));
            found
                .then(&here, reset)
                .note(message!("or this: labctl made the machine, and makes it fresh again; then labctl up"))
        }
        _ => found.then(&here, view.labctl(&format!("ssh {host}"))),
    }
}

fn secret(found: Found, NoSecret { what, why }: &NoSecret, inventory: &str) -> Found {
    let here = HostName::controller();
    match why {
        SecretFailure::VariableMissing { name }
        | SecretFailure::VariableEmpty { name }
        | SecretFailure::VariableNotText { name } => {
            found.then(&here, format!("read -rs {name} && export {name}")).note(message!("and type the {}", what))
        }
        SecretFailure::FileOpen { file, .. } => found.then(&here, format!("chmod 600 {}", quote(file))),
        SecretFailure::FileUnreadable { file, .. } | SecretFailure::FileEmpty { file } => {
            found.then(&here, format!("ls -l {}", quote(file)))
        }
        SecretFailure::CommandTimeout { .. }
        | SecretFailure::CommandNotRun { .. }
        | SecretFailure::CommandFailed { .. }
        | SecretFailure::CommandEmpty
        | SecretFailure::NoTerminal
        | SecretFailure::NotGiven
        | SecretFailure::Stopping => found.then(&here, format!("${{EDITOR:-nano}} {inventory}")),
    }
}

fn key(found: Found, why: &KeyFailure, inventory: &str) -> Found {
    let command = match why {
        KeyFailure::Missing { file } => format!("ls -l {}", quote(file)),
        KeyFailure::Unreadable { file, .. } => format!("chmod 600 {}", quote(file)),
        KeyFailure::Locked { file } => format!("ssh-add {}", quote(file)),
        KeyFailure::WrongPassphrase { file } | KeyFailure::NotAKey { file, .. } => {
            format!("ssh-keygen -y -f {}", quote(file))
        }
        KeyFailure::NoPassphrase { secret: why } => return secret(found, why, inventory),
    };
    found.then(&HostName::controller(), command)
}
