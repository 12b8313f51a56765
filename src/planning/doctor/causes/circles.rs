//! What nginx's own files make of a request that would work: it goes round in circles, or meets a limit that is far too small.

use super::answer::{alone, answered, without};
use super::backends::{own, works};
use super::{Cause, Found, HostView, Layer, each};
use crate::model::message::message;
use crate::model::site::Site;
use crate::planning::doctor::RELOAD;

pub const CAUSES: &[Cause] = &[
    Cause { name: "nginx-open-files", layer: Layer::Nginx, blocks: true, find: limit },
    Cause { name: "site-circles", layer: Layer::Nginx, blocks: true, find: |view| each(view, circles) },
];

/// A line of nginx's log, without who asked.
fn logged<'a>(view: &HostView<'a>, tells: impl Fn(&str) -> bool) -> Option<&'a str> {
    let line = view.machine.lines("nginx.error").iter().rev().find(|line| tells(line))?;
    line.split(", client:").next()
}

/// A `rewrite` that fits what it makes itself, or a `try_files` whose last file is not there.
fn circles(view: &HostView<'_>, site: &Site) -> Option<Found> {
    let server = own(view, site).filter(|_| !works(view, site))?;
    let said = format!("server: {}", site.domain);
    let log = logged(view, |line| line.contains("internal redirection cycle") && line.contains(&said))?;
    let levels = server.levels("/");
    let of = |name: &'static str| levels.into_iter().flatten().find(move |each| each.name() == name);
    let wrong = of("rewrite").or_else(|| of("try_files")).or_else(|| of("error_page"))?;
    let text = wrong.words.join(" ");
    let found = Found::new(message!(
        "The site {} goes round in circles in nginx: `{}` makes a request that it fits again.",
        site.domain,
        text
    ));
    let found = found.saw(message!("{}: {};", wrong.at, text));
    let found = found.saw(message!("/var/log/nginx/error.log: {}", log)).saw_all(answered(view, "ask", site));
    Some(without(found, view, site, &wrong.at, &wrong.words, server.location("/")))
}

/// How many files each worker of nginx may have open: below this, not even a handful of visitors gets through.
const FEW: u64 = 64;

const DIRECTIVE: &str = "worker_rlimit_nofile";

fn limit(view: &HostView<'_>) -> Option<Found> {
    if !view.is_web() || view.sites.iter().all(|site| works(view, site)) {
        return None;
    }
    let conf = &view.machine.conf;
    let at = conf.find(&format!("{DIRECTIVE} "))?;
    let line = conf.line(&at)?;
    let number = line.split_once(DIRECTIVE)?.1.trim_start().split([';', ' ']).next()?;
    if number.parse::<u64>().is_ok_and(|number| number >= FEW) {
        return None;
    }
    let found = Found::new(message!(
        "nginx on {} may open next to no files, and so serves nobody: `{} {}` is far too small.",
        view.host,
        DIRECTIVE,
        number
    ));
    let found = found.saw(message!("{}: {} {};", at, DIRECTIVE, number));
    let log = logged(view, |line| line.contains("Too many open files"));
    let found = found.saw_all(log.map(|line| message!("/var/log/nginx/error.log: {}", line)));
    let found = if alone(line, &[DIRECTIVE.to_owned()]) {
        found.sed(view, &at, "d")
    } else {
        found.change_only(view, &at, &format!("{DIRECTIVE} {number};"), "")
    };
    Some(found.then(view.host, RELOAD))
}
