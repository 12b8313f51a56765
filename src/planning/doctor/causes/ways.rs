//! What pm2 starts, and cannot: it is not there, or shut to whoever starts it. Found where it fails, and where it is still served by what was
//! started before.

use super::process_end::last_words;
use super::project::anew;
use super::{Cause, Found, HostView, Layer};
use crate::model::message::{Message, message};
use crate::model::quote::typed;

pub const CAUSES: &[Cause] = &[
    Cause { name: "app-shut", layer: Layer::Application, blocks: true, find: shut },
    Cause { name: "app-gone-at-boot", layer: Layer::Application, blocks: false, find: gone_at_boot },
];

/// Something that pm2 needs, and does not come to.
struct Way<'a> {
    /// What it needs.
    path: &'a str,
    /// The first thing on the way to it, or in it, that is not there or refuses.
    first: &'a str,
    /// `missing`, `dangling` (a link that leads to nothing), or `shut`.
    state: &'a str,
    /// The permissions of that thing, as `ls` shows them.
    rights: &'a str,
    /// Whose it is.
    owner: &'a str,
}

impl Way<'_> {
    fn is_shut(&self) -> bool {
        self.state == "shut"
    }

    fn within(&self, folder: &str) -> bool {
        self.first == folder || self.first.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
    }

    /// What is wrong with it, in a sentence.
    fn because(&self, user: &str) -> Message {
        match self.state {
            "shut" => message!("{} may not use {}.", user, self.first),
            "dangling" => message!("{} is a link to something that does not exist.", self.first),
            _ => message!("{} does not exist.", self.first),
        }
    }

    fn seen(&self) -> Option<Message> {
        self.is_shut()
            .then(|| message!("{} has the permissions {} and belongs to {}", self.first, self.rights, self.owner))
    }
}

/// What somebody's pm2 starts after a reboot.
struct Kept<'a> {
    folder: &'a str,
    needs: [&'a str; 3],
}

fn ways<'a>(view: &HostView<'a>) -> Vec<Way<'a>> {
    let read = |line: &'a String| {
        let mut parts = line.split('\t');
        let (path, first, state) = (parts.next()?, parts.next()?, parts.next()?);
        let (rights, owner) = parts.next().unwrap_or_default().split_once(' ').unwrap_or_default();
        Some(Way { path, first, state, rights, owner })
    };
    view.machine.lines(&format!("pm2.way.{}", view.owner())).iter().filter_map(read).collect()
}

/// The application, as pm2 has saved it: by its name, or the only one.
fn kept<'a>(view: &HostView<'a>) -> Option<Kept<'a>> {
    let read = |line: &'a String| {
        let mut parts = line.split('\t');
        let (name, folder, script) = (parts.next()?, parts.next()?, parts.next()?);
        Some((name, Kept { folder, needs: [folder, script, parts.next().unwrap_or_default()] }))
    };
    let mut all: Vec<(&str, Kept<'_>)> =
        view.machine.lines(&format!("pm2.kept.{}", view.owner())).iter().filter_map(read).collect();
    let at = all.iter().position(|(name, _)| *name == view.name()).or((all.len() == 1).then_some(0))?;
    Some(all.swap_remove(at).1)
}

/// What lets the user in. What is somebody else's, and lies in the user's own folders, is given back.
fn opened(view: &HostView<'_>, way: &Way<'_>) -> String {
    let (user, folder, first) = (view.owner(), view.folder(), typed(way.first));
    let own = way.owner == user;
    if way.within(&folder) {
        let at = typed(&folder);
        // What `u+rwX` cannot know: that these were programs.
        let programs = match view.checkout().is_some_and(|checkout| checkout.modules) {
            true => format!("; chmod -f u+x {at}/node_modules/.bin/*"),
            false => String::new(),
        };
        return match own {
            true => format!("chmod -R u+rwX {at}{programs}"),
            false => format!("sudo chown -R {user}: {at} && sudo chmod -R u+rwX {at}"),
        };
    }
    match own {
        true => format!("chmod u+rwx {first}"),
        false => format!("sudo chmod a+rx {first}"),
    }
}

/// The application does not come up, because its own folder, or a way to it, is shut to its user.
fn shut(view: &HostView<'_>) -> Option<Found> {
    if !view.is_app() || view.serves() {
        return None;
    }
    let (user, folder) = (view.owner(), view.folder());
    let entry = view.entry();
    let needed = |path: &str| {
        path == folder
            || entry.is_some_and(|entry| entry.cwd == path || entry.script == path)
            || kept(view).is_some_and(|kept| kept.needs.contains(&path))
    };
    let way = ways(view).into_iter().find(|way| way.is_shut() && needed(way.path))?;
    // Whose files they are is a cause of its own.
    if way.owner != user && way.within(&folder) {
        return None;
    }
    let found = Found::new(message!("The application on {} cannot be started: {}", view.host, way.because(user)));
    let found = found.saw_all(way.seen()).saw_all(entry.into_iter().flat_map(last_words));
    let again = match entry {
        Some(_) => format!("{} && pm2 save", view.pm2("restart")),
        None => view.start_anew(),
    };
    let open = opened(view, &way);
    Some(if open.starts_with("sudo ") {
        found.then(view.host, open).then_as_owner(view, &again)
    } else {
        found.then_as_owner(view, &format!("{open}; {again}"))
    })
}

/// Whether something in the application's folder is not its user's, and shut to them.
pub(super) fn is_foreign(view: &HostView<'_>) -> bool {
    let folder = view.folder();
    ways(view).iter().any(|way| way.is_shut() && way.owner != view.owner() && way.within(&folder))
}

/// What pm2 serves now was started from something that is there no more, or is shut now: it would not start again.
fn gone_at_boot(view: &HostView<'_>) -> Option<Found> {
    let pid = view.is_app().then(|| view.listen()).flatten()?.pid?;
    let user = view.owner();
    if !view.serves() || view.machine.pm2_of(pid) != Some(user) {
        return None;
    }
    let ways = ways(view);
    let home = view.machine.one(&format!("pm2.home.{user}"));
    if let Some(way) = home.and_then(|home| ways.iter().find(|way| way.path == home && way.is_shut())) {
        let home = typed(way.path);
        let found = found(view, way.because(user)).saw_all(way.seen());
        let line = format!("sudo chown -R {user}: {home} && sudo chmod -R u+rwX {home}");
        return Some(found.then(view.host, line).then_as_owner(view, "pm2 save"));
    }
    let kept = kept(view)?;
    let package = format!("{}/package.json", kept.folder);
    let Some(way) = ways.iter().find(|way| kept.needs.contains(&way.path) || way.path == package) else {
        return unfetched(view, &kept);
    };
    let found = found(view, way.because(user)).saw_all(way.seen());
    let found = found.saw(message!("saved in ~/.pm2/dump.pm2 of {}: {} in {}", user, view.name(), kept.folder));
    if way.is_shut() {
        let open = opened(view, way);
        return Some(if open.starts_with("sudo ") {
            found.then(view.host, open)
        } else {
            found.then_as_owner(view, &open)
        });
    }
    // It was started elsewhere since, and there all is well.
    let now = view.entry().filter(|entry| entry.cwd != kept.folder);
    if now.is_some_and(|entry| !ways.iter().any(|way| way.path == entry.cwd)) {
        return Some(found.then_as_owner(view, "pm2 save"));
    }
    let folder = typed(kept.folder);
    if way.path == package || way.first != kept.folder && way.within(kept.folder) {
        return Some(
            found.then_as_owner(view, &format!("cd {folder} && git ls-files -d -z | xargs -0 -r git checkout --")),
        );
    }
    if view.checkout().is_some() {
        return Some(found.then_as_owner(view, &anew(view)));
    }
    let repo = typed(&view.application().repo);
    let again = format!("{} && pm2 save", view.pm2("restart"));
    Some(found.then_as_owner(view, &format!("git clone {repo} {folder} && cd {folder} && npm ci && {again}")))
}

fn found(view: &HostView<'_>, because: Message) -> Found {
    let serves = message!("The application {} serves on {}, but after a reboot it is gone.", view.name(), view.host);
    Found::new(message!("{} {}", serves, because))
}

/// Its packages are gone: what runs has them in memory.
fn unfetched(view: &HostView<'_>, kept: &Kept<'_>) -> Option<Found> {
    let checkout = view.checkout().filter(|checkout| checkout.folder == kept.folder)?;
    if checkout.modules || !checkout.needs {
        return None;
    }
    let found = found(view, message!("Its packages are not there any more."));
    let found = found.saw(message!("{} has a package.json, but no node_modules", kept.folder));
    Some(found.then_as_owner(view, &format!("cd {} && npm ci", typed(kept.folder))))
}
