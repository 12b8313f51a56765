//! What a site's configuration makes nginx wait for.

use crate::config::modules::SiteConfig;
use crate::model::event::{ProxyDirective, ProxyTimeouts};
use std::time::Duration;

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

/// How long nginx leaves out a server that has just failed. Each of its worker processes does so for itself, and each decides by
/// its own last failure: one good answer through one worker says nothing of the others.
/// <https://nginx.org/en/docs/http/ngx_http_upstream_module.html#fail_timeout>
pub fn ejection(timeouts: &ProxyTimeouts) -> Duration {
    if timeouts.max_fails == "0" {
        return Duration::ZERO;
    }
    time(&timeouts.fail_timeout).unwrap_or(Duration::from_secs(10))
}

/// A time as nginx writes it: `10s`, `1m30s`, `500ms`, or seconds without a unit.
/// <https://nginx.org/en/docs/syntax.html>
fn time(text: &str) -> Option<Duration> {
    let mut rest: &str = &text.chars().filter(|c| !c.is_whitespace() && *c != '"').collect::<String>();
    let mut all = Duration::ZERO;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let (number, unit) = rest.split_at(digits);
        let letters = unit.find(|c: char| c.is_ascii_digit()).unwrap_or(unit.len());
        let number: u64 = number.parse().ok()?;
        let milliseconds = match &unit[..letters] {
            "ms" => 1,
            "s" | "" => 1000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => return None,
        };
        all = all.checked_add(Duration::from_millis(number.checked_mul(milliseconds)?))?;
        rest = &unit[letters..];
    }
    (!text.is_empty()).then_some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_left_out_as_long_as_the_site_says() {
        let ejected = |parameters: &str| {
            let text = format!("upstream u {{ server h:1 {parameters}; }} server {{ }}");
            ejection(&proxy_timeouts(Some(&SiteConfig::read("a.b", "", &text)))).as_millis()
        };
        for (parameters, milliseconds) in [
            ("", 10_000),
            ("fail_timeout=3s", 3000),
            ("fail_timeout=4", 4000),
            ("fail_timeout=1m30s", 90_000),
            ("fail_timeout=500ms", 500),
            ("fail_timeout=never", 10_000),
            ("max_fails=0 fail_timeout=3s", 0),
        ] {
            assert_eq!(ejected(parameters), milliseconds, "{parameters}");
        }
    }

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
