//! A text taken apart into rows and cells, each with its place. The crate `csv-core` decides where a cell ends; the larger crate
//! `csv` around it forgets where in the file a cell stood, which mistakes must show and a filled file must keep.

use csv_core::{ReadFieldResult, ReaderBuilder};
use std::borrow::Cow;
use std::ops::Range;

/// What stands between two separators.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// What it says: without quotes around it, and with those inside single.
    pub text: String,
    /// Where it stands, with its quotes.
    pub span: Range<usize>,
    /// Whether it is quoted.
    pub quoted: bool,
}

/// A row, which may be more than one line of the file; never an empty line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its cells; there is at least one.
    pub cells: Vec<Cell>,
}

impl Row {
    /// From its first cell to its last.
    pub fn span(&self) -> Range<usize> {
        let start = self.cells.first().map_or(0, |cell| cell.span.start);
        start..self.cells.last().map_or(start, |cell| cell.span.end)
    }

    /// Whether nothing is in any cell.
    pub fn is_blank(&self) -> bool {
        self.cells.iter().all(|cell| cell.text.trim().is_empty())
    }

    /// What a cell says, without blanks around it; nothing where the row is too short.
    pub fn text(&self, column: usize) -> &str {
        self.cells.get(column).map_or("", |cell| cell.text.trim())
    }
}

/// The rows of a text whose cells are parted by this character. Each line may end as it likes.
pub fn rows(text: &str, separator: u8) -> Vec<Row> {
    let mut reader = ReaderBuilder::new().delimiter(separator).build();
    // No cell says more than the whole text.
    let mut said = vec![0; text.len() + 1];
    let (mut rows, mut cells) = (Vec::new(), Vec::new());
    let (mut at, mut start, mut length) = (0, 0, 0);
    loop {
        let (result, read, written) = reader.read_field(&text.as_bytes()[at..], &mut said[length..]);
        at += read;
        length += written;
        match result {
            ReadFieldResult::InputEmpty | ReadFieldResult::OutputFull => {}
            ReadFieldResult::Field { record_end } => {
                cells.push(cell(text, start..at, cells.is_empty(), record_end, &said[..length]));
                (start, length) = (at, 0);
                if record_end {
                    rows.push(Row { cells: std::mem::take(&mut cells) });
                }
            }
            ReadFieldResult::End => return rows,
        }
    }
}

/// The cell of which this much was read: with the empty lines in front of a row, and with what ends the cell.
fn cell(text: &str, read: Range<usize>, first: bool, last: bool, said: &[u8]) -> Cell {
    let mut span = read;
    let raw = &text[span.clone()];
    let ends = ['\r', '\n'];
    if first {
        span.start += raw.len() - raw.trim_start_matches(ends).len();
    }
    if last {
        let raw = &text[span.clone()];
        span.end -= raw.len() - raw.trim_end_matches(ends).len();
    } else {
        span.end = span.end.saturating_sub(1).max(span.start);
    }
    let quoted = text[span.clone()].starts_with('"');
    Cell { text: String::from_utf8_lossy(said).into_owned(), span, quoted }
}

/// What is wrong with the quotes of a cell: its text may not be what was meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quotes {
    /// It is never closed, so that the rest of the file is in it.
    Open,
    /// A quote inside is not doubled.
    Inside,
}

/// What is wrong with the quotes around a cell, as it is written.
pub fn quotes(raw: &str) -> Option<Quotes> {
    let inside = raw.strip_prefix('"')?;
    let Some(inside) = inside.strip_suffix('"') else {
        let closed = inside.replace("\"\"", "").contains('"');
        return Some(if closed { Quotes::Inside } else { Quotes::Open });
    };
    inside.replace("\"\"", "").contains('"').then_some(Quotes::Inside)
}

/// A text as the file holds it: in quotes where the cell was, or where it needs them.
pub fn written(text: &str, quoted: bool, separator: u8) -> Cow<'_, str> {
    let needs = |c: char| c == char::from(separator) || c == '"' || c == '\n' || c == '\r';
    if quoted || text.contains(needs) || text.trim() != text {
        Cow::Owned(format!("\"{}\"", text.replace('"', "\"\"")))
    } else {
        Cow::Borrowed(text)
    }
}

/// The separators that files have, the likeliest first.
const SEPARATORS: [u8; 4] = [b',', b';', b'\t', b':'];

/// The character that parts the cells: the one with which all rows have as many as the first, and more than one. A file may say
/// so itself, as Excel does: `sep=;`.
pub fn separator(text: &str) -> u8 {
    if let Some(said) = declared(text) {
        return said;
    }
    let judged = SEPARATORS.iter().enumerate().map(|(n, separator)| {
        let widths: Vec<usize> = rows(text, *separator).iter().map(|row| row.cells.len()).collect();
        let width = widths.first().copied().unwrap_or(0);
        let alike = widths.iter().filter(|other| **other == width).count();
        // Times and addresses hold colons; a file that is parted by them has some on every line.
        let parts = width > 1 && (*separator != b':' || (width > 2 && alike == widths.len()));
        ((parts, alike == widths.len(), width, std::cmp::Reverse(n)), *separator)
    });
    judged.max_by_key(|(worth, _)| *worth).map_or(b',', |(_, separator)| separator)
}

/// What a first line such as `sep=;` says.
pub fn declared(text: &str) -> Option<u8> {
    match text.lines().next()?.trim_matches('"').as_bytes() {
        [b's' | b'S', b'e' | b'E', b'p' | b'P', b'=', separator] if SEPARATORS.contains(separator) => Some(*separator),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(text: &str, separator: u8) -> Vec<Vec<(String, String)>> {
        let cell = |cell: &Cell| (cell.text.clone(), text[cell.span.clone()].to_owned());
        rows(text, separator).iter().map(|row| row.cells.iter().map(cell).collect()).collect()
    }

    #[test]
    fn each_cell_knows_its_place() {
        for end in ["\n", "\r\n", "\r"] {
            let text = format!("{end}{end}a,\"b \"\"c\"\", {end}d\",{end}{end},é,\"\"{end}x");
            let wanted = vec![
                vec![
                    ("a".to_owned(), "a".to_owned()),
                    (format!("b \"c\", {end}d"), format!("\"b \"\"c\"\", {end}d\"")),
                    (String::new(), String::new()),
                ],
                vec![(String::new(), String::new()), ("é".into(), "é".into()), (String::new(), "\"\"".to_owned())],
                vec![("x".into(), "x".into())],
            ];
            assert_eq!(cells(&text, b','), wanted, "{end:?}");
        }
        assert_eq!(rows("", b','), []);
        assert_eq!(rows("\r\n\n", b','), []);
    }

    #[test]
    fn bad_quotes_are_seen() {
        for (raw, wanted) in [
            ("plain", None),
            ("\"fine\"", None),
            ("\"a \"\"b\"\"\"", None),
            ("a \"b\"", None),
            ("\"open", Some(Quotes::Open)),
            ("\"", Some(Quotes::Open)),
            ("\"open\"\"", Some(Quotes::Inside)),
            ("\"a\" b", Some(Quotes::Inside)),
            ("\"a\"b\"c\"", Some(Quotes::Inside)),
        ] {
            assert_eq!(quotes(raw), wanted, "{raw}");
        }
    }

    #[test]
    fn the_separator_is_the_one_that_all_lines_have() {
        for (text, wanted) in [
            ("id,name\ns01,Budi\n", b','),
            ("id;name\ns01;Santoso, Budi\n", b';'),
            ("id\tname\ns01\tSantoso, Budi; 3\n", b'\t'),
            ("Student,ID,Section\n\"Santoso; Budi\",1,\"a;b\"\n", b','),
            ("a:b:c\n1:2:3\n", b':'),
            ("email\na@b.c\n", b','),
            ("id,when\ns01,2026-12-04T17:00:00\n", b','),
            ("id;name\ns01;Budi;Santoso;x\n", b';'),
            ("sep=;\na,b;c\n1,2;3\n", b';'),
            ("", b','),
        ] {
            assert_eq!(char::from(separator(text)), char::from(wanted), "{text}");
        }
    }

    #[test]
    fn quotes_stand_where_they_stood_or_are_needed() {
        assert_eq!(written("9", false, b','), "9");
        assert_eq!(written("9", true, b','), "\"9\"");
        assert_eq!(written("a;b", false, b','), "a;b");
        assert_eq!(written("a;b", false, b';'), "\"a;b\"");
        assert_eq!(written("a\nb", false, b';'), "\"a\nb\"");
    }

    proptest::proptest! {
        /// Nothing is lost: between cells there are only separators and ends of lines.
        #[test]
        fn the_text_is_its_cells_and_what_parts_them(text in "[a,;\"\\r\\n é🙂]{0,40}") {
            for separator in SEPARATORS {
                let mut at = 0;
                for cell in rows(&text, separator).iter().flat_map(|row| &row.cells) {
                    let between = &text[at..cell.span.start];
                    assert!(between.bytes().all(|b| [separator, b'\r', b'\n'].contains(&b)), "{text:?} {between:?}");
                    at = cell.span.end;
                }
                let rest = &text[at..];
                assert!(rest.bytes().all(|b| [separator, b'\r', b'\n'].contains(&b)), "{text:?} {rest:?}");
            }
        }
    }
}
