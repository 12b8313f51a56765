//! What the configuration of a site says: the directives of nginx in it, by the block that they stand in.

use super::{Call, nginx};
use crate::config::scope::Rendered;
use crate::model::site::Site;

/// A site as nginx is to serve it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteConfig {
    /// The domain.
    pub domain: String,
    /// What the header `X-Labctl-Config` of its answers says.
    pub hash: String,
    /// The blocks around a directive, from the outside, and the directive's words.
    directives: Vec<(Vec<String>, Vec<String>)>,
}

impl SiteConfig {
    /// The sites that a call of the module `nginx` makes; none for any other call.
    pub fn of(call: &Call) -> Vec<Self> {
        if call.shell != nginx::MODULE.shell {
            return Vec::new();
        }
        let read = |(site, (_, rendered)): (&Site, &(String, Rendered))| {
            Self::read(&site.domain, site.config_hash.as_deref().unwrap_or_default(), &rendered.content)
        };
        call.sites.iter().zip(&call.rendered).map(read).collect()
    }

    /// Reads a configuration.
    pub fn read(domain: &str, hash: &str, text: &str) -> Self {
        let (mut around, mut words, mut directives) = (Vec::<String>::new(), Vec::<String>::new(), Vec::new());
        for token in tokens(text) {
            match token.as_str() {
                ";" => directives.push((around.clone(), std::mem::take(&mut words))),
                "{" => around.push(std::mem::take(&mut words).join(" ")),
                "}" => drop(around.pop()),
                _ => words.push(token),
            }
        }
        Self { domain: domain.to_owned(), hash: hash.to_owned(), directives }
    }

    /// The value that counts for `/`: of `location /`, else of the server, else of the file.
    pub fn value(&self, name: &str) -> Option<String> {
        let scopes: [&[&str]; 3] = [&["server", "location /"], &["server"], &[]];
        scopes.iter().find_map(|scope| {
            let own = |(around, words): &&(Vec<String>, Vec<String>)| {
                around == scope && words.first().is_some_and(|w| w == name)
            };
            self.directives.iter().find(own).map(|(_, words)| words[1..].join(" "))
        })
    }

    /// A parameter of the first server of the upstream, such as `max_fails`.
    pub fn parameter(&self, name: &str) -> Option<String> {
        let server = |(around, words): &&(Vec<String>, Vec<String>)| {
            around.first().is_some_and(|a| a.starts_with("upstream ")) && words.first().is_some_and(|w| w == "server")
        };
        let (_, words) = self.directives.iter().find(server)?;
        words.iter().find_map(|word| Some(word.strip_prefix(name)?.strip_prefix('=')?.to_owned()))
    }
}

/// Words, `;`, `{` and `}`; comments are left out, quotes are taken off.
fn tokens(text: &str) -> Vec<String> {
    let (mut found, mut word) = (Vec::new(), String::new());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '#' if word.is_empty() => while chars.next_if(|c| *c != '\n').is_some() {},
            '"' | '\'' if word.is_empty() => {
                word.extend(std::iter::from_fn(|| chars.next_if(|next| *next != c)));
                chars.next();
            }
            // `${name}` is part of a word.
            '{' if word.ends_with('$') => word.push(c),
            '}' if word.contains("${") && !word.ends_with('}') => word.push(c),
            ';' | '{' | '}' => {
                found.extend((!word.is_empty()).then(|| std::mem::take(&mut word)));
                found.push(c.to_string());
            }
            c if c.is_whitespace() => found.extend((!word.is_empty()).then(|| std::mem::take(&mut word))),
            c => word.push(c),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "
        upstream a_b { zone a_b 64k; # max_fails=9
            server 10.0.0.1:3000 max_fails=2 fail_timeout=5s; }
        server { server_name a.b; proxy_read_timeout 7s; add_header X \"a; b\" always; set $x ${y}z;
            location / { proxy_connect_timeout 2s; proxy_pass http://a_b; }
            location /sockjs-node { proxy_read_timeout 1h; } }";

    #[test]
    fn values_by_their_block() {
        let site = SiteConfig::read("a.b", "h", TEXT);
        let values = ["proxy_read_timeout", "proxy_connect_timeout", "add_header", "set", "proxy_send_timeout"]
            .map(|name| site.value(name));
        let wanted = [Some("7s"), Some("2s"), Some("X a; b always"), Some("$x ${y}z"), None];
        assert_eq!(values, wanted.map(|value| value.map(str::to_owned)));
        assert_eq!(
            ["max_fails", "fail_timeout", "weight"].map(|name| site.parameter(name)),
            [Some("2".to_owned()), Some("5s".to_owned()), None]
        );
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read(text in "[a-z ;{}#'\"$\n]{0,80}") {
            let _ = SiteConfig::read("a.b", "h", &text);
        }
    }
}
