//! The exercise as a person does it by hand: pages of Markdown with the commands that the tasks of this inventory amount
//! to. A page is a text beside the playbooks; the commands come from the modules.

mod html;
mod terminal;

pub use html::html;
pub use terminal::{plain, styled};

use crate::config::inventory::{Connection, Inventory};
use crate::config::library::Library;
use crate::config::modules::{ManualStep, Operator, by_hand};
use crate::config::playbook::Playbook;
use crate::config::scope::Scope;
use crate::languages::{ALL, Language};
use crate::model::name::HostName;
use crate::model::problem::{Problem, Source};
use crate::planning::plan::{Plan, PlannedStep};
use serde_json::json;
use std::sync::Arc;

/// What can be explained besides the steps.
pub const TOPICS: &[&str] = &["web-server", "reverse-proxy", "load-balancing"];

/// One thing to type, and on which hosts.
#[derive(Debug, Clone, PartialEq)]
pub struct Typed {
    /// The hosts it is for, also if it is typed on the person's own computer.
    pub hosts: Vec<HostName>,
    /// The command to type, and its purpose.
    pub by_hand: ManualStep,
}

/// What a person types for a step, in order. Hosts that get the same command are grouped.
pub fn typed(plan: &Plan, step: &Playbook, inventory: &Inventory, hosts_file: &str) -> Vec<Typed> {
    let steps: Vec<(&HostName, &PlannedStep)> = plan
        .jobs
        .iter()
        .flat_map(|job| job.steps.iter().map(|step| (&job.host, step)))
        .filter(|(_, planned)| planned.name == step.name)
        .collect();
    let mut all: Vec<Typed> = Vec::new();
    for task in 0..steps.iter().map(|(_, step)| step.tasks.len()).max().unwrap_or(0) {
        let hands: Vec<(&HostName, Vec<ManualStep>)> = steps
            .iter()
            .filter_map(|(host, step)| Some((*host, step.tasks.get(task)?)))
            .map(|(host, task)| (host, by_hand(&task.call, &typist(inventory, host, hosts_file))))
            .collect();
        for nth in 0..hands.iter().map(|(_, hands)| hands.len()).max().unwrap_or(0) {
            let first = all.len();
            for (host, by_hand) in hands.iter().filter_map(|(host, hands)| Some((*host, hands.get(nth)?))) {
                match all[first..].iter_mut().find(|typed| &typed.by_hand == by_hand) {
                    Some(same) => same.hosts.push(host.clone()),
                    None => all.push(Typed { hosts: vec![host.clone()], by_hand: by_hand.clone() }),
                }
            }
        }
    }
    all
}

/// How a person would reach a host from their own computer.
fn typist(inventory: &Inventory, name: &HostName, hosts_file: &str) -> Operator {
    let hosts_file = hosts_file.to_owned();
    let Some(host) = inventory.host(name) else { return Operator { hosts_file, ..Operator::default() } };
    let login = &host.login;
    let address = match (host.address.as_deref(), login.connection) {
        (Some(address), Connection::Ssh) if address.contains(':') => format!("[{address}]"),
        (Some(address), Connection::Ssh) => address.to_owned(),
        _ => "localhost".to_owned(),
    };
    let mut options = String::new();
    if let Some(port) = login.port {
        options.push_str(&format!("-P {port} "));
    }
    let word = |path: &std::path::Path| crate::config::modules::Word::Path(path.display().to_string()).typed();
    if let Some(key) = &login.key {
        options.push_str(&format!("-i {} ", word(key)));
    }
    if let Some(known) = &login.known_hosts {
        options.push_str(&format!("-o UserKnownHostsFile={} ", word(known)));
    }
    if let Some(jump) = &login.jump {
        options.push_str(&format!("-J {jump} "));
    }
    let user = login.user.as_ref().map_or_else(String::new, |user| format!("{user}@"));
    Operator { login: format!("{user}{address}"), options, hosts_file }
}

/// The page of a step: its text with the commands in it. If it has no text: the purpose that the playbook names.
///
/// # Errors
/// A mistake in the text, with its file and line.
pub fn step(
    playbook: &Playbook,
    typed: &[Typed],
    inventory: &Inventory,
    library: &Library,
    language: &Language,
) -> Result<String, Box<Problem>> {
    let commands = commands(typed, inventory, language);
    let name = playbook.name.as_str();
    let Some(source) = text(library, name, language) else {
        let goal = if playbook.about.is_empty() { String::new() } else { format!("{}.\n\n", playbook.about) };
        return Ok(format!("# {name}\n\n{goal}{commands}"));
    };
    let host = typed.first().and_then(|typed| typed.hosts.first()).cloned().unwrap_or_else(HostName::controller);
    let scope = Scope::new(inventory.scope(&host), library).with("commands", json!(commands.trim_end()));
    Ok(scope.file(&source)?.content)
}

/// The page of a topic; `None` if there is no such topic.
///
/// # Errors
/// A mistake in the text, with its file and line.
pub fn topic(
    name: &str,
    inventory: &Inventory,
    library: &Library,
    language: &Language,
) -> Result<Option<String>, Box<Problem>> {
    let Some(source) = TOPICS.contains(&name).then(|| text(library, name, language)).flatten() else {
        return Ok(None);
    };
    let scope = Scope::new(inventory.scope(&HostName::controller()), library);
    Ok(Some(scope.file(&source)?.content))
}

/// The user's own page before the shipped one, and another language before none.
fn text(library: &Library, name: &str, language: &Language) -> Option<Arc<Source>> {
    let others = ALL.iter().copied().filter(|other| *other != language);
    let own = |language: &Language| library.explanation(name, language.code).cloned();
    std::iter::once(language).chain(others).find_map(|language| own(language).or_else(|| language.page(name)))
}

/// The title of a page and the sentence below it, for lists.
pub fn summary(page: &str) -> (String, String) {
    let mut lines = page.lines().map(str::trim).filter(|line| !line.is_empty());
    let title = lines.next().unwrap_or_default().trim_start_matches('#').trim().to_owned();
    let paragraph: Vec<&str> =
        page.lines().skip_while(|l| l.starts_with('#') || l.trim().is_empty()).take_while(|l| !l.is_empty()).collect();
    let paragraph = paragraph.join(" ");
    let sentence = paragraph.split_inclusive(". ").next().unwrap_or_default().trim();
    (title, sentence.replace('*', ""))
}

/// The commands as Markdown.
fn commands(typed: &[Typed], inventory: &Inventory, language: &Language) -> String {
    let mut out = String::new();
    for typed in typed {
        let host_label = host_label(typed, inventory, language);
        let why = (language.explain.purpose)(&typed.by_hand.why);
        out.push_str(&format!("{host_label}: {why}\n\n{}\n", fenced("sh", &typed.by_hand.command)));
        if let Some(windows) = &typed.by_hand.windows {
            out.push_str(&format!("{}\n\n{}\n", language.explain.windows, fenced("powershell", windows)));
        }
    }
    out
}

/// Where something is typed.
fn host_label(typed: &Typed, inventory: &Inventory, language: &Language) -> String {
    if typed.by_hand.here {
        let hosts: Vec<&str> = typed.hosts.iter().filter(|h| !h.is_controller()).map(|h| h.as_str()).collect();
        return (language.explain.here)(&hosts.join(", "));
    }
    let named = |host: &HostName| {
        let address = inventory.host(host).and_then(|h| h.address.as_deref()).unwrap_or_default();
        if address.is_empty() { format!("**{host}**") } else { format!("**{host}** ({address})") }
    };
    (language.explain.on)(&typed.hosts.iter().map(named).collect::<Vec<_>>().join(", "))
}

/// A block of code, fenced so that no line in it can end it.
fn fenced(kind: &str, code: &str) -> String {
    let mut fence = "```".to_owned();
    while code.contains(&fence) {
        fence.push('`');
    }
    format!("{fence}{kind}\n{}\n{fence}\n", code.trim_end_matches('\n'))
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
