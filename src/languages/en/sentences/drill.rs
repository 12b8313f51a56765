//! What a drill came to, and which directive of nginx would change the number; or why it gave no figures.

use super::symptom::advice;
use super::{unreachable, visitor};
use crate::model::event::{
    Drill, DrillFailure, DrillMode as Mode, Drilled, FaultError, Figures, LoggedError, NginxError, ProxyDirective,
    ProxyTimeouts, Turn, began_to_listen_before_it_answered,
};
use crate::model::name::BackendName;

/// What happened to visitors, and why. Older recordings hold it in words.
pub fn verdict(drilled: &Drilled) -> String {
    if let Some(verdict) = &drilled.verdict {
        return verdict.clone();
    }
    let Drilled { drill, figures, timeouts, logged, .. } = drilled;
    let mut text = happened(drill.mode, &drill.host, figures);
    if let Some(timeouts) = timeouts {
        text.push_str(&format!(" {}", why(drilled, timeouts)));
    }
    if !logged.is_empty() && figures.lost + figures.slow > 0 {
        text.push_str(&format!(" {}", log(logged)));
    }
    if drilled.keeps_promise() == Some(false) {
        text.push_str(PROMISE);
    }
    text
}

/// Why there are no figures.
pub fn failure(failure: &DrillFailure) -> String {
    match failure {
        DrillFailure::SiteFails { site, met } => {
            format!("nothing was broken: http://{site}/ does not answer properly: {}", visitor::visit_error(met))
        }
        DrillFailure::Unnamed { site } => {
            format!("nothing was broken: http://{site}/ does not say which server answered (X-Upstream)")
        }
        DrillFailure::KeptElsewhere { host, answered } => format!(
            "nothing was broken: no request from here reaches {host}, because ip_hash keeps this computer on {}; choose \
             that server with --host",
            list(answered)
        ),
        DrillFailure::BesideTheProxy { host, mode: Mode::Reboot } => {
            format!("{} is also the web server: while it reboots, no site answers", host.host())
        }
        DrillFailure::BesideTheProxy { host, .. } => format!(
            "{} is also the web server: what nginx asks there never crosses a network, so no packet can be dropped",
            host.host()
        ),
        DrillFailure::OnOneMachine { host, site } => {
            format!("all backends of {site} run on {}: while it reboots, nobody is left to take over", host.host())
        }
        DrillFailure::ServersMissing { site, hosts } => {
            let verb = if hosts.len() == 1 { "does" } else { "do" };
            format!("nothing was broken: {} {verb} not answer for http://{site}/", list(hosts))
        }
        DrillFailure::NotReached { host, why } => format!("the fault did not take effect: {}", fault_error(host, why)),
        DrillFailure::NotRestored { host, why } => format!("not restored: {}", fault_error(host, why)),
        DrillFailure::Unreachable { unreachable } => unreachable::reason(unreachable),
        DrillFailure::Interrupted => "interrupted".to_owned(),
        DrillFailure::Defect { text } => format!("a defect in labctl: {text}"),
        DrillFailure::Other { reason } => reason.clone(),
    }
}

/// What is behind a failure, and what to type next; `web` is the web server's name.
pub fn hints(failure: &DrillFailure, web: &str) -> Vec<String> {
    const WHOLE: &str = "repair the lab first: labctl up";
    match failure {
        DrillFailure::SiteFails { met, .. } => {
            let mut hints = super::symptom::hints(met, web);
            hints.push(WHOLE.to_owned());
            hints
        }
        DrillFailure::Unnamed { .. } | DrillFailure::KeptElsewhere { .. } | DrillFailure::ServersMissing { .. } => {
            vec![WHOLE.to_owned()]
        }
        DrillFailure::BesideTheProxy { .. } => {
            vec!["choose a server on another machine (--host), or --mode stop, kill or freeze".to_owned()]
        }
        DrillFailure::OnOneMachine { .. } => vec!["break one of them: --mode stop, kill, freeze or drop".to_owned()],
        DrillFailure::NotReached { .. } | DrillFailure::Defect { .. } => vec!["everything works as before".to_owned()],
        DrillFailure::NotRestored { host, .. } => {
            vec![format!("a timer on {} undoes the fault soon; then run: labctl up", host.host())]
        }
        DrillFailure::Unreachable { unreachable } => unreachable::hints(unreachable),
        DrillFailure::Interrupted | DrillFailure::Other { .. } => Vec::new(),
    }
}

fn fault_error(host: &BackendName, why: &FaultError) -> String {
    match why {
        FaultError::Busy => format!("{host}: another drill is under way there"),
        FaultError::Reported { text } => format!("{host}: {text}"),
        FaultError::LinkLost { lost } => format!("{host}: {}", unreachable::reason(lost)),
        FaultError::BrokeOff => format!("{host}: its shell ended unexpectedly"),
        FaultError::Late => format!("{host}: it took too long to make the fault"),
        FaultError::NoAnswer => format!("{host}: it does not answer"),
        FaultError::NotRebooted => format!("{host}: it has not rebooted yet"),
        FaultError::StillAnswers => format!("{host} kept answering"),
        FaultError::NotBack => format!("{host} does not answer for the site again"),
    }
}

fn list(hosts: &[BackendName]) -> String {
    hosts.iter().map(BackendName::as_str).collect::<Vec<_>>().join(", ")
}

fn happened(mode: Mode, broken: &BackendName, figures: &Figures) -> String {
    let did = match mode {
        Mode::Stop => "was stopped",
        Mode::Kill => "was killed",
        Mode::Freeze => "was frozen",
        Mode::Drop => "was cut off",
        Mode::Reboot => "was rebooted",
    };
    let silent = seconds(figures.silent_ms);
    let noticed = match (figures.lost, figures.slow) {
        (0, 0) => format!("no visitor noticed (slowest answer {} ms)", figures.max_ms),
        (0, slow) => {
            format!(
                "no request was lost, but {slow} of {} requests waited, at most {}",
                figures.sent,
                seconds(figures.max_ms)
            )
        }
        (lost, slow) => {
            let slow =
                if slow == 0 { String::new() } else { format!("; {slow} waited, at most {}", seconds(figures.max_ms)) };
            format!("{lost} of {} requests were lost ({}){slow}", figures.sent, visitor::losses(&figures.lost_why))
        }
    };
    format!("{broken} {did} and gave no answer for {silent}: {noticed}.")
}

/// A turn of the story of a drill.
pub fn turn(turn: &Turn) -> String {
    match turn {
        Turn::Load { rate, site } => format!("{rate} requests a second to http://{site}/"),
        Turn::Note { host, text } => format!("{host}: {text}"),
        Turn::Broken { host, mode, limit_s: None } => format!("{host}: {}", mode.word()),
        Turn::Broken { host, mode, limit_s: Some(limit) } => {
            format!("{host}: {} (a timer on the machine undoes it after {limit} s, even without labctl)", mode.word())
        }
        Turn::Ejected { host } => format!("nginx has ejected {host}: it has been sent no request for a second"),
        Turn::Undoing { host, mode } => {
            let how = match mode {
                Mode::Stop => "pm2 restart",
                Mode::Kill => "pm2 may start it again",
                Mode::Freeze => "its processes continue",
                Mode::Drop => "packets get through again",
                Mode::Reboot => "waiting until it has booted",
            };
            format!("{host}: {how}")
        }
        Turn::Back { host, took_ms } => format!("{host} answers again, {} later", seconds(*took_ms)),
        Turn::Worded { text, .. } => text.clone(),
    }
}

fn why(drilled: &Drilled, timeouts: &ProxyTimeouts) -> String {
    let Drilled { drill: Drill { mode, host: broken, .. }, figures, logged, .. } = drilled;
    let ejected = figures.ejected_ms.map_or_else(
        || "nginx never ejected it for a whole second".to_owned(),
        |ms| format!("nginx ejected it after {}", seconds(ms)),
    );
    let ProxyTimeouts { connect, read, max_fails, fail_timeout } = timeouts;
    let (connect, read) = (directive(connect), directive(read));
    if figures.lost > 0 {
        // Of many causes, the most frequent one; the table of symptoms has them all.
        let most = figures.lost_why.most_telling();
        let cause = most.and_then(|(error, _)| advice(error, "the web server")).map(|advice| advice.cause);
        // What nginx itself wrote down follows this, and needs no guess.
        let cause =
            cause.filter(|_| logged.is_empty()).map(|cause| format!(" The likely cause: {cause}.")).unwrap_or_default();
        return format!(
            "{ejected}. `proxy_next_upstream` decides what is tried again on another server, \
             `proxy_next_upstream_tries` and `_timeout` how often and how long.{cause}"
        );
    }
    match *mode {
        Mode::Stop | Mode::Kill | Mode::Reboot if figures.slow == 0 => format!(
            "{ejected}: a closed port refuses at once, so the request went on to another server (`proxy_next_upstream`), \
             and `max_fails={max_fails} fail_timeout={fail_timeout}` kept the next ones away."
        ),
        Mode::Stop | Mode::Kill | Mode::Reboot => {
            format!(
                "{ejected}. {}",
                slow_though_refused(
                    broken,
                    figures,
                    began_to_listen_before_it_answered(logged, broken),
                    &connect,
                    &read
                )
            )
        }
        Mode::Freeze => format!(
            "{ejected}. A frozen server still takes connections, so only silence gives it away: `proxy_read_timeout` {read} \
             is the wait, and a smaller value shortens it. Open nginx has no active checks: a visitor has to find out."
        ),
        Mode::Drop => format!(
            "{ejected}. Dropped packets get no answer, so a timeout must decide: `proxy_connect_timeout` {connect} for new \
             connections, `proxy_read_timeout` {read} for kept ones; smaller values shorten the wait. Open nginx has no \
             active checks: a visitor has to find out."
        ),
    }
}

/// Why requests were slow although a stopped server's port refuses at once: what was measured shows where they waited.
fn slow_though_refused(broken: &BackendName, figures: &Figures, compiles: bool, connect: &str, read: &str) -> String {
    let Figures { slow, slow_at_broken: own, slow_moved: moved, .. } = figures;
    let mut text = Vec::new();
    if *own > 0 {
        text.push(format!(
            "{broken} itself gave {own} of the {slow} slow answers: it takes connections before its page is ready (an \
             application that compiles when it starts does), and a server that takes connections is in use again. \
             `proxy_read_timeout` {read} is how long nginx waits for such a page."
        ));
    }
    if *moved > 0 && compiles {
        text.push(format!(
            "{moved} of the {slow} slow requests met {broken} when it took connections again, but had no page yet (an \
             application that compiles when it starts does so): nginx waited `proxy_read_timeout` {read}, then asked another \
             server. One visitor each `fail_timeout` has to find that out; `labctl up` spares them, because it takes a server \
             out of rotation while it starts."
        ));
    } else if *moved > 0 {
        text.push(format!(
            "{moved} of the {slow} slow requests waited for {broken} in vain before another server answered: a machine \
             that is going down or coming up may not refuse connections, so `proxy_connect_timeout` {connect} and \
             `proxy_read_timeout` {read} must end the wait."
        ));
    }
    if text.is_empty() {
        text.push(format!("None of the {slow} slow requests had been sent to {broken}: the others answered late."));
    }
    text.join(" ")
}

/// What nginx wrote down, for whoever was lost or waited.
fn log(logged: &[LoggedError]) -> String {
    let each = |each: &LoggedError| {
        let host = each.host.as_ref().map_or("a server", BackendName::as_str);
        let text = match &each.what {
            NginxError::Refused => format!("{host} refused the connection"),
            NginxError::ConnectTimeout => format!("{host} did not take the connection in time"),
            NginxError::AnswerTimeout => format!("{host} took the connection and did not answer in time"),
            NginxError::Closed => format!("{host} closed the connection instead of answering"),
            NginxError::NoRoute => format!("no route to {host}"),
            NginxError::NobodyLeft => {
                "no server left to ask, because each had failed within the last `fail_timeout`".to_owned()
            }
            NginxError::Other { text } => format!("{host}: {text}"),
        };
        format!("{} × {text}", each.count)
    };
    let most: Vec<String> = logged.iter().take(5).map(each).collect();
    format!("nginx's error log from that time: {}.", most.join("; "))
}

const PROMISE: &str = " The shipped template promises that no request is lost and nobody waits longer than 3.5 s: this time it did not keep that promise.";

fn directive(directive: &ProxyDirective) -> String {
    let ProxyDirective { value, default } = directive;
    if *default { format!("{value} (nginx's default)") } else { value.clone() }
}

fn seconds(ms: u64) -> String {
    if ms < 1000 { format!("{ms} ms") } else { format!("{}.{} s", ms / 1000, ms % 1000 / 100) }
}

#[cfg(test)]
#[path = "drill_tests.rs"]
mod tests;
