//! Who stands twice in a roster: nobody may, under any of the names that tell people apart.

use super::cell::Cell;
use super::columns::Column;
use crate::model::problem::Problems;
use std::collections::BTreeMap;

/// Adds a problem for each cell that says of a student what another cell says of one before.
pub fn check<'a>(cells: impl Iterator<Item = &'a Cell>, problems: &mut Problems) {
    let mut seen: BTreeMap<(&str, String), &Cell> = BTreeMap::new();
    for cell in cells {
        let (what, key) = match &cell.column {
            // Machines and mail know no capitals.
            Column::Id => ("id", cell.text.to_lowercase()),
            Column::Email => ("email address", cell.text.to_lowercase()),
            Column::LmsId => ("LMS id", cell.text.clone()),
            Column::Number => ("number", cell.text.clone()),
            Column::Login => ("login", cell.text.clone()),
            Column::Host(_) => ("address", cell.text.to_lowercase()),
            _ => continue,
        };
        if let Some(first) = seen.get(&(what, key.clone())) {
            let line = first.location.line_column().0;
            let hint = match what {
                "address" => "give each machine an address of its own, or a port: `ADDRESS:PORT`",
                _ => "keep one of the two, or correct one",
            };
            let what = format!("the {what} `{}` stands on line {line} already", cell.text);
            problems.add(&cell.location, what, Some(hint.into()));
        } else {
            seen.insert((what, key), cell);
        }
    }
}
