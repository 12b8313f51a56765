//! What to type where the machine knows the login and keeps it out, or where nobody is there to log in to.

use super::backends::answers;
use super::{Found, HostView};
use crate::model::message::{Message, message};
use crate::model::name::HostName;
use crate::model::problem::did_you_mean;
use crate::model::quote::{quote, typed};
use crate::model::unreachable::{ConnectionFailure, Endpoint, LoginFailure, Lost, ShellFailure, Unreachable};
use std::net::IpAddr;

/// Lines of sshd's configuration that name who may log in: the user is let in by each, and those that shut users out, or look for
/// keys elsewhere, become comments.
fn let_in() -> String {
    let edits = [
        "/^[[:space:]]*AllowUsers[[:space:]]/I s/AllowUsers/& '$(id -un)'/I",
        "/^[[:space:]]*AllowGroups[[:space:]]/I s/AllowGroups/& '$(id -gn)'/I",
        "s/^[[:space:]]*(DenyUsers|DenyGroups|AuthenticationMethods|AuthorizedKeysFile|PubkeyAccepted[A-Za-z]*)[[:space:]]/#&/I",
    ];
    format!(
        "sudo sed -i -E '{}' /etc/ssh/sshd_config /etc/ssh/sshd_config.d/*.conf; sudo sshd -t && sudo systemctl restart ssh",
        edits.join("; ")
    )
}

/// What starts sshd where it does not run: with keys, and without the lines that it refuses; it says `FILE: line N: …` or
/// `FILE line N: …`.
pub(super) fn starting() -> String {
    let keys = "ls /etc/ssh/ssh_host_*_key > /dev/null 2>&1 || sudo ssh-keygen -A";
    let lines = "for at in $(sudo sshd -t 2>&1 | sed -n 's/^\\(\\/[^ ]*[^ :]\\):* line \\([0-9]*\\): .*/\\2:\\1/p'); do sudo sed -i \"${at%%:*}s/^/#/\" \"${at#*:}\"; done";
    let start = "sudo systemctl is-active -q ssh || { sudo systemctl reset-failed ssh; sudo systemctl enable ssh; sudo systemctl restart ssh; }";
    format!("{keys}; {lines}; {start}")
}

/// What is wrong, where the machine has said more than that it keeps the login out.
pub(super) fn plainly(view: &HostView<'_>, why: &Unreachable) -> Option<Message> {
    match why {
        Unreachable::Login { why, .. } => match &**why {
            LoginFailure::Denied { takes, .. }
                if !takes.is_empty() && !takes.iter().any(|each| each == "publickey") =>
            {
                Some(message!("The SSH server of {} accepts no keys, only: {}.", view.host, takes.join(", ")))
            }
            _ => None,
        },
        Unreachable::Lost { why: Lost::NotStarted { how: ShellFailure::PasswordExpired, at, .. } } => Some(message!(
            "Logging in to {} works, but the password of {} has expired there: it must be changed first.",
            view.host,
            at.user
        )),
        Unreachable::Lost { why: Lost::NotStarted { how: ShellFailure::NoLogin, at, .. } } => Some(message!(
            "Logging in to {} works, but the account {} has no shell there that lets it work.",
            view.host,
            at.user
        )),
        _ => None,
    }
}

/// An account whose folder or shell is not there.
fn account(user: &str) -> String {
    let field = |n: u8| format!("$(getent passwd {user} | cut -d: -f{n})");
    let folder = format!(
        "[ -d \"{}\" ] || sudo sed -i '/^{user}:/s|:[^:]*:\\([^:]*\\)$|:/home/{user}:\\1|' /etc/passwd",
        field(6)
    );
    format!("{folder}; [ -x \"{}\" ] || sudo usermod -s /bin/bash {user}", field(7))
}

/// The account is refused after the key was accepted: by PAM, which says so to its log only.
pub(super) fn hung_up(found: Found, host: &HostName) -> Found {
    found
        .then(host, "sudo rm -f /etc/nologin")
        .note(message!("on its console: while that file is there, only root may log in"))
        .then(host, "sudo sed -i 's/^[[:space:]]*-/#&/' /etc/security/access.conf")
        .note(message!("on its console: lines there that begin with `-` keep users out"))
        .then(host, "sudo journalctl -u ssh -n 5")
        .note(message!("if it still does not let you in: the account may have no shell, or be locked"))
}

/// PATH is not set, or not expanded: `/etc/environment` knows no variables.
pub(super) fn path(found: Found, host: &HostName, user: &str) -> Found {
    let shared = "/^[[:space:]]*(export )?PATH=/{/^[^$]*\\/usr\\/bin[^$]*$/!s/^/# /}";
    let own = "/PATH=/{/\\$\\{?PATH/!s/^/# /}";
    found
        .then(host, format!("/usr/bin/sudo /usr/bin/sed -i -E '{shared}' /etc/environment"))
        .note(message!(
            "as {}: in /etc/environment no variable is expanded, so a line such as PATH=$PATH:… breaks every login",
            user
        ))
        .then(host, format!("/usr/bin/sed -i -E '{own}' ~/.bashrc ~/.profile"))
        .note(message!("as {}: a line that sets PATH without the PATH of before", user))
}

/// The inventory names a private key that is not there.
pub(super) fn no_key(view: &HostView<'_>, file: &str) -> Found {
    let here = HostName::controller();
    let inventory = typed(&view.inventory.path.display().to_string());
    let found = Found::new(message!(
        "The inventory names the private key {}, and this computer has no such file: it cannot log in to any machine with it.",
        file
    ));
    let found = found.on(&here).over(view.inventory.hosts.iter().map(|host| host.name.clone()));
    let keys = &view.evidence.options.other_keys;
    let near = did_you_mean(file, keys.iter().map(String::as_str)).map(str::to_owned);
    let other = near.or_else(|| keys.first().filter(|_| keys.len() == 1).cloned());
    match other {
        Some(other) => {
            let name = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
            let edit = format!(
                "s|{}\\([^A-Za-z0-9_.-]\\)|{}\\1|; s|{}$|{}|",
                name(file),
                name(&other),
                name(file),
                name(&other)
            );
            let found = found.saw(message!("beside it is {}", other));
            found.then(&here, format!("sed -i.before {} {inventory}", quote(&edit)))
        }
        None => found
            .then(&here, format!("ssh-keygen -t ed25519 -N '' -f {}", typed(file)))
            .note(message!("makes one; then doctor says how the machines learn it")),
    }
}

/// nginx asks an address for the application that is like the silent one of the inventory, and gets the page there.
pub(super) fn slip(view: &HostView<'_>) -> Option<Found> {
    let (web, here) = (view.web()?, HostName::controller());
    let known: Vec<String> = view.inventory.hosts.iter().filter_map(|host| host.reached_at()).collect();
    let asked = web.machine.conf.servers.iter().flat_map(|server| &server.passes);
    let sockets =
        asked.filter_map(|pass| web.machine.conf.members(pass)).flatten().filter(|member| answers(&web, member));
    let strange = sockets.filter_map(|member| member.socket.rsplit_once(':').map(|(at, _)| at.to_owned()));
    let mut strange: Vec<String> = strange.filter(|at| !known.contains(at) && at.parse::<IpAddr>().is_ok()).collect();
    strange.sort();
    strange.dedup();
    let wrong = view.address();
    let [right] = strange.as_slice() else { return None };
    did_you_mean(right, [wrong.as_str()])?;
    let found = Found::new(message!(
        "Nobody answers at {}, the address of {} in the inventory: nginx gets the page from {} instead. Is that a typing mistake?",
        wrong,
        view.host,
        right
    ));
    let found = found.saw(message!("from {}, http://{}/ answers", web.host, right)).on(&here).over([view.host.clone()]);
    let edit = format!("s/{}([^0-9.]|$)/{right}\\1/g", wrong.replace('.', "\\."));
    let inventory = typed(&view.inventory.path.display().to_string());
    Some(found.then(&here, format!("sed -E -i.before {} {inventory}", quote(&edit))))
}

/// Whether nobody has the machine's address: no neighbour answers for it, or the kernel gives up although others of the lab on the
/// same network are there.
pub(super) fn is_nobodys(view: &HostView<'_>, why: &Unreachable) -> bool {
    let Ok(own) = view.address().parse::<IpAddr>() else { return false };
    let seen = view.evidence;
    let network = |address: &str| address.rsplit_once('.').map(|(network, _)| network.to_owned());
    let beside = || {
        let others =
            view.inventory.hosts.iter().filter(|host| &host.name != view.host).filter_map(|host| host.reached_at());
        let near = others.filter(|other| network(other).is_some() && network(other) == network(&view.address()));
        near.filter_map(|other| other.parse().ok()).any(|other| seen.neighbours.contains(&other))
    };
    let gives_up = matches!(why, Unreachable::Connection { why: ConnectionFailure::NoRoute { .. }, .. });
    seen.nobodys.contains(&own) || gives_up && !seen.neighbours.contains(&own) && beside()
}

/// Nobody has the machine's address: this computer's kernel has asked its network.
pub(super) fn nobodys(view: &HostView<'_>) -> Found {
    let (host, address) = (view.host, view.address());
    let found = Found::new(message!(
        "Nobody on the network has the address {} that the inventory gives to {}: it is switched off, or has another address now.",
        address,
        host
    ));
    let found = found.saw(message!("nobody answers this computer's question who has {}", address));
    let own = "$(ip -4 -o addr show scope global | awk '{ print $2, $4; exit }')";
    found
        .then(host, "hostname -I")
        .note(message!("on its console: the address that it has now, for the inventory"))
        .then(host, format!("set -- {own}; sudo ip addr add {address}/${{2#*/}} dev $1"))
        .note(message!("on its console: gives it the old one back, until it boots again"))
}

/// The key is put where sshd looks for it, with the rights without which it passes over it.
pub(super) fn denied(found: Found, view: &HostView<'_>, at: &Endpoint, why: &LoginFailure) -> Found {
    let LoginFailure::Denied { own_key, takes, .. } = why else { return found };
    let takes = |method: &str| takes.iter().any(|each| each == method);
    if !takes("publickey") {
        let line = "sudo sed -i -E 's/^[# ]*PubkeyAuthentication .*/PubkeyAuthentication yes/; s/^[[:space:]]*AuthenticationMethods/#&/I' /etc/ssh/sshd_config /etc/ssh/sshd_config.d/*.conf; sudo systemctl restart ssh";
        return found.then(view.host, line).note(message!("on its console: its SSH server does not accept keys"));
    }
    let own = own_key.as_ref().map(|file| format!("-i {} ", typed(file))).unwrap_or_default();
    let copy = format!("ssh-copy-id {own}-p {} {}@{}", at.port, at.user, at.host);
    let half = own_key.as_ref().is_none_or(|file| view.evidence.options.public_keys.contains_key(file));
    let copy = match own_key {
        // ssh-copy-id reads the public half from a file.
        Some(file) if half => format!("[ -e {0}.pub ] || ssh-keygen -y -f {0} > {0}.pub; {copy}", typed(file)),
        _ => copy,
    };
    let look = format!(
        "sudo sshd -T -C user={},host=localhost,addr=127.0.0.1 | grep -iE '^(allow|deny)(users|groups) |^authorizedkeysfile |^authenticationmethods '; sudo journalctl -u ssh -n 10 --no-pager",
        at.user
    );
    let found = found.then(view.host, look).note(message!(
        "on its console: says who may log in, and the log why not; each of the next lines is for its case only"
    ));
    let rights = "sudo chown -R $(id -un): ~/.ssh; sudo chmod go-w ~; sudo chmod 700 ~/.ssh; sudo chmod 600 ~/.ssh/authorized_keys";
    let public = own_key.as_ref().and_then(|file| view.evidence.options.public_keys.get(file));
    let line = match public {
        Some(text) => {
            format!("mkdir -p ~/.ssh; echo {} | sudo tee -a ~/.ssh/authorized_keys > /dev/null; {rights}", quote(text))
        }
        None => rights.to_owned(),
    };
    let case = message!(
        "on its console, as {}: if the log names the shell, the folder or its permissions, or nothing but a key that was refused",
        at.user
    );
    let case = if takes("password") {
        message!("{}; the key alone, from this computer and with that user's password: {}", case, copy)
    } else {
        case
    };
    found.then(view.host, format!("{}; {line}", account(&at.user))).note(case).then(view.host, let_in()).note(message!(
        "on its console, as {}: if lines of sshd's configuration keep this user out, such as AllowUsers",
        at.user
    ))
}
