//! The lab as a live page: what flows through its sites, how its machines are, and the run that is under way. Only what is
//! shown is here; who asks, looks and serves is in `commands` and `transport`.

mod follow;
mod routes;
mod run;
mod snapshot;
mod traffic;

pub use follow::Follower;
pub use routes::{Route, routes};
pub use snapshot::SnapshotBuilder;
pub use traffic::{Flow, MINUTE};

use crate::infra::transport::serve;
use crate::languages::Language;
use crate::model::page::{self, escaped};
use crate::planning::graph::{self, Graph};
use serde::Serialize;

/// The path of the stream of changes.
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
    /// The lab's name in the inventory.
    pub lab: String,
    /// The language of the page.
    pub lang: &'static Language,
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
pub fn pages(graph: &Graph, hello: &Hello) -> Vec<serve::ServedPage> {
    let lab = escaped(&hello.lab);
    let body = worded(hello.lang).replace("{{lab}}", &lab).replace("{{watch}}", &escaped(&hello.watch));
    // Last: nothing of the picture is taken for a place to fill.
    let body = body.replace("{{stage}}", &graph::stage(graph));
    let title = format!("{} - labctl watch", hello.lab);
    let policy = "script-src 'self'; connect-src 'self'";
    let page = page::Page {
        lang: hello.lang.code,
        title: &title,
        sheet: "/watch.css",
        policy,
        body: &body,
        ..Default::default()
    };
    let style = format!("{}{}{STYLE}", page::STYLE, graph::CSS);
    let served = |path, kind, text: String| serve::ServedPage { path, kind, text: text.into() };
    vec![
        served("/", "text/html; charset=utf-8", page.html()),
        served("/watch.css", "text/css; charset=utf-8", style),
        served("/watch.js", "text/javascript; charset=utf-8", SCRIPT.to_owned()),
    ]
}

/// The page with the texts of a language, for whoever reads it and for its script.
fn worded(language: &Language) -> String {
    let live = &language.live;
    let body = BODY.replace("{{noscript}}", live.noscript);
    let texts =
        [("skip", live.skip), ("still", live.still), ("stage", live.stage), ("flow", live.flow), ("run", live.run)];
    let texts = texts.into_iter().chain([("look", live.look)]);
    let body = texts.fold(body, |body, (name, text)| body.replace(&format!("{{{{t.{name}}}}}"), &escaped(text)));
    // A text that holds `</script>` must not end the element.
    body.replace("{{words}}", &language.live_json().replace('<', "\\u003c"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::languages::ALL;
    use crate::model::problem::Source;
    use std::collections::BTreeSet;
    use std::path::Path;

    /// The texts that the script gets.
    fn words(language: &Language) -> serde_json::Map<String, serde_json::Value> {
        serde_json::from_str(&language.live_json()).unwrap()
    }

    #[test]
    fn every_text_is_used_and_every_text_that_is_used_is_there() {
        let has = |name: &str| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphabetic());
        let used: BTreeSet<&str> = SCRIPT
            .split("t(\"")
            .skip(1)
            .filter_map(|rest| Some(rest.split_once('"')?.0))
            .filter(|name| has(name))
            .collect();
        // `at("id")` names an element.
        let ids: BTreeSet<&str> =
            SCRIPT.split("at(\"").skip(1).filter_map(|rest| Some(rest.split_once('"')?.0)).collect();
        assert!(used.len() > 40, "{used:?}");
        let words = words(ALL[0]);
        for name in used.iter().filter(|name| !ids.contains(*name)) {
            assert!(words.contains_key(*name), "`{name}` is not a text of the page");
        }
        for name in words.keys() {
            let quoted = SCRIPT.contains(&format!("\"{name}\""));
            let named = SCRIPT.contains(&format!("words.{name}")) || BODY.contains(&format!("{{{{t.{name}}}}}"));
            assert!(quoted || named || name == "noscript", "nobody uses `{name}`");
        }
    }

    #[test]
    fn every_language_fills_the_same_places() {
        let places = |text: &str| -> BTreeSet<char> {
            text.match_indices('{').filter_map(|(at, _)| text[at + 1..].chars().next()).collect()
        };
        for language in ALL {
            for (name, text) in words(language).iter().filter(|(_, text)| text.is_string()) {
                let (own, english) = (text.as_str().unwrap(), words(ALL[0])[name].as_str().unwrap().to_owned());
                assert_eq!(places(own), places(&english), "{language:?} {name}: {own}");
            }
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
            lang: Language::of_code("id").unwrap(),
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
        assert!(html.contains(">Pekerjaan terakhir</h2>") && html.contains("\"work\":\"bekerja\""), "{html}");
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
