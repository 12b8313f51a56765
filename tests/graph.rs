//! The lab as a picture, in its four forms.
#![allow(clippy::unwrap_used, clippy::print_stderr)] // a test that cannot go on has failed

#[path = "support/skip.rs"]
mod skip;

use labctl::internals::event::{Component, Event, Kind, Outcome, TaskRef, TaskResult, Verdict};
use labctl::internals::graph::{Graph, dot, mermaid, svg, text};
use labctl::internals::health::Health;
use labctl::internals::inventory;
use labctl::internals::problem::Source;
use labctl::internals::unreachable::Unreachable;
use skip::skip;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// A lab with so many backends: all of them behind one site, the first also alone, and if there is a second, the two
/// with weights.
fn lab(backends: usize) -> Graph {
    let mut lab = "lab: class\nhosts:\n  web: { address: 10.0.0.10, groups: [web] }\n".to_owned();
    for n in 1..=backends {
        lab.push_str(&format!("  app{n}: {{ address: 10.0.1.{n}, groups: [app] }}\n"));
    }
    lab.push_str("vars:\n  sites:\n    - { domain: dumbflix.lab.test, upstream: [app], balance: least_conn }\n");
    lab.push_str("    - { domain: app1.lab.test, upstream: [app1] }\n");
    if backends > 1 {
        lab.push_str("    - { domain: heavy.lab.test, upstream: [{ host: app1, weight: 3 }, app2] }\n");
    }
    Graph::new(&inventory::parse(&Source::new("t", lab), Path::new("t"), &[]).unwrap())
}

/// What a check said: the first application server is well, the second is not, the third is off.
fn health() -> Health {
    let mut health = Health::default();
    let mut add = |kind| health.add(&Event { at_ms: 0, kind });
    let host = |name: &str| name.parse().unwrap();
    let step = |name: &str| name.parse().unwrap();
    let mut cell = |name: &str, of: &str, task: &str, outcome| {
        let component = match of {
            "nginx" => Component::WebServer,
            "proxy" => Component::Sites,
            _ => Component::Application,
        };
        let task = TaskRef { component: Some(component), ..TaskRef::new(host(name), step(of), task) };
        add(Kind::TaskFinished { result: TaskResult::new(task, outcome) });
        add(Kind::StepFinished { host: host(name), step: step(of), took_ms: 0, verdict: Verdict::Finished });
    };
    cell("web", "nginx", "install nginx", Outcome::Ok);
    cell("web", "proxy", "configure the sites", Outcome::Unknown);
    cell("app1", "pm2", "run the application", Outcome::Ok);
    cell("app2", "pm2", "run <the> \"application\"", Outcome::Changed);
    add(Kind::HostUnreachable {
        host: host("app3"),
        why: Unreachable::Words { reason: "no route".into(), hints: vec![] },
    });
    for (key, value) in [("site.dumbflix.lab.test", "failed answered only by app1"), ("site.app1.lab.test", "ok app1")]
    {
        add(Kind::HostFact { host: host("web"), key: key.into(), value: value.into() });
    }
    health
}

#[test]
fn as_text() {
    for n in [1, 2, 30] {
        insta::assert_snapshot!(format!("text_{n}"), text(&lab(n), false));
    }
}

#[test]
fn as_svg() {
    for n in [1, 2, 30] {
        insta::assert_snapshot!(format!("svg_{n}"), svg(&lab(n)));
    }
}

#[test]
fn as_mermaid() {
    for n in [1, 2, 30] {
        insta::assert_snapshot!(format!("mermaid_{n}"), mermaid(&lab(n)));
    }
}

#[test]
fn as_dot() {
    for n in [1, 2, 30] {
        insta::assert_snapshot!(format!("dot_{n}"), dot(&lab(n)));
    }
}

#[test]
fn with_what_was_seen() {
    let graph = lab(3).with(&health());
    insta::assert_snapshot!("live_text", text(&graph, false));
    insta::assert_snapshot!("live_svg", svg(&graph));
    insta::assert_snapshot!("live_mermaid", mermaid(&graph));
    insta::assert_snapshot!("live_dot", dot(&graph));
    let colored = text(&graph, true);
    assert!(
        colored.contains("\u{1b}[32m✓ app1\u{1b}[0m") && colored.contains("\u{1b}[31m✗ app2\u{1b}[0m"),
        "{colored}"
    );
}

/// What opens is closed, in turn; nothing but one element at the top; no bare `<` or `&`.
fn well_formed(xml: &str) {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = xml;
    while let Some(at) = rest.find('<') {
        let (before, tag) = rest.split_at(at);
        let tag = &tag[..=tag.find('>').expect("a tag ends")];
        for entity in before.split('&').skip(1) {
            let name = entity.split_once(';').expect("an entity ends").0;
            assert!(["amp", "lt", "gt", "quot", "#39"].contains(&name), "&{name};");
        }
        assert!(!open.is_empty() || before.trim().is_empty(), "text outside: {before}");
        if let Some(name) = tag.strip_prefix("</") {
            assert_eq!(open.pop(), Some(name.trim_end_matches('>')), "{tag}");
        } else {
            assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
            if !tag.ends_with("/>") {
                open.push(tag[1..].split([' ', '>']).next().unwrap());
            }
        }
        rest = &rest[at + tag.len()..];
    }
    assert!(open.is_empty() && rest.trim().is_empty(), "{open:?} {rest}");
}

#[test]
fn an_svg_is_xml() {
    let mut pictures: Vec<String> = [1, 2, 3, 12, 30].iter().map(|n| svg(&lab(*n))).collect();
    pictures.push(svg(&lab(3).with(&health())));
    for picture in &pictures {
        well_formed(picture);
        assert!(picture.contains("<title id=\"lab-title\">") && picture.contains("<desc id=\"lab-desc\">"));
    }
    let Ok(mut child) = Command::new("xmllint").args(["--noout", "-"]).stdin(Stdio::piped()).spawn() else {
        skip("there is no xmllint here");
        return;
    };
    child.stdin.take().unwrap().write_all(pictures.last().unwrap().as_bytes()).unwrap();
    assert!(child.wait().unwrap().success(), "xmllint refuses the picture");
}
