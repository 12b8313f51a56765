//! A unified diff of two texts: what labctl would change in a file, as everybody reads it.

/// So many lines that stay are shown around those that do not.
const AROUND: usize = 3;

/// Up to so many pairs of lines are compared for the least change; what is larger is shown as taken out and put in.
const PAIRS: usize = 1_000_000;

/// A line, and whether it stays (` `), goes (`-`) or comes (`+`).
type Line<'a> = (char, &'a str);

/// The diff of a file called `name`; empty if nothing differs.
pub fn unified(old: &str, new: &str, name: &str) -> String {
    let lines =
        compared(&old.split_inclusive('\n').collect::<Vec<_>>(), &new.split_inclusive('\n').collect::<Vec<_>>());
    let differs: Vec<usize> = (0..lines.len()).filter(|&n| lines[n].0 != ' ').collect();
    let (Some(&first), Some(&last)) = (differs.first(), differs.last()) else { return String::new() };
    let mut out = format!("--- {name}\n+++ {name}\n");
    let mut from = first;
    // Changes share a hunk where what is shown around them meets.
    for pair in differs.windows(2).filter(|pair| pair[1] - pair[0] > 2 * AROUND + 1) {
        hunk(&lines, from, pair[0], &mut out);
        from = pair[1];
    }
    hunk(&lines, from, last, &mut out);
    out
}

/// The changes from one line to another, both among them, with the lines around.
fn hunk(lines: &[Line], first: usize, last: usize, out: &mut String) {
    let (from, to) = (first.saturating_sub(AROUND), lines.len().min(last + 1 + AROUND));
    let (before, shown) = (&lines[..from], &lines[from..to]);
    let range = |not: char| {
        let count = |lines: &[Line]| lines.iter().filter(|(kind, _)| *kind != not).count();
        match (count(before), count(shown)) {
            (before, 1) => (before + 1).to_string(),
            // Of none, the line in front of it is named.
            (before, 0) => format!("{before},0"),
            (before, shown) => format!("{},{shown}", before + 1),
        }
    };
    out.push_str(&format!("@@ -{} +{} @@\n", range('+'), range('-')));
    for (kind, line) in shown {
        out.push(*kind);
        out.push_str(line);
        if !line.ends_with('\n') {
            out.push_str("\n\\ No newline at end of file\n");
        }
    }
}

fn compared<'a>(old: &[&'a str], new: &[&'a str]) -> Vec<Line<'a>> {
    let same = old.iter().zip(new).take_while(|(old, new)| old == new).count();
    let (start, old, new) = (&old[..same], &old[same..], &new[same..]);
    let same = old.iter().rev().zip(new.iter().rev()).take_while(|(old, new)| old == new).count();
    let (old, end) = old.split_at(old.len() - same);
    let new = &new[..new.len() - same];
    let stay = |lines: &[&'a str]| lines.iter().map(|line| (' ', *line)).collect::<Vec<_>>();
    let mut lines = stay(start);
    lines.extend(between(old, new));
    lines.extend(stay(end));
    lines
}

/// Keeps as many lines as can be kept.
fn between<'a>(old: &[&'a str], new: &[&'a str]) -> Vec<Line<'a>> {
    let wide = new.len() + 1;
    // How many lines can be kept of what follows the first n of the old and the first m of the new.
    let mut kept = vec![0_u32; if old.len() * new.len() > PAIRS { 0 } else { (old.len() + 1) * wide }];
    if !kept.is_empty() {
        for n in (0..old.len()).rev() {
            for m in (0..new.len()).rev() {
                let (less_old, less_new) = (kept[(n + 1) * wide + m], kept[n * wide + m + 1]);
                let both = if old[n] == new[m] { kept[(n + 1) * wide + m + 1] + 1 } else { 0 };
                kept[n * wide + m] = both.max(less_old).max(less_new);
            }
        }
    }
    let at = |n: usize, m: usize| kept.get(n * wide + m).copied().unwrap_or(0);
    let (mut n, mut m, mut lines) = (0, 0, Vec::new());
    while n < old.len() || m < new.len() {
        if n < old.len() && m < new.len() && old[n] == new[m] && at(n, m) == at(n + 1, m + 1) + 1 {
            lines.push((' ', old[n]));
            (n, m) = (n + 1, m + 1);
        } else if n < old.len() && (m == new.len() || at(n + 1, m) >= at(n, m + 1)) {
            lines.push(('-', old[n]));
            n += 1;
        } else {
            lines.push(('+', new[m]));
            m += 1;
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_shown_with_what_is_around_them() {
        let old = "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk\nl\n";
        for (new, diff) in [
            (old.to_owned(), String::new()),
            (old.replace("a\n", ""), "@@ -1,4 +1,3 @@\n-a\n b\n c\n d\n".to_owned()),
            (format!("{old}m\n"), "@@ -10,3 +10,4 @@\n j\n k\n l\n+m\n".to_owned()),
            (old.replace("f\n", "F\n"), "@@ -3,7 +3,7 @@\n c\n d\n e\n-f\n+F\n g\n h\n i\n".to_owned()),
            (
                old.replace("b\n", "").replace("k\n", "K\n"),
                "@@ -1,5 +1,4 @@\n a\n-b\n c\n d\n e\n@@ -8,5 +7,5 @@\n h\n i\n j\n-k\n+K\n l\n".to_owned(),
            ),
            (
                old.replace("b\n", "").replace("i\n", ""),
                "@@ -1,12 +1,10 @@\n a\n-b\n c\n d\n e\n f\n g\n h\n-i\n j\n k\n l\n".to_owned(),
            ),
            (
                old.trim_end().to_owned(),
                "@@ -9,4 +9,4 @@\n i\n j\n k\n-l\n+l\n\\ No newline at end of file\n".to_owned(),
            ),
        ] {
            let header = if diff.is_empty() { "" } else { "--- f\n+++ f\n" };
            assert_eq!(unified(old, &new, "f"), format!("{header}{diff}"), "{new}");
        }
        assert_eq!(unified("", "a\n", "f"), "--- f\n+++ f\n@@ -0,0 +1 @@\n+a\n");
        assert_eq!(unified("a\nb\n", "", "f"), "--- f\n+++ f\n@@ -1,2 +0,0 @@\n-a\n-b\n");
    }

    /// What stays and goes is the old text, what stays and comes is the new one; and nobody keeps more lines.
    #[test]
    fn any_two_texts_are_told_in_full() {
        let mut random = fastrand::Rng::with_seed(1);
        for _ in 0..2000 {
            let mut text =
                || (0..random.usize(..12)).map(|_| ["a\n", "b\n", "c\n"][random.usize(..3)]).collect::<String>();
            let (old, new) = (text(), text());
            let split = |text: &'static str| text.split_inclusive('\n').collect::<Vec<_>>();
            let (old, new): (&'static str, &'static str) = (old.leak(), new.leak());
            let lines = compared(&split(old), &split(new));
            let side =
                |not: char| lines.iter().filter(|(kind, _)| *kind != not).map(|(_, line)| *line).collect::<String>();
            assert_eq!((side('+').as_str(), side('-').as_str()), (old, new));
            let theirs = similar::TextDiff::from_lines(old, new);
            let kept = theirs.iter_all_changes().filter(|change| change.tag() == similar::ChangeTag::Equal).count();
            assert_eq!(lines.iter().filter(|(kind, _)| *kind == ' ').count(), kept, "{old:?} {new:?}");
        }
    }

    #[test]
    fn what_is_too_large_to_compare_is_taken_out_and_put_in() {
        let text = |word: &str| (0..1200).map(|n| format!("{word}{n}\nsame\n")).collect::<String>();
        let diff = unified(&text("a"), &text("b"), "f");
        assert_eq!(diff.lines().filter(|line| line.starts_with("-a")).count(), 1200);
        assert_eq!(diff.lines().filter(|line| line.starts_with("+b")).count(), 1200);
        assert!(diff.contains("@@ -1,2400 +1,2400 @@\n-a0\n-same\n-a1\n"), "{}", &diff[..60]);
    }
}
