//! What somebody's hand has changed of what labctl made: what `check` would change back, in files that are labctl's otherwise.

use super::directives::At;

/// A line that is not as labctl writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// The file, and the line where the difference is now.
    pub at: At,
    /// What stands there; none where a line is missing.
    pub now: Option<String>,
    /// What labctl writes there; none where the line is somebody's own.
    pub wanted: Option<String>,
}

/// The directive by which a site of labctl's tells which version of its file nginx has loaded.
const VERSION: &str = "add_header X-Labctl-Config ";

/// How many lines may differ, beside remarks, in a file that was written by labctl and then edited.
const FEW: usize = 12;

/// The edits in a unified diff, the file as it is first. None if one of its files is not there yet, or is another file altogether:
/// then labctl has not made it.
pub fn edits(diff: &str) -> Vec<Edit> {
    let mut all = Vec::new();
    for file in files(diff) {
        // A file of labctl's that no site wants any more says nothing of the others.
        if file.after == "/dev/null" {
            continue;
        }
        let here = file.edits();
        if file.before == "/dev/null" || here.len() > FEW || file.kept() < here.len() {
            return Vec::new();
        }
        all.extend(here);
    }
    all
}

/// A line of a hunk.
#[derive(Debug, Clone, Copy)]
enum Line<'a> {
    Kept,
    Removed(u32, &'a str),
    /// It would stand in front of this line.
    Added(u32, &'a str),
}

#[derive(Debug)]
struct File<'a> {
    before: &'a str,
    after: &'a str,
    last: u32,
    lines: Vec<Line<'a>>,
}

impl File<'_> {
    /// How many lines of it are labctl's, at least.
    fn kept(&self) -> usize {
        let removed = self.lines.iter().filter(|line| matches!(line, Line::Removed(..))).count();
        usize::try_from(self.last).unwrap_or(usize::MAX).saturating_sub(removed)
    }

    /// What differs; lines that say nothing to a program are left out.
    fn edits(&self) -> Vec<Edit> {
        let mut all = Vec::new();
        let groups = self.lines.split(|line| matches!(line, Line::Kept));
        for group in groups {
            let says = |text: &str| !text.trim().is_empty() && !text.trim_start().starts_with(['#', '/']);
            let now = group.iter().filter_map(|line| match line {
                Line::Removed(at, text) if says(text) => Some((*at, text.trim())),
                _ => None,
            });
            let wanted = group.iter().filter_map(|line| match line {
                Line::Added(at, text) if says(text) => Some((*at, text.trim())),
                _ => None,
            });
            let (mut now, mut wanted) = (now.peekable(), wanted.peekable());
            while now.peek().is_some() || wanted.peek().is_some() {
                let (here, there) = (now.next(), wanted.next());
                let Some((line, _)) = here.or(there) else { break };
                let at = At { file: self.before.to_owned(), line };
                let text = |each: Option<(u32, &str)>| each.map(|(_, text)| text.to_owned());
                // A remark behind a directive is no difference.
                let code = |text: &Option<String>| {
                    text.as_deref().map(|text| text.split(" #").next().unwrap_or(text).trim_end().to_owned())
                };
                let edit = Edit { at, now: text(here), wanted: text(there) };
                // Which labctl wrote the file is no edit.
                let version = |text: &Option<String>| text.as_deref().is_some_and(|text| text.starts_with(VERSION));
                if code(&edit.now) != code(&edit.wanted) && !(version(&edit.now) && version(&edit.wanted)) {
                    all.push(edit);
                }
            }
        }
        all
    }
}

/// The files of a diff. Between them, a module may say other things.
fn files(diff: &str) -> Vec<File<'_>> {
    // Behind a name, `diff` may say when, and a module which of the two it is.
    let name = |label: &'_ str| label.find([' ', '\t']).unwrap_or(label.len());
    let mut all: Vec<File<'_>> = Vec::new();
    let mut lines = diff.lines().peekable();
    while let Some(line) = lines.next() {
        if let Some(before) = line.strip_prefix("--- ")
            && let Some(after) = lines.peek().and_then(|next| next.strip_prefix("+++ "))
        {
            all.push(File {
                before: &before[..name(before)],
                after: &after[..name(after)],
                last: 0,
                lines: Vec::new(),
            });
            lines.next();
            continue;
        }
        let Some((mut at, mut old, mut new)) = hunk(line) else { continue };
        let Some(file) = all.last_mut() else { continue };
        // Between two hunks are lines that both have.
        file.lines.push(Line::Kept);
        while old + new > 0
            && let Some(line) = lines.next()
        {
            match line.as_bytes().first() {
                Some(b'-') => {
                    file.lines.push(Line::Removed(at, &line[1..]));
                    (at, old) = (at + 1, old.saturating_sub(1));
                }
                Some(b'+') => {
                    file.lines.push(Line::Added(at, &line[1..]));
                    new = new.saturating_sub(1);
                }
                // `\ No newline at end of file`
                Some(b'\\') => {}
                _ => {
                    file.lines.push(Line::Kept);
                    (at, old, new) = (at + 1, old.saturating_sub(1), new.saturating_sub(1));
                }
            }
        }
        file.last = at.saturating_sub(1);
    }
    all
}

/// `@@ -12,7 +12,6 @@`: the first line of the file as it is, and how many lines of each follow.
fn hunk(line: &str) -> Option<(u32, u32, u32)> {
    let (ranges, _) = line.strip_prefix("@@ -")?.split_once(" @@")?;
    let (old, new) = ranges.split_once(" +")?;
    let range = |text: &str| -> Option<(u32, u32)> {
        let (first, count) = text.split_once(',').unwrap_or((text, "1"));
        Some((first.parse().ok()?, count.parse().ok()?))
    };
    let ((first, old), (_, new)) = (range(old)?, range(new)?);
    // Of none, the line in front of it is named.
    Some((if old == 0 { first + 1 } else { first }, old, new))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SITE: &str = "upstream two {\n    server 10.0.0.2:3000 max_fails=1; # app1\n    server 10.0.0.3:3000 max_fails=1; # app2\n}\nserver {\n    listen 80;   # IPv4\n    server_name a.b;\n\n    add_header X-Labctl-Config 1 always;\n    location / {\n        proxy_pass http://two;\n    }\n}\n";

    /// As a machine says it.
    fn diff(now: &str) -> String {
        let diff = similar::TextDiff::from_lines(now, SITE);
        diff.unified_diff().header("/etc/nginx/x/a.conf", "/etc/nginx/x/a.conf").to_string()
    }

    fn told(diff: &str) -> Vec<String> {
        let none = "nothing".to_owned();
        let told = |edit: Edit| {
            format!("{} {} -> {}", edit.at, edit.now.unwrap_or(none.clone()), edit.wanted.unwrap_or(none.clone()))
        };
        edits(diff).into_iter().map(told).collect()
    }

    #[test]
    fn an_edit_is_told_with_its_line() {
        let at = |line: u32, rest: &str| format!("/etc/nginx/x/a.conf:{line} {rest}");
        for (from, to, wanted) in [
            (
                "        proxy_pass",
                "        rewrite ^ /x last;\n        proxy_pass",
                vec![at(11, "rewrite ^ /x last; -> nothing")],
            ),
            ("    server_name a.b;\n", "", vec![at(7, "nothing -> server_name a.b;")]),
            ("listen 80; ", "listen 8080; ", vec![at(6, "listen 8080;   # IPv4 -> listen 80;   # IPv4")]),
            (
                "max_fails=1;",
                "backup;",
                vec![
                    at(2, "server 10.0.0.2:3000 backup; # app1 -> server 10.0.0.2:3000 max_fails=1; # app1"),
                    at(3, "server 10.0.0.3:3000 backup; # app2 -> server 10.0.0.3:3000 max_fails=1; # app2"),
                ],
            ),
            // What says nothing to nginx is no edit.
            ("   # IPv4", "", vec![]),
            ("server {\n", "# mine\nserver {\n\n", vec![]),
            ("Config 1", "Config 2", vec![]),
        ] {
            assert_eq!(told(&diff(&SITE.replace(from, to))), wanted, "{from}");
        }
        let odd = format!("{}nginx is not running\n", diff(&SITE.replace("listen 80;", "listen 81;")));
        assert_eq!(told(&odd).len(), 1, "what else is said is no line of the file");
    }

    #[test]
    fn a_file_of_somebody_elses_is_not_an_edit_of_labctls() {
        let own = "server {\n    listen 80;\n    server_name a.b;\n    location / {\n        proxy_pass http://10.0.0.2:3000;\n    }\n}\n";
        assert_eq!(told(&diff(own)), [""; 0]);
        let new = format!(
            "--- /dev/null\n+++ /etc/nginx/x/b.conf\n@@ -0,0 +1,2 @@\n+a;\n+b;\n{}",
            diff(&SITE.replace("80;", "81;"))
        );
        assert_eq!(told(&new), [""; 0], "one of its files is not there: this is no lab of labctl's");
        let stale = format!(
            "--- /etc/nginx/x/old.conf\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-a;\n-b;\n{}",
            diff(&SITE.replace("80;", "81;"))
        );
        assert_eq!(told(&stale).len(), 1);
        for text in [
            "",
            "--- a",
            "--- a\n+++ b\n@@ nonsense @@\n",
            "@@ -1 +1 @@\n-a\n+b\n",
            "--- a\n+++ b\n@@ -1,9 +1,9 @@\n-a",
        ] {
            told(text);
        }
    }
}
