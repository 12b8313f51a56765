//! The text of a hosts file: which lines say what, and which are ours. Pure, and on bytes, for a hosts file may hold any.

use std::net::IpAddr;
use std::ops::Range;

/// Stands in a block that was put behind a line without line end, so that [`HostsText::remove`] gives back every byte.
const OPEN_END: &str = "# (the line above this block had no line end)";

/// A name and where it leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostsEntry {
    /// The address, of either family.
    pub address: IpAddr,
    /// The domain, such as `flix.lab`.
    pub name: String,
}

/// A line that stands in the way.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{line}: `{text}`: {problem}")]
pub struct Conflict {
    /// Its number, from 1.
    pub line: usize,
    /// The line as written, without surrounding blanks.
    pub text: String,
    /// What is wrong with it, and what to do.
    pub problem: LineProblem,
}

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LineProblem {
    /// Somebody gave our name to another machine.
    #[error("gives {name} another address; this lab needs {wanted}: delete the line, or the name in it")]
    Elsewhere {
        /// The domain that both want.
        name: String,
        /// Our address for it.
        wanted: IpAddr,
    },
    /// Another lab has the name.
    #[error("{name} belongs to the lab {lab}: take that lab down, or use another domain in one of the two")]
    OtherLab {
        /// The domain that both want.
        name: String,
        /// The name of the other lab, from its marker.
        lab: String,
    },
    /// A marker without its partner, or twice: what is ours cannot be told.
    #[error("{0}: delete the whole block of lab {1} by hand, markers too, and run this again")]
    Marker(&'static str, String),
}

#[derive(Clone, Copy)]
struct HostsLine<'t> {
    number: usize,
    start: usize,
    end: usize,
    bytes: &'t [u8],
}

impl<'t> HostsLine<'t> {
    fn conflict(&self, problem: LineProblem) -> Conflict {
        Conflict { line: self.number, text: String::from_utf8_lossy(self.bytes).trim().into(), problem }
    }

    /// The address and the names of an entry.
    fn entry(&self) -> Option<(IpAddr, impl Iterator<Item = &'t str> + use<'t>)> {
        let entry = self.bytes.split(|b| *b == b'#').next()?;
        let mut words = entry.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
        let address = std::str::from_utf8(words.next()?).ok()?;
        let address = address.split('%').next()?.parse().ok()?;
        Some((address, words.filter_map(|word| std::str::from_utf8(word).ok())))
    }

    /// Whether a block begins (or ends) here, and whose.
    fn marker(&self) -> Option<(bool, &'t [u8])> {
        let bytes = self.bytes.trim_ascii();
        let begin = bytes.strip_prefix(b"# BEGIN labctl ").map(|lab| (true, lab));
        begin.or_else(|| bytes.strip_prefix(b"# END labctl ").map(|lab| (false, lab)))
    }
}

/// A hosts file, read.
#[derive(Debug, Clone, Copy)]
pub struct HostsText<'t>(&'t [u8]);

impl<'t> HostsText<'t> {
    /// Any bytes are a hosts file; what is not an entry is left alone.
    pub fn parse(bytes: &'t [u8]) -> Self {
        Self(bytes)
    }

    /// The byte order mark that Windows editors leave is not part of the first line.
    fn lines(self) -> impl Iterator<Item = HostsLine<'t>> {
        let mut at = if self.0.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
        self.0[at..].split_inclusive(|b| *b == b'\n').enumerate().map(move |(index, whole)| {
            let start = at;
            at += whole.len();
            HostsLine { number: index + 1, start, end: at, bytes: whole.trim_ascii_end() }
        })
    }

    /// `\r\n` when most lines outside of our block end so; those of the block count only where there are no others.
    fn line_end(self, block: &Range<usize>) -> &'static str {
        let count = |bytes: &[u8]| {
            let all = bytes.iter().filter(|b| **b == b'\n').count();
            (all, bytes.windows(2).filter(|pair| pair == b"\r\n").count())
        };
        let (above, below) = (count(&self.0[..block.start]), count(&self.0[block.end..]));
        // With the line end that is put behind it, a last `\r` becomes one of these.
        let half = usize::from(self.0[..block.start].ends_with(b"\r"));
        let (all, windows) = match (above.0 + below.0 + half, above.1 + below.1 + half) {
            (0, _) => count(&self.0[block.clone()]),
            outside => outside,
        };
        if windows * 2 > all || (all == 0 && cfg!(windows)) { "\r\n" } else { "\n" }
    }

    /// The bytes of the lab's block, markers included.
    ///
    /// # Errors
    /// A marker of the block is missing, or there is one too many.
    pub fn block(self, lab: &str) -> Result<Option<Range<usize>>, Conflict> {
        let wrong = |line: HostsLine<'_>, why| Err(line.conflict(LineProblem::Marker(why, lab.into())));
        let mut found = None;
        let mut open: Option<HostsLine<'_>> = None;
        for line in self.lines() {
            let Some((begins, name)) = line.marker() else { continue };
            let ours = name == lab.as_bytes();
            match (begins, ours, open) {
                (true, true, None) if found.is_some() => return wrong(line, "a second block of this lab"),
                (true, true, None) => open = Some(line),
                (true, true, Some(_)) => return wrong(line, "the block before this one has no end"),
                (false, true, None) => return wrong(line, "the end of a block that has no beginning"),
                (false, true, Some(begin)) => {
                    found = Some(begin.start..line.end);
                    open = None;
                }
                (_, false, Some(_)) => return wrong(line, "a marker of another lab within this lab's block"),
                (_, false, None) => {}
            }
        }
        open.map_or(Ok(found), |begin| wrong(begin, "a block without end"))
    }

    /// The lines of the block, markers included, without line ends.
    pub fn wanted(lab: &str, entries: &[HostsEntry]) -> Vec<String> {
        let lines = entries.iter().map(|entry| format!("{}\t{}", entry.address, entry.name));
        let begin = std::iter::once(format!("# BEGIN labctl {lab}"));
        begin.chain(lines).chain([format!("# END labctl {lab}")]).collect()
    }

    /// The text with exactly these entries in the lab's block; every other byte stays. No entries: no block.
    ///
    /// # Errors
    /// Markers are in disorder, or names are taken by lines of others.
    pub fn apply(self, lab: &str, entries: &[HostsEntry]) -> Result<Vec<u8>, Vec<Conflict>> {
        if entries.is_empty() {
            return self.remove(lab).map_err(|conflict| vec![conflict]);
        }
        let old = self.block(lab).map_err(|conflict| vec![conflict])?;
        let conflicts = self.claims(entries, old.as_ref());
        if !conflicts.is_empty() {
            return Err(conflicts);
        }
        let new_block = old.is_none();
        // Somebody typed the same lines: what they say holds, and the lines stay theirs.
        if new_block && entries.iter().all(|entry| self.has(entry)) {
            return Ok(self.0.to_vec());
        }
        let at = old.unwrap_or(self.0.len()..self.0.len());
        let (before, after) = (&self.0[..at.start], &self.0[at.end..]);
        let bare = before.is_empty() || before == b"\xEF\xBB\xBF" || before.ends_with(b"\n");
        let end = self.line_end(&at);
        let mut lines = Self::wanted(lab, entries);
        if (new_block && !bare) || self.open_end(&at) {
            lines.insert(1, OPEN_END.into());
        }
        let gap = if bare { "" } else { end };
        Ok([before, gap.as_bytes(), (lines.join(end) + end).as_bytes(), after].concat())
    }

    /// The text without the lab's block.
    ///
    /// # Errors
    /// A marker of the block is missing, or there is one too many.
    pub fn remove(self, lab: &str) -> Result<Vec<u8>, Conflict> {
        let Some(at) = self.block(lab)? else { return Ok(self.0.to_vec()) };
        let mut before = &self.0[..at.start];
        // Only while nothing was written behind the block: that would be glued to the line above.
        if self.open_end(&at) && at.end == self.0.len() {
            before = before.strip_suffix(b"\n").unwrap_or(before);
            if self.0[at].windows(2).any(|pair| pair == b"\r\n") {
                before = before.strip_suffix(b"\r").unwrap_or(before);
            }
            return Ok(before.to_vec());
        }
        Ok([before, &self.0[at.end..]].concat())
    }

    /// Every name that the file gives an address to, from top to bottom.
    pub fn entries(self) -> Vec<HostsEntry> {
        let entries = self.lines().filter_map(|line| line.entry());
        entries
            .flat_map(|(address, names)| names.map(move |name| HostsEntry { address, name: name.to_owned() }))
            .collect()
    }

    /// The lines that hold a name, whether they give it an address or not: their numbers, and their texts without the blanks
    /// around them.
    pub fn mentions(self, name: &str) -> impl Iterator<Item = (usize, String)> {
        let name = name.to_ascii_lowercase();
        let part = |byte: Option<&u8>| byte.is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.'));
        self.lines().filter_map(move |line| {
            let text = String::from_utf8_lossy(line.bytes).trim().to_owned();
            let lower = text.to_ascii_lowercase();
            let whole = |at: usize| {
                let (before, after) = (lower.as_bytes()[..at].last(), lower.as_bytes().get(at + name.len()));
                !part(before) && !part(after)
            };
            lower.match_indices(&name).any(|(at, _)| whole(at)).then_some((line.number, text))
        })
    }

    /// Whether a line stands in the lab's own block.
    pub fn is_ours(self, lab: &str, number: usize) -> bool {
        let Ok(Some(block)) = self.block(lab) else { return false };
        self.lines().any(|line| line.number == number && block.contains(&line.start))
    }

    /// Whether a line of the file gives the name this address.
    fn has(self, wanted: &HostsEntry) -> bool {
        self.lines()
            .filter_map(|line| {
                line.entry().map(|(at, mut names)| (at, names.any(|n| n.eq_ignore_ascii_case(&wanted.name))))
            })
            .any(|(address, named)| named && address == wanted.address)
    }

    /// The address of the first line that has the name.
    pub fn address(self, name: &str) -> Option<IpAddr> {
        self.lines().find_map(|line| {
            let (address, mut names) = line.entry()?;
            names.any(|n| n.eq_ignore_ascii_case(name)).then_some(address)
        })
    }

    fn open_end(self, block: &Range<usize>) -> bool {
        HostsText(&self.0[block.clone()]).lines().any(|line| line.bytes == OPEN_END.as_bytes())
    }

    /// Lines outside of our block that say something else about our names.
    fn claims(self, entries: &[HostsEntry], block: Option<&Range<usize>>) -> Vec<Conflict> {
        let mut lab: Option<&[u8]> = None;
        let mut found = Vec::new();
        for line in self.lines().filter(|line| block.is_none_or(|ours| !ours.contains(&line.start))) {
            if let Some((begins, name)) = line.marker() {
                lab = begins.then_some(name);
                continue;
            }
            let Some((address, names)) = line.entry() else { continue };
            for name in names {
                let mut ours = entries.iter().filter(|entry| entry.name.eq_ignore_ascii_case(name)).peekable();
                let Some(entry) = ours.peek() else { continue };
                let (name, wanted) = (entry.name.clone(), entry.address);
                if let Some(lab) = lab {
                    let lab = String::from_utf8_lossy(lab).into();
                    found.push(line.conflict(LineProblem::OtherLab { name, lab }));
                } else if ours.all(|entry| entry.address != address) {
                    found.push(line.conflict(LineProblem::Elsewhere { name, wanted }));
                }
            }
        }
        found
    }
}

#[cfg(test)]
#[path = "text_tests.rs"]
mod tests;
