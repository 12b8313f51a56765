//! Which column of a gradebook is which. What stands here was read in the importers' and exporters' source: Canvas'
//! `gradebook_importer.rb`, Moodle's `grade/import/csv` and `assignfeedback_offline`, and Moodle's language packs.

use crate::config::class::{CanvasRow, Column, Layout, plain};
use crate::config::table::{Row, Table};
use crate::model::points::Points;
use crate::model::problem::{Problems, did_you_mean};

/// Where a gradebook comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Platform {
    /// Canvas' gradebook.
    Canvas,
    /// Moodle's grades, as plain text.
    MoodleGrades,
    /// The worksheet of one assignment in Moodle.
    MoodleWorksheet,
}

/// Where things stand in the rows of a gradebook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns {
    /// Where the file comes from.
    pub platform: Platform,
    /// What each column says of who somebody is.
    pub people: Vec<Option<Column>>,
    /// The points.
    pub points: usize,
    /// What students read beside them.
    pub feedback: Option<usize>,
    /// The most points, for each student.
    pub maximum: Option<usize>,
}

/// What a worksheet calls its columns in English, Indonesian, Spanish and German.
const GRADE: &[&str] = &["grade", "nilai", "calificación", "bewertung"];
const MODIFIED: &[&str] = &[
    "last modified (grade)",
    "terakhir diubah (nilai)",
    "última modificación (calificación)",
    "zuletzt geändert (bewertung)",
];
const IDENTIFIER: &[&str] = &["identifier", "id", "tanda pengenal", "identificador"];
const MAXIMUM: &[&str] = &["maximum grade", "nilai maksimum", "calificación máxima", "bestbewertung", "bestwertung"];
const COMMENTS: &[&str] =
    &["feedback comments", "komentar umpan balik", "comentarios de retroalimentación", "feedback als kommentar"];

/// What stands in brackets behind an item of Moodle's gradebook.
const FEEDBACK: &[&str] = &["feedback", "umpan balik", "retroalimentación", "comentarios", "rückmeldung"];
const REAL: &[&str] = &["real", "nyata", "punkte"];

/// Columns behind the people that no grade can be given in.
const COMPUTED_MOODLE: &[&str] = &[
    "course total",
    "last downloaded from this course",
    "total kursus",
    "terakhir diunduh dari kursus ini",
    "total del curso",
    "última descarga de este curso",
    "kurs gesamt",
    "gesamtkurs",
    "zuletzt aus diesem kurs geladen",
];
const COMPUTED_CANVAS: &[&str] = &[
    "Current Score",
    "Current Points",
    "Current Grade",
    "Final Score",
    "Final Points",
    "Final Grade",
    "Override Score",
    "Override Grade",
    "Override Status",
];

/// The columns of a gradebook, with points in the one of this title.
pub fn columns(table: &Table, title: Option<&str>, problems: &mut Problems) -> Option<Columns> {
    let header = &table.header;
    let layout = Layout::of(header);
    let named = |words: &[&str]| position(header, |text| words.contains(&plain(text).trim_end_matches('.')));
    let mut people = layout.columns(header, &[]);
    let identified = |column: &Option<Column>| column.as_ref().is_some_and(Column::identifies);
    let worksheet = (named(IDENTIFIER), named(GRADE), named(MODIFIED));
    if layout == Layout::Canvas {
        let points = choose(table, candidates(header, Platform::Canvas, layout.grades(header)), title, problems)?;
        read_only(table, points, problems);
        return Some(Columns { platform: Platform::Canvas, people, points, feedback: None, maximum: None });
    }
    if let (Some(identifier), Some(points), Some(_)) = worksheet {
        // `Participant 123`, in the site's language.
        people[identifier] = Some(Column::LmsId);
        let platform = Platform::MoodleWorksheet;
        return Some(Columns { platform, people, points, feedback: named(COMMENTS), maximum: named(MAXIMUM) });
    }
    let Some(last) = people.iter().rposition(identified) else {
        let hint = "let Canvas export its gradebook, or Moodle its grades as plain text, or the grading worksheet of an \
                    assignment";
        problems.add(&table.location(header.span()), "this is not a gradebook", Some(hint.into()));
        return None;
    };
    let platform = Platform::MoodleGrades;
    let points = choose(table, candidates(header, platform, last + 1), title, problems)?;
    let item = |column: usize| bracket(header.text(column)).0.to_lowercase();
    let feedback = (0..header.cells.len()).find(|column| {
        item(*column) == item(points) && bracket(header.text(*column)).1.is_some_and(|word| is(word, FEEDBACK))
    });
    Some(Columns { platform, people, points, feedback, maximum: None })
}

impl Columns {
    /// The most points that the platform takes for the assignment, or for one student.
    pub fn maximum(&self, table: &Table, row: Option<&Row>) -> Option<Points> {
        let text = match (self.platform, self.maximum, row) {
            (Platform::Canvas, _, _) => points_possible(table)?.text(self.points),
            (_, Some(column), Some(row)) => row.text(column),
            (_, Some(column), None) => table.rows.first()?.text(column),
            _ => return None,
        };
        text.parse().ok()
    }
}

fn position(header: &Row, is: impl Fn(&str) -> bool) -> Option<usize> {
    header.cells.iter().position(|cell| is(&cell.text))
}

fn is(word: &str, words: &[&str]) -> bool {
    words.contains(&plain(word).as_str())
}

fn points_possible(table: &Table) -> Option<&Row> {
    table.rows.iter().find(|row| CanvasRow::of(row) == Some(CanvasRow::PointsPossible))
}

/// Canvas takes nothing for a column that says so itself.
fn read_only(table: &Table, points: usize, problems: &mut Problems) {
    if let Some(row) = points_possible(table).filter(|row| row.text(points).contains("read only")) {
        let place = table.cell_location(row, points);
        let hint = "choose the column of an assignment that points can be given for";
        problems.add(&place, format!("`{}` is read-only", table.header.text(points)), Some(hint.into()));
    }
}

/// The columns that points can be given in.
fn candidates(header: &Row, platform: Platform, from: usize) -> Vec<usize> {
    let given = |column: &usize| {
        let text = header.text(*column);
        match platform {
            Platform::Canvas => !COMPUTED_CANVAS.iter().any(|computed| text.contains(computed)),
            _ => {
                let (item, word) = bracket(text);
                !word.is_some_and(|word| is(word, FEEDBACK)) && !is(item, COMPUTED_MOODLE)
            }
        }
    };
    (from..header.cells.len()).filter(|column| !header.text(*column).is_empty()).filter(given).collect()
}

/// `Lab 1` and `123` of `Lab 1 (123)`.
fn bracket(header: &str) -> (&str, Option<&str>) {
    let parts = header.strip_suffix(')').and_then(|rest| rest.rsplit_once('('));
    parts.map_or((header, None), |(item, word)| (item.trim(), Some(word)))
}

/// The one that a title means: as it stands, without what is in brackets behind it, or without the kind of activity before it.
fn choose(table: &Table, candidates: Vec<usize>, title: Option<&str>, problems: &mut Problems) -> Option<usize> {
    let header = &table.header;
    let place = table.location(header.span());
    let listed =
        |columns: &[usize]| columns.iter().map(|n| format!("`{}`", header.text(*n))).collect::<Vec<_>>().join(", ");
    let Some(title) = title else {
        return match candidates[..] {
            [one] => Some(one),
            [] => {
                problems.add(&place, "no column takes points", Some("make the assignment first, then export".into()));
                None
            }
            _ => {
                let hint = format!("say which of them: {}", listed(&candidates));
                problems.add(&place, "several columns take points", Some(hint));
                None
            }
        };
    };
    let item = |column: &usize| bracket(header.text(*column)).0;
    let activity = |column: &usize| item(column).split_once(':').map_or("", |(_, name)| name.trim());
    let wanted = title.trim().to_lowercase();
    let such = |name: &dyn Fn(&usize) -> String| {
        candidates.iter().copied().filter(|column| name(column).to_lowercase() == wanted).collect::<Vec<usize>>()
    };
    let whole = such(&|column| header.text(*column).to_owned());
    let without = such(&|column| item(column).to_owned());
    let named = such(&|column| activity(column).to_owned());
    let found = [whole, without, named].into_iter().find(|found| !found.is_empty()).unwrap_or_default();
    // The same item may stand there in points, in percent and as a letter.
    let real: Vec<usize> = found
        .iter()
        .copied()
        .filter(|column| bracket(header.text(*column)).1.is_some_and(|word| is(word, REAL)))
        .collect();
    match (&found[..], &real[..]) {
        ([one], _) | ([_, ..], [one]) => Some(*one),
        ([], _) => {
            let names = candidates.iter().flat_map(|column| [header.text(*column), item(column), activity(column)]);
            let near = did_you_mean(title, names.filter(|name| !name.is_empty()));
            let all = || match listed(&candidates) {
                none if none.is_empty() => "no column takes points: make the assignment first, then export".to_owned(),
                all => format!("there are: {all}"),
            };
            let hint = near.map_or_else(all, |near| format!("did you mean `{near}`?"));
            problems.add(&place, format!("no column is called `{title}`"), Some(hint));
            None
        }
        _ => {
            let hint = format!("write the whole of one: {}", listed(&found));
            problems.add(&place, format!("several columns are called `{title}`"), Some(hint));
            None
        }
    }
}
