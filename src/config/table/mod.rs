//! Tables that people and their systems exported: CSV of every kind. Read with the place of each cell, so that mistakes show
//! where they are and a filled file keeps all other bytes.

mod cells;
mod encoding;

pub use cells::{Row, written};
pub use encoding::Encoding;

use crate::model::problem::{Location, Problems, Source};
use cells::Quotes;
use encoding::NotText;
use std::ops::Range;
use std::sync::Arc;

/// A table as its file has it.
#[derive(Debug, Clone)]
pub struct Table {
    /// The whole text, without the mark in front.
    pub text: String,
    /// How it is stored.
    pub encoding: Encoding,
    /// What parts the cells.
    pub separator: u8,
    /// The first row, which names the columns.
    pub header: Row,
    /// The others, without those that are blank.
    pub rows: Vec<Row>,
    /// The text as mistakes show it: byte for byte as long.
    source: Arc<Source>,
}

impl Table {
    /// Reads a file that is called `name`.
    ///
    /// # Errors
    /// It is no text, or holds no row; quotes after which nobody knows what the rows are.
    pub fn read(name: &str, bytes: &[u8]) -> Result<Self, Problems> {
        let (text, encoding) = Encoding::read(bytes).map_err(|not| no_text(name, not))?;
        let source = Source::new(name, lines(&text));
        let separator = cells::separator(&text);
        let declared = usize::from(cells::declared(&text).is_some());
        let mut rows = cells::rows(&text, separator).into_iter().skip(declared).filter(|row| !row.is_blank());
        let mut problems = Problems::default();
        let Some(header) = rows.next() else {
            let hint = "its first line names the columns, such as `id,name,email`";
            problems.add(&Location { source, span: 0..0 }, "the file holds no row", Some(hint.into()));
            return Err(problems);
        };
        let table = Self { encoding, separator, header, rows: rows.collect(), source, text };
        table.check_quotes(&mut problems);
        problems.or(Some(table))
    }

    /// A place in it.
    pub fn location(&self, span: Range<usize>) -> Location {
        Location { source: self.source.clone(), span }
    }

    /// The place of a cell; of the whole row, where it is too short to have one.
    pub fn cell_location(&self, row: &Row, column: usize) -> Location {
        self.location(row.cells.get(column).map_or_else(|| row.span(), |cell| cell.span.clone()))
    }

    /// The line that a row begins on.
    pub fn line(&self, row: &Row) -> usize {
        self.location(row.span()).line_column().0
    }

    /// The file with other texts in some places, and every other byte as it was.
    pub fn edited(&self, mut edits: Vec<(Range<usize>, String)>) -> Vec<u8> {
        edits.sort_by_key(|(span, _)| span.start);
        let (mut edited, mut at) = (String::with_capacity(self.text.len()), 0);
        for (span, written) in &edits {
            edited.push_str(&self.text[at..span.start]);
            edited.push_str(written);
            at = span.end;
        }
        edited.push_str(&self.text[at..]);
        self.encoding.write(&edited)
    }

    fn check_quotes(&self, problems: &mut Problems) {
        let all = [&self.header].into_iter().chain(&self.rows).flat_map(|row| &row.cells);
        for cell in all.filter(|cell| cell.quoted) {
            let (what, hint) = match cells::quotes(&self.text[cell.span.clone()]) {
                None => continue,
                Some(Quotes::Open) => ("this quote is never closed", "close it, or take it away"),
                Some(Quotes::Inside) => {
                    ("a quote stands inside of this cell", "write a quote inside of quotes twice: \"\"")
                }
            };
            problems.add(&self.location(cell.span.clone()), what, Some(hint.into()));
        }
    }
}

/// The text with the ends of lines that old programs on a Mac write as those that everybody counts.
fn lines(text: &str) -> String {
    let pairs = text.split("\r\n").map(|part| part.replace('\r', "\n"));
    pairs.collect::<Vec<_>>().join("\r\n")
}

fn no_text(name: &str, not: NotText) -> Problems {
    const SAVE: &str = "save it as \"CSV UTF-8\" in your spreadsheet program";
    let (readable, span, what) = match not {
        NotText::Spreadsheet => (String::new(), 0..0, "this is a workbook (.xlsx, .xls or .ods), not CSV".to_owned()),
        NotText::Broken { said, readable, at } => {
            (readable, at..at + 1, format!("the file begins with the mark of {said}, but this is not {said}"))
        }
        NotText::Binary { readable, at } => (readable, at..at + 1, "this is no text: it holds zero bytes".to_owned()),
    };
    let mut problems = Problems::default();
    problems.add(&Location { source: Source::new(name, lines(&readable)), span }, what, Some(SAVE.into()));
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_however_they_end() {
        for text in ["id,name\n\nx,y\n", "id,name\r\n\r\nx,y", "id,name\r\rx,y\r"] {
            let table = Table::read("t.csv", text.as_bytes()).unwrap();
            assert_eq!(table.rows.iter().map(|row| table.line(row)).collect::<Vec<_>>(), [3], "{text:?}");
            assert_eq!(table.cell_location(&table.rows[0], 1).line_column(), (3, 3), "{text:?}");
        }
    }

    #[test]
    fn bad_quotes_are_shown_where_they_are() {
        let shown = Table::read("t.csv", b"id,name\na,\"b\" c\nd,\"e\nf,g\n").unwrap_err().to_string();
        assert!(shown.contains("t.csv:2:3") && shown.contains("t.csv:3:3"), "{shown}");
        assert!(shown.contains("never closed") && shown.contains("inside of this cell"), "{shown}");
    }

    #[test]
    fn what_is_no_table_is_said() {
        for (bytes, wanted) in [
            (&b"PK\x03\x04"[..], "workbook"),
            (b"", "holds no row"),
            (b" ,\n", "holds no row"),
            (b"\xff\xfea", "mark of UTF-16"),
            (b"a\0\nb", "zero bytes"),
        ] {
            let shown = Table::read("t.csv", bytes).unwrap_err().to_string();
            assert!(shown.contains("t.csv:1:") && shown.contains(wanted), "{shown}");
        }
    }
}
