//! nginx's configuration as nginx itself puts it together: which server answers for a name, and whom it asks.

use super::directives::{At, PlacedDirective, Texts, expanded};
use std::collections::BTreeMap;

/// A `server { }` of http.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerBlock {
    /// The file and line where it begins.
    pub at: At,
    /// Its names; empty if it has none.
    pub names: Vec<(String, At)>,
    /// What follows `listen`, word by word.
    pub listens: Vec<Vec<String>>,
    /// Where it hands requests on to, `/` first: without scheme and path.
    pub passes: Vec<(String, At)>,
}

/// A server of an upstream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpstreamServer {
    /// Its address, as nginx reads it: `10.0.0.2:3000`.
    pub socket: String,
    /// Whether it is marked `down` or `backup`.
    pub aside: bool,
    /// The file and line that name it.
    pub at: At,
}

/// Everything that matters of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Conf {
    /// In the order in which nginx reads them.
    pub servers: Vec<ServerBlock>,
    /// The servers of each upstream, by its name.
    pub upstreams: BTreeMap<String, Vec<UpstreamServer>>,
    /// The files, links followed.
    pub files: Vec<String>,
}

impl Conf {
    /// Of lines `FILE<tab>NUMBER<tab>TEXT`, the main file first, and the files that were read.
    pub fn read(lines: &[String], files: &[String]) -> Self {
        let mut texts = Texts::new();
        for line in lines {
            let mut parts = line.splitn(3, '\t');
            let (Some(file), Some(number), Some(text)) = (parts.next(), parts.next(), parts.next()) else { continue };
            let line = (number.parse().unwrap_or(0), text.to_owned());
            match texts.iter_mut().find(|(name, _)| name == file) {
                Some((_, lines)) => lines.push(line),
                None => texts.push((file.to_owned(), vec![line])),
            }
        }
        let mut conf = Self { files: files.to_vec(), ..Self::default() };
        if let Some((main, _)) = texts.first() {
            let tree = expanded(main, &texts);
            conf.walk(&tree);
        }
        conf
    }

    fn walk(&mut self, tree: &[PlacedDirective]) {
        for each in tree {
            match each.name() {
                "http" => self.walk(each.within()),
                "server" if each.block.is_some() => self.servers.push(server(each)),
                "upstream" => {
                    let name = each.words.get(1).cloned().unwrap_or_default();
                    self.upstreams.insert(name, each.within().iter().filter_map(member).collect());
                }
                _ => {}
            }
        }
    }

    /// Whether a file (links followed) was read.
    pub fn has_file(&self, file: &str) -> bool {
        self.files.iter().any(|each| each == file)
    }

    /// The server that nginx chooses for a name on port 80 of this address, as nginx's documentation says: of those
    /// with the closest listening address the first with the name, else the default.
    pub fn chosen(&self, domain: &str, address: &str) -> Option<&ServerBlock> {
        let on = |server: &ServerBlock, exact: bool| {
            server.listens.iter().any(|listen| listens(listen, address) == Some(exact))
                || (!exact && server.listens.is_empty())
        };
        let exact: Vec<&ServerBlock> = self.servers.iter().filter(|server| on(server, true)).collect();
        let group =
            if exact.is_empty() { self.servers.iter().filter(|server| on(server, false)).collect() } else { exact };
        let named = group
            .iter()
            .find(|server| server.is_named(domain))
            .or_else(|| group.iter().find(|server| server.fits(domain)));
        let default =
            || group.iter().find(|server| server.listens.iter().any(|l| l.iter().any(|w| w.starts_with("default"))));
        named.or_else(default).or(group.first()).copied()
    }

    /// The servers behind what stands after `proxy_pass`; `None` when that cannot be told (a variable).
    pub fn members(&self, pass: &(String, At)) -> Option<Vec<UpstreamServer>> {
        let (target, at) = pass;
        if let Some(members) = self.upstreams.get(target) {
            return Some(members.clone());
        }
        let socket = if target.contains(':') { target.clone() } else { format!("{target}:80") };
        (!target.contains('$')).then(|| vec![UpstreamServer { socket, aside: false, at: at.clone() }])
    }
}

impl ServerBlock {
    /// Whether one of its names is exactly this.
    pub fn is_named(&self, domain: &str) -> bool {
        self.names.iter().any(|(name, _)| name.eq_ignore_ascii_case(domain))
    }

    /// Whether one of its names can mean this: also `*.x`, `.x` and patterns, which are not judged.
    pub fn fits(&self, domain: &str) -> bool {
        self.names.iter().any(|(name, _)| {
            let end = name.strip_prefix('*').filter(|end| end.starts_with('.'));
            let own = name.strip_prefix('.');
            name.eq_ignore_ascii_case(domain)
                || name.starts_with('~')
                || end.is_some_and(|end| domain.ends_with(end))
                || own.is_some_and(|own| domain == own || domain.ends_with(name.as_str()))
                || name.strip_suffix(".*").is_some_and(|begin| domain.starts_with(&format!("{begin}.")))
        })
    }

    /// Whether it listens on a port, on whatever address.
    pub fn on_port(&self, port: &str) -> bool {
        self.listens.is_empty() && port == "80"
            || self.listens.iter().any(|listen| listen.first().is_some_and(|l| port_of(l) == port))
    }
}

/// For port 80: whether a `listen` takes connections to this address, and whether it names it (`Some(true)`).
fn listens(listen: &[String], address: &str) -> Option<bool> {
    let first = listen.first()?;
    if port_of(first) != "80" || listen.iter().any(|word| word == "ssl") {
        return None;
    }
    let host = first.strip_suffix(":80").unwrap_or(if first == "80" { "*" } else { first });
    match host {
        "*" | "0.0.0.0" => Some(false),
        host if host == address => Some(true),
        _ => None,
    }
}

/// `80` of `80`, `*:80`, `10.0.0.1`, `[::]:80`.
fn port_of(listen: &str) -> &str {
    if listen.bytes().all(|b| b.is_ascii_digit()) {
        return listen;
    }
    let after = listen.rsplit_once(']').map_or(listen, |(_, after)| after);
    after.rsplit_once(':').map_or("80", |(_, port)| port)
}

fn server(block: &PlacedDirective) -> ServerBlock {
    let mut server = ServerBlock { at: block.at.clone(), names: Vec::new(), listens: Vec::new(), passes: Vec::new() };
    for each in block.within() {
        match each.name() {
            "server_name" => server.names.extend(each.words[1..].iter().map(|name| (name.clone(), each.at.clone()))),
            "listen" => server.listens.push(each.words[1..].to_vec()),
            _ => {}
        }
    }
    let root = |each: &&PlacedDirective| each.name() == "location" && each.words.last().is_some_and(|w| w == "/");
    for location in block.within().iter().filter(root) {
        passes(location.within(), &mut server.passes);
    }
    if server.passes.is_empty() {
        passes(block.within(), &mut server.passes);
    }
    server
}

fn passes(tree: &[PlacedDirective], found: &mut Vec<(String, At)>) {
    for each in tree {
        if let ["proxy_pass", target] = each.words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            let bare = target.split_once("://").map_or(target, |(_, bare)| bare);
            found.push((bare.split('/').next().unwrap_or_default().to_owned(), each.at.clone()));
        }
        passes(each.within(), found);
    }
}

fn member(each: &PlacedDirective) -> Option<UpstreamServer> {
    let [word, socket, rest @ ..] = each.words.as_slice() else { return None };
    let socket = if socket.contains(':') { socket.clone() } else { format!("{socket}:80") };
    let aside = rest.iter().any(|word| word == "down" || word == "backup");
    (word == "server").then(|| UpstreamServer { socket, aside, at: each.at.clone() })
}
