//! What happened, in a sentence for people, and which directive of nginx would change the number. Pure.

use super::{Figures, Mode};
use crate::name::HostName;

/// `plain` says that nginx ran with its own defaults.
pub fn verdict(mode: Mode, broken: &HostName, figures: &Figures, plain: bool) -> String {
    format!("{} {}", happened(mode, broken, figures), why(mode, figures, plain))
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

fn why(mode: Mode, figures: &Figures, plain: bool) -> String {
    let left_out = figures.left_out_ms.map_or_else(
        || "nginx never left it out for a whole second".to_owned(),
        |ms| format!("nginx left it out after {}", seconds(ms)),
    );
    if figures.lost > 0 {
        return format!(
            "{left_out}. `proxy_next_upstream` decides what is tried again on another server, \
             `proxy_next_upstream_tries` and `_timeout` how often and how long."
        );
    }
    match mode {
        Mode::Stop | Mode::Kill | Mode::Reboot if figures.slow == 0 => format!(
            "{left_out}: a closed port refuses at once, so the request went on to another server (`proxy_next_upstream`), \
             and `max_fails=1 fail_timeout=10s` kept the next ones away."
        ),
        Mode::Freeze => format!(
            "{left_out}. A frozen server still takes connections, so only silence gives it away: `proxy_read_timeout` {} is the \
             wait, and a smaller value shortens it. Open nginx has no active checks: a visitor has to find out.",
            if plain { "60s (nginx's default)" } else { "3s (as shipped)" }
        ),
        _ => format!(
            "{left_out}. Dropped packets say nothing, so a timeout must: `proxy_connect_timeout` {} for new connections, \
             `proxy_read_timeout` {} for kept ones; smaller values shorten the wait. Open nginx has no active checks: a \
             visitor has to find out.",
            if plain { "60s (nginx's default)" } else { "1s (as shipped)" },
            if plain { "60s" } else { "3s" },
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

    fn said(mode: Mode, lost: usize, slow: usize, plain: bool) -> String {
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
        verdict(mode, &"app2".parse().unwrap(), &figures, plain)
    }

    #[test]
    fn it_says_what_happened_and_which_directive() {
        let stop = said(Mode::Stop, 0, 0, false);
        assert!(stop.starts_with("app2 was stopped and gave no answer for 12.3 s: no visitor noticed"), "{stop}");
        let freeze = said(Mode::Freeze, 0, 70, false);
        assert!(
            freeze.contains("70 of 900")
                && freeze.contains("at most 3.0 s")
                && freeze.contains("`proxy_read_timeout` 3s (as shipped)")
        );
        assert!(freeze.contains("no active checks"));
        assert!(said(Mode::Drop, 0, 70, true).contains("`proxy_connect_timeout` 60s (nginx's default)"));
        let lost = said(Mode::Kill, 7, 0, false);
        assert!(lost.contains("7 of 900 requests were lost (7 × status 502)") && lost.contains("proxy_next_upstream"));
    }
}
