//! Sites that answer, from every one of their backends, and share out their requests as their balance method promises. With
//! `hosts: controller`, this computer asks itself (`execution/controller/sites.rs`): it is where visitors are. The shell is for
//! machines that ask themselves: where this computer has no way to the web server, and for the doctor.

use super::{Args, Call, Limits, ManualStep, Module, Purpose, Shell, Word};
use crate::config::shape::{Shape, duration, field, required};
use crate::model::balance::{STICKY, WHEELS, one_by_one, promise};
use crate::model::problem::Problem;
use crate::model::site::{Server, Site};
use serde::Deserialize;

/// How many words describe a site.
const SITE: usize = 7;

/// `answers: { sites: sites }`
pub const MODULE: Module = Module {
    name: "answers",
    doc: "every site answers under its domain, and its backends share its requests as the balance method promises (`hosts: controller`: as visitors see it)",
    example: "  - answers: { sites: sites, marker: \"{{ app.marker }}\" }\n",
    shape: Shape::Map(&[
        required("sites", Shape::Text, "the variable that lists the sites"),
        field("marker", Shape::Text, "a text that every page must hold"),
        field("within", Shape::Text, "how long to wait for it (30s)"),
    ]),
    shell: Shell::new("answers", include_str!("answers.sh")),
    limits: Limits::seconds(600, 600),
    label: |_| "every site answers".into(),
    call,
    by_hand: |call, _| {
        let look = |site: &[Word]| {
            // What follows `#` is never sent: it is there only to be counted.
            let url = format!("http://{}/#[1-{}]", site[0].text(), site[2].text());
            let count = "grep -iE '^(HTTP|X-Upstream)' | sort | uniq -c";
            let windows = "Select-String '^(HTTP|X-Upstream)' | Group-Object Line -NoElement";
            let typed = format!("curl -s -o /dev/null -D - '{url}' |\n    {count}");
            let windows = Some(format!("curl.exe -s -o NUL -D - '{url}' |\n    {windows}"));
            ManualStep { windows, ..ManualStep::here(Purpose::Answers, typed) }
        };
        call.words[2..].chunks_exact(SITE).map(look).collect()
    },
};

fn call(args: &Args<'_>) -> Result<Call, Box<Problem>> {
    let within = args.text_or("within", "30s")?;
    let Some(seconds) = duration(&within).map(|d| d.as_secs().max(1)) else {
        return Err(args.problem("within", format!("`{within}` is not a time"), "write it as 30s or 2m"));
    };
    let mut call = Call::new(MODULE.shell, [args.text("marker")?.into(), seconds.to_string().into()]);
    for item in args.listed("sites")? {
        let site = Site::deserialize(item).map_err(|error| {
            let hint = "list sites as the variable `sites` does: domain, balance, and servers with name and socket";
            args.problem("sites", format!("this is not a list of sites: {error}"), hint)
        })?;
        let method = site.method().word();
        let weights: Vec<u64> = site.servers.iter().map(|server| server.weight.into()).collect();
        let promise = promise(method, &weights);
        let word = |(server, (least, most)): (&Server, &(u64, u64))| {
            format!("{}={}={}={least}={most}", server.socket(), server.name, server.weight)
        };
        let all: Vec<String> = site.servers.iter().zip(&promise.ranges).map(word).collect();
        // The rarer a backend's turn is, the more pages it takes to see one of it: some rounds of the wheel.
        let (sum, least) = (weights.iter().sum::<u64>(), weights.iter().min().copied().unwrap_or(1));
        let pages = (4 * sum.div_ceil(least)).min(promise.requests - 1);
        let at_most = if method == STICKY { 1 } else { site.servers.len() };
        let at_once = if one_by_one(method) { 1 } else { WHEELS };
        let words = [
            site.domain.clone(),
            method.to_owned(),
            promise.requests.to_string(),
            pages.to_string(),
            at_once.to_string(),
            at_most.to_string(),
            all.join(" "),
        ];
        call.words.extend(words.map(Word::from));
        call.sites.push(site);
    }
    Ok(call)
}
