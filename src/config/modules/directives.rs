//! The nginx directives in the configuration of a site, by the block they belong to.

use super::{Call, nginx};
use crate::config::nginx_conf::{Directive, parse};
use crate::config::scope::Rendered;
use crate::model::site::Site;

/// The nginx configuration of one site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteConfig {
    /// The site's domain, the key under `sites:`.
    pub domain: String,
    /// The value of the response header `X-Labctl-Config`.
    pub hash: String,
    directives: Vec<Directive<()>>,
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

    /// Finds the directives in the text of an nginx configuration.
    pub fn read(domain: &str, hash: &str, text: &str) -> Self {
        let directives = parse(text.split('\n').map(|line| ((), line)));
        Self { domain: domain.to_owned(), hash: hash.to_owned(), directives }
    }

    /// The value that counts for `/`: of `location /`, else of the server, else of the file.
    pub fn value(&self, name: &str) -> Option<String> {
        let servers = || blocks(&self.directives, &["server"]);
        let locations = servers().flat_map(|server| blocks(server, &["location", "/"]));
        let scopes = locations.chain(servers()).chain([self.directives.as_slice()]);
        let directive = scopes.flatten().find(|each| each.block.is_none() && each.name() == name)?;
        Some(directive.words[1..].join(" "))
    }

    /// A parameter of the first server of the upstream, such as `max_fails`.
    pub fn parameter(&self, name: &str) -> Option<String> {
        let upstreams = self.directives.iter().filter(|each| each.name() == "upstream");
        let server = upstreams.flat_map(Directive::within).find(|each| each.name() == "server")?;
        server.words.iter().find_map(|word| Some(word.strip_prefix(name)?.strip_prefix('=')?.to_owned()))
    }
}

/// The contents of the blocks that begin with these words.
fn blocks<'a>(tree: &'a [Directive<()>], head: &'a [&'a str]) -> impl Iterator<Item = &'a [Directive<()>]> {
    tree.iter().filter(move |each| each.words == head).map(Directive::within)
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
}
