//! What a site's configuration makes nginx wait for.

use crate::config::modules::SiteConfig;
use crate::model::event::{ProxyDirective, ProxyTimeouts};

/// What stands in a site's configuration, and nginx's defaults for the rest. `None` stands for an empty one.
pub fn proxy_timeouts(site: Option<&SiteConfig>) -> ProxyTimeouts {
    let directive = |name: &str| {
        let value = site.and_then(|site| site.value(name));
        ProxyDirective { default: value.is_none(), value: value.unwrap_or_else(|| "60s".to_owned()) }
    };
    let server = |name: &str, default: &str| site.and_then(|s| s.parameter(name)).unwrap_or(default.to_owned());
    ProxyTimeouts {
        connect: directive("proxy_connect_timeout"),
        read: directive("proxy_read_timeout"),
        max_fails: server("max_fails", "1"),
        fail_timeout: server("fail_timeout", "10s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_site_does_not_set_is_nginx_s_default() {
        let text = "upstream u { server h:1 max_fails=2 fail_timeout=5s; } server { proxy_read_timeout 7s; }";
        let timeouts = proxy_timeouts(Some(&SiteConfig::read("a.b", "", text)));
        assert_eq!((timeouts.max_fails.as_str(), timeouts.fail_timeout.as_str()), ("2", "5s"));
        assert_eq!(timeouts.read, ProxyDirective { value: "7s".into(), default: false });
        assert_eq!(timeouts.connect, ProxyDirective { value: "60s".into(), default: true });
        assert_eq!(proxy_timeouts(None).max_fails, "1");
    }
}
