//! What happened, in a sentence for people, and which directive of nginx would change the number. Pure.

use super::{Figures, Mode};
use crate::config::modules::SiteConfig;
use crate::model::name::HostName;

/// How long nginx waits for a server of the site, as its configuration says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProxyTimeouts {
    /// `proxy_connect_timeout`.
    pub connect: String,
    /// `proxy_read_timeout`.
    pub read: String,
    /// `max_fails` of the servers.
    pub max_fails: String,
    /// `fail_timeout` of the servers.
    pub fail_timeout: String,
}

impl ProxyTimeouts {
    /// Of a site's configuration: what stands in it, and nginx's defaults for the rest. `None` stands for an empty one.
    pub fn of(site: Option<&SiteConfig>) -> Self {
        let or = |value: Option<String>, default: &str| value.unwrap_or_else(|| format!("{default} (nginx's default)"));
        let wait = |name: &str| or(site.and_then(|site| site.value(name)), "60s");
        let server = |name: &str, default: &str| site.and_then(|s| s.parameter(name)).unwrap_or(default.to_owned());
        Self {
            connect: wait("proxy_connect_timeout"),
            read: wait("proxy_read_timeout"),
            max_fails: server("max_fails", "1"),
            fail_timeout: server("fail_timeout", "10s"),
        }
    }
}

/// `waits` is what the site's configuration says.
pub fn verdict(mode: Mode, broken: &HostName, figures: &Figures, waits: &ProxyTimeouts) -> String {
    format!("{} {}", happened(mode, broken, figures), why(mode, figures, waits))
}

fn happened(mode: Mode, broken: &HostName, figures: &Figures) -> String {
    let did = match mode {
        Mode::Stop => "was stopped",
        Mode::Kill => "was killed",
        Mode::Freeze => "was frozen",
        Mode::Drop => "was cut off",
        Mode::Reboot => "was started anew",
    };
    let silent = seconds(figures.silent_ms);
    let noticed = match (figures.lost, figures.slow) {
        (0, 0) => format!("no visitor noticed (slowest answer {} ms)", figures.max_ms),
        (0, slow) => {
            format!(
                "nobody was lost, but {slow} of {} requests waited, at most {}",
                figures.sent,
                seconds(figures.max_ms)
            )
        }
        (lost, slow) => {
            let why: Vec<String> = figures.lost_why.iter().map(|(why, n)| format!("{n} × {why}")).collect();
            let slow =
                if slow == 0 { String::new() } else { format!("; {slow} waited, at most {}", seconds(figures.max_ms)) };
            format!("{lost} of {} requests were lost ({}){slow}", figures.sent, why.join(", "))
        }
    };
    format!("{broken} {did} and gave no answer for {silent}: {noticed}.")
}

fn why(mode: Mode, figures: &Figures, waits: &ProxyTimeouts) -> String {
    let left_out = figures.left_out_ms.map_or_else(
        || "nginx never left it out for a whole second".to_owned(),
        |ms| format!("nginx left it out after {}", seconds(ms)),
    );
    let ProxyTimeouts { connect, read, max_fails, fail_timeout } = waits;
    if figures.lost > 0 {
        return format!(
            "{left_out}. `proxy_next_upstream` decides what is tried again on another server, \
             `proxy_next_upstream_tries` and `_timeout` how often and how long."
        );
    }
    match mode {
        Mode::Stop | Mode::Kill | Mode::Reboot if figures.slow == 0 => format!(
            "{left_out}: a closed port refuses at once, so the request went on to another server (`proxy_next_upstream`), \
             and `max_fails={max_fails} fail_timeout={fail_timeout}` kept the next ones away."
        ),
        Mode::Freeze => format!(
            "{left_out}. A frozen server still takes connections, so only silence gives it away: `proxy_read_timeout` {read} \
             is the wait, and a smaller value shortens it. Open nginx has no active checks: a visitor has to find out."
        ),
        _ => format!(
            "{left_out}. Dropped packets say nothing, so a timeout must: `proxy_connect_timeout` {connect} for new \
             connections, `proxy_read_timeout` {read} for kept ones; smaller values shorten the wait. Open nginx has no \
             active checks: a visitor has to find out."
        ),
    }
}

fn seconds(ms: u64) -> String {
    if ms < 1000 { format!("{ms} ms") } else { format!("{}.{} s", ms / 1000, ms % 1000 / 100) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn said(mode: Mode, lost: usize, slow: usize, text: &str) -> String {
        let none = BTreeMap::new;
        let figures = Figures {
            sent: 900,
            lost,
            lost_why: if lost > 0 { BTreeMap::from([("status 502".to_owned(), lost)]) } else { BTreeMap::new() },
            slow,
            longest_gap_ms: 40,
            p50_ms: 2,
            p99_ms: 9,
            max_ms: if slow > 0 { 3004 } else { 40 },
            left_out_ms: Some(20),
            moved: 1,
            silent_ms: 12_345,
            back_ms: 900,
            before: none(),
            during: none(),
            after: none(),
        };
        verdict(mode, &"app2".parse().unwrap(), &figures, &ProxyTimeouts::of(Some(&SiteConfig::read("a.b", "", text))))
    }

    const TEXT: &str = "upstream u { server h:1 max_fails=2 fail_timeout=5s; } server { proxy_read_timeout 7s; }";

    #[test]
    fn it_says_what_happened_and_which_directive() {
        let stop = said(Mode::Stop, 0, 0, TEXT);
        assert!(stop.starts_with("app2 was stopped and gave no answer for 12.3 s: no visitor noticed"), "{stop}");
        assert!(stop.contains("`max_fails=2 fail_timeout=5s`"), "{stop}");
        let freeze = said(Mode::Freeze, 0, 70, TEXT);
        assert!(
            freeze.contains("70 of 900")
                && freeze.contains("at most 3.0 s")
                && freeze.contains("`proxy_read_timeout` 7s is")
        );
        assert!(freeze.contains("no active checks"));
        assert!(
            said(Mode::Drop, 0, 70, "server { location / { proxy_pass http://x; } }")
                .contains("`proxy_connect_timeout` 60s (nginx's default) for")
        );
        let lost = said(Mode::Kill, 7, 0, TEXT);
        assert!(lost.contains("7 of 900 requests were lost (7 × status 502)") && lost.contains("proxy_next_upstream"));
    }
}
