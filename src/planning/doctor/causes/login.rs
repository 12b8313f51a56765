//! On the way to a machine: names on this computer, and the login.

use super::{Cause, Found, HostView, Layer, account};
use crate::model::event::{Component, Outcome};
use crate::model::name::HostName;
use crate::model::quote::quote;
use crate::model::unreachable::{
    ConnectionFailure, Endpoint, HandshakeFailure, HostKeyFailure, KeyFailure, LoginFailure, Lost, NoSecret,
    ScriptFailure, SecretFailure, SetupFailure, SshConfigFailure, Unreachable,
};

/// A cause of [`of`], by the name that it has there.
macro_rules! login {
    ($name:literal, $sentence:literal) => {
        Cause { name: $name, layer: Layer::Login, blocks: true, look: |place| found(place, $name, $sentence) }
    };
}

pub const CAUSES: &[Cause] = &[
    Cause { name: "name-elsewhere", layer: Layer::Names, blocks: true, look: elsewhere },
    Cause { name: "name-missing", layer: Layer::Names, blocks: true, look: missing },
    login!("ssh-config", "The system's ssh cannot say what the SSH configuration of this computer means for HOST."),
    login!("login-unclear", "The inventory does not say how to log in to HOST."),
    login!("login-secret", "This computer cannot open the key or read the password that the login on HOST needs."),
    login!("host-unknown", "The address of HOST in the inventory is a name that nobody knows."),
    login!("name-server-silent", "No name server tells this computer which address HOST has."),
    login!("known-hosts-file", "This computer cannot use its file of known host keys, so it can trust no machine."),
    login!("host-key-unknown", "Nobody has confirmed the host key of HOST yet, and the inventory wants that (strict)."),
    login!("host-key-changed", "HOST shows another host key than before: it was made anew, or it is another machine."),
    login!("host-key-refused", "HOST shows a host key that the file of known host keys forbids."),
    login!(
        "ssh-refused",
        "HOST is there, but no SSH server answers on that port: it is stopped, or listens on another port."
    ),
    login!("ssh-failing", "HOST is there, but its SSH server hangs, or turns every login away before it begins."),
    login!("bastion-fails", "The way to HOST leads through a bastion, and ends there."),
    login!("outgoing-blocked", "A firewall of this computer forbids the connection to HOST."),
    login!(
        "host-silent",
        "HOST does not answer at all: it is switched off, its address is wrong, or a firewall drops everything."
    ),
    login!(
        "login-denied",
        "HOST's SSH server answers, but does not let us in: wrong user, a key that it does not know, or an account that may not log in (its log says which)."
    ),
    login!("login-account", "HOST's SSH server knows the login, but this account may not log in there now."),
    login!("sudo-denied", "The login on HOST works, but the user may not become root with sudo."),
    login!("login-shell", "The login on HOST works, but its shell does not get to labctl's command."),
    login!("host-lost", "HOST cannot be worked on."),
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
        Unreachable::Root { .. } | Unreachable::Script { why: ScriptFailure::NotRoot { .. } } => "sudo-denied",
        Unreachable::Lost { why: Lost::NotStarted { .. } } => "login-shell",
        Unreachable::Script { .. }
        | Unreachable::Payload { .. }
        | Unreachable::Lost { .. }
        | Unreachable::OutputGone { .. }
        | Unreachable::Words { .. } => "host-lost",
    }
}

fn found(place: &HostView<'_>, name: &str, sentence: &str) -> Option<Found> {
    let why = place.unreachable().filter(|why| of(why) == name)?;
    let found = Found::new(sentence.replace("HOST", place.host.as_str())).unreachable(why);
    let mut innermost = why;
    while let Unreachable::Bastion { why } = innermost {
        innermost = why;
    }
    Some(next(found, place, why, innermost))
}

/// What to type next. `innermost` is what happened, at a bastion or at the host itself.
fn next(found: Found, place: &HostView<'_>, why: &Unreachable, innermost: &Unreachable) -> Found {
    let (host, here) = (place.host, HostName::controller());
    let inventory = quote(&place.inventory.path.display().to_string());
    let user = place.inventory.host(host).and_then(|host| host.login.user.clone()).unwrap_or_default();
    let trust = format!("labctl trust {host} -i {inventory}");
    let through =
        |at: &Endpoint, more: &str| format!("ssh -p {} {}@{} {more}", at.port, at.user, at.host).trim_end().to_owned();
    match (of(why), innermost) {
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
                SshConfigFailure::Timeout { .. } => found.note("and look for `Match exec` in ~/.ssh/config: it hangs"),
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
                    .note("both should be yours, to read and write")
            }
            HostKeyFailure::Unknown { .. } => found
                .then(host, "ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub")
                .note("on its console: it should be the key that was seen")
                .then(&here, trust)
                .note("only if it is"),
            HostKeyFailure::Changed { .. } => found.then(&here, trust),
            HostKeyFailure::Revoked { file, line, .. } => found
                .then(&here, format!("sed -n {line}p {}", quote(file)))
                .then(host, "sudo rm /etc/ssh/ssh_host_*_key* && sudo ssh-keygen -A && sudo systemctl restart ssh"),
            HostKeyFailure::Certificate { file, .. } => {
                found.then(&here, format!("grep -n cert-authority {}", quote(file)))
            }
        },
        ("host-unknown" | "name-server-silent", _) => found.then(&here, format!("getent hosts {}", place.address())),
        ("ssh-refused", _) => found.then(host, "sudo systemctl enable --now ssh; ss -ltn | grep -w ssh"),
        ("ssh-failing", _) => found.then(host, "sudo journalctl -u ssh -n 20; sudo systemctl restart ssh"),
        ("outgoing-blocked", _) => found.then(&here, "sudo nft list ruleset || sudo iptables -S OUTPUT"),
        ("host-silent", _) => found.then(&here, format!("ping -c 3 {}", place.address())),
        ("login-denied", _) => found
            .then(&here, format!("ssh-copy-id {user}@{}", place.address()))
            .then(host, "journalctl -u ssh -n 5")
            .note(
                "as root, or with sudo of another user: the shell of the account may be missing, or the account locked",
            ),
        ("login-shell" | "login-account", why) => account::next(found, host, why),
        ("sudo-denied", why) => account::root(found, why, host, &user),
        _ => found.then(&here, format!("labctl ssh {host}")),
    }
}

fn secret(found: Found, NoSecret { what, why }: &NoSecret, inventory: &str) -> Found {
    let here = HostName::controller();
    match why {
        SecretFailure::VariableMissing { name }
        | SecretFailure::VariableEmpty { name }
        | SecretFailure::VariableNotText { name } => {
            found.then(&here, format!("read -rs {name} && export {name}")).note(format!("and type the {what}"))
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

fn lines(place: &HostView<'_>) -> Option<(String, Vec<String>)> {
    let web = place.inventory.web()?.address.clone()?;
    let domains = place.sites.iter().map(|site| site.domain.clone());
    let open = domains.filter(|domain| !place.evidence.resolved.contains(domain)).collect::<Vec<_>>();
    (!open.is_empty()).then_some((web, open))
}

/// A line of the hosts file gives a domain to another machine.
fn elsewhere(place: &HostView<'_>) -> Option<Found> {
    let held = place.host.is_controller().then(|| place.open(Component::Names)).flatten()?;
    let (web, domains) = lines(place)?;
    // A foreign line is a failure that names it; a line of our own block that was edited stands in the diff.
    let diff = held.diff.as_deref().unwrap_or_default();
    let edited = diff
        .lines()
        .filter(|line| line.starts_with('-') && domains.iter().any(|d| line.split_whitespace().any(|w| w == d)));
    let edited: Vec<String> =
        edited.filter(|line| !line.contains(&web)).map(|line| line[1..].trim().to_owned()).collect();
    let foreign = held.reason.as_deref().filter(|_| held.outcome == Outcome::Failed);
    if edited.is_empty() && foreign.is_none() {
        return None;
    }
    let found = Found::new(format!(
        "This computer's hosts file leads to another machine than the web server {web}: the browser asks the wrong one."
    ));
    let found = found
        .saw_all(foreign.into_iter().flat_map(str::lines))
        .saw_all(edited.iter().map(|line| format!("the hosts file says: {line}")));
    Some(
        found
            .then(place.host, format!("labctl step {}", held.task.step))
            .note("after deleting the line that leads elsewhere, if it is not labctl's"),
    )
}

/// No line of the hosts file names a domain, and nothing else does.
fn missing(place: &HostView<'_>) -> Option<Found> {
    let held = place.host.is_controller().then(|| place.open(Component::Names)).flatten()?;
    if elsewhere(place).is_some() {
        return None;
    }
    let (web, domains) = lines(place)?;
    let diff = held.diff.as_deref().unwrap_or_default();
    let file = diff.lines().find_map(|line| line.strip_prefix("--- ")).unwrap_or("/etc/hosts").trim();
    let absent = |domain: &&String| {
        diff.lines().any(|line| line.starts_with('+') && line.split_whitespace().any(|w| w == domain.as_str()))
    };
    let names: Vec<&str> = domains.iter().filter(absent).map(String::as_str).collect();
    let names = if names.is_empty() { domains.iter().map(String::as_str).collect() } else { names };
    let found = Found::new(format!(
        "This computer does not know where {} is: the browser says that the site cannot be found.",
        names.join(" and ")
    ));
    let found = found.saw(format!("{file} has no line that gives {} the address {web}", names.join(" or ")));
    let line = format!("{web} {}", names.join(" "));
    Some(if cfg!(windows) {
        found.then(place.host, format!("Add-Content '{file}' '{line}'")).note("in a PowerShell of an administrator")
    } else {
        found.then(place.host, format!("echo '{line}' | sudo tee -a {file}"))
    })
}
