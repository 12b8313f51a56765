//! What is wrong, and why: from everything that was seen to causes, the first one first. Pure; the checks of the steps say
//! whether something holds, and what the machines said beside them says why it does not.

mod causes;
mod conf;
mod directives;
mod drift;
mod evidence;
mod found;
mod guard;
pub mod here;
mod machine;
mod running;
mod server;

pub use crate::model::layer::Layer;
pub use evidence::{Evidence, HostsLine, LabOptions, NameSeen, Names, Outside};

use crate::config::inventory::Inventory;
use crate::model::event::Balance;
use crate::model::message::{Message, message};
use crate::model::name::HostName;
use crate::model::quote::{quote, typed};
use crate::model::unreachable::Unreachable;
use crate::model::visitor::VisitError;
use directives::At;
use evidence::HostView;
use serde::Serialize;

/// Makes nginx read its files, if they are right.
const RELOAD: &str = "sudo nginx -t && sudo systemctl reload nginx";

/// What does so for nginx as it is: a service that does not run cannot be reloaded, and what was started by hand is not the
/// service's.
fn loading(view: &HostView<'_>) -> &'static str {
    let active = view.machine.one("nginx.unit").is_none_or(|unit| unit.split(' ').nth(1) == Some("active"));
    let runs = view.machine.processes.values().any(|process| process.line.starts_with("nginx: master process"));
    match (active, runs) {
        (true, _) => RELOAD,
        (false, true) => "sudo nginx -t && sudo nginx -s reload",
        (false, false) => "sudo nginx -t && sudo systemctl restart nginx",
    }
}

/// Something that can be wrong.
pub struct Cause {
    /// Its name, for programs and tests.
    pub name: &'static str,
    /// The layer of the lab where it lies.
    pub layer: Layer,
    /// Whether what is seen behind it on the same machine is probably its doing.
    pub blocks: bool,
    /// Whether it is there, on one host.
    find: fn(&HostView<'_>) -> Option<Found>,
}

/// A cause that was found: the words for it.
#[derive(Debug, Default)]
struct Found {
    sentence: Message,
    seen: Vec<Clue>,
    unreachable: Option<Unreachable>,
    next: Vec<Next>,
    about: Vec<HostName>,
    on: Option<HostName>,
    over: Vec<HostName>,
    /// Whether what is to type only looks, or needs somebody who knows what is wrong.
    vague: bool,
}

impl Found {
    fn new(sentence: impl Into<Message>) -> Self {
        Self { sentence: sentence.into(), ..Self::default() }
    }

    /// The evidence is why the host cannot be worked on.
    fn unreachable(mut self, why: &Unreachable) -> Self {
        self.unreachable = Some(why.clone());
        self
    }

    /// Adds something that was seen.
    fn saw(mut self, seen: impl Into<Clue>) -> Self {
        self.seen.push(seen.into());
        self
    }

    fn saw_all<S: Into<Clue>>(mut self, seen: impl IntoIterator<Item = S>) -> Self {
        self.seen.extend(seen.into_iter().map(Into::into));
        self
    }

    /// The next thing to type, and where.
    fn then(mut self, on: &HostName, command: impl Into<String>) -> Self {
        self.next.push(Next { on: on.clone(), command: command.into(), note: Message::default() });
        self
    }

    /// Something to type that shows more, and puts nothing right.
    fn look(mut self, on: &HostName, command: impl Into<String>) -> Self {
        self.vague = true;
        self.then(on, command)
    }

    /// A remark about the thing to type that was named last.
    fn note(mut self, note: impl Into<Message>) -> Self {
        if let Some(last) = self.next.last_mut() {
            last.note = note.into();
        }
        self
    }

    /// Something to type as the user whose pm2 it is: with sudo it would be root's.
    fn then_as_owner(self, view: &HostView<'_>, command: &str) -> Self {
        // A unit that brings it back is the system's, whoever types it.
        if command.starts_with("sudo ") {
            return self.then(view.host, command);
        }
        self.then(view.host, view.typed_as_owner(command)).note(message!("as {}, without sudo", view.login()))
    }

    /// The same of what only looks.
    fn look_as_owner(mut self, view: &HostView<'_>, command: &str) -> Self {
        self.vague = true;
        self.then_as_owner(view, command)
    }

    /// A line of nginx's files, changed: only if the file holds there what is to go. Else an editor, at the line.
    fn change_only(self, view: &HostView<'_>, at: &At, old: &str, new: &str) -> Self {
        let holds = view.machine.conf.line(at).is_some_and(|line| line.contains(old));
        if !holds {
            let note = message!("write `{}` instead of `{}`", new, old);
            return self.look(view.host, format!("sudo nano +{} {}", at.line, typed(&at.file))).note(note);
        }
        let (old, new) = (pattern(old), replacement(new));
        self.sed(view, at, &format!("s|{old}|{new}|"))
    }

    /// The same, and what loads it.
    fn change(self, view: &HostView<'_>, at: &At, old: &str, new: &str) -> Self {
        self.change_only(view, at, old, new).then(view.host, RELOAD)
    }

    /// An edit of one line of a file of nginx (0: of its last), in the words of sed. A link stays one.
    fn sed(self, view: &HostView<'_>, at: &At, edit: &str) -> Self {
        let line = if at.line == 0 { "$".to_owned() } else { at.line.to_string() };
        let edit = quote(&format!("{line}{edit}"));
        self.then(view.host, format!("sudo sed -i --follow-symlinks {edit} {}", typed(&at.file)))
    }

    /// An editor at a line of nginx's files, with what to write there, then what loads them.
    fn edit(self, host: &HostName, at: &At, note: impl Into<Message>) -> Self {
        self.look(host, format!("sudo nano +{} {}", at.line, typed(&at.file))).note(note).then(host, RELOAD)
    }

    /// The finding of a cause, on a host.
    fn of(self, cause: &Cause, host: &HostName, instance: Option<u16>) -> Finding {
        let Self { sentence, seen, unreachable, next, about, on, over, vague: _ } = self;
        let host = on.as_ref().unwrap_or(host);
        let instance = instance.filter(|_| cause.layer == Layer::Application);
        let (host, consequences) = (host.clone(), Vec::new());
        let (cause, layer, blocks) = (cause.name, cause.layer, cause.blocks);
        Finding { cause, layer, host, instance, sentence, seen, unreachable, next, consequences, blocks, about, over }
    }

    /// It lies on another host than the one it was seen at.
    fn on(mut self, host: &HostName) -> Self {
        self.on = Some(host.clone());
        self
    }

    /// Hosts whose troubles are its doing.
    fn over(mut self, hosts: impl IntoIterator<Item = HostName>) -> Self {
        self.over.extend(hosts);
        self
    }

    /// Hosts whose own troubles would explain it.
    fn about(mut self, hosts: impl IntoIterator<Item = HostName>) -> Self {
        self.about.extend(hosts);
        self
    }
}

/// A text as a pattern of sed that fits only itself; `|` ends it.
fn pattern(text: &str) -> String {
    text.chars().flat_map(|c| ".*[]^$\\|".contains(c).then_some('\\').into_iter().chain([c])).collect()
}

/// A text as what sed puts there.
fn replacement(text: &str) -> String {
    text.chars().flat_map(|c| "&\\|".contains(c).then_some('\\').into_iter().chain([c])).collect()
}

/// Something that was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Clue {
    /// In words: what a machine or its programs said, and where.
    Text(Message),
    /// What a visitor on this computer met under an address.
    Visit {
        /// The URL that was asked for.
        url: String,
        /// The status, or what the visitor met instead of an answer.
        met: Result<u16, VisitError>,
    },
    /// How a site's requests were shared out.
    Shares(Balance),
}

impl<T: Into<Message>> From<T> for Clue {
    fn from(text: T) -> Self {
        Self::Text(text.into())
    }
}

/// A command to type, and what it does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Next {
    /// Where: a host, or `controller` for this computer.
    pub on: HostName,
    /// The whole command line.
    pub command: String,
    /// A remark; often empty.
    #[serde(skip_serializing_if = "Message::is_empty")]
    pub note: Message,
}

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The name of the cause.
    pub cause: &'static str,
    /// The layer of the lab where it lies.
    pub layer: Layer,
    /// The host it is on; `controller` for this computer.
    pub host: HostName,
    /// The port of the instance that it is about, where several of the application run on the host.
    #[serde(skip)]
    instance: Option<u16>,
    /// What is wrong, in a sentence.
    pub sentence: Message,
    /// What was seen where.
    #[serde(skip)]
    pub seen: Vec<Clue>,
    /// Where the host cannot be worked on: why. Reports put it into words, in front of what else was seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unreachable: Option<Unreachable>,
    /// What to type next.
    pub next: Vec<Next>,
    /// What is probably wrong only because of it.
    #[serde(skip)]
    pub consequences: Vec<Finding>,
    #[serde(skip)]
    blocks: bool,
    #[serde(skip)]
    about: Vec<HostName>,
    #[serde(skip)]
    over: Vec<HostName>,
}

impl Finding {
    fn explains(&self, other: &Self) -> bool {
        let another = self.instance.is_some() && other.instance.is_some() && self.instance != other.instance;
        self.blocks
            && !another
            && (self.host == other.host || other.about.contains(&self.host) || self.over.contains(&other.host))
    }
}

/// What is wrong, the first cause first. What another cause explains stands in that one's [`Finding::consequences`].
pub fn diagnose(inventory: &Inventory, evidence: &Evidence) -> Vec<Finding> {
    let mut all: Vec<Finding> = Vec::new();
    let sites = inventory.sites();
    for cause in causes::all() {
        for host in evidence.hosts() {
            let each = HostView::new(inventory, &sites, evidence, host).each();
            let find = |view: HostView<'_>| {
                let found = (cause.find)(&view)?;
                let mut found = if found.vague { causes::instead(found, &view) } else { found };
                for next in found.next.iter_mut().filter(|next| next.command == RELOAD) {
                    loading(&view.at(&next.on)).clone_into(&mut next.command);
                }
                Some((view.instance(), found))
            };
            for (instance, found) in each.filter_map(find) {
                // What is wrong with the machine is seen at each of the instances on it.
                let same = |earlier: &&mut Finding| earlier.cause == cause.name && earlier.sentence == found.sentence;
                match all.iter_mut().find(same) {
                    Some(earlier) => earlier.instance = None,
                    None => all.push(found.of(cause, host, instance)),
                }
            }
        }
    }
    all.sort_by_key(|finding| finding.layer);
    let mut findings: Vec<Finding> = Vec::new();
    for finding in all {
        match findings.iter_mut().find(|earlier| earlier.explains(&finding)) {
            Some(earlier) => earlier.consequences.push(finding),
            None => findings.push(finding),
        }
    }
    findings
}

#[cfg(test)]
mod tests;
