//! Who in a gradebook is who in a roster. Whoever cannot be told from another is nobody: points in a wrong row would be worse
//! than none.

use super::columns::{Columns, Platform};
use crate::config::class::{CanvasRow, Column, Student, spoken};
use crate::config::table::{Row, Table};
use std::collections::BTreeMap;

/// A row of a gradebook that is a student's.
pub struct Person<'a> {
    /// The row.
    pub row: &'a Row,
    /// What it says of who that is, by kind.
    ids: Vec<(Column, String)>,
    /// The name, as it is compared.
    name: String,
    /// The name, as it stands there.
    pub called: String,
}

/// The students' rows, in the order of the file.
pub fn people<'a>(table: &'a Table, columns: &Columns) -> Vec<Person<'a>> {
    let canvas = columns.platform == Platform::Canvas;
    let rows = table.rows.iter().filter(|row| !canvas || CanvasRow::of(row).is_none());
    rows.map(|row| person(row, columns)).collect()
}

fn person<'a>(row: &'a Row, columns: &Columns) -> Person<'a> {
    let said = || columns.people.iter().enumerate().filter_map(|(n, column)| Some((column.clone()?, row.text(n))));
    let text =
        |wanted: Column| said().find(|(column, text)| *column == wanted && !text.is_empty()).map(|(_, text)| text);
    let parts = [text(Column::First), text(Column::Last)];
    let joined = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let called = text(Column::Name).map_or(joined, str::to_owned);
    let ids = said().filter(|(column, text)| !text.is_empty() && KINDS.contains(column));
    let ids: Vec<_> = ids.map(|(column, text)| (column, text.to_owned())).collect();
    let first = ids.first().map(|(_, text)| text.clone()).unwrap_or_default();
    let called = if called.is_empty() { first } else { called };
    Person { row, ids, name: compared(&called), called }
}

/// What tells people apart, besides their names.
const KINDS: [Column; 4] = [Column::LmsId, Column::Number, Column::Login, Column::Email];

/// What a student could be called in a column of this kind.
fn keys(student: &Student, kind: &Column) -> Vec<String> {
    let lms = &student.lms;
    let all = match kind {
        Column::LmsId => [&lms.id, &None, &None, &None],
        Column::Number => [&lms.number, &lms.id, &lms.written, &None],
        Column::Login => [&lms.login, &lms.id, &lms.written, &student.email],
        Column::Email => [&student.email, &None, &None, &None],
        _ => [&None; 4],
    };
    all.into_iter().flatten().cloned().collect()
}

/// Whether what stands in a column of this kind is one of these. Mail knows no capitals, and mail addresses are logins.
fn is_one(kind: &Column, text: &str, keys: &[String]) -> bool {
    keys.iter().any(|key| match kind {
        Column::Login | Column::Email => text.to_lowercase() == key.to_lowercase(),
        _ => text == key,
    })
}

/// A name without what people write differently.
fn compared(name: &str) -> String {
    spoken(name).split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// Which row is a student's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// This one.
    Row(usize),
    /// None.
    Nowhere,
    /// It could be any of these, or it could be somebody else's as well.
    Any(Vec<usize>),
}

/// Finds each student of a roster.
pub fn find(students: &[Student], people: &[Person<'_>]) -> Vec<Found> {
    let mut found: Vec<Found> = students.iter().map(|student| by_ids(student, people)).collect();
    let mut names: BTreeMap<String, usize> = BTreeMap::new();
    for student in students {
        *names.entry(compared(student.name.as_deref().unwrap_or_default())).or_default() += 1;
    }
    for (student, found) in students.iter().zip(&mut found) {
        let name = compared(student.name.as_deref().unwrap_or_default());
        if *found == Found::Nowhere && !name.is_empty() {
            *found = by_name(student, &name, names[&name], people);
        }
    }
    // A row is one student's, or nobody's.
    let mut owners: BTreeMap<usize, usize> = BTreeMap::new();
    for row in found.iter().flat_map(|found| if let Found::Row(row) = found { Some(*row) } else { None }) {
        *owners.entry(row).or_default() += 1;
    }
    for found in &mut found {
        if let Found::Row(row) = *found
            && owners[&row] > 1
        {
            *found = Found::Any(vec![row]);
        }
    }
    found
}

fn by_ids(student: &Student, people: &[Person<'_>]) -> Found {
    let keys: Vec<(Column, Vec<String>)> = KINDS.iter().map(|kind| (kind.clone(), keys(student, kind))).collect();
    let is = |person: &Person<'_>| {
        person.ids.iter().any(|(kind, text)| keys.iter().any(|(of, keys)| of == kind && is_one(kind, text, keys)))
    };
    let rows: Vec<usize> = people.iter().enumerate().filter(|(_, person)| is(person)).map(|(n, _)| n).collect();
    match rows[..] {
        [] => Found::Nowhere,
        [row] => Found::Row(row),
        _ => Found::Any(rows),
    }
}

/// By the name, where nobody else has it and nothing speaks against it: an id that both have, and that is not the same.
fn by_name(student: &Student, name: &str, namesakes: usize, people: &[Person<'_>]) -> Found {
    let such: Vec<usize> =
        people.iter().enumerate().filter(|(_, person)| person.name == name).map(|(n, _)| n).collect();
    let number = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let other = |person: &Person<'_>| {
        person.ids.iter().any(|(kind, text)| match kind {
            // The `Participant 9` of a worksheet is nobody's id anywhere else.
            Column::LmsId => number(text) && student.lms.id.as_deref().is_some_and(number),
            Column::Number => student.lms.number.is_some(),
            Column::Login => student.lms.login.is_some(),
            _ => student.email.is_some(),
        })
    };
    match such[..] {
        [row] if namesakes == 1 && other(&people[row]) => Found::Nowhere,
        [row] if namesakes == 1 => Found::Row(row),
        [] => Found::Nowhere,
        _ => Found::Any(such),
    }
}
