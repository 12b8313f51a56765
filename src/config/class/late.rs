//! What is left of points that are gained after work was due.

use crate::config::shape::duration;
use crate::config::yaml::Node;
use crate::model::problem::Problems;
use std::time::Duration;

/// Points that are gained this late count for so much of their worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Late {
    /// How long after it was due, at the most.
    pub within: Duration,
    /// What is left of them, in percent.
    pub keep: u8,
}

/// The rules under `late:`, the soonest first. Whoever is later than all of them gains nothing more.
pub fn read(rules: &[&Node], problems: &mut Problems) -> Vec<Late> {
    let mut read: Vec<(Late, &Node)> = Vec::new();
    for rule in rules {
        let within = rule.get("within").and_then(Node::text).and_then(duration);
        let Some(keep) = rule.get("keep") else { continue };
        let percent = keep.text().and_then(|text| text.strip_suffix('%')).map(str::trim);
        let percent = percent.filter(|text| text.bytes().all(|b| b.is_ascii_digit()));
        let percent = percent.and_then(|text| text.parse::<u8>().ok()).filter(|percent| *percent <= 100);
        match (percent, within) {
            (Some(keep), Some(within)) => read.push((Late { within, keep }, rule)),
            (Some(_), None) => {}
            (None, _) => {
                let shown = keep.text().map_or_else(|| keep.what().to_owned(), |text| format!("`{text}`"));
                let hint = "write how much of the points is left, such as `keep: 90%`";
                let what = format!("`keep` must be a percentage from 0% to 100%, not {shown}");
                problems.add(&keep.location, what, Some(hint.into()));
            }
        }
    }
    read.sort_by_key(|(late, _)| late.within);
    for pair in read.windows(2) {
        let [(sooner, _), (later, rule)] = pair else { continue };
        if sooner.within == later.within {
            let hint = "keep one of the two rules, or give them different times";
            problems.add(&rule.location, "two rules hold for the same time", Some(hint.into()));
        } else if later.keep > sooner.keep {
            let what = format!("more is left of later points: {}% after {}%", later.keep, sooner.keep);
            problems.add(&rule.location, what, Some("the later, the less: exchange the percentages".into()));
        }
    }
    read.into_iter().map(|(late, _)| late).collect()
}
