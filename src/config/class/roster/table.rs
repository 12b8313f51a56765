//! Reads a roster from a table.

use super::cell::Cell;
use super::columns::{self, Column, KEYS};
use super::layout::{CanvasRow, Layout, spoken};
use super::{Roster, student};
use crate::config::table::{Encoding, Row, Table};
use crate::model::classroom::ClassNotice;
use crate::model::name::HostName;
use crate::model::problem::{Location, Problems, did_you_mean};

/// Reads a roster from a file of this name and with these bytes. `hosts` are the machines of the inventory: a roster may say
/// where they answer.
///
/// # Errors
/// Every mistake in it.
pub fn parse(name: &str, bytes: &[u8], hosts: &[HostName]) -> Result<Roster, Problems> {
    let table = Table::read(name, bytes)?;
    let mut reader = Reader {
        layout: Layout::of(&table.header),
        columns: Vec::new(),
        table: &table,
        hosts,
        problems: Problems::default(),
        notices: Vec::new(),
    };
    if table.encoding == Encoding::Windows1252 {
        reader.notices.push(ClassNotice::Windows1252 { file: name.to_owned() });
    }
    reader.header(name);
    if reader.columns.iter().flatten().next().is_none() {
        return Err(reader.problems);
    }
    let rows: Vec<(Vec<Cell>, Location)> = table.rows.iter().filter_map(|row| reader.row(name, row)).collect();
    if rows.is_empty() && reader.problems.0.is_empty() {
        let hint = "write one line for each of them below the first, which names the columns";
        reader.problems.add(&table.location(table.header.span()), "the roster has no students", Some(hint.into()));
    }
    let mut roster = student::roster(&rows, &mut reader.problems);
    roster.notices = reader.notices;
    reader.problems.or(Some(roster))
}

struct Reader<'a> {
    table: &'a Table,
    hosts: &'a [HostName],
    layout: Layout,
    columns: Vec<Option<Column>>,
    problems: Problems,
    notices: Vec<ClassNotice>,
}

impl Reader<'_> {
    fn known(&self) -> String {
        let keys = KEYS.iter().map(|(key, _)| *key).chain(self.hosts.iter().map(HostName::as_str));
        keys.chain(["vars.NAME"]).collect::<Vec<_>>().join(", ")
    }

    fn header(&mut self, name: &str) {
        let header = &self.table.header;
        let mut columns = self.layout.columns(header, self.hosts);
        let place = self.table.location(header.span());
        if !columns.iter().flatten().any(Column::identifies) {
            if columns.iter().flatten().next().is_some() {
                let hint = "add a column `id`, or `email`; names are for people only, and may be left out";
                self.problems.add(&place, "no column says who somebody is", Some(hint.into()));
            } else {
                let hint = "the first line names the columns, such as `id,name,email`, parted by `,`, `;` or a tab; known are: ";
                self.problems.add(&place, "the first line names no column", Some(format!("{hint}{}", self.known())));
            }
            columns.clear();
        }
        let mut unused = Vec::new();
        for (n, cell) in header.cells.iter().enumerate().take(columns.len().min(self.layout.grades(header))) {
            let text = cell.text.trim();
            let twin = columns[..n].iter().position(|column| column.is_some() && *column == columns[n]);
            match (&columns[n], twin) {
                (Some(_), Some(twin)) if columns::plain(header.text(twin)) == columns::plain(text) => {
                    let hint = Some("keep one of them".to_owned());
                    self.problems.add(
                        &self.table.location(cell.span.clone()),
                        format!("duplicate column `{text}`"),
                        hint,
                    );
                }
                // A group and a section: the first one is meant.
                (Some(_), Some(_)) => {
                    columns[n] = None;
                    unused.push(text.to_owned());
                }
                (Some(_), None) => {}
                (None, _) => {
                    let keys = KEYS.iter().map(|(key, _)| *key).chain(self.hosts.iter().map(HostName::as_str));
                    let near = did_you_mean(text, keys).filter(|_| self.layout != Layout::Canvas && !text.is_empty());
                    match near {
                        Some(near) => {
                            let place = self.table.location(cell.span.clone());
                            let hint = Some(format!("did you mean `{near}`?"));
                            self.problems.add(&place, format!("unknown column `{text}`"), hint);
                        }
                        None if text.is_empty() => {
                            if self.table.rows.iter().any(|row| !row.text(n).is_empty()) {
                                unused.push(format!("#{}", n + 1));
                            }
                        }
                        None => unused.push(text.to_owned()),
                    }
                }
            }
        }
        if !unused.is_empty() {
            self.notices.push(ClassNotice::UnusedColumns { file: name.to_owned(), columns: unused });
        }
        self.columns = columns;
    }

    /// What a row says of a student, if it is one.
    fn row(&mut self, name: &str, row: &Row) -> Option<(Vec<Cell>, Location)> {
        if self.layout == Layout::Canvas
            && let Some(kind) = CanvasRow::of(row)
        {
            if kind == CanvasRow::TestStudent {
                self.notices.push(ClassNotice::TestStudent { file: name.to_owned(), line: self.table.line(row) });
            }
            return None;
        }
        if !self.fits(row) {
            return None;
        }
        let cells = self.columns.iter().zip(&row.cells).filter_map(|(column, cell)| {
            let column = column.clone()?;
            let text = match (self.layout, &column) {
                (Layout::Canvas, Column::Name | Column::First | Column::Last) => spoken(cell.text.trim()),
                _ => cell.text.trim().to_owned(),
            };
            let location = self.table.location(cell.span.clone());
            (!text.is_empty()).then_some(Cell { column, text, location })
        });
        Some((cells.collect(), self.table.location(row.span())))
    }

    /// Whether a row has the columns that the first line names. Cells at its end may be left out.
    fn fits(&mut self, row: &Row) -> bool {
        let columns = self.table.header.cells.len();
        let last = row.cells.iter().rposition(|cell| !cell.text.trim().is_empty()).map_or(0, |n| n + 1);
        let place = self.table.location(row.span());
        let separator = shown(self.table.separator);
        if last > columns {
            let what = format!("this row has {last} cells, and the first line names {columns} columns");
            let hint = format!("put a cell with {separator} in it into quotes, or take away what is too much");
            self.problems.add(&place, what, Some(hint));
            return false;
        }
        let other = [b',', b';', b'\t'].into_iter().find(|other| {
            let parts = row.text(0).bytes().filter(|b| b == other).count();
            *other != self.table.separator && row.cells.len() == 1 && columns > 1 && parts + 1 == columns
        });
        if let Some(other) = other {
            let what = format!("this row is parted by {}, and the first line by {separator}", shown(other));
            self.problems.add(&place, what, Some(format!("part its cells by {separator}, too")));
            return false;
        }
        true
    }
}

fn shown(separator: u8) -> String {
    if separator == b'\t' { "a tab".to_owned() } else { format!("`{}`", char::from(separator)) }
}

#[cfg(test)]
#[path = "table_tests.rs"]
mod tests;
