//! Writes ids into the roster that they were made of. From then on they stay, whoever joins or leaves and whatever is corrected.

use super::columns::{Column, OWN_ID};
use super::layout::Layout;
use super::table::parse;
use crate::config::table::{Row, Table};
use crate::model::name::{HostName, StudentId};
use crate::model::problem::Problems;
use std::collections::BTreeMap;

/// The roster with an id for each student: in the column that it has for them where that is empty, else in a new last column.
/// Every other byte is as it was.
///
/// # Errors
/// Every mistake in the roster.
pub fn with_ids(name: &str, bytes: &[u8], hosts: &[HostName]) -> Result<Vec<u8>, Problems> {
    let roster = parse(name, bytes, hosts)?;
    let table = Table::read(name, bytes)?;
    let layout = Layout::of(&table.header);
    let existing = layout.columns(&table.header, hosts).iter().position(|column| *column == Some(Column::Id));
    let ids: BTreeMap<usize, &StudentId> =
        roster.students.iter().map(|student| (student.location.span.start, &student.id)).collect();
    let students = table.rows.iter().filter_map(|row| Some((row, ids.get(&row.span().start)?.as_str())));
    let header = if layout == Layout::HandMade { "id" } else { OWN_ID };
    let column = existing.unwrap_or(table.header.cells.len());
    let named = existing.is_none().then_some((&table.header, header));
    let edits = named.into_iter().chain(students).filter(|(row, _)| row.text(column).is_empty());
    Ok(table.edited(edits.map(|(row, id)| edit(&table, row, column, id)).collect()))
}

/// Puts an id into a column of a row, which may be too short to have it.
fn edit(table: &Table, row: &Row, column: usize, id: &str) -> (std::ops::Range<usize>, String) {
    if let Some(cell) = row.cells.get(column) {
        return (cell.span.clone(), id.to_owned());
    }
    let missing = column + 1 - row.cells.len();
    let separators = char::from(table.separator).to_string().repeat(missing);
    (row.span().end..row.span().end, separators + id)
}
