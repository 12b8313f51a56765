//! The lab as a live page: what flows through its sites, how its machines are, and the run that is under way. Only what is
//! shown is here; who asks, looks and serves is in `commands` and `transport`.

mod follow;
mod routes;
mod run;
mod snapshot;
mod traffic;

pub use follow::Follower;
pub use routes::{Route, Stop, routes};
pub use run::Run;
pub use snapshot::{Look, Looking};
pub use traffic::{End, Flow, MINUTE, Past, ServerTick, SiteTick, Tick};

use crate::infra::transport::serve;
use crate::model::page::{self, escaped};
use crate::planning::graph::{self, Graph};
use serde::Serialize;

/// Under which path changes are told.
pub const STREAM: &str = "/events";

const BODY: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// What a page must know before anything else.
#[derive(Debug, Clone, Serialize, PartialEq)]
pub struct Hello {
    /// The version of labctl.
    pub version: &'static str,
    /// Tells one `labctl watch` from another: a page that finds another number loads itself anew.
    pub watch: String,
    /// The lab.
    pub lab: String,
    /// The language of the page: `en` or `id`.
    pub lang: &'static str,
    /// Requests a second through each site; 0 is none.
    pub rate: u32,
    /// How many seconds lie between two looks.
    pub every: u32,
    /// How many seconds are shown.
    pub minute: usize,
    /// The way to every server of every site.
    pub routes: Vec<Route>,
    /// The names of the picture's nodes.
    pub nodes: Vec<String>,
}

/// The pages of a lab: the page itself, its style and its script.
pub fn pages(graph: &Graph, hello: &Hello) -> Vec<serve::Page> {
    let lab = escaped(&hello.lab);
    let body = BODY.replace("{{lab}}", &lab).replace("{{watch}}", &escaped(&hello.watch));
    // Last: nothing of the picture is taken for a place to fill.
    let body = body.replace("{{stage}}", &graph::stage(graph));
    let title = format!("{} - labctl watch", hello.lab);
    let policy = "script-src 'self'; connect-src 'self'";
    let page =
        page::Page { lang: hello.lang, title: &title, sheet: "/watch.css", policy, body: &body, ..Default::default() };
    let style = format!("{}{}{STYLE}", page::STYLE, graph::CSS);
    let served = |path, kind, text: String| serve::Page { path, kind, text: text.into() };
    vec![
        served("/", "text/html; charset=utf-8", page.html()),
        served("/watch.css", "text/css; charset=utf-8", style),
        served("/watch.js", "text/javascript; charset=utf-8", SCRIPT.to_owned()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::problem::Source;
    use std::collections::BTreeSet;
    use std::path::Path;

    /// The words of a language in the script.
    fn words(language: &str) -> BTreeSet<&'static str> {
        let begin = format!("\n  {language}: {{\n");
        let own = SCRIPT.split_once(&begin).unwrap().1.split_once("\n  },").unwrap().0;
        own.lines().map(|line| line.trim().split_once(": ").unwrap().0).collect()
    }

    #[test]
    fn both_languages_have_the_same_words_and_all_that_are_used() {
        assert_eq!(words("en"), words("id"));
        let used = SCRIPT.split("t(\"").skip(1).filter_map(|rest| rest.split_once('"'));
        let named = BODY.split("data-t=\"").skip(1).filter_map(|rest| rest.split_once('"'));
        // `at("id")` is no word.
        let ids: Vec<&str> = SCRIPT.split("at(\"").skip(1).filter_map(|rest| Some(rest.split_once('"')?.0)).collect();
        let used: Vec<&str> =
            used.map(|(word, _)| word).filter(|word| !ids.contains(word)).chain(named.map(|(w, _)| w)).collect();
        assert!(used.len() > 40, "{used:?}");
        for word in used {
            let plain = word.chars().all(|c| c.is_ascii_alphabetic());
            assert!(!plain || words("en").contains(word), "`{word}` is not in the dictionary");
        }
    }

    #[test]
    fn nothing_is_inline_and_every_place_is_filled() {
        let lab = "lab: t\nhosts:\n  web: {address: 10.0.0.1, groups: [web]}\n  app1: {address: 10.0.0.2, groups: [app]}\nvars:\n  sites:\n    - {domain: a.b, upstream: [app1]}\n";
        let graph = Graph::new(&crate::config::inventory::parse(&Source::new("t", lab), Path::new("t"), &[]).unwrap());
        let hello = Hello {
            version: "1",
            watch: "w<".into(),
            lab: "a<script>&".into(),
            lang: "id",
            rate: 1,
            every: 1,
            minute: MINUTE,
            routes: routes(&graph),
            nodes: vec![],
        };
        let pages = pages(&graph, &hello);
        let html = &pages[0].text;
        assert!(html.contains("<html lang=\"id\">") && html.contains("<h1>a&lt;script&gt;&amp;</h1>"), "{html}");
        assert!(html.contains("data-watch=\"w&lt;\"") && html.contains("<g id=\"n0\">") && !html.contains("{{"));
        for inline in ["<style", " style=", "<script>", " onclick", " onload", "javascript:", "http://www.example"] {
            assert!(!html.contains(inline), "{inline}: {html}");
        }
        for never in
            ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "fetch("]
        {
            assert!(!SCRIPT.contains(never), "{never}");
        }
        let paths: Vec<&str> = pages.iter().map(|page| page.path).collect();
        assert_eq!(paths, ["/", "/watch.css", "/watch.js"]);
    }
}
