//! nginx's configuration as nginx itself puts it together: which server answers for a name, and whom it asks.

use super::directives::{At, PlacedDirective, Texts, expanded};
use super::server::{Pass, ServerBlock, port_of};
use crate::config::nginx_conf::parse;
use crate::model::glob;
use std::collections::BTreeMap;

/// A server of an upstream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpstreamServer {
    /// Address and port as they are written: `10.0.0.2:3000`.
    pub socket: String,
    /// `down` or `backup`, if it is marked so.
    pub aside: Option<&'static str>,
    /// The file and line of the directive.
    pub at: At,
}

impl UpstreamServer {
    /// The port that is asked.
    pub fn port(&self) -> Option<u16> {
        self.socket.rsplit_once(':')?.1.parse().ok()
    }
}

/// An `include` of the main file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Include {
    /// What it takes in, as a whole path: `/etc/nginx/dumbways/*.conf`.
    pub pattern: String,
    /// The file and line of the directive.
    pub at: At,
    /// Whether it stands in `http { }`.
    pub in_http: bool,
}

/// Everything that matters of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Conf {
    /// In the order in which nginx reads them.
    pub servers: Vec<ServerBlock>,
    /// The servers of each `upstream`, by its name.
    pub upstreams: BTreeMap<String, Vec<UpstreamServer>>,
    /// Every upstream block, in the order in which nginx reads them: a name that is there twice is refused.
    pub upstream_blocks: Vec<(String, At)>,
    /// The includes of the main file.
    pub includes: Vec<Include>,
    /// Where `http {` begins.
    pub http: Option<At>,
    /// What stands in `http { }` for all servers.
    pub http_level: Vec<PlacedDirective>,
    /// The files, links followed.
    pub files: Vec<String>,
    texts: Texts,
}

impl Conf {
    /// What is assumed where no configuration could be read.
    pub const EMPTY: Self = Self {
        servers: Vec::new(),
        upstreams: BTreeMap::new(),
        upstream_blocks: Vec::new(),
        includes: Vec::new(),
        http: None,
        http_level: Vec::new(),
        files: Vec::new(),
        texts: Texts::new(),
    };

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
        if let Some((main, lines)) = texts.first() {
            conf.walk(&expanded(main, &texts));
            let at = |line: &u32| At { file: main.clone(), line: *line };
            conf.main(&parse(lines.iter().map(|(line, text)| (at(line), text.as_str()))));
        }
        conf.texts = texts;
        conf
    }

    fn walk(&mut self, tree: &[PlacedDirective]) {
        for each in tree {
            match each.name() {
                "http" => {
                    self.walk(each.within());
                    self.http_level.extend(each.within().iter().filter(|each| each.block.is_none()).cloned());
                }
                "server" if each.block.is_some() => self.servers.push(ServerBlock::read(each)),
                "upstream" => {
                    let name = each.words.get(1).cloned().unwrap_or_default();
                    self.upstream_blocks.push((name.clone(), each.at.clone()));
                    // nginx takes none but the first.
                    self.upstreams.entry(name).or_insert_with(|| each.within().iter().filter_map(member).collect());
                }
                _ => {}
            }
        }
    }

    /// The main file by itself.
    fn main(&mut self, tree: &[PlacedDirective]) {
        let mut take = |each: &PlacedDirective, in_http: bool| {
            if let [include, pattern] = each.words.as_slice()
                && include == "include"
            {
                let pattern = if pattern.starts_with('/') { pattern.clone() } else { format!("/etc/nginx/{pattern}") };
                self.includes.push(Include { pattern, at: each.at.clone(), in_http });
            }
        };
        for each in tree {
            take(each, false);
            if each.name() == "http" {
                each.within().iter().for_each(|inner| take(inner, true));
            }
        }
        self.http = tree.iter().find(|each| each.name() == "http").map(|http| http.at.clone());
    }

    /// Whether a file (links followed) was read.
    pub fn has_file(&self, file: &str) -> bool {
        self.files.iter().any(|each| each == file)
    }

    /// The text of a line, without the blanks around it; empty lines and comments are not known.
    pub fn line(&self, at: &At) -> Option<&str> {
        self.lines(&at.file).iter().find(|(line, _)| *line == at.line).map(|(_, text)| text.trim())
    }

    /// The first line with a text.
    pub fn find(&self, text: &str) -> Option<At> {
        self.find_all(text).next()
    }

    /// Every line with a text.
    pub fn find_all<'a>(&'a self, text: &'a str) -> impl Iterator<Item = At> + 'a {
        let lines = self.texts.iter().flat_map(|(file, lines)| lines.iter().map(move |(line, has)| (file, line, has)));
        lines.filter(move |(.., has)| has.contains(text)).map(|(file, line, _)| At { file: file.clone(), line: *line })
    }

    /// The lines of a file, with their numbers.
    pub fn lines(&self, file: &str) -> &[(u32, String)] {
        self.texts.iter().find(|(name, _)| name == file).map(|(_, lines)| lines.as_slice()).unwrap_or_default()
    }

    /// Those that take in a file.
    pub fn includes_of<'a>(&'a self, file: &'a str) -> impl Iterator<Item = &'a Include> {
        self.includes.iter().filter(move |include| glob::path(&include.pattern, file))
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
    pub fn members(&self, pass: &Pass) -> Option<Vec<UpstreamServer>> {
        if let Some(members) = self.upstreams.get(&pass.target) {
            return Some(members.clone());
        }
        let plain = if pass.scheme == "https" { "443" } else { "80" };
        let socket = if pass.target.contains(':') { pass.target.clone() } else { format!("{}:{plain}", pass.target) };
        (!pass.target.contains('$')).then(|| vec![UpstreamServer { socket, aside: None, at: pass.at.clone() }])
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

fn member(each: &PlacedDirective) -> Option<UpstreamServer> {
    let [word, socket, rest @ ..] = each.words.as_slice() else { return None };
    let socket = if socket.contains(':') { socket.clone() } else { format!("{socket}:80") };
    let aside = ["down", "backup"].into_iter().find(|mark| rest.iter().any(|word| word == mark));
    (word == "server").then(|| UpstreamServer { socket, aside, at: each.at.clone() })
}
