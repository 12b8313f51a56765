//! The application of a machine as it is there, whoever set it up: whose it is, where, under which name, on which port. What
//! the inventory says counts only where the machine says nothing.

use super::conf::UpstreamServer;
use super::evidence::HostView;
use super::found::{Checkout, Entry};
use super::machine::Listen;
use crate::model::name::HostName;
use crate::model::quote::{quote, typed};
use crate::model::site::Server;

impl<'a> HostView<'a> {
    /// The ports on which the web server asks this machine for the application; none where that cannot be told.
    pub fn asked_ports(&self) -> Vec<u16> {
        let Some(web) = self.web() else { return Vec::new() };
        let passes = web.machine.conf.servers.iter().flat_map(|server| &server.passes);
        let members = passes.filter_map(|pass| web.machine.conf.members(pass)).flatten();
        let here = members.filter(|member| host_at(&web, member).as_ref() == Some(self.host));
        let others = self.other_instances();
        let ports = here.filter_map(|member| member.port());
        let mut ports: Vec<u16> = ports.filter(|port| others.iter().all(|other| other.port != *port)).collect();
        ports.dedup();
        ports
    }

    /// What somebody's pm2 has here, without the other instances of the application.
    pub fn entries(&self) -> impl Iterator<Item = &'a Entry> {
        let others = self.other_instances();
        let other = move |entry: &Entry| others.iter().any(|other| other.name == entry.name);
        self.machine.entries.iter().filter(move |entry| !other(entry))
    }

    /// The application in somebody's pm2: the one that serves; else by its name, its folder or its port; else the only one.
    pub fn entry(&self) -> Option<&'a Entry> {
        let all = || self.entries();
        let own = || all().filter(|entry| entry.owner == self.login());
        let (name, inventory) = (self.application().name, self.application().port);
        let mut ports = self.asked_ports();
        if !ports.contains(&inventory) {
            ports.insert(0, inventory);
        }
        let serves = |entry: &&Entry| self.machine.ports_of(entry).iter().any(|listen| ports.contains(&listen.port));
        let project = |entry: &&Entry| self.machine.checkouts.iter().any(|checkout| checkout.folder == entry.cwd);
        let folder = self.machine.one("dir").unwrap_or("/nowhere");
        let only = || Some(own().next()?).filter(|_| own().count() == 1);
        own()
            .find(serves)
            .or_else(|| all().find(serves))
            .or_else(|| own().find(|entry| entry.name == name && entry.is_on()))
            .or_else(|| own().find(|entry| entry.cwd == folder && entry.is_on()))
            .or_else(|| own().find(|entry| entry.name == name))
            .or_else(|| own().find(|entry| entry.cwd == folder))
            .or_else(only)
            .or_else(|| own().find(project))
            .or_else(|| all().find(|entry| project(entry) && entry.owner != self.login()))
    }

    /// The port that the application has, or should have: the inventory's, unless the web server and the application agree on
    /// another one.
    pub fn port(&self) -> u16 {
        let inventory = self.application().port;
        let asked = self.asked_ports();
        let has: Vec<u16> = match self.entry() {
            Some(entry) => self.machine.ports_of(entry).iter().map(|listen| listen.port).collect(),
            None => self.machine.listens.iter().map(|listen| listen.port).collect(),
        };
        if has.contains(&inventory) || asked.contains(&inventory) {
            return inventory;
        }
        let agreed = asked.iter().find(|port| has.contains(port));
        agreed.or(asked.first()).copied().unwrap_or(inventory)
    }

    /// The address at which the web server asks for the application.
    pub fn socket(&self) -> String {
        let (address, port) = (self.address(), self.port());
        if address.contains(':') { format!("[{address}]:{port}") } else { format!("{address}:{port}") }
    }

    /// The project of the application: where pm2 runs it, if there is one; else the inventory's folder; else the only one.
    pub fn checkout(&self) -> Option<&'a Checkout> {
        let all = &self.machine.checkouts;
        let at = |folder: &str| all.iter().find(|checkout| checkout.folder == folder);
        let entry = self.entry().and_then(|entry| at(&entry.cwd));
        let own = || all.iter().filter(|checkout| checkout.owner == self.owner() && !checkout.start.is_empty());
        entry
            .or_else(|| at(self.machine.one("dir")?))
            .or_else(|| own().find(|checkout| !checkout.start.is_empty()))
            .or_else(|| all.iter().find(|checkout| !checkout.start.is_empty()))
    }

    /// The folder of the application.
    pub fn folder(&self) -> String {
        let found = self.checkout().map(|checkout| checkout.folder.clone());
        found.unwrap_or_else(|| self.machine.one("dir").or(self.machine.one("dir.missing")).unwrap_or("~").to_owned())
    }

    /// What pm2 calls the application, or should.
    pub fn name(&self) -> String {
        self.entry().map_or_else(|| self.application().name, |entry| entry.name.clone())
    }

    /// The user who logs in, and whose application it is for the inventory.
    pub fn login(&self) -> &'a str {
        self.machine.one("pm2.user").unwrap_or("the lab's user")
    }

    /// Whose application it is: the owner of the pm2 that has it.
    pub fn owner(&self) -> &'a str {
        self.entry().map_or_else(|| self.login(), |entry| entry.owner.as_str())
    }

    /// The folder with Node.js and pm2, where only a terminal of the owner finds them (nvm).
    pub fn tools(&self, owner: &str) -> Option<String> {
        if owner == self.login() && ["node", "pm2"].iter().all(|tool| self.machine.tool(tool).is_some()) {
            return None;
        }
        let daemon = self.machine.one(&format!("pm2.node.{owner}")).and_then(|node| node.strip_suffix("/node"));
        let terminal = self.machine.one(&format!("terminal.{owner}"));
        daemon
            .or(terminal)
            .filter(|folder| folder.starts_with("/home/") || folder.contains("/.nvm/"))
            .map(str::to_owned)
    }

    /// A line for a shell of the user who logs in, that works as the owner's: with their Node.js and pm2.
    pub fn typed_as_owner(&self, line: &str) -> String {
        self.typed_as(self.owner(), line)
    }

    /// The same, as another user's.
    pub fn typed_as(&self, owner: &str, line: &str) -> String {
        let line = match self.tools(owner) {
            Some(folder) => format!("export PATH={}:$PATH; {line}", typed(&folder)),
            None => line.to_owned(),
        };
        if owner == self.login() { line } else { format!("sudo -Hu {owner} sh -c {}", quote(&line)) }
    }

    /// `pm2` on the application, with what comes before and after: `restart`, `delete`, …
    pub fn pm2(&self, verb: &str) -> String {
        format!("pm2 {verb} {}", typed(&self.name()))
    }

    /// What starts the application anew under pm2.
    pub fn start_anew(&self) -> String {
        let port = self.port();
        let given = if port == 3000 { String::new() } else { format!("PORT={port} ") };
        format!(
            "cd {} && {given}pm2 start npm --name {} -- start && pm2 save",
            typed(&self.folder()),
            typed(&self.name())
        )
    }

    /// What listens on the application's port.
    pub fn listen(&self) -> Option<&'a Listen> {
        self.machine.on_port(self.port())
    }

    /// Whether the application serves as it should here: a page on its port, asked on the machine itself.
    pub fn serves(&self) -> bool {
        self.machine.answer(&format!("local.{}", self.port())).is_some_and(|answer| answer.good())
    }

    /// Whether the application's port takes connections of this very machine.
    pub fn answers_here(&self) -> bool {
        self.machine.answer(&format!("local.{}", self.port())).is_some_and(|answer| answer.exit == 0)
    }

    /// Whether what has the application's port comes back after a reboot: a pm2 that starts at boot and has saved it, or a
    /// unit of systemd.
    pub fn comes_back(&self) -> bool {
        let Some(pid) = self.listen().and_then(|listen| listen.pid) else { return false };
        if let Some(unit) = self.machine.one(&format!("unit.{pid}")) {
            return unit.ends_with(" enabled") || unit.ends_with(" static");
        }
        let Some(owner) = self.machine.pm2_of(pid) else { return false };
        let saved = self.machine.lines(&format!("pm2.saved.{owner}"));
        let name = self.entry().filter(|entry| entry.owner == owner).map(|entry| &entry.name);
        let idle = self.entry().is_some_and(|entry| entry.owner == owner && self.saved_stopped(entry));
        self.starts_at_boot(owner) && name.is_some_and(|name| saved.contains(name)) && !idle
    }

    /// Whether an application was stopped when its pm2 was saved.
    pub fn saved_stopped(&self, entry: &Entry) -> bool {
        self.machine.lines(&format!("pm2.saved-stopped.{}", entry.owner)).contains(&entry.name)
    }

    /// Whether somebody's pm2 starts at boot.
    pub fn starts_at_boot(&self, owner: &str) -> bool {
        let enabled = self.machine.one(&format!("pm2.boot.{owner}")).is_some_and(|boot| boot.starts_with("enabled"));
        let unit = self.machine.one(&format!("pm2.unit.{owner}"));
        let enabled = enabled && !unit.is_some_and(|unit| unit.starts_with("none ") || unit.ends_with(" none"));
        enabled || self.machine.one(&format!("pm2.cron.{owner}")).is_some()
    }
}

/// Whether a backend is this server of a site: by its machine, and where several instances run on that, by its port.
pub fn is_server(view: &HostView<'_>, member: &UpstreamServer, server: &Server) -> bool {
    host_at(view, member).as_ref() == Some(server.host())
        && server.name.port().is_none_or(|port| member.port() == Some(port))
}

/// The lab's host that a backend is: the machine that has the address, under whatever number or name.
pub fn host_at(view: &HostView<'_>, member: &UpstreamServer) -> Option<HostName> {
    let (address, _) = member.socket.rsplit_once(':')?;
    let address = address.trim_matches(['[', ']']);
    let hosts = || view.inventory.hosts.iter();
    let own = address.starts_with("127.") || address == "localhost" || address == "::1";
    if own {
        return Some(view.inventory.web()?.name.clone());
    }
    let of = |address: &str| {
        let named = hosts()
            .find(|host| host.address.as_deref() == Some(address) || host.reached_at().as_deref() == Some(address));
        let has = || hosts().find(|host| view.at(&host.name).machine.has_address(address));
        named.or_else(has).map(|host| host.name.clone())
    };
    of(address).or_else(|| of(view.machine.one(&format!("name.{address}")).filter(|found| !found.is_empty())?))
}
