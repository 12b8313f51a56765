//! What puts a machine right where a cause by itself ends in a look: what somebody's hand has changed of what labctl made, and the
//! step that makes it anew.

use super::project::{anew, unusual};
use super::{Clue, Found, HostView};
use crate::model::event::Component;
use crate::model::message::{Message, message};
use crate::model::name::HostName;
use crate::model::quote::{quote, typed};
use crate::planning::doctor::RELOAD;
use crate::planning::doctor::directives::At;
use crate::planning::doctor::drift::{Edit, edits};

/// What was found, with what was changed by hand in front, and with what puts that back in place of a look.
pub fn instead(found: Found, view: &HostView<'_>) -> Found {
    let found = if view.is_web() {
        match of_nginx(view) {
            Some(back) => return back.into(found),
            None => found.saw_all(touched(view)),
        }
    } else {
        found
    };
    // It may lie behind the site.
    let about = found.about.clone();
    let hosts = about.iter().filter_map(|host| view.inventory.host(host)).map(|host| view.at(&host.name));
    let apps = std::iter::once(view.at(view.host)).chain(hosts).flat_map(HostView::each);
    match apps.filter(HostView::is_app).filter(|view| !view.serves()).find_map(|view| application(&view)) {
        Some(back) => back.into(found),
        None => found,
    }
}

/// Whether somebody's hand has changed what nginx reads since labctl saw the sites answer.
pub(super) fn edited(view: &HostView<'_>) -> bool {
    of_nginx(view).is_some()
}

/// Whether a line is one of those that somebody's hand has changed in a site's file of labctl's.
pub(super) fn edited_at(view: &HostView<'_>, at: &At) -> bool {
    changed(view, Component::Sites).iter().any(|edit| &edit.at == at)
}

fn of_nginx(view: &HostView<'_>) -> Option<Back> {
    sites(view).or_else(|| main_file(view)).or_else(|| foreign_file(view))
}

/// What was changed, and what puts it back.
#[derive(Default)]
struct Back {
    clues: Vec<Clue>,
    cure: Found,
}

impl Back {
    fn into(self, found: Found) -> Found {
        let seen = self.clues.into_iter().chain(found.seen).collect();
        Found { seen, next: self.cure.next, vague: false, ..found }
    }
}

/// How many changed lines are shown; of more, these say enough.
const SHOWN: usize = 6;

fn told(edit: &Edit) -> Clue {
    let at = &edit.at;
    Clue::from(match (&edit.now, &edit.wanted) {
        (Some(now), Some(wanted)) => {
            message!("{} was changed by hand: `{}`, where labctl writes `{}`", at, now, wanted)
        }
        (Some(now), None) => message!("{} was added by hand: `{}`", at, now),
        (None, wanted) => message!("{}: a line of labctl's is gone: `{}`", at, wanted.as_deref().unwrap_or_default()),
    })
}

/// The files that edits are in, ready to type.
fn files_of(edits: &[Edit]) -> String {
    let mut files: Vec<String> = edits.iter().map(|edit| typed(&edit.at.file)).collect();
    files.dedup();
    files.join(" ")
}

/// Edits in the files of the sites, which labctl has written.
fn sites(view: &HostView<'_>) -> Option<Back> {
    let all = changed(view, Component::Sites);
    // That its own include is to come says that labctl has not been here.
    if all.is_empty() || all.iter().any(|edit| edit.at.file == MAIN) {
        return None;
    }
    let cure = Found::default()
        .then(view.host, format!("sudo cp {} /var/backups/", files_of(&all)))
        .note(message!("the step writes labctl's own lines again: this keeps a copy with the edit"))
        .then(&HostName::controller(), view.make(Component::Sites));
    Some(Back { clues: all.iter().take(SHOWN).map(told).collect(), cure })
}

const MAIN: &str = "/etc/nginx/nginx.conf";

fn changed(view: &HostView<'_>, component: Component) -> Vec<Edit> {
    view.open(component).filter_map(|task| task.diff.as_deref()).flat_map(edits).collect()
}

/// Edits in nginx.conf since labctl's last change there, which has kept what was before.
fn main_file(view: &HostView<'_>) -> Option<Back> {
    let diff = view.machine.lines("nginx.main").join("\n");
    let own = format!("include /etc/nginx/{}/*.conf;", view.variable("nginx", "folder"));
    let ours = |edit: &Edit| edit.now.as_deref() == Some(own.as_str());
    let all: Vec<Edit> = edits(&diff).into_iter().filter(|edit| !ours(edit)).collect();
    if all.is_empty() {
        return None;
    }
    let edit = |edit: &Edit| {
        let line = edit.at.line;
        quote(&match (&edit.now, &edit.wanted) {
            (None, Some(wanted)) => format!("{line}i\\{wanted}"),
            (_, Some(wanted)) => format!("{line}c\\{wanted}"),
            (_, None) => format!("{line}d"),
        })
    };
    let script: Vec<String> = all.iter().map(|each| format!("-e {}", edit(each))).collect();
    let cure = Found::default()
        .then(view.host, format!("sudo sed -i.mine --follow-symlinks {} {MAIN}", script.join(" ")))
        .note(message!("what was there is kept as {}.mine", MAIN))
        .then(view.host, RELOAD);
    Some(Back { clues: all.iter().take(SHOWN).map(told).collect(), cure })
}

/// A file that nginx reads, that no package and no site of labctl's brought, and that is younger than the last time when labctl saw
/// all sites answer.
fn foreign_file(view: &HostView<'_>) -> Option<Back> {
    let named = view.sites.iter().map(|site| format!("/{}.conf", site.domain)).collect::<Vec<_>>();
    let name = |file: &str| file.rsplit('/').next().unwrap_or(file).to_owned();
    // What serves a site of the lab is the lab, whoever wrote it: without it, nobody is served at all.
    let serves = |file: &str| {
        let mut servers = view.machine.conf.servers.iter().filter(|server| name(&server.at.file) == name(file));
        servers.any(|server| view.sites.iter().any(|site| server.is_named(&site.domain)))
    };
    let ours = |file: &String| file == MAIN || named.iter().any(|name| file.ends_with(name.as_str())) || serves(file);
    let touched = |file: &String| view.machine.lines("touched").iter().any(|line| line.ends_with(&format!(" {file}")));
    let since = view.machine.lines("nginx.since").iter().filter(|file| !ours(file) && touched(file));
    let all: Vec<&String> = since.filter(|file| view.machine.conf.has_file(file)).collect();
    let [file] = all.as_slice() else { return None };
    let clue = message!(
        "{} is no file of labctl's or of a package, and younger than the last run that saw the sites answer",
        file
    );
    // A link to a file that is gone would keep nginx from its configuration: the link goes, and the file stays.
    let cure = match file.strip_prefix("/etc/nginx/sites-available/") {
        Some(name) => Found::default()
            .then(view.host, format!("sudo rm {}", typed(&format!("/etc/nginx/sites-enabled/{name}"))))
            .note(message!("only the link; the file stays in sites-available")),
        None => Found::default()
            .then(view.host, format!("sudo mv {} /var/backups/", typed(file)))
            .note(message!("put aside, not deleted")),
    };
    Some(Back { clues: vec![clue.into()], cure: cure.then(view.host, RELOAD) })
}

/// What pm2 runs on a machine of labctl's and labctl would not run so; on one that was set up by hand, what is unusual about it.
fn application(view: &HostView<'_>) -> Option<Back> {
    let entry = view.entry()?;
    let open: Vec<_> = view.open(Component::Application).collect();
    let ours = |diff: Option<&str>| diff.is_some_and(|diff| !edits(diff).is_empty());
    let made = !open.is_empty()
        && open.iter().all(|task| task.task.component == Some(Component::Application) || ours(task.diff.as_deref()));
    let unusual = unusual(view, entry);
    let mut clues: Vec<Clue> = changed(view, Component::Application).iter().take(SHOWN).map(told).collect();
    clues.extend(unusual.iter().cloned().map(Clue::from));
    if made {
        if !entry.ours {
            let how = message!(
                "pm2 of {}: {} was started by hand, as `{}` in {}",
                entry.owner,
                entry.name,
                entry.program(),
                entry.cwd
            );
            clues.insert(0, how.into());
        }
        let cure = Found::default()
            .then(&HostName::controller(), view.make(Component::Application))
            .note(message!("it starts {} anew, as the inventory says", entry.name));
        return Some(Back { clues, cure });
    }
    let cure = || Found::default().then_as_owner(view, &anew(view));
    (!unusual.is_empty()).then(|| Back { clues, cure: cure() })
}

/// What was changed last of what no package brought: to know where to look.
fn touched(view: &HostView<'_>) -> Vec<Message> {
    let lines = view.machine.lines("touched").iter().filter_map(|line| line.split_once(' '));
    let minutes = |seconds: &str| seconds.parse::<u64>().map_or(0, |seconds| seconds / 60);
    lines.take(3).map(|(age, file)| message!("{} was changed by hand {} minutes ago", file, minutes(age))).collect()
}
