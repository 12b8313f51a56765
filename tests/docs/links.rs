//! Every relative link of every page leads to a file that exists, and every `#heading` to a heading.

use super::pages::{self, Page};
use std::fs;
use std::path::Path;

/// Where the links of a page lead: `](target)`.
fn targets(page: &Page) -> Vec<String> {
    let prose = page.prose();
    let links = prose.match_indices("](").map(|(at, _)| &prose[at + 2..]);
    links.filter_map(|rest| rest.split(')').next()).map(str::to_owned).collect()
}

/// What GitHub makes of a heading: lower case, without punctuation, words joined by `-`.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

fn anchors(text: &str) -> Vec<String> {
    let headings = text.lines().filter(|line| line.starts_with('#'));
    headings.map(|line| anchor(line.trim_start_matches('#').trim())).collect()
}

#[test]
fn every_link_leads_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut followed = 0;
    for page in pages::all() {
        for target in targets(&page).iter().filter(|target| !target.contains("://")) {
            let place = format!("{}: ({target})", page.path.display());
            let (file, heading) = target.split_once('#').map_or((target.as_str(), None), |(f, h)| (f, Some(h)));
            let text = if file.is_empty() {
                page.text.clone()
            } else {
                let path = root.join(&page.path).parent().unwrap().join(file);
                assert!(path.exists(), "{place} leads to nothing");
                fs::read_to_string(&path).unwrap_or_default()
            };
            if let Some(heading) = heading {
                assert!(anchors(&text).iter().any(|each| each == heading), "{place}: no such heading");
            }
            followed += 1;
        }
    }
    assert!(followed > 60, "{followed} links were followed");
}

#[test]
fn headings_are_named_as_on_github() {
    assert_eq!(anchor("A login: `ssh`"), "a-login-ssh");
    assert_eq!(anchor("The arithmetic for 100,000 hosts"), "the-arithmetic-for-100000-hosts");
}
