//! What to do about a host that cannot be worked on, the likeliest thing first.

use crate::model::name::HostName;
use crate::model::quote::quote;
use crate::model::unreachable::{
    AccountFailure, ConnectionFailure, Endpoint, HandshakeFailure, HostKeyFailure, KeyFailure, LoginFailure, Lost,
    RootFailure, ScriptFailure, SetupFailure, ShellFailure, SshConfigFailure, StartupLine, TunnelFailure, Unreachable,
};

/// What to do about it; empty where the reason says it already.
pub fn hints(why: &Unreachable) -> Vec<String> {
    let fixed: &[&str] = match why {
        Unreachable::Setup { why } => setup(why),
        Unreachable::Connection { at, why: ConnectionFailure::Refused } => return refused(at),
        Unreachable::Connection { why, .. } => connection(why),
        Unreachable::Tunnel { why, .. } => tunnel(why),
        Unreachable::Handshake { why, .. } => handshake(why),
        Unreachable::HostKey { at, why } => return host_key(at, why),
        Unreachable::Login { at, why } => return login(at, why),
        Unreachable::Bastion { why } => return hints(why),
        Unreachable::Lost { why: Lost::NotStarted { at, output, how, line } } => {
            return not_started(at, output, *how, line.as_deref());
        }
        Unreachable::Root { why, .. } => root(*why),
        Unreachable::Script {
            why: ScriptFailure::GivenUp | ScriptFailure::Killed { .. } | ScriptFailure::BrokeOff { .. },
        }
        | Unreachable::Lost { .. } => &["run the same command again: it goes on where this one ended"],
        Unreachable::Words { hints, .. } => return hints.clone(),
        Unreachable::Secret { .. }
        | Unreachable::Script { .. }
        | Unreachable::Payload { .. }
        | Unreachable::OutputGone { .. } => &[],
    };
    fixed.iter().map(|hint| (*hint).to_owned()).collect()
}

fn not_started(at: &Endpoint, output: &str, how: ShellFailure, line: Option<&StartupLine>) -> Vec<String> {
    let Endpoint { user, host, port } = at;
    match (line, how) {
        (Some(line), _) => vec![format!("on that machine, let only interactive logins reach that line: {}", line.guard())],
        (None, ShellFailure::NoLogin) => vec![format!("give it one, as root on that machine: usermod -s /bin/bash {user}")],
        (None, ShellFailure::PasswordExpired) => vec![
            format!("log in by hand and set a new one: ssh -p {port} {user}@{host}"),
            format!("or keep the old one, as root on that machine: chage -d \"$(date +%F)\" {user}"),
        ],
        (None, ShellFailure::Ended) if !output.is_empty() => vec![
            format!("does it run commands at all? ssh -p {port} {user}@{host} true"),
            format!("does a `command=` in ~{user}/.ssh/authorized_keys, or a `ForceCommand` in its sshd_config, run another command instead?"),
        ],
        (None, ShellFailure::Ended | ShellFailure::Taken) => vec!["look for the line there: grep -nE '^[^#]*(exec|exit|tmux|screen|newgrp|read) ' ~/.bashrc ~/.zshenv ~/.config/fish/config.fish".to_owned()],
    }
}

fn setup(why: &SetupFailure) -> &'static [&'static str] {
    match why {
        SetupFailure::Nowhere | SetupFailure::NotInInventory { .. } => &[],
        SetupFailure::NoAddress { .. } => &["make the machines first"],
        SetupFailure::BadAddress { .. } => &["write an IP address or a host name"],
        SetupFailure::NoUser { .. } => &["set `user` for it"],
        SetupFailure::BadJump { .. } => &["write [user@]host[:port], with commas"],
        SetupFailure::TooManyBastions { .. } => &["look for a ProxyJump that leads back to itself"],
        SetupFailure::SshConfig { why: SshConfigFailure::Timeout { .. }, .. } => {
            &["look for `Match exec` in the SSH configuration, or set `config: false` under `ssh:` in the inventory"]
        }
        SetupFailure::SshConfig { why: SshConfigFailure::NotRun { .. }, .. } => {
            &["install the OpenSSH client, or remove `config` under `ssh:`"]
        }
        SetupFailure::SshConfig { why: SshConfigFailure::Failed { .. }, .. } => {
            &["correct the SSH configuration that it names"]
        }
        SetupFailure::NoSshClient { .. } => {
            &["install OpenSSH's client (apt install openssh-client; on Windows it is an optional feature)"]
        }
        SetupFailure::NoLocalShell { .. } => &["`connection: local` needs Linux or macOS"],
    }
}

fn refused(at: &Endpoint) -> Vec<String> {
    vec![
        format!(
            "the machine is up, but nothing listens on port {}: is its SSH server running? (`systemctl status ssh` there)",
            at.port
        ),
        "or does it use another port?".to_owned(),
    ]
}

fn connection(why: &ConnectionFailure) -> &'static [&'static str] {
    match why {
        ConnectionFailure::Unresolved { .. } => {
            &["look for a typing mistake, or write the IP address", "or add the name to /etc/hosts of this computer"]
        }
        ConnectionFailure::NameServerSilent { .. } => {
            &["is this computer online, and is its name server right?", "or write the IP address"]
        }
        ConnectionFailure::Silent { .. } => {
            &["is the machine running, and is the address right?", "does a firewall drop the packets?"]
        }
        ConnectionFailure::NoRoute { .. } => {
            &["is the machine running, and in the same network as this computer?", "is the address right?"]
        }
        ConnectionFailure::Forbidden { .. } => &["a firewall on this computer forbids the connection"],
        ConnectionFailure::Refused | ConnectionFailure::Other { .. } => &["is the address right?"],
    }
}

fn tunnel(why: &TunnelFailure) -> &'static [&'static str] {
    match why {
        TunnelFailure::Silent { .. } => &["is the machine running, and can the bastion reach that address?"],
        TunnelFailure::Forbidden => &["set `AllowTcpForwarding yes` in its sshd_config"],
        TunnelFailure::NoConnection => {
            &["is the machine running, with SSH on that port?", "the name is looked up on the bastion, not here"]
        }
    }
}

fn handshake(why: &HandshakeFailure) -> &'static [&'static str] {
    match why {
        HandshakeFailure::NoGreeting { .. } => &["its SSH server hangs, or another program has that port"],
        HandshakeFailure::KeyExchangeSilent { .. } => {
            &["its SSH server hangs, or the network loses large packets (is the MTU right?)"]
        }
        HandshakeFailure::NoAlgorithm { .. } => &["its SSH server is too old: update it"],
        HandshakeFailure::ClosedAtOnce { .. } => &[
            "its SSH server may be starting, or turn away too many logins at once: try again",
            "or it forbids this computer (sshd_config, hosts.deny, fail2ban)",
        ],
        HandshakeFailure::TooManyLogins { .. } => &[
            "is somebody else logging in there over and over? wait, and try again",
            "or raise `MaxStartups` in its sshd_config",
        ],
        HandshakeFailure::Barred { .. } => {
            &["its SSH server does so after failed logins (PerSourcePenalties): wait a minute, and try again"]
        }
        HandshakeFailure::NotSsh { .. } => &["is it the right port?"],
        HandshakeFailure::Other { .. } => &["try `ssh -v` to the same address"],
    }
}

/// What to type to accept the key that a host shows.
fn trust(host: &HostName, inventory: Option<&String>) -> String {
    let inventory = inventory.map(|path| format!(" -i {}", quote(path))).unwrap_or_default();
    format!("labctl trust {host}{inventory}")
}

fn host_key(at: &Endpoint, why: &HostKeyFailure) -> Vec<String> {
    match why {
        HostKeyFailure::FileUnreadable { .. } => {
            vec!["without them no host can be trusted: make the file readable".to_owned()]
        }
        HostKeyFailure::FileNotWritable { .. } => {
            vec!["make that file writable, or name another `known_hosts`".to_owned()]
        }
        HostKeyFailure::Unknown { host, inventory, .. } => vec![
            "compare it on the machine itself: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub".to_owned(),
            format!("if it is the same, accept it: {}", trust(host, inventory.as_ref())),
            "or trust the first key that a host shows: `host_keys: accept-new`".to_owned(),
        ],
        HostKeyFailure::Changed { file, host, inventory, .. } => {
            // As OpenSSH names a host in that file.
            let name = if at.port == 22 {
                at.host.to_lowercase()
            } else {
                format!("[{}]:{}", at.host.to_lowercase(), at.port)
            };
            vec![
                format!("if the machine was rebuilt, accept its new key: {}", trust(host, inventory.as_ref())),
                format!("(the same by hand: ssh-keygen -R '{name}' -f '{file}')"),
                "if not, somebody may be intercepting the connection: do not continue".to_owned(),
            ]
        }
        HostKeyFailure::Revoked { .. } => vec!["give the machine a new host key".to_owned()],
        HostKeyFailure::Certificate { file, .. } => vec![format!("look at the @cert-authority lines of {file}")],
    }
}

fn key(why: &KeyFailure) -> Vec<String> {
    match why {
        KeyFailure::Missing { file } => vec![
            "look for a typing mistake in the name".to_owned(),
            format!("make one: ssh-keygen -t ed25519 -f '{file}'"),
        ],
        KeyFailure::Unreadable { file, .. } => {
            vec![format!("nobody else should be able to read it: chmod 600 '{file}'")]
        }
        KeyFailure::Locked { file } => vec![
            format!("give it to your agent: ssh-add '{file}'"),
            "or set `passphrase` in the inventory: `prompt`, `{ env: NAME }`, `{ file: PATH }` or `{ command: LINE }`"
                .to_owned(),
        ],
        KeyFailure::WrongPassphrase { file } => vec![format!("try it: ssh-keygen -y -f '{file}'")],
        KeyFailure::NoPassphrase { .. } => Vec::new(),
        KeyFailure::NotAKey { file, .. } if file.ends_with(".pub") => vec!["name the file without .pub".to_owned()],
        KeyFailure::NotAKey { file, .. } => {
            vec![format!("convert it to the current format: ssh-keygen -p -f '{file}'")]
        }
    }
}

fn login(at: &Endpoint, why: &LoginFailure) -> Vec<String> {
    match why {
        LoginFailure::Key { key: why } => key(why),
        LoginFailure::Denied { passed_over, takes, own_key, password, .. } => {
            let mut hints = passed_over.first().map(key).unwrap_or_default();
            let Endpoint { user, host, port } = at;
            if takes.iter().any(|method| method == "password" || method == "keyboard-interactive") {
                let own = own_key.as_ref().map(|file| format!("-i '{file}' ")).unwrap_or_default();
                hints.push(format!("put your key there: ssh-copy-id {own}-p {port} {user}@{host}"));
                hints.push(match password {
                    true => "is the password right?".to_owned(),
                    false => "or set `password` in the inventory: `prompt`, `{ env: NAME }`, `{ file: PATH }` or `{ command: LINE }`".to_owned(),
                });
            } else {
                hints.push(format!("put your public key into ~{user}/.ssh/authorized_keys there"));
            }
            hints.push(format!("is `{user}` the right user?"));
            hints
        }
        LoginFailure::Account { why, .. } => vec![match why {
            AccountFailure::Expired => format!("reactivate it, as root on that machine: chage -E -1 {}", at.user),
            AccountFailure::NotYet => "wait until the machine has started, and run the same command again".to_owned(),
            AccountFailure::Other => "see the log of its SSH server there, as root: journalctl -u ssh -n 5".to_owned(),
        }],
        LoginFailure::HungUp { too_many: true, .. } => {
            vec!["too many keys were offered: name the right one as `key` in the inventory".to_owned()]
        }
        LoginFailure::HungUp { .. } => vec!["see the log of its SSH server: `journalctl -u ssh` there".to_owned()],
        LoginFailure::Silent { .. } => vec![
            "its SSH server hangs: see `journalctl -u ssh` there".to_owned(),
            "is it busy, or does it wait for a name server (`UseDNS`)?".to_owned(),
        ],
    }
}

fn root(why: RootFailure) -> &'static [&'static str] {
    match why {
        RootFailure::WrongPassword => {
            &["the sudo password is wrong: correct it where `sudo_password` in the inventory points"]
        }
        RootFailure::WantsPassword => &[
            "sudo wants a password: set `sudo_password: prompt` under `ssh:` in the inventory, or allow sudo without one",
        ],
        RootFailure::WantsTerminal => {
            &["sudo wants a terminal: remove `requiretty` from /etc/sudoers there, or install `script` (bsdutils)"]
        }
        RootFailure::NotAllowed => &[
            "this user may not use sudo: log in as another one (`ssh: { user: … }`), or have somebody who may use it add this user to the group sudo",
        ],
        RootFailure::Expired => &[
            "the account or its password is locked or has expired: see `chage -l` for this user, as root on that machine",
        ],
        RootFailure::NoSudo => &["sudo is not installed there: log in as root (`ssh: { user: root }`), or install it"],
        RootFailure::Broken => &[
            "sudo does not run there: its program or its files have another owner or other rights than it takes (after a chown or chmod of a whole folder?), or /etc/sudoers cannot be read",
        ],
        RootFailure::NoPrograms => {
            &["the login finds no programs: look for PATH in /etc/environment, ~/.bashrc and ~/.profile there"]
        }
        RootFailure::Unclear => &["log in by hand and try `sudo -n true`"],
    }
}
