//! Fills a gradebook: one column, and for Moodle what students read beside it.

use super::columns::{self, Columns, Platform};
use super::people::{self, Found, Person};
use super::{Change, Filled, Grade, Gradebook, cell};
use crate::config::class::{Roster, Student};
use crate::config::table::{Encoding, Row, Table, written};
use crate::model::classroom::{ClassNotice, GradebookNotice};
use crate::model::name::StudentId;
use crate::model::points::Points;
use crate::model::problem::Problems;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

impl Gradebook {
    /// Reads a file of this name and with these bytes. `title` names the column for the points, without what a platform puts
    /// before and behind it; it may be left out where there is only one.
    ///
    /// # Errors
    /// Every mistake in it: what is no gradebook, has no such column, or would be refused as a whole by the platform.
    pub fn read(name: &str, bytes: &[u8], title: Option<&str>) -> Result<Self, Problems> {
        let table = Table::read(name, bytes)?;
        let mut problems = Problems::default();
        let columns = columns::columns(&table, title, &mut problems);
        let width = table.header.cells.len();
        for row in table.rows.iter().filter(|row| row.cells.len() != width) {
            let what = format!("this row has {} cells, and the first line names {width} columns", row.cells.len());
            let hint = "use the file as it was exported; the platform refuses one whose rows differ";
            problems.add(&table.location(row.span()), what, Some(hint.into()));
        }
        if let Some(columns) = columns.as_ref().filter(|columns| columns.platform != Platform::Canvas) {
            numbers(&table, columns, &mut problems);
        }
        let columns = problems.or(columns)?;
        Ok(Self { name: name.to_owned(), table, columns })
    }

    /// The points that stand in the file, of those who are found without doubt.
    pub fn points(&self, roster: &Roster) -> BTreeMap<StudentId, Points> {
        let people = people::people(&self.table, &self.columns);
        let found = people::find(&roster.students, &people);
        let given = roster.students.iter().zip(found).filter_map(|(student, found)| match found {
            Found::Row(row) => Some((student.id.clone(), people[row].row.text(self.columns.points).parse().ok()?)),
            Found::Nowhere | Found::Any(_) => None,
        });
        given.collect()
    }

    /// Where it comes from.
    pub fn platform(&self) -> Platform {
        self.columns.platform
    }

    /// What the column for the points is called in it.
    pub fn column(&self) -> &str {
        self.table.header.text(self.columns.points)
    }

    /// The most points that the platform takes, if the file says so.
    pub fn maximum(&self) -> Option<Points> {
        self.columns.maximum(&self.table, None)
    }

    /// The file with these grades. Whoever has none, or is not found without doubt, keeps what is there.
    pub fn fill(&self, roster: &Roster, grades: &BTreeMap<StudentId, Grade>) -> Filled {
        let people = people::people(&self.table, &self.columns);
        let found = people::find(&roster.students, &people);
        let mut filler = Filler { book: self, edits: Vec::new(), changes: Vec::new(), notices: Vec::new() };
        let mut owners: BTreeMap<usize, &Student> = BTreeMap::new();
        let mut told: BTreeSet<usize> = BTreeSet::new();
        for (student, found) in roster.students.iter().zip(&found) {
            // Only whoever has a grade is missed.
            let graded = grades.get(&student.id).is_some_and(|grade| grade.points.is_some());
            match found {
                Found::Row(row) => {
                    owners.insert(*row, student);
                }
                Found::Nowhere if graded => {
                    filler.notices.push(GradebookNotice::NotInFile { student: student.id.clone() });
                }
                Found::Any(rows) if graded => {
                    told.extend(rows);
                    let lines = rows.iter().map(|row| self.table.line(people[*row].row)).collect();
                    filler.notices.push(GradebookNotice::Ambiguous { student: student.id.clone(), lines });
                }
                Found::Nowhere | Found::Any(_) => {}
            }
        }
        for (n, person) in people.iter().enumerate().filter(|(n, _)| !told.contains(n)) {
            filler.person(person, owners.get(&n).copied(), grades);
        }
        let unheard = self.columns.feedback.is_none()
            && self.columns.platform != Platform::Canvas
            && grades.values().any(|grade| grade.feedback.is_some());
        if unheard {
            filler.notices.push(GradebookNotice::NoFeedbackColumn);
        }
        filler.filled()
    }
}

/// Moodle refuses a whole file for one cell that is no number. Where one is none already, points were never meant.
fn numbers(table: &Table, columns: &Columns, problems: &mut Problems) {
    let number = |text: &str| matches!(text, "" | "-") || text.replace(',', ".").parse::<f64>().is_ok();
    if let Some(row) = table.rows.iter().find(|row| !number(row.text(columns.points))) {
        let what = format!("`{}` is no number of points", row.text(columns.points));
        let hint = "choose a column with points, which Moodle exports as `Real`: it refuses a file with anything else";
        problems.add(&table.cell_location(row, columns.points), what, Some(hint.into()));
    }
}

struct Filler<'a> {
    book: &'a Gradebook,
    /// What stands in the place of what.
    edits: Vec<(Range<usize>, String)>,
    changes: Vec<Change>,
    notices: Vec<GradebookNotice>,
}

impl Filler<'_> {
    fn person(&mut self, person: &Person<'_>, student: Option<&Student>, grades: &BTreeMap<StudentId, Grade>) {
        let line = self.book.table.line(person.row);
        let graded = student.and_then(|student| {
            let grade = grades.get(&student.id)?;
            Some((student.id.clone(), grade, grade.points?))
        });
        let Some((student, grade, points)) = graded else {
            let student = student.map(|student| student.id.clone());
            self.notices.push(GradebookNotice::NotGraded { line, name: person.called.clone(), student });
            return;
        };
        let columns = &self.book.columns;
        let before = person.row.text(columns.points);
        if columns.platform == Platform::Canvas && before.eq_ignore_ascii_case("EX") {
            self.notices.push(GradebookNotice::Excused { student, line });
            return;
        }
        if columns.platform == Platform::Canvas && before == "N/A" {
            self.notices.push(GradebookNotice::NotAssigned { student, line });
            return;
        }
        if let Some(maximum) = columns.maximum(&self.book.table, Some(person.row)).filter(|most| points > *most) {
            self.notices.push(GradebookNotice::AboveMaximum { student: student.clone(), points, maximum });
        }
        // `9.50` is `9.5` already.
        if before.parse() != Ok(points) {
            let before = before.to_owned();
            self.edit(person.row, columns.points, points.to_string());
            self.changes.push(Change { student: student.clone(), line, before, points });
        }
        if let (Some(column), Some(feedback)) = (columns.feedback, &grade.feedback) {
            let text = cell::harmless(feedback);
            if text.chars().any(|c| !self.book.table.encoding.stores(c)) {
                self.notices.push(GradebookNotice::LettersLost { student });
            }
            if text != person.row.cells[column].text {
                self.edit(person.row, column, text);
            }
        }
    }

    fn edit(&mut self, row: &Row, column: usize, text: String) {
        let cell = &row.cells[column];
        let written = written(&text, cell.quoted, self.book.table.separator);
        self.edits.push((cell.span.clone(), written.into_owned()));
    }

    fn filled(self) -> Filled {
        let windows = self.book.table.encoding == Encoding::Windows1252;
        let reading = windows.then(|| ClassNotice::Windows1252 { file: self.book.name.clone() });
        Filled {
            bytes: self.book.table.edited(self.edits),
            changes: self.changes,
            reading: reading.into_iter().collect(),
            notices: self.notices,
        }
    }
}
