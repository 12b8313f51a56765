//! The layouts of tables with students: what columns mean in them, and which rows are students.

use super::columns::{Column, OWN_ID, of_header, plain};
use crate::config::table::Row;
use crate::model::name::HostName;

/// Who made a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// Canvas: an export of its gradebook.
    Canvas,
    /// A platform such as Moodle, which has first and last names.
    Names,
    /// A person.
    HandMade,
}

impl Layout {
    /// The layout that begins with these columns.
    pub fn of(header: &Row) -> Self {
        let columns = || header.cells.iter().filter_map(|cell| of_header(&cell.text, &[]));
        // As its importer looks: a teacher writes `student,id,section`.
        let names = [header.text(0), header.text(1), header.text(2)];
        let canvas = names[..2] == ["Student", "ID"] || names == ["LastName", "FirstName", "ID"];
        if canvas && header.cells.iter().any(|cell| cell.text.contains("Section")) {
            Self::Canvas
        } else if columns().any(|column| column == Column::First) && columns().any(|column| column == Column::Last) {
            Self::Names
        } else {
            Self::HandMade
        }
    }

    /// What each column means.
    pub fn columns(self, header: &Row, hosts: &[HostName]) -> Vec<Option<Column>> {
        let mut columns: Vec<Option<Column>> = header.cells.iter().map(|cell| of_header(&cell.text, hosts)).collect();
        let at = |columns: &[Option<Column>], column: Column| columns.iter().position(|c| *c == Some(column.clone()));
        if self == Self::Canvas {
            if let Some(id) = at(&columns, Column::Id) {
                columns[id] = Some(Column::LmsId);
            }
            // What follows are assignments, whatever they are called.
            let section = header.cells.iter().position(|cell| cell.text.contains("Section")).unwrap_or(0);
            let rest = columns.iter_mut().zip(&header.cells).skip(section + 1);
            rest.filter(|(_, cell)| plain(&cell.text) != OWN_ID).for_each(|(column, _)| *column = None);
        }
        // German families have a "Name", and persons a "Vorname"; Spanish persons without a family column have a "Nombre"; a
        // "Name" beside a "Surname" is the first.
        let short = |column: usize| ["name", "nama"].contains(&plain(header.text(column)).as_str());
        match (at(&columns, Column::First), at(&columns, Column::Last), at(&columns, Column::Name)) {
            (Some(_), None, Some(name)) => columns[name] = Some(Column::Last),
            (Some(first), None, None) => columns[first] = Some(Column::Name),
            (None, Some(_), Some(name)) if short(name) => columns[name] = Some(Column::First),
            _ => {}
        }
        columns
    }

    /// The first column that holds grades, and nothing about who somebody is.
    pub fn grades(self, header: &Row) -> usize {
        let section = || header.cells.iter().position(|cell| cell.text.contains("Section"));
        if self == Self::Canvas { section().map_or(usize::MAX, |n| n + 1) } else { usize::MAX }
    }
}

/// What a row of Canvas' gradebook is, if it is no student.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CanvasRow {
    /// How many points each assignment is worth.
    PointsPossible,
    /// Which assignments are hidden.
    Posting,
    /// The student that Canvas makes for a teacher to look with.
    TestStudent,
}

impl CanvasRow {
    /// What this row is.
    pub fn of(row: &Row) -> Option<Self> {
        let first = row.text(0);
        let note = |text: &str| {
            let text = text.trim().to_lowercase();
            text.is_empty() || text == "muted" || text.starts_with("manual posting")
        };
        if first.contains("Points Possible") {
            Some(Self::PointsPossible)
        } else if row.cells.iter().all(|cell| note(&cell.text)) {
            Some(Self::Posting)
        } else if first == "Student, Test" || (first, row.text(1)) == ("Student", "Test") {
            Some(Self::TestStudent)
        } else {
            None
        }
    }
}

/// A name as people say it, from `Last, First`. Other commas belong to the name.
pub fn spoken(name: &str) -> String {
    // Canvas puts what a spreadsheet would compute into quotes.
    let name = name.strip_prefix("=\"").and_then(|name| name.strip_suffix('"')).unwrap_or(name);
    match name.split_once(", ") {
        Some((last, first)) if !first.contains(',') => format!("{} {}", first.trim(), last.trim()).trim().to_owned(),
        _ => name.to_owned(),
    }
}
