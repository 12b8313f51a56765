//! A `server { }` of nginx, and what it does with a request: which location takes it, and what that location says.

use super::directives::{At, PlacedDirective};
use super::guard;

/// A `proxy_pass`: whom a location asks, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pass {
    /// The scheme of its address: `http` or `https`.
    pub scheme: String,
    /// Whom it asks: the name of an upstream, or `10.0.0.2:3000`.
    pub target: String,
    /// What it puts in place of the location's path; empty: nothing.
    pub path: String,
    /// The file and line of the directive.
    pub at: At,
}

/// What a server does with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action<'a> {
    /// It asks an application.
    Pass(&'a Pass),
    /// It answers by itself: `return`, or a `rewrite` that sends the visitor elsewhere.
    Return {
        /// The directive, as it is written.
        words: &'a [String],
        /// The file and line of the directive.
        at: &'a At,
        /// The `if` around it, which holds for this visitor.
        guard: Option<&'a PlacedDirective>,
    },
    /// It looks for a file first, and says 404 if there is none.
    Files {
        /// The directive that says so; none where nothing hands the request on.
        at: Option<&'a At>,
    },
}

/// A `location` of a site, with what it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// The file and line of its opening brace.
    pub at: At,
    /// What stands in it.
    pub body: Vec<PlacedDirective>,
    /// The `proxy_pass` in it, if there is one.
    pub pass: Option<Pass>,
    /// `=`, `^~`, `~`, `~*`, or nothing.
    modifier: String,
    path: String,
}

impl Location {
    /// Whether it takes its path only, and nothing below it: `location = /`.
    pub fn is_exact(&self) -> bool {
        self.modifier == "="
    }
}

/// A `server { }` of http.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerBlock {
    /// The file and line of its opening brace.
    pub at: At,
    /// Its names; empty if it has none.
    pub names: Vec<(String, At)>,
    /// What follows `listen`, word by word.
    pub listens: Vec<Vec<String>>,
    /// Where its `listen` stand.
    pub listens_at: Vec<At>,
    /// Where it hands requests on to, those for `/` first.
    pub passes: Vec<Pass>,
    locations: Vec<Location>,
    body: Vec<PlacedDirective>,
}

impl ServerBlock {
    /// Reads what the block of a `server` directive says.
    pub fn read(block: &PlacedDirective) -> Self {
        let mut server = Self {
            at: block.at.clone(),
            names: Vec::new(),
            listens: Vec::new(),
            listens_at: Vec::new(),
            passes: Vec::new(),
            locations: Vec::new(),
            body: block.within().to_vec(),
        };
        for each in block.within() {
            match each.name() {
                "server_name" => {
                    server.names.extend(each.words[1..].iter().map(|name| (name.clone(), each.at.clone())));
                }
                "listen" => {
                    server.listens.push(each.words[1..].to_vec());
                    server.listens_at.push(each.at.clone());
                }
                "location" => server.locations.extend(Location::read(each)),
                _ => {}
            }
        }
        server.passes.extend(server.location("/").and_then(|location| location.pass.clone()));
        let others = server.locations.iter().filter_map(|location| location.pass.clone());
        let others: Vec<Pass> = others.filter(|pass| !server.passes.contains(pass)).collect();
        // Where `/` is handed on, only that counts.
        if server.passes.is_empty() {
            server.passes = others;
        }
        server
    }

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

    /// The location that nginx chooses for a path: an exact one, else the longest beginning, unless a pattern fits.
    pub fn location(&self, path: &str) -> Option<&Location> {
        let of = |modifier: &'static str| self.locations.iter().filter(move |each| each.modifier == modifier);
        if let Some(exact) = of("=").find(|each| each.path == path) {
            return Some(exact);
        }
        let begins = self.locations.iter().filter(|each| matches!(each.modifier.as_str(), "" | "^~"));
        let longest = begins.filter(|each| path.starts_with(&each.path)).max_by_key(|each| each.path.len());
        if longest.is_some_and(|each| each.modifier == "^~") {
            return longest;
        }
        let patterns = self.locations.iter().filter(|each| each.modifier.starts_with('~'));
        patterns.into_iter().find(|each| fits(&each.path, path)).or(longest)
    }

    /// What counts for a path, the innermost first: what stands in its location, and in the server.
    pub fn levels(&self, path: &str) -> [&[PlacedDirective]; 2] {
        [self.location(path).map(|location| location.body.as_slice()).unwrap_or_default(), &self.body]
    }

    /// Whether it takes plain requests for port 80 over IPv4, on every address or on one that is the machine's `own`.
    pub fn on_web_port(&self, own: impl Fn(&str) -> bool) -> bool {
        let plain = |listen: &Vec<String>| {
            let first = listen.first().map_or("", String::as_str);
            let at = first.rsplit_once(':').map_or(first, |(at, _)| at);
            if at.parse::<std::net::Ipv4Addr>().is_ok_and(|at| !at.is_unspecified()) && !own(at) {
                return false;
            }
            let four = !first.starts_with('[') || listen.iter().any(|word| word == "ipv6only=off");
            four && port_of(first) == "80" && !listen.iter().any(|word| word == "ssl")
        };
        self.listens.is_empty() || self.listens.iter().any(plain)
    }

    /// What it does with a visitor's request for a path of a host, as far as can be read.
    pub fn action(&self, path: &str, host: &str) -> Action<'_> {
        let location = self.location(path);
        let inner = location.map(|location| location.body.as_slice()).unwrap_or_default();
        if let Some(found) = returns(&self.body, path, host).or_else(|| returns(inner, path, host)) {
            return found;
        }
        let Some(pass) = location.and_then(|location| location.pass.as_ref()) else {
            let at = inner.iter().find(|each| matches!(each.name(), "try_files" | "root" | "alias"));
            return Action::Files { at: at.map(|each| &each.at) };
        };
        let tries = inner
            .iter()
            .find(|each| each.name() == "try_files" && each.words.last().is_some_and(|w| w.starts_with('=')));
        match tries {
            // The folder of nginx itself is there: `/` is passed on, and nothing else.
            Some(tries) if !(path.ends_with('/') && tries.words.iter().any(|word| word == "$uri/")) => {
                Action::Files { at: Some(&tries.at) }
            }
            _ => Action::Pass(pass),
        }
    }
}

impl Location {
    fn read(each: &PlacedDirective) -> Option<Self> {
        let (modifier, path) = match each.words.as_slice() {
            [_, path] => (String::new(), path.clone()),
            [_, modifier, path] => (modifier.clone(), path.clone()),
            _ => return None,
        };
        let body = each.within().to_vec();
        Some(Self { at: each.at.clone(), modifier, path, pass: pass(&body), body })
    }
}

/// The first `proxy_pass`, however deep.
fn pass(tree: &[PlacedDirective]) -> Option<Pass> {
    tree.iter().find_map(|each| match each.words.as_slice() {
        [word, target] if word == "proxy_pass" => {
            let (scheme, bare) = target.split_once("://").unwrap_or(("http", target));
            let (target, path) = bare.find('/').map_or((bare, ""), |at| bare.split_at(at));
            let (scheme, target, path) = (scheme.to_owned(), target.to_owned(), path.to_owned());
            Some(Pass { scheme, target, path, at: each.at.clone() })
        }
        _ => pass(each.within()),
    })
}

fn returns<'a>(tree: &'a [PlacedDirective], path: &str, host: &str) -> Option<Action<'a>> {
    let away = |each: &PlacedDirective| {
        let last = each.words.last().map_or("", String::as_str);
        let target = each.words.get(2).is_some_and(|to| to.starts_with("http"));
        match each.name() {
            "return" => true,
            "rewrite" => {
                (matches!(last, "permanent" | "redirect") || target) && each.words.get(1).is_some_and(|p| fits(p, "/"))
            }
            _ => false,
        }
    };
    tree.iter().find_map(|each| match each.name() {
        "if" if guard::holds(&each.words, path, host) == Some(true) => match returns(each.within(), path, host)? {
            Action::Return { words, at, .. } => Some(Action::Return { words, at, guard: Some(each) }),
            other => Some(other),
        },
        _ => away(each).then_some(Action::Return { words: &each.words, at: &each.at, guard: None }),
    })
}

/// Whether a pattern fits a path, for the few forms that people write: `^/x`, `^(.*)$`, `\.(js|css)$`.
fn fits(pattern: &str, path: &str) -> bool {
    let inner = pattern.trim_start_matches('^');
    if matches!(inner, "" | "/" | "/(.*)$" | "/(.*)" | "(.*)$" | "(.*)" | "/.*$" | "/.*" | ".*" | ".*$") {
        return true;
    }
    let ends = inner.strip_prefix(".*").unwrap_or(inner).strip_prefix("\\.").and_then(|rest| rest.strip_suffix('$'));
    if let Some(ends) = ends {
        let ends = ends.trim_start_matches('(').trim_start_matches("?:").trim_end_matches(')');
        return ends.split('|').any(|end| path.ends_with(&format!(".{}", end.replace('?', ""))));
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || "/_-".contains(c);
    pattern.starts_with("^/") && inner.chars().all(plain) && path.starts_with(inner)
}

/// `80` of `80`, `*:80`, `10.0.0.1`, `[::]:80`.
pub(super) fn port_of(listen: &str) -> &str {
    if listen.bytes().all(|b| b.is_ascii_digit()) {
        return listen;
    }
    let after = listen.rsplit_once(']').map_or(listen, |(_, after)| after);
    after.rsplit_once(':').map_or("80", |(_, port)| port)
}
