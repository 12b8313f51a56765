//! Node.js, the checkout, and the application under pm2.

use super::{Cause, Found, Layer, Place};
use crate::doctor::machine::{Entry, Listen};

const fn packages(name: &'static str, look: fn(&Place<'_>) -> Option<Found>) -> Cause {
    Cause { name, layer: Layer::Packages, blocks: true, look }
}

const fn app(name: &'static str, look: fn(&Place<'_>) -> Option<Found>) -> Cause {
    Cause { name, layer: Layer::Application, blocks: true, look }
}

/// What only matters after a reboot hides nothing.
const fn later(name: &'static str, look: fn(&Place<'_>) -> Option<Found>) -> Cause {
    Cause { name, layer: Layer::Application, blocks: false, look }
}

pub const CAUSES: &[Cause] = &[
    packages("node-missing", node_missing),
    packages("node-version", node_version),
    packages("npm-missing", |place| tool_missing(place, "npm", "sudo apt install npm")),
    packages("pm2-missing", |place| tool_missing(place, "pm2", "sudo npm install -g pm2")),
    app("app-not-cloned", not_cloned),
    app("packages-missing", modules),
    app("port-other-pm2", other_pm2),
    app("port-taken", taken),
    app("app-outside-pm2", outside),
    app("app-twice", twice),
    app("pm2-not-running", daemon),
    app("app-not-in-pm2", absent),
    app("app-stopped", stopped),
    app("app-restarts", restarts),
    app("app-loopback", loopback),
    app("app-other-port", other_port),
    app("app-silent", silent),
    later("pm2-not-saved", not_saved),
    later("pm2-not-at-boot", not_at_boot),
];

/// The line before a command that makes it pm2's own: whose pm2 it is.
fn own(place: &Place<'_>, command: &str) -> String {
    format!("{command}    (as {}, without sudo)", place.user())
}

fn node_missing(place: &Place<'_>) -> Option<Found> {
    if !place.is_app() || place.machine.tool("node").is_some() {
        return None;
    }
    let nvm: Vec<&str> = place.machine.each("nvm.").map(|(folder, _)| folder).collect();
    // With nvm's Node.js a lab can run well.
    if !nvm.is_empty() && place.serves() {
        return None;
    }
    let found = match nvm.last() {
        None => Found::new(format!("Node.js is not installed on {}, and without it the application cannot start.", place.host))
            .then(place.host, "sudo apt install nodejs npm    (or the version that the app needs: labctl explain node)"),
        Some(folder) => Found::new(format!("Node.js on {} is nvm's, which only a terminal sees: pm2 at boot and commands over SSH do not find it.", place.host))
            .saw(format!("{folder}/bin/node is there"))
            .then(place.host, format!("sudo ln -s {folder}/bin/node {folder}/bin/npm /usr/local/bin/")),
    };
    Some(found.saw(format!("`command -v node` of {} finds nothing on {}", place.user(), place.host)))
}

fn node_version(place: &Place<'_>) -> Option<Found> {
    // Whether it is the right one, the step's own check says; what follows from it shows in the application.
    place.is_app().then(|| place.open("node")).flatten()?;
    let is = place.machine.tool("version").filter(|version| version.starts_with('v'))?;
    let at = place.machine.tool("node")?;
    let major = |version: &str| version.trim_start_matches('v').split('.').next().unwrap_or_default().parse::<u32>().ok();
    let wanted = place.variable("node", "version");
    let refused = place.entry().is_some_and(|entry| told(entry, "ERR_OSSL_EVP_UNSUPPORTED"));
    let wrong = major(&wanted).is_some_and(|wanted| major(is) != Some(wanted)) || place.variable("node", "source") == "distribution";
    if !wrong || place.serves() && !refused {
        return None;
    }
    let needs = if wanted.is_empty() { "the one of the distribution".to_owned() } else { wanted };
    let found = Found::new(format!("{} has another Node.js than this application needs: {is} instead of {needs}.", place.host));
    let found = found.saw(format!("{at} is {is}"));
    let found = match place.entry() {
        Some(entry) => found.saw_all(last_words(entry)),
        None => found,
    };
    Some(found.then(place.host, "labctl explain node    (how to install the right one), then: pm2 restart all"))
}

fn tool_missing(place: &Place<'_>, tool: &str, install: &str) -> Option<Found> {
    if !place.is_app() || place.machine.tool(tool).is_some() || place.machine.each("nvm.").next().is_some() {
        return None;
    }
    let found = Found::new(format!("{tool} is not installed on {}.", place.host));
    let found = found.saw(format!("`command -v {tool}` of {} finds nothing", place.user()));
    Some(found.then(place.host, install))
}

fn not_cloned(place: &Place<'_>) -> Option<Found> {
    let folder = place.machine.one("dir.missing").filter(|_| place.is_app() && !place.serves())?;
    if place.entry().is_some_and(|entry| entry.pid > 0) {
        return None;
    }
    let found = Found::new(format!("The application is not on {}: there is no folder {folder}.", place.host));
    let others = place.machine.lines("checkout").iter().map(|other| format!("another project is there: {other}"));
    let found = found.saw(format!("{folder} does not exist")).saw_all(others);
    Some(found.then(place.host, format!("git clone {} {folder}", place.app("repo"))))
}

fn modules(place: &Place<'_>) -> Option<Found> {
    let folder = place.machine.one("dir").filter(|_| place.is_app())?;
    let has = |key: &str| place.machine.one(key).is_some();
    if !has("dir.package") || !has("dir.dependencies") || has("dir.modules") {
        return None;
    }
    let found = Found::new(format!("The packages of the application are not installed on {}: it cannot start.", place.host));
    let found = found.saw(format!("{folder} has a package.json, but no node_modules"));
    let found = match place.entry() {
        Some(entry) => found.saw_all(last_words(entry)),
        None => found,
    };
    Some(found.then(place.host, format!("cd {folder} && npm ci && pm2 restart {}", place.app("name"))))
}

/// Who has the application's port, if it is not the application in its user's pm2.
fn stranger<'a>(place: &Place<'a>) -> Option<(&'a Listen, u32)> {
    let listen = place.is_app().then(|| place.machine.on_port(place.port())).flatten()?;
    let pid = listen.pid?;
    let ours = place.machine.pm2_of(pid) == Some(place.user());
    (!ours).then_some((listen, pid))
}

fn other_pm2(place: &Place<'_>) -> Option<Found> {
    let (listen, pid) = stranger(place)?;
    let owner = place.machine.pm2_of(pid)?;
    let (port, user) = (place.port(), place.user());
    let found = Found::new(format!("The pm2 of {owner} has port {port} on {}: there are two pm2, and {user}'s is not the one that serves (`sudo pm2` is root's).", place.host));
    let found = found.saw(format!("port {port} is held by process {pid} ({}) under the pm2 of {owner}", listen.program));
    let theirs = place.machine.entries.iter().filter(|entry| entry.owner == owner);
    let found = found.saw_all(theirs.map(|entry| format!("pm2 of {owner}: {} is {}", entry.name, entry.status)));
    let remove = if owner == "root" { "sudo pm2 delete all && sudo pm2 save --force".to_owned() } else { format!("sudo -iu {owner} pm2 delete all") };
    Some(found.then(place.host, remove).then(place.host, own(place, &format!("pm2 restart {0} || pm2 start ~/.labctl/{0}.config.js; pm2 save", place.app("name")))))
}

fn taken(place: &Place<'_>) -> Option<Found> {
    let (listen, pid) = stranger(place)?;
    let process = place.machine.processes.get(&pid);
    if place.machine.pm2_of(pid).is_some() || by_hand(place, pid) {
        return None;
    }
    let line = process.map_or(listen.program.as_str(), |process| process.line.as_str());
    let user = process.map_or("somebody", |process| process.user.as_str());
    let port = place.port();
    let found = Found::new(format!("Another program has port {port} on {}, so the application cannot have it.", place.host));
    let found = found.saw(format!("process {pid} of {user} listens on {}:{port}: {line}", listen.address));
    let found = match place.entry() {
        Some(entry) => found.saw_all(last_words(entry)),
        None => found,
    };
    Some(found.then(place.host, format!("sudo kill {pid}    (if it is not needed), then: pm2 restart {}", place.app("name"))))
}

/// Whether a process is the application, started in a terminal: it answers with the page.
fn by_hand(place: &Place<'_>, pid: u32) -> bool {
    let line = place.machine.processes.get(&pid).map_or("", |process| process.line.as_str());
    let node = ["node", "npm"].iter().any(|word| line.contains(word));
    let page = place.machine.answer(&format!("local.{}", place.port())).is_some_and(|answer| answer.page == "lab");
    node && page && !place.app("marker").is_empty()
}

fn outside(place: &Place<'_>) -> Option<Found> {
    let (_, pid) = stranger(place)?;
    if place.machine.pm2_of(pid).is_some() || !by_hand(place, pid) {
        return None;
    }
    let line = place.machine.processes.get(&pid).map_or("", |process| process.line.as_str());
    let found = Found::new(format!("The application on {} runs, but not under pm2: it ends when that terminal is closed, and after a reboot.", place.host));
    let found = found.saw(format!("process {pid} has port {}: {line}", place.port()));
    Some(found.then(place.host, format!("kill {pid}; cd {} && pm2 start npm --name {} -- start && pm2 save", place.machine.one("dir").unwrap_or("~"), place.app("name"))))
}

fn twice(place: &Place<'_>) -> Option<Found> {
    let entry = place.entry()?;
    let same: Vec<&Entry> = place.machine.entries.iter().filter(|other| other.owner == entry.owner && other.name == entry.name).collect();
    if same.len() < 2 {
        return None;
    }
    let name = &entry.name;
    let found = Found::new(format!("pm2 on {} has {name} {} times: they fight for one port, and restart again and again.", place.host, same.len()));
    let found = found.saw_all(same.iter().map(|each| format!("{name} with id {} is {}, started again {} times", each.id, each.status, each.restarts)));
    Some(found.then(place.host, format!("pm2 delete {} && pm2 save", same.last().map_or(0, |last| last.id))))
}

fn daemon(place: &Place<'_>) -> Option<Found> {
    let user = place.user();
    if !place.is_app() || place.machine.tool("pm2").is_none() || place.machine.one(&format!("pm2.daemon.{user}")).is_some() || place.serves() {
        return None;
    }
    let saved = place.machine.lines(&format!("pm2.saved.{user}"));
    let name = place.app("name");
    let found = Found::new(format!("pm2 of {user} does not run on {}, and so neither does the application.", place.host));
    let found = found.saw(format!("there is no pm2 daemon of {user}")).saw(format!("saved for the next start: {}", or_nothing(saved)));
    let next = if saved.contains(&name) {
        format!("sudo systemctl start pm2-{user} || pm2 resurrect")
    } else {
        format!("cd {} && pm2 start npm --name {name} -- start && pm2 save", place.machine.one("dir").unwrap_or("~"))
    };
    Some(found.then(place.host, next))
}

fn or_nothing(names: &[String]) -> String {
    if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
}

fn absent(place: &Place<'_>) -> Option<Found> {
    let user = place.user();
    if !place.is_app() || place.entry().is_some() || place.serves() || place.machine.one(&format!("pm2.daemon.{user}")).is_none() {
        return None;
    }
    let (name, port) = (place.app("name"), place.port());
    let has: Vec<String> = place.machine.entries.iter().map(|entry| format!("{} (of {})", entry.name, entry.owner)).collect();
    let found = Found::new(format!("pm2 on {} does not know the application {name}: it was deleted, or never started.", place.host));
    let found = found.saw(format!("pm2 has: {}", or_nothing(&has))).saw(format!("nothing listens on port {port}"));
    Some(found.then(place.host, own(place, &format!("cd {} && PORT={port} pm2 start npm --name {name} -- start && pm2 save", place.machine.one("dir").unwrap_or("~")))))
}

fn stopped(place: &Place<'_>) -> Option<Found> {
    let entry = place.entry().filter(|entry| matches!(entry.status.as_str(), "stopped" | "stopping"))?;
    let found = Found::new(format!("The application {} is stopped in pm2 on {}: nobody answers on port {}.", entry.name, place.host, place.port()));
    let found = found.saw(format!("pm2 of {}: {} is {}", entry.owner, entry.name, entry.status));
    let found = found.saw_all(last_words(entry));
    Some(found.then(place.host, own(place, &format!("pm2 start {} && pm2 save", entry.name))))
}

fn restarts(place: &Place<'_>) -> Option<Found> {
    let entry = place.entry()?;
    let loops = match entry.status.as_str() {
        "errored" | "waiting restart" => true,
        "online" | "launching" => entry.restarts >= 2 && entry.since < 20_000 && !place.serves(),
        _ => false,
    };
    if !loops {
        return None;
    }
    let why = ENDS.iter().find(|(words, ..)| told(entry, words));
    let because = why.map_or(String::new(), |(_, because, _)| format!(" {because}"));
    let found = Found::new(format!("The application {} on {} ends right after each start, and pm2 starts it again and again.{because}", entry.name, place.host));
    let found = found.saw(format!("pm2 of {}: {} is {}, started again {} times", entry.owner, entry.name, entry.status, entry.restarts));
    let next = why.map_or_else(|| format!("pm2 logs {} --lines 30 --nostream", entry.name), |(.., next)| next.replace("DIR", &entry.cwd).replace("NAME", &entry.name));
    Some(found.saw_all(last_words(entry)).then(place.host, own(place, &next)))
}

/// What an application says before it ends, what that means, and what to type.
const ENDS: &[(&str, &str, &str)] = &[
    ("ERR_OSSL_EVP_UNSUPPORTED", "Its Node.js is too new for it.", "labctl explain node"),
    ("not allowed in NODE_OPTIONS", "The option --openssl-legacy-provider is for Node.js 17 and later only.", "pm2 delete NAME, and start it without NODE_OPTIONS"),
    ("EADDRINUSE", "Its port is taken.", "ss -ltnp"),
    ("already running on port", "Its port is taken.", "ss -ltnp"),
    ("EACCES", "It may not use something that belongs to somebody else (root?).", "sudo chown -R $USER: DIR ~/.npm ~/.pm2"),
    ("Cannot find module", "A file or a package is missing.", "cd DIR && npm ci && pm2 restart NAME"),
    (": not found", "A package is missing.", "cd DIR && npm ci && pm2 restart NAME"),
    ("heap out of memory", "It wants more memory than it gets.", "free -m"),
    ("SyntaxError", "A file of it has a mistake in the writing.", "cd DIR && git diff"),
    ("Missing script", "package.json has no such script.", "cd DIR && npm run"),
];

fn told(entry: &Entry, words: &str) -> bool {
    entry.errors.iter().chain(&entry.out).any(|line| line.contains(words))
}

/// The last thing that it said of an error.
fn last_words(entry: &Entry) -> Vec<String> {
    if entry.status == "online" && entry.since > 60_000 || entry.status == "stopped" {
        return Vec::new();
    }
    let says = |line: &&String| ["rror", "not found", "annot", "already running", "EADDR"].iter().any(|word| line.contains(word));
    let line = entry.errors.iter().rev().find(says).or_else(|| entry.out.iter().rev().find(says));
    line.map(|line| format!("its log says: {}", line.trim())).into_iter().collect()
}

fn loopback(place: &Place<'_>) -> Option<Found> {
    let listen = place.is_app().then(|| place.machine.on_port(place.port())).flatten().filter(|listen| listen.is_loopback())?;
    let elsewhere = place.inventory.web().is_some_and(|web| &web.name != place.host);
    if !elsewhere {
        return None;
    }
    let (port, name) = (place.port(), place.entry().map_or_else(|| place.app("name"), |entry| entry.name.clone()));
    let found = Found::new(format!("The application on {} listens on {} only: it answers its own machine, and nobody else.", place.host, listen.address));
    let found = found.saw(format!("on {}, {} listens on {}:{port}", place.host, listen.program, listen.address));
    let reach = place.web().and_then(|web| Some((web.host, web.machine.answer(&format!("reach.{}", place.inventory.socket(place.host)))?)));
    let found = found.saw_all(reach.map(|(web, answer)| format!("from {web}, http://{}:{port}/: {}", place.address(), answer.told())));
    Some(found.then(place.host, own(place, &format!("HOST=0.0.0.0 pm2 restart {name} --update-env && pm2 save"))))
}

fn other_port(place: &Place<'_>) -> Option<Found> {
    let entry = place.entry().filter(|entry| entry.status == "online" && entry.pid > 0)?;
    let port = place.port();
    let listen = place.machine.ports_of(entry.pid).into_iter().next().filter(|listen| listen.port != port)?;
    if place.machine.on_port(port).is_some() {
        return None;
    }
    // With nginx asking for that port, all is well in its own way.
    let socket = format!("{}:{}", place.address(), listen.port);
    let asked = |web: &Place<'_>| web.machine.conf.servers.iter().flat_map(|s| &s.passes).any(|pass| web.machine.conf.members(pass).is_some_and(|m| m.iter().any(|m| m.socket == socket)));
    if place.web().as_ref().is_some_and(asked) {
        return None;
    }
    let found = Found::new(format!("The application on {} listens on port {}, but the web server asks for port {port}.", place.host, listen.port));
    let found = found.saw(format!("on {}, {} listens on {}:{}", place.host, entry.name, listen.address, listen.port));
    Some(found.then(place.host, own(place, &format!("PORT={port} pm2 restart {} --update-env && pm2 save", entry.name))))
}

fn silent(place: &Place<'_>) -> Option<Found> {
    let entry = place.entry().filter(|entry| entry.status == "online" && !place.serves())?;
    if restarts(place).is_some() || other_port(place).is_some() {
        return None;
    }
    let port = place.port();
    let answer = place.machine.answer(&format!("local.{port}"));
    let listen = place.machine.on_port(port).filter(|listen| listen.pid.is_none_or(|pid| place.machine.pm2_of(pid).is_some()));
    let found = match (&listen, &answer) {
        (None, _) => Found::new(format!("The application {} on {} runs, but does not listen on any port yet: it is still starting, or hangs.", entry.name, place.host))
            .saw(format!("pm2 says {}, for {} s", entry.status, entry.since / 1000)),
        (Some(_), Some(answer)) if answer.exit != 0 => Found::new(format!("The application {} on {} takes connections, but does not answer: it is compiling, frozen, or out of memory.", entry.name, place.host))
            .saw(format!("on {}, http://127.0.0.1:{port}/: {}", place.host, answer.told())),
        (Some(_), Some(answer)) => Found::new(format!("The application {} on {} answers with an error.", entry.name, place.host))
            .saw(format!("on {}, http://127.0.0.1:{port}/: {}", place.host, answer.told())),
        _ => return None,
    };
    Some(found.saw_all(last_words(entry)).then(place.host, own(place, &format!("pm2 logs {} --lines 30 --nostream", entry.name))))
}

fn not_saved(place: &Place<'_>) -> Option<Found> {
    let entry = place.entry().filter(|entry| entry.status == "online")?;
    let saved = place.machine.lines(&format!("pm2.saved.{}", entry.owner));
    if saved.contains(&entry.name) {
        return None;
    }
    let found = Found::new(format!("{} runs in pm2 on {}, but was not saved: after a reboot it is gone.", entry.name, place.host));
    let found = found.saw(format!("saved in ~/.pm2/dump.pm2 of {}: {}", entry.owner, or_nothing(saved)));
    Some(found.then(place.host, own(place, "pm2 save")))
}

fn not_at_boot(place: &Place<'_>) -> Option<Found> {
    let entry = place.entry()?;
    let user = &entry.owner;
    let boot = place.machine.one(&format!("pm2.boot.{user}"))?;
    let words: Vec<&str> = boot.split(' ').collect();
    if words.first() == Some(&"enabled") {
        return None;
    }
    let state = words.first().copied().filter(|word| !word.is_empty() && *word != "not-found").unwrap_or("not there");
    let found = Found::new(format!("pm2 of {user} does not start when {} boots: after a reboot the application is gone.", place.host));
    let found = found.saw(format!("the service pm2-{user} is {state}"));
    let next = if state == "not there" {
        format!("sudo env PATH=$PATH pm2 startup systemd -u {user} --hp /home/{user} && pm2 save")
    } else {
        format!("sudo systemctl enable pm2-{user}")
    };
    Some(found.then(place.host, next))
}
